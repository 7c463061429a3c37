"""Membership: who is there, told by signed heartbeats over UDP.

A node's `beacon` sends a `wire.Heartbeat` every interval; the balancer's `listener` checks it
against the fleet's keys (`keys`) and hands it to the `detector`, which says who joined, changed, is
suspected or left. Nobody becomes a member without the key, and silence alone ends a membership.
"""
