"""The law of a flight's status: the timetable of one date joined with what was told of its legs.

Times are local at their station, with the offset that the airline filed for it. A delay is counted
from the timetable, in whole minutes, from the actual time or else the estimated one.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone

from holdfast.flights.domain.flight import DatedLeg, LegKey
from holdfast.flights.domain.schedule import Designator, LegPattern, Period
from holdfast.flights.domain.status import NOTHING_TOLD, LegState, LegStatus, ToldUpdate

NEAR_DAYS = 366
"""How far around a date the next flight is looked for: a season and the next one."""
_DESIGNATOR = re.compile(r"([A-Z][A-Z0-9][A-Z]?|[0-9][A-Z]{1,2})0{0,3}([1-9][0-9]{0,3})([A-Z]?)")
_MAX_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Movement:
    """A departure or an arrival: where, when by the timetable, and when really."""

    station: str
    scheduled: datetime
    estimated: datetime | None
    actual: datetime | None
    terminal: str
    gate: str

    @property
    def delay_min(self) -> int | None:
        """Minutes late (early: negative); None when nothing but the timetable is known."""
        expected = self.actual or self.estimated
        if expected is None:
            return None
        return (expected - self.scheduled) // timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class LegNow:
    """One leg of a flight as it stands."""

    key: LegKey
    state: LegState
    departure: Movement
    arrival: Movement
    aircraft: str
    registration: str
    duration_min: int
    diverted_to: str
    reason: str
    updated_at: datetime | None


@dataclass(frozen=True, slots=True)
class FlightStatus:
    """A dated flight as it stands. `partners`: other designators that it is sold under."""

    designator: Designator
    operating: Designator
    flight_date: date
    partners: tuple[Designator, ...]
    legs: tuple[LegNow, ...]
    history: tuple[ToldUpdate, ...]

    @property
    def state(self) -> LegState:
        """The whole flight's: what went wrong with a leg, else how far it has come."""
        states = [leg.state for leg in self.legs]
        for wrong in (LegState.DIVERTED, LegState.RETURNED):
            if wrong in states:
                return wrong
        if LegState.CANCELLED in states:
            return LegState.CANCELLED
        if states[-1] is LegState.ARRIVED:
            return LegState.ARRIVED
        if LegState.DEPARTED in states or LegState.ARRIVED in states:
            return LegState.DEPARTED
        return LegState.DELAYED if LegState.DELAYED in states else LegState.SCHEDULED


@dataclass(frozen=True, slots=True)
class UnknownFlight:
    """Nobody files anything under this designator."""

    designator: Designator


@dataclass(frozen=True, slots=True)
class NotFlown:
    """The flight exists but not on that date; the nearest dates on which it flies, if any."""

    designator: Designator
    flight_date: date
    before: date | None
    after: date | None


LookUp = FlightStatus | NotFlown | UnknownFlight
"""What looking a flight up comes to."""


def designator_of(text: str) -> Designator | None:
    """What people write for a flight: `BA117`, `ba0117`, `BA 117`, `4U12A`; None if it is none."""
    if len(text) > 10 or not text.isascii():
        return None
    match = _DESIGNATOR.fullmatch(text.replace(" ", "").upper())
    if match is None or sum(char.isdigit() for char in match[0][2:]) > _MAX_DIGITS:
        return None
    return Designator(match[1], int(match[2]), match[3])


def legs_on(patterns: Sequence[LegPattern], day: date) -> tuple[LegPattern, ...]:
    """The legs that a flight's patterns give for a date, in order of flying.

    Where two variations hold for one date (they should not), the higher one is meant.
    """
    found: dict[int, LegPattern] = {}
    for pattern in sorted(patterns, key=lambda one: one.variation):
        if day in pattern.period:
            found[pattern.sequence] = pattern
    return tuple(found[sequence] for sequence in sorted(found))


