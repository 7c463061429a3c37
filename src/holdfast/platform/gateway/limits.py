"""PURE. The law of limits: how often a principal and an address may ask.

Token buckets, one table for each, bounded (`balancer.rates`). Who is exempt is so for both: a load
test on the machine itself meets no rate. Whoever is over a limit is told when to come back.
"""

from dataclasses import dataclass
from math import ceil

from holdfast.platform.balancer.admission import client_of
from holdfast.platform.balancer.networks import Networks
from holdfast.platform.balancer.rates import Buckets, RateLimit


@dataclass(frozen=True, slots=True)
class TooOften:
    """A limit was met: whose, and after how many whole seconds there is room again."""

    whose: str
    retry_after_s: int


class Limits:
    """The rates of one gateway."""

    def __init__(
        self, principal: RateLimit, address: RateLimit, exempt: Networks | None = None
    ) -> None:
        self._principals = Buckets(principal)
        self._addresses = Buckets(address)
        self._exempt = exempt or Networks()

    def refusal(self, principal: str, host: str, now: float) -> TooOften | None:
        """Count one more request; why not, if it is one too many. IPv6 hosts count by /64; an empty
        principal is nobody and counts by address only."""
        if not host or host in self._exempt:
            return None
        address = client_of(host)
        if not self._addresses.take(address, now):
            return TooOften("address", _whole(self._addresses.wait_s(address, now)))
        if principal and not self._principals.take(principal, now):
            return TooOften("token", _whole(self._principals.wait_s(principal, now)))
        return None


def _whole(seconds: float) -> int:
    return max(1, ceil(seconds))
