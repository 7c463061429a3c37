"""PURE. The law of limits: how often a principal, an address and the strangers of it may ask.

Three token buckets, each in a bounded table (`balancer.rates`). All requests count by their
address, which many may share: that bucket is large. Who brings a session or token counts by it, so
that a class behind one address is no single client. Anybody may invent those, so a new one counts
as the strangers of its address do, who have a smaller bucket: to invent another for each request
gains nothing. One that a member answered with 401 is new again. Who is exempt is so for all three.
"""

from collections import OrderedDict
from dataclasses import dataclass
from math import ceil

from holdfast.platform.balancer.admission import client_of
from holdfast.platform.balancer.networks import Networks
from holdfast.platform.balancer.rates import MOST_CLIENTS, Buckets, RateLimit

NO_LIMIT = RateLimit()
MOST_KNOWN = MOST_CLIENTS
"""Principals that are remembered; the longest unheard one is forgotten first, and is new again."""


@dataclass(frozen=True, slots=True)
class TooOften:
    """A limit was met: whose, and after how many whole seconds there is room again."""

    whose: str
    retry_after_s: int


class Limits:
    """The rates of one gateway: of a principal, of an address, of an address's strangers."""

    def __init__(
        self,
        principal: RateLimit,
        address: RateLimit,
        exempt: Networks | None = None,
        *,
        strangers: RateLimit = NO_LIMIT,
        most_known: int = MOST_KNOWN,
    ) -> None:
        self._principals = Buckets(principal)
        self._addresses = Buckets(address)
        self._strangers = Buckets(strangers)
        self._exempt = exempt or Networks()
        self._known: OrderedDict[str, None] = OrderedDict()
        self._most_known = most_known

    def refusal(self, principal: str, host: str, now: float) -> TooOften | None:
        """Count one more request; why not, if it is one too many. IPv6 hosts count by /64; an empty
        principal is nobody."""
        if not host or host in self._exempt:
            return None
        address = client_of(host)
        if not self._addresses.take(address, now):
            return TooOften("address", _whole(self._addresses.wait_s(address, now)))
        if principal in self._known:
            self._known.move_to_end(principal)
        elif not self._strangers.take(address, now):
            return TooOften("address", _whole(self._strangers.wait_s(address, now)))
        if not principal:
            return None
        if not self._principals.take(principal, now):
            return TooOften("session or token", _whole(self._principals.wait_s(principal, now)))
        self._meet(principal)
        return None

    def disown(self, principal: str) -> None:
        """What this principal brought opened nothing: it is a stranger again."""
        self._known.pop(principal, None)

    def _meet(self, principal: str) -> None:
        self._known[principal] = None
        if len(self._known) > self._most_known:
            self._known.popitem(last=False)


def _whole(seconds: float) -> int:
    return max(1, ceil(seconds))