def compose(
    legs: Sequence[LegPattern],
    day: date,
    told: Mapping[LegKey, LegStatus],
    *,
    partners: Sequence[Designator] = (),
    history: Sequence[ToldUpdate] = (),
) -> FlightStatus:
    """The status of the flight that `legs` (of `legs_on`, at least one) make on `day`."""
    first = legs[0]
    sold_as = {*partners, *(other for leg in legs for other in leg.marketed_as), first.flown_as}
    return FlightStatus(
        designator=first.designator,
        operating=first.flown_as,
        flight_date=day,
        partners=tuple(sorted(sold_as - {first.designator})),
        legs=tuple(_leg_now(leg, day, told) for leg in legs),
        history=tuple(history),
    )


def not_flown(patterns: Sequence[LegPattern], designator: Designator, day: date) -> NotFlown:
    """What is said instead: the nearest dates before and after."""
    periods = [pattern.period for pattern in patterns]
    return NotFlown(
        designator, day, _nearest(periods, day, step=-1), _nearest(periods, day, step=1)
    )


def today_at_departure(patterns: Sequence[LegPattern], now: datetime) -> date:
    """The date that people at the flight's board point would write, where it flies on that."""
    firsts = sorted(patterns, key=lambda one: (one.sequence, one.period.first))
    dates = [
        (now.astimezone(UTC) + timedelta(minutes=leg.departure_offset_min)).date() for leg in firsts
    ]
    for leg, day in zip(firsts, dates, strict=True):
        if day in leg.period:
            return day
    return dates[0] if dates else now.astimezone(UTC).date()


def _nearest(periods: Sequence[Period], day: date, *, step: int) -> date | None:
    for distance in range(1, NEAR_DAYS + 1):
        try:
            candidate = day + timedelta(days=step * distance)
        except OverflowError:
            return None
        if any(candidate in period for period in periods):
            return candidate
    return None


def _leg_now(pattern: LegPattern, day: date, told: Mapping[LegKey, LegStatus]) -> LegNow:
    leg = DatedLeg.of(pattern, day)
    known = told.get(leg.key, NOTHING_TOLD)
    facts = known.facts
    board = timezone(timedelta(minutes=pattern.departure_offset_min))
    off = timezone(timedelta(minutes=pattern.arrival_offset_min))
    departure = Movement(
        station=pattern.board,
        scheduled=leg.departing_at.replace(tzinfo=board),
        estimated=_local(facts.departure_estimated, board),
        actual=_local(facts.departure_actual, board),
        terminal=facts.board_terminal or leg.board_terminal,
        gate=facts.board_gate or "",
    )
    arrival = Movement(
        station=pattern.off,
        scheduled=leg.arriving_at.replace(tzinfo=off),
        estimated=_local(facts.arrival_estimated, off),
        actual=_local(facts.arrival_actual, off),
        terminal=facts.off_terminal or leg.off_terminal,
        gate=facts.off_gate or "",
    )
    return LegNow(
        key=leg.key,
        state=_state(known, departure),
        departure=departure,
        arrival=arrival,
        aircraft=facts.aircraft or leg.aircraft,
        registration=facts.registration or "",
        duration_min=pattern.duration_min,
        diverted_to=facts.diverted_to or "",
        reason=facts.reason or "",
        updated_at=known.updated_at,
    )


def _local(moment: datetime | None, zone: timezone) -> datetime | None:
    return None if moment is None else moment.astimezone(zone)


def _state(known: LegStatus, departure: Movement) -> LegState:
    facts = known.facts
    if known.is_called_off():
        return LegState.CANCELLED
    if facts.state in (LegState.DIVERTED, LegState.RETURNED):
        return facts.state
    if facts.arrival_actual is not None:
        return LegState.ARRIVED
    if facts.departure_actual is not None:
        return LegState.DEPARTED
    return LegState.DELAYED if (departure.delay_min or 0) > 0 else LegState.SCHEDULED
