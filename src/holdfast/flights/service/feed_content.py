"""What the files of each kind of feed hold, once read: what a store applies."""

from collections.abc import Sequence
from dataclasses import dataclass

from holdfast.flights.domain.fares_load import FaresLoad
from holdfast.flights.domain.schedule import LegPattern
from holdfast.flights.domain.status import StatusUpdate
from holdfast.flights.wire.ssm import FiledChange


@dataclass(frozen=True, slots=True)
class ScheduleContent:
    """All legs of an airline: what is not among them is not flown any more."""

    legs: Sequence[LegPattern]


@dataclass(frozen=True, slots=True)
class StatusContent:
    """Updates of dated legs, in the order of the file."""

    updates: Sequence[StatusUpdate]


@dataclass(frozen=True, slots=True)
class ChangeContent:
    """Changes of the schedule, in the order of their telegrams."""

    changes: Sequence[FiledChange]


@dataclass(frozen=True, slots=True)
class FaresContent:
    """Fares, limits and tiers: all of an airline when the file is full."""

    load: FaresLoad


Content = ScheduleContent | ChangeContent | FaresContent | StatusContent
