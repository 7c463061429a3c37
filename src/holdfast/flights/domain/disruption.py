"""What an airline changes after it has sold: flights that move, vanish or get another aircraft.

Booked flights never vanish silently: each touched order gets a change that its buyer accepts or
answers by cancelling; accepting never costs anything (flights-rules, G6).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from holdfast.flights.domain.flight import LegKey


class ChangeKind(StrEnum):
    """From the lightest to the gravest."""

    EQUIPMENT = "equipment"
    SCHEDULE = "schedule_change"
    CANCELLATION = "cancellation"


@dataclass(frozen=True, slots=True)
class LegTimes:
    """When and with what a leg is flown; moments are UTC."""

    departs_at: datetime
    arrives_at: datetime
    aircraft: str


@dataclass(frozen=True, slots=True)
class LegChange:
    """One leg before and after; `now` None: it is not flown any more."""

    leg: LegKey
    was: LegTimes
    now: LegTimes | None

    @property
    def kind(self) -> ChangeKind | None:
        """What sort of change it is; None: nothing changed."""
        if self.now is None:
            return ChangeKind.CANCELLATION
        if (self.now.departs_at, self.now.arrives_at) != (self.was.departs_at, self.was.arrives_at):
            return ChangeKind.SCHEDULE
        return ChangeKind.EQUIPMENT if self.now.aircraft != self.was.aircraft else None


@dataclass(frozen=True, slots=True)
class AirlineChange:
    """What happened to one order in one update of the schedule. `accepted_at` None: it is open."""

    id: str
    order_id: str
    kind: ChangeKind
    legs: tuple[LegChange, ...]
    detected_at: datetime
    accepted_at: datetime | None = None


def gravest(changes: Sequence[LegChange]) -> ChangeKind | None:
    """The kind of a change of several legs: that of the leg which is hit hardest."""
    kinds = {change.kind for change in changes}
    return next((kind for kind in reversed(ChangeKind) if kind in kinds), None)
