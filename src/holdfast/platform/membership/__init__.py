"""Membership: who is there, told by signed heartbeats over UDP.

A node's `beacon` sends a `wire.Heartbeat` every interval, with what `vitals` measures of its
process; each balancer's `listener` checks it against the fleet's keys (`keys`) and hands it to the
`detector`, which says who joined, changed, is suspected or left, by each member's own `rhythm`.
Nobody becomes a member without the key, and silence alone ends a membership. The promises are in
docs/reference/membership.md.
"""
