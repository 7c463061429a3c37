"""PURE. How often a client, or a listener, may begin something new: token buckets in one number.

A bucket is the moment at which it will be full again; taking a token moves that moment on. So a
client costs one number, a quiet one costs nothing, and time is an argument. The table is bounded:
when more clients come at once than it holds, the longest unheard one is forgotten and may begin
anew; the limits on what is open at the same time still hold for it.
"""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass

from holdfast.platform.balancer.admission import Refusal, client_of
from holdfast.platform.balancer.networks import Networks

MOST_CLIENTS = 65_536
"""Clients with a bucket that is not full: about 10 MB."""
_ROUNDING_S = 1e-9


@dataclass(frozen=True, slots=True)
class RateLimit:
    """`per_s` in the long run, `burst` at once after a rest. 0 per second: no limit."""

    per_s: float = 0.0
    burst: float = 1.0


class Buckets:
    """A bucket for each key that has taken something lately."""

    def __init__(self, limit: RateLimit, most: int = MOST_CLIENTS) -> None:
        self._most = most
        self._token_s = 1.0 / limit.per_s if limit.per_s > 0 else 0.0
        self._capacity_s = max(limit.burst, 1.0) * self._token_s + _ROUNDING_S
        self._full_at: OrderedDict[Hashable, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._full_at)

    def take(self, key: Hashable, now: float) -> bool:
        """Take one token at `now` (seconds, never going back); False when there is none."""
        if not self._token_s:
            return True
        table = self._full_at
        before = table.get(key)
        full_at = (now if before is None or before < now else before) + self._token_s
        allowed = full_at - now <= self._capacity_s
        if before is None:
            self._make_room(now)
        if allowed:
            table[key] = full_at
        table.move_to_end(key)
        return allowed

    def wait_s(self, key: Hashable, now: float) -> float:
        """Seconds from `now` until the key has a token again; 0 when it has one."""
        full_at = self._full_at.get(key)
        if not self._token_s or full_at is None:
            return 0.0
        return max(0.0, full_at + self._token_s - now - self._capacity_s)

    def _make_room(self, now: float) -> None:
        """Forget what is full among the two longest unheard, and more only if there is no room."""
        table = self._full_at
        for _ in range(2):
            if not table:
                return
            oldest = next(iter(table))
            if table[oldest] > now and len(table) < self._most:
                return
            del table[oldest]


class Pace:
    """The rates of new connections, or of new flows: of each client, and of each listener."""

    def __init__(
        self, per_client: RateLimit, per_listener: RateLimit, exempt: Networks | None = None
    ) -> None:
        self._clients = Buckets(per_client)
        self._listeners = Buckets(per_listener)
        self._exempt = exempt or Networks()
        self._limitless = not (per_client.per_s or per_listener.per_s)

    def refusal(self, listener: int, host: str, now: float) -> Refusal | None:
        """Count one more beginning; why not, if it is one too many. IPv6 hosts count by /64."""
        if self._limitless or host in self._exempt:
            return None
        if not self._clients.take(client_of(host), now):
            return Refusal.CLIENT_HASTY
        return None if self._listeners.take(listener, now) else Refusal.LISTENER_HASTY
