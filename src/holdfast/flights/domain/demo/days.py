"""What happens to the demo's flights on the day: gates, delays, cancellations, and the real times.

A leg's fate is drawn once, and told bit by bit: its gate three hours before departure, a delay when
it is noticed, a cancellation some hours ahead, the actual times as they happen. So what is told
between two moments is a function of them, whoever asks and however often.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from holdfast.flights.domain.demo.dice import pick, roll
from holdfast.flights.domain.demo.filing import seasons
from holdfast.flights.domain.demo.geography import DAY_MIN, EPOCH
from holdfast.flights.domain.demo.network import Flight, World, flights, timings
from holdfast.flights.domain.demo.roster import Airline
from holdfast.flights.domain.flight import LegKey
from holdfast.flights.domain.status import LegFacts, LegState, StatusUpdate

CANCELLED_SHARE = 0.008
LATE_SHARE, VERY_LATE_SHARE = 0.30, 0.07
GATE_AHEAD_MIN = 180
MADE_UP_MIN = 15
"""At most so much of a delay is made up for on the way."""
_REASONS = (
    "late arrival of the aircraft",
    "air traffic control",
    "weather at destination",
    "technical check",
    "crew rotation",
)
_START = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Leg:
    """A leg of a date: minutes since 1970 UTC, and how late it will be."""

    key: LegKey
    departs: int
    arrives: int
    late_min: int
    is_cancelled: bool


def updates(
    world: World, airline: Airline, since_min: int, until_min: int
) -> Iterator[StatusUpdate]:
    """What an airline tells after `since_min` and up to `until_min`, in that order of time."""
    found = [
        update
        for leg in _legs(world, airline, since_min, until_min)
        for update in _told(world.seed, leg)
        if since_min < _minutes(update.told_at) <= until_min
    ]
    yield from sorted(found, key=lambda update: (update.told_at, update.leg))


def _legs(world: World, airline: Airline, since_min: int, until_min: int) -> Iterator[_Leg]:
    """The legs of which something may be told in that time."""
    day = EPOCH + timedelta(days=since_min // DAY_MIN - 3)
    last = EPOCH + timedelta(days=until_min // DAY_MIN + 1)
    season, flown = None, list[Flight]()
    while day <= last:
        if season is None or not season.first <= day <= season.last:
            season = seasons(day)[1]
            flown = flights(world, airline, season)
        for flight in flown:
            if flight.days >> day.weekday() & 1:
                yield from _dated(world, flight, day)
        day += timedelta(days=1)


def _dated(world: World, flight: Flight, day: date) -> Iterator[_Leg]:
    name = (str(flight.designator), day)
    is_cancelled = roll(world.seed, "cancelled", *name) < CANCELLED_SHARE
    late = _late_min(world.seed, *name)
    base = (day - EPOCH).days * DAY_MIN
    for span, timing in zip(flight.spans(), timings(world, flight, day), strict=True):
        yield _Leg(
            LegKey(flight.designator.carrier, flight.designator.number, "", day, *span),
            base + timing.departure_min - timing.departure_offset_min,
            base + timing.arrival_min - timing.arrival_offset_min,
            late,
            is_cancelled,
        )


def _late_min(seed: int, *name: object) -> int:
    """Minutes that a flight leaves late: most leave on time."""
    fate = roll(seed, "late", *name)
    if fate < VERY_LATE_SHARE:
        return 45 + pick(seed, 120, "how late", *name)
    if fate < LATE_SHARE:
        return 5 + pick(seed, 40, "how late", *name)
    return pick(seed, 5, "how late", *name)


def _told(seed: int, leg: _Leg) -> Iterator[StatusUpdate]:
    def said(at_min: int, facts: LegFacts) -> StatusUpdate:
        return StatusUpdate(leg.key, _moment(at_min), facts)

    if leg.is_cancelled:
        ahead = 120 + pick(seed, 300, "noticed", leg.key)
        reason = _reason(seed, leg)
        yield said(leg.departs - ahead, LegFacts(state=LegState.CANCELLED, reason=reason))
        return
    yield said(
        leg.departs - GATE_AHEAD_MIN,
        LegFacts(board_gate=_gate(seed, leg, "board"), registration=_registration(seed, leg)),
    )
    leaves = leg.departs + leg.late_min
    lands = leg.arrives + leg.late_min - min(leg.late_min // 2, MADE_UP_MIN)
    if leg.late_min >= 5:
        yield said(
            leg.departs - 20 - pick(seed, 100, "noticed", leg.key),
            LegFacts(
                departure_estimated=_moment(leaves),
                arrival_estimated=_moment(lands),
                reason=_reason(seed, leg),
            ),
        )
    yield said(leaves, LegFacts(departure_actual=_moment(leaves), arrival_estimated=_moment(lands)))
    yield said(max(leaves + 1, lands - 40), LegFacts(off_gate=_gate(seed, leg, "off")))
    yield said(lands, LegFacts(arrival_actual=_moment(lands)))


def _gate(seed: int, leg: _Leg, side: str) -> str:
    return f"{'ABCDE'[pick(seed, 5, side, leg.key)]}{1 + pick(seed, 48, side, 'number', leg.key)}"


def _registration(seed: int, leg: _Leg) -> str:
    letters = [
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[pick(seed, 26, "tail", place, leg.key)] for place in range(4)
    ]
    return "H" + "".join(letters)


def _reason(seed: int, leg: _Leg) -> str:
    return _REASONS[pick(seed, len(_REASONS), "reason", leg.key)]


def _moment(minutes: int) -> datetime:
    return _START + timedelta(minutes=minutes)


def _minutes(moment: datetime) -> int:
    return (moment - _START) // timedelta(minutes=1)
