"""PURE. UDP flows: which member answers which client, for as long as they talk.

A flow is (listener, client address and port). A source address proves nothing on UDP, so a new flow
is on *probation* until its client has spoken again after an answer; only then somebody really sits
at that address. When room is needed, the longest silent flow on probation goes first, so a flood
of invented sources pushes out only other newcomers. An address has a share of the table: past it,
its own newcomers replace each other. Everything is bounded; nothing here is ever refused a lookup.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from holdfast.platform.balancer.journal import Talk
from holdfast.platform.balancer.pool import Pool, Target

FlowKey = tuple[int, tuple[object, ...]]
"""The listener's number and the client's address as the socket tells it."""


@dataclass(frozen=True, slots=True)
class FlowLimits:
    """`flows`: of all clients; `flows_per_address`: of one client address. `idle_s`: how long a
    silent flow is remembered; `probation_idle_s`: the same for a flow on probation."""

    flows: int = 65_536
    flows_per_address: int = 4_096
    idle_s: float = 300.0
    probation_idle_s: float = 60.0


@dataclass(slots=True, eq=False)
class Flow:
    """One client of one listener. `header`: the PROXY header of its datagrams, both ways."""

    key: FlowKey
    address: str
    header: bytes
    target: Target
    generation: int
    seen_at: float
    began_at: float = 0.0
    answered: bool = False
    established: bool = False
    plain: bool = False
    """Its member wants no header; it is still this flow's name here."""
    talk: Talk | None = None
    """What is kept of it where its session can move."""


@dataclass(slots=True)
class _Share:
    """What one client address holds: all its flows, and those on probation, oldest first."""

    flows: int = 0
    newcomers: OrderedDict[FlowKey, Flow] = field(default_factory=OrderedDict)


class FlowTable:
    """The flows of a balancer, found by key (from clients) or by header (from members)."""

    def __init__(
        self,
        limits: FlowLimits | None = None,
        ended: Callable[[Flow, str], None] = lambda _flow, _how: None,
    ) -> None:
        """`ended` is told of each flow that is forgotten, and how: `idle` or `evicted`."""
        self.limits = limits or FlowLimits()
        self._ended = ended
        self._probation: OrderedDict[FlowKey, Flow] = OrderedDict()
        self._established: OrderedDict[FlowKey, Flow] = OrderedDict()
        self._by_header: dict[bytes, Flow] = {}
        self._shares: dict[str, _Share] = {}
        self.evicted = 0
        """Flows that had to make room since the start."""

    def __len__(self) -> int:
        return len(self._by_header)

    def __iter__(self) -> Iterator[Flow]:
        """All flows; of those that are established, and of the others, the longest silent first."""
        yield from self._established.values()
        yield from self._probation.values()

    def heard(self, key: FlowKey, now: float) -> Flow | None:
        """The flow of a datagram from a client, now seen; None for a new one."""
        flow = self._established.get(key)
        if flow is not None:
            flow.seen_at = now
            self._established.move_to_end(key)
            return flow
        flow = self._probation.get(key)
        if flow is None:
            return None
        flow.seen_at = now
        if flow.answered:
            self._establish(flow)
        else:
            self._refresh_newcomer(flow)
        return flow

    def answered(self, header: bytes, now: float) -> Flow | None:
        """The flow that a member's datagram with this header belongs to, now seen; None if gone."""
        flow = self._by_header.get(header)
        if flow is None:
            return None
        flow.seen_at = now
        flow.answered = True
        if flow.established:
            self._established.move_to_end(flow.key)
        else:
            self._refresh_newcomer(flow)
        return flow

    def by_header(self, header: bytes) -> Flow | None:
        """The flow of a header, without counting as a sign of life."""
        return self._by_header.get(header)

    def admit(self, flow: Flow) -> bool:
        """Take in a new flow, making room if needed. False when its address has its share full of
        established flows."""
        twin = self._by_header.get(flow.header)
        if twin is not None:  # link-local clients of two interfaces look the same to a member
            self._evict(twin)
        share = self._shares.get(flow.address)
        if share is not None and share.flows >= self.limits.flows_per_address:
            if not share.newcomers:
                return False
            self._evict(next(iter(share.newcomers.values())))
        for _ in range(2):  # the second one only where the limit was lowered
            if len(self._by_header) >= self.limits.flows:
                self._evict(next(iter((self._probation or self._established).values())))
        share = self._shares.setdefault(flow.address, _Share())
        share.flows += 1
        Pool.opened(flow.target)
        share.newcomers[flow.key] = flow
        self._probation[flow.key] = flow
        self._by_header[flow.header] = flow
        return True

    def restore(self, flow: Flow) -> bool:
        """Take in a flow as another table told it, in that table's order; False if there is no room
        for it here."""
        if not self.admit(flow):
            return False
        if flow.established:
            self._establish(flow)
        return True

    @staticmethod
    def move(flow: Flow, target: Target) -> None:
        """Another member answers a flow of the table from now on."""
        Pool.closed(flow.target)
        Pool.opened(target)
        flow.target = target

    def expire(self, now: float, at_most: int = 1_000) -> int:
        """Forget what was silent for too long, at most so many at once; returns how many."""
        expired = 0
        for flows, idle_s in (
            (self._probation, self.limits.probation_idle_s),
            (self._established, self.limits.idle_s),
        ):
            while flows and expired < at_most:
                oldest = next(iter(flows.values()))
                if now - oldest.seen_at < idle_s:
                    break
                self._remove(oldest, "idle")
                expired += 1
        return expired

    def _establish(self, flow: Flow) -> None:
        flow.established = True
        del self._probation[flow.key]
        del self._shares[flow.address].newcomers[flow.key]
        self._established[flow.key] = flow

    def _refresh_newcomer(self, flow: Flow) -> None:
        self._probation.move_to_end(flow.key)
        self._shares[flow.address].newcomers.move_to_end(flow.key)

    def _evict(self, flow: Flow) -> None:
        self.evicted += 1
        self._remove(flow, "evicted")

    def _remove(self, flow: Flow, how: str) -> None:
        self._ended(flow, how)
        share = self._shares[flow.address]
        share.flows -= 1
        Pool.closed(flow.target)
        if flow.established:
            del self._established[flow.key]
        else:
            del self._probation[flow.key]
            del share.newcomers[flow.key]
        del self._by_header[flow.header]
        if not share.flows:
            del self._shares[flow.address]
