"""PURE. A member's place in one service: what is known of it, and who of all may be chosen.

`rotation` is the order of preference. Those fit first: neither draining, out, ejected nor suspect.
When they are less than a share of all (*panic*), suspicion and ejection are more likely our own
error than half a fleet's, and crowding the rest would fell it: then everybody who was not found
unreachable takes clients. Those who drain come last, only when nobody else is there at all.
"""

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from enum import Enum

from holdfast.platform.balancer.latency import Latency
from holdfast.platform.balancer.outliers import Record
from holdfast.platform.balancer.slow_start import Ramp
from holdfast.platform.membership.wire import Endpoint, Load


class Standing(Enum):
    """What a member is to new clients, in words for logs and metrics."""

    FIT = "in-rotation"
    DRAINING = "draining"
    OUT = "unreachable"
    EJECTED = "ejected"
    SUSPECT = "suspect"


@dataclass(slots=True, eq=False, weakref_slot=True)
class Target:
    """A member's service at the address it had when it was picked. The pool makes only one of each,
    for as long as anybody holds it, so targets are the same exactly if they are one object."""

    service: str
    node: str
    incarnation: int
    endpoint: Endpoint
    in_flight: int = 0
    """Clients that are on it now, also while it is lost for a while."""


@dataclass(slots=True)
class Seat:
    """A member's place in one service. `out_until` is None while it is not known as unreachable;
    `draining` is the member's word, `drained` the operator's."""

    target: Target
    load: Load
    suspect: bool
    draining: bool
    drained: bool = False
    weight: float = 1.0
    failures: int = 0
    out_until: float | None = None
    probing: bool = False
    in_rotation: bool = False
    told_of: int = 0
    """Our clients that were on it when it last reported its load, at `told_at`."""
    told_at: float = 0.0
    ramp: Ramp = field(default_factory=Ramp)
    record: Record = field(default_factory=Record)
    latency: Latency = field(default_factory=Latency)

    def __post_init__(self) -> None:
        self.told_of = self.target.in_flight

    @property
    def node(self) -> str:
        return self.target.node

    @property
    def in_flight(self) -> int:
        return self.target.in_flight

    def latency_s(self, now: float) -> float | None:
        """How long its answers take of late; None when nothing is known."""
        return self.latency.at(now)

    @property
    def standing(self) -> Standing:
        """What it is to new clients."""
        if self.draining or self.drained:
            return Standing.DRAINING
        if self.out_until is not None:
            return Standing.OUT
        if self.record.ejected_until is not None:
            return Standing.EJECTED
        return Standing.SUSPECT if self.suspect else Standing.FIT

    @property
    def until(self) -> float:
        """When its standing may change by time alone; infinite when it cannot."""
        out, ejected = self.out_until, self.record.ejected_until
        if ejected is None:
            return math.inf if out is None else out
        return ejected if out is None else min(out, ejected)


@dataclass(frozen=True, slots=True)
class MemberState:
    """A member of one service as seen from outside. `until_s`: how much longer it stays out or
    ejected, if time alone decides. `share`: of slow start, 1 when warm. `errors`: by kind, since
    it was introduced."""

    service: str
    node: str
    endpoint: Endpoint
    standing: Standing
    until_s: float | None
    share: float
    weight: float
    in_flight: int
    load: Load
    latency_s: float | None
    errors: dict[str, int]
    ejections: int


def rotation(seats: Collection[Seat], panic_share: float) -> tuple[list[Seat], bool]:
    """Who takes new clients, and whether that is panic."""
    fit: list[Seat] = []
    draining: list[Seat] = []
    for seat in seats:
        standing = seat.standing
        if standing is Standing.FIT:
            fit.append(seat)
        elif standing is Standing.DRAINING:
            draining.append(seat)
    if fit and len(fit) >= panic_share * (len(seats) - len(draining)):
        return fit, False
    reachable = [s for s in seats if s.standing not in (Standing.OUT, Standing.DRAINING)]
    if reachable:
        return reachable, True
    return [seat for seat in draining if seat.out_until is None], True


def untried(seats: Iterable[Seat], chosen_from: list[Seat], tried: Collection[str]) -> list[Seat]:
    """Those a client was not yet with: of the rotation, else whoever else may be reached; those who
    drain only when nobody else is left."""
    left = [seat for seat in chosen_from if seat.node not in tried]
    if left:
        return left
    others = [seat for seat in seats if seat.node not in tried and seat.out_until is None]
    return [seat for seat in others if seat.standing is not Standing.DRAINING] or others
