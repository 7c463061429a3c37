"""The law of status: what is told of a dated leg, and what is known from all that was told.

An update tells some facts and leaves the others alone. For each fact the newest telling counts, by
the update's own timestamp and then the delivery's sequence, never by arrival: updates may come in
any order and are known to mean the same in the end. Moments are aware; nothing here asks the time.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum

from holdfast.flights.domain.flight import LegKey


class LegState(StrEnum):
    """Where a leg stands. The first four may be told; all can be shown."""

    SCHEDULED = "scheduled"
    CANCELLED = "cancelled"
    DIVERTED = "diverted"
    RETURNED = "returned"
    DELAYED = "delayed"
    DEPARTED = "departed"
    ARRIVED = "arrived"


TOLD_STATES = (LegState.SCHEDULED, LegState.CANCELLED, LegState.DIVERTED, LegState.RETURNED)
"""What an airline says; the rest follows from times. `SCHEDULED` takes back what was said."""


@dataclass(frozen=True, slots=True)
class LegFacts:
    """What an update tells, or what is known; None: not told. Departures are off-block moments,
    arrivals on-block. `state` is one of `TOLD_STATES`, `reason` words or a delay code."""

    state: LegState | None = None
    departure_estimated: datetime | None = None
    departure_actual: datetime | None = None
    arrival_estimated: datetime | None = None
    arrival_actual: datetime | None = None
    board_terminal: str | None = None
    board_gate: str | None = None
    off_terminal: str | None = None
    off_gate: str | None = None
    aircraft: str | None = None
    registration: str | None = None
    diverted_to: str | None = None
    reason: str | None = None

    def told(self) -> dict[str, object]:
        """The facts that are told, by name."""
        return {name: value for name in _NAMES if (value := getattr(self, name)) is not None}


_NAMES = tuple(entry.name for entry in fields(LegFacts))


@dataclass(frozen=True, slots=True, order=True)
class Stamp:
    """How new a telling is: the update's own time, then its delivery's sequence."""

    told_at: datetime
    sequence: int


@dataclass(frozen=True, slots=True)
class StatusUpdate:
    """Facts about one leg, told at a moment by whoever operates it."""

    leg: LegKey
    told_at: datetime
    facts: LegFacts


@dataclass(frozen=True, slots=True)
class LegStatus:
    """What is known of a leg: the facts, and how new each of them is."""

    facts: LegFacts
    stamps: Mapping[str, Stamp] = field(default_factory=dict)

    @property
    def updated_at(self) -> datetime | None:
        """When the newest fact was told."""
        return max((stamp.told_at for stamp in self.stamps.values()), default=None)

    def is_called_off(self) -> bool:
        """Cancelled, and not seen leaving after that was said."""
        if self.facts.state is not LegState.CANCELLED:
            return False
        left = self.stamps.get("departure_actual")
        return left is None or left <= self.stamps["state"]


NOTHING_TOLD = LegStatus(LegFacts())
"""What is known of a leg of which nothing was said."""


def learn(known: LegStatus, update: StatusUpdate, sequence: int) -> LegStatus:
    """What is known after `update`; the same object when it tells nothing new.

    Of two updates with the same stamp the one that is learned later counts: the later in the file.
    """
    stamp = Stamp(update.told_at, sequence)
    newer = {
        name: value
        for name, value in update.facts.told().items()
        if name not in known.stamps or known.stamps[name] <= stamp
    }
    if not newer:
        return known
    facts = LegFacts(**{**known.facts.told(), **newer})  # type: ignore[arg-type]
    return LegStatus(facts, {**known.stamps, **dict.fromkeys(newer, stamp)})


def learn_all(
    known: Mapping[LegKey, LegStatus], updates: Iterable[StatusUpdate], sequence: int
) -> dict[LegKey, LegStatus]:
    """The legs of which something new is known now, after all updates of one delivery."""
    changed: dict[LegKey, LegStatus] = {}
    for update in updates:
        before = changed.get(update.leg) or known.get(update.leg, NOTHING_TOLD)
        after = learn(before, update, sequence)
        if after is not before:
            changed[update.leg] = after
    return changed


@dataclass(frozen=True, slots=True)
class ToldUpdate:
    """One line of a flight's history: what was told of which leg, when it was told and came."""

    leg: LegKey
    told_at: datetime
    received_at: datetime
    feed: str
    facts: LegFacts
