"""How the demo's airlines file what they fly: seasons, and periods in which no clock changes.

Summer is from the last Sunday of March to the Saturday before the last Sunday of October. Where
the clocks of a station change inside a season, a flight's period is split, so the UTC offsets of a
pattern hold on all its dates. A schedule changes only when another season begins.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

from holdfast.flights.domain.demo.dice import pick
from holdfast.flights.domain.demo.network import (
    Flight,
    Timing,
    World,
    flights,
    shared_flights,
    timings,
)
from holdfast.flights.domain.demo.roster import Airline
from holdfast.flights.domain.schedule import Designator, LegPattern, Period

HORIZON_DAYS = 340
"""So far ahead flights and fares are filed: 300 days and a margin for connections and zones."""
_DAY = timedelta(days=1)


def schedule(world: World, airline: Airline, today: date) -> list[LegPattern]:
    """Everything an airline files on a day: its own legs, and those that it sells as codeshares."""
    found: list[LegPattern] = []
    for season in seasons(today):
        for flight in flights(world, airline, season):
            found += _patterns(world, flight, season)
        for flight in shared_flights(world, airline, season):
            found += [_as_sold(each) for each in _patterns(world, flight, season)]
    return _with_variations(found)


def seasons(today: date) -> tuple[Period, ...]:
    """The season of a day, the one before it and the two after it.

    Always two summers and two winters, so that a schedule never shrinks when one of them ends; the
    last season ends more than `HORIZON_DAYS` from today, the first one began half a year ago.
    """
    begins = [
        _last_sunday(year, month)
        for year in range(today.year - 1, today.year + 3)
        for month in (3, 10)
    ]
    now = max(index for index, start in enumerate(begins) if start <= today)
    return tuple(
        Period(start, following - _DAY) for start, following in pairwise(begins[now - 1 : now + 4])
    )


def _last_sunday(year: int, month: int) -> date:
    end = date(year, month, 31)
    return end - timedelta(days=(end.weekday() + 1) % 7)


def _patterns(world: World, flight: Flight, season: Period) -> Iterator[LegPattern]:
    for period, legs in _steady(world, flight, season):
        for sequence, (span, timing) in enumerate(zip(flight.spans(), legs, strict=True), start=1):
            board, off = span
            yield LegPattern(
                designator=flight.designator,
                variation=1,
                sequence=sequence,
                service_type="J",
                period=period,
                board=board,
                off=off,
                departure_min=timing.departure_min,
                departure_offset_min=timing.departure_offset_min,
                arrival_min=timing.arrival_min,
                arrival_offset_min=timing.arrival_offset_min,
                aircraft=flight.aircraft.type,
                configuration=flight.aircraft.configuration,
                board_terminal=_terminal(world, flight.designator.carrier, board),
                off_terminal=_terminal(world, flight.designator.carrier, off),
                marketed_as=(flight.shared_as,) if flight.shared_as else (),
            )


def _steady(
    world: World, flight: Flight, season: Period
) -> Iterator[tuple[Period, tuple[Timing, ...]]]:
    """The season in parts on whose dates the timings are the same."""
    first, timing = season.first, timings(world, flight, season.first)
    for day in _changes(world, flight, season):
        following = timings(world, flight, day)
        if following != timing:
            yield Period(first, day - _DAY, flight.days), timing
            first, timing = day, following
    yield Period(first, season.last, flight.days), timing


def _changes(world: World, flight: Flight, season: Period) -> list[date]:
    """Dates around which a station's clock changes: the only ones on which timings may differ.

    A long flight lands two dates later at most, so the dates before a change are looked at too,
    and the change with which the next season begins.
    """
    found: set[date] = set()
    zones = {world.places[code].time_zone for code in flight.chain}
    for day in Period(season.first, season.last + 2 * _DAY).dates():
        if any(_changes_clock(world, zone, day) for zone in zones):
            found |= {day + timedelta(days=near) for near in (-2, -1, 0, 1)}
    return sorted(day for day in found if season.first < day <= season.last)


def _changes_clock(world: World, zone: str, day: date) -> bool:
    noon = ((day - date(1970, 1, 1)).days) * 1440 + 720
    return world.offsets(zone, noon - 1440) != world.offsets(zone, noon)


def _as_sold(pattern: LegPattern) -> LegPattern:
    """A codeshare as the airline files it that sells it but does not fly it."""
    (sold_as,) = pattern.marketed_as
    return replace(pattern, designator=sold_as, operating=pattern.designator, marketed_as=())


def _with_variations(patterns: list[LegPattern]) -> list[LegPattern]:
    """Number the periods of each flight, as SSIM wants its itinerary variations."""
    seen: dict[Designator, list[Period]] = {}
    found = []
    for each in patterns:
        periods = seen.setdefault(each.designator, [])
        if each.period not in periods:
            periods.append(each.period)
        found.append(replace(each, variation=periods.index(each.period) + 1))
    return found


def _terminal(world: World, carrier: str, station: str) -> str:
    return str(1 + pick(world.seed, 3, "terminal", carrier, station))
