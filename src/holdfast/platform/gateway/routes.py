"""PURE. The law of routes: which service an address of a site leads to, and for which hosts.

The first route that covers a path is taken. A path is compared as the services compare it: decoded
once, nothing folded, so that no spelling leads past a route to another service.
"""

from collections.abc import Collection, Sequence

from holdfast.platform.runtime.site import Route, Site


class Routes:
    """The routes of one site. `hosts`: names that requests may give; empty: any."""

    def __init__(self, site: Site, hosts: Collection[str] = ()) -> None:
        self._routes: Sequence[Route] = tuple(site.routes)
        self._listener = site.listener
        self.services = frozenset(route.service for route in self._routes)
        """All that the site leads to."""
        self._hosts = frozenset(host.lower().rstrip(".") for host in hosts)

    def find(self, path: str) -> Route | None:
        """Where a decoded path leads."""
        for route in self._routes:
            if covers(route.prefix, path):
                return route
        return None

    def called(self, route: Route | None) -> str:
        """A route's name in figures; empty for none."""
        return f"{self._listener} {route.prefix}" if route is not None else ""

    def admits(self, host: bytes) -> bool:
        """Whether a `Host` header is one of ours."""
        return not self._hosts or name_of(host) in self._hosts


def covers(prefix: str, path: str) -> bool:
    """`/` covers all; `/air/orders` it and all below; `/air/order_*` all that begins so."""
    if prefix == "/":
        return True
    if prefix.endswith("*"):
        return path.startswith(prefix[:-1])
    return path == prefix or path.startswith(prefix + "/")


def name_of(host: bytes) -> str:
    """The name of a `Host` header, without its port, in lower case."""
    text = host.decode("latin-1").lower()
    if text.startswith("["):
        return text.partition("]")[0] + "]"
    return text.partition(":")[0].rstrip(".")
