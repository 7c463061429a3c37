"""What the files of each kind of feed hold, once read: what a store applies."""

from collections.abc import Sequence
from dataclasses import dataclass

from holdfast.flights.domain.schedule import LegPattern
from holdfast.flights.domain.status import StatusUpdate


@dataclass(frozen=True, slots=True)
class ScheduleContent:
    """All legs of an airline: what is not among them is not flown any more."""

    legs: Sequence[LegPattern]


@dataclass(frozen=True, slots=True)
class StatusContent:
    """Updates of dated legs, in the order of the file."""

    updates: Sequence[StatusUpdate]


Content = ScheduleContent | StatusContent
