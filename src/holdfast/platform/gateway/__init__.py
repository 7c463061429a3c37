"""The gateway room: one HTTP front for all pages and APIs, behind the balancer.

Flow: the balancer relays a client's connection to a gateway, one listening socket for each site ->
`platform.web` parses it -> `proxy` refuses what is ambiguous (`headers`), too often (`limits`, for
`principals` and addresses) or for nobody (`routes`), says how in the site's own form (`refusals`),
takes a member (`members`, who hears the heartbeats as balancers do) and a kept connection to it
(`upstream`), and lets the answer through in pieces. Each request carries a *passage* (`passage`):
by it the processes behind know that it came through a gateway, and for whom (`behind`).

What an address leads to is declared by the apps (`runtime.app.Site`); the gateway knows none of
them. Authorisation stays where the things are. Promises: docs/reference/gateway.md.
"""
