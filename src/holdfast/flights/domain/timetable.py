"""What can be flown, indexed: every leg pattern of every airline, by points and by flight number.

Immutable: a new version of one airline's schedule is a new `Part`, `with_part` gives a new
timetable that shares all others, and whoever searches keeps the one he began with. A part indexes
by marketing carrier, since that is who sells and connects; its flights under other airlines'
numbers (codeshares, DEI 10) are in those carriers' networks. A segment is one leg or several
consecutive legs of one flight, which share its flight date.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from holdfast.flights.domain.flight import DatedLeg, Segment
from holdfast.flights.domain.schedule import Designator, LegPattern

PASSENGER_SERVICES = frozenset("JSUQGBRCOL")
"""SSIM service types that carry passengers: scheduled, additional and charter."""
MAX_SEGMENT_LEGS = 8
"""No flight number serves more consecutive legs that somebody would buy as one."""
_DAY_MIN = 1440


@dataclass(frozen=True, slots=True)
class SegmentPattern:
    """A segment on every date on which all its `legs` operate, sold as `marketing`."""

    marketing: Designator
    legs: tuple[LegPattern, ...]

    @property
    def duration_min(self) -> int:
        first, last = self.legs[0], self.legs[-1]
        departs = first.departure_min - first.departure_offset_min
        return last.arrival_min - last.arrival_offset_min - departs

    def flight_date(self, day: date) -> date | None:
        """The flight date whose local departure is on `day`, None if there is none."""
        shift = self.legs[0].departure_min // _DAY_MIN
        found = day - timedelta(days=shift) if shift else day
        for leg in self.legs:
            if found not in leg.period:
                return None
        return found

    def of(self, flight_date: date) -> Segment:
        """The segment of a flight date, which must be in the periods of all legs."""
        return Segment(
            marketing=self.marketing,
            operating=self.legs[0].flown_as,
            flight_date=flight_date,
            legs=tuple(DatedLeg.of(leg, flight_date) for leg in self.legs),
        )


@dataclass(frozen=True, slots=True)
class Market:
    """Everything one carrier sells between two points; `fastest_min` is its shortest duration."""

    fastest_min: int
    patterns: tuple[SegmentPattern, ...]


@dataclass(frozen=True, slots=True)
class Network:
    """One carrier's markets in one part: `markets[board][off]`, and `boards[off]`."""

    markets: Mapping[str, Mapping[str, Market]]
    boards: Mapping[str, frozenset[str]]

    def market(self, board: str, off: str) -> Market | None:
        """What is sold between two points."""
        return self.markets.get(board, _NOWHERE).get(off)


_NOWHERE: Mapping[str, Market] = {}


@dataclass(frozen=True, slots=True)
class Part:
    """One airline's schedule, indexed. `networks` by marketing carrier; `flights` by designator,
    marketing ones too, legs in order."""

    airline: str
    networks: Mapping[str, Network]
    flights: Mapping[Designator, tuple[LegPattern, ...]]
    legs: int

    @classmethod
    def build(cls, airline: str, patterns: Iterable[LegPattern]) -> "Part":
        """The index over an airline's leg patterns; flights without passengers are left out."""
        itineraries: dict[tuple[Designator, int], list[LegPattern]] = defaultdict(list)
        flights: dict[Designator, list[LegPattern]] = defaultdict(list)
        count = 0
        for pattern in patterns:
            if pattern.service_type not in PASSENGER_SERVICES:
                continue
            count += 1
            itineraries[pattern.designator, pattern.variation].append(pattern)
            for designator in (pattern.designator, *pattern.marketed_as):
                flights[designator].append(pattern)
        sold: dict[str, _Markets] = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
        for legs in itineraries.values():
            for segment in _segments(legs):
                board, off = segment.legs[0].board, segment.legs[-1].off
                sold[segment.marketing.carrier][board][off].append(segment)
        return cls(
            airline,
            {carrier: _network(markets) for carrier, markets in sold.items()},
            {one: tuple(sorted(legs, key=_leg_order)) for one, legs in flights.items()},
            count,
        )


@dataclass(frozen=True, slots=True)
class Timetable:
    """All parts. `carriers[code]`: the networks in which that carrier sells, one for each part."""

    parts: Mapping[str, Part] = field(default_factory=dict)
    carriers: Mapping[str, tuple[Network, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, parts: Iterable[Part]) -> "Timetable":
        """The timetable of these parts; of one airline the last."""
        by_airline = {part.airline: part for part in parts}
        return cls(by_airline, _carriers(by_airline))

    def with_parts(self, parts: Iterable[Part], without: Iterable[str] = ()) -> "Timetable":
        """This one with some airlines replaced or added, and some gone; shares all the rest."""
        gone = frozenset(without)
        kept = (part for airline, part in self.parts.items() if airline not in gone)
        return Timetable.of([*kept, *parts])

    def legs_of(self, designator: Designator) -> Sequence[LegPattern]:
        """All leg patterns flown or sold under a flight number, of all airlines that file it."""
        found: list[LegPattern] = []
        own = self.parts.get(designator.carrier)
        if own is not None:
            found += own.flights.get(designator, ())
        for airline, part in self.parts.items():
            if airline != designator.carrier and designator.carrier in part.networks:
                found += part.flights.get(designator, ())
        return found

    @property
    def legs(self) -> int:
        """How many leg patterns are indexed."""
        return sum(part.legs for part in self.parts.values())


_Markets = dict[str, dict[str, list[SegmentPattern]]]


def _carriers(parts: Mapping[str, Part]) -> dict[str, tuple[Network, ...]]:
    found: dict[str, list[Network]] = defaultdict(list)
    for part in parts.values():
        for carrier, network in part.networks.items():
            found[carrier].append(network)
    return {carrier: tuple(networks) for carrier, networks in found.items()}


def _leg_order(leg: LegPattern) -> tuple[int, int, date]:
    return leg.variation, leg.sequence, leg.period.first


def _segments(legs: Sequence[LegPattern]) -> Iterator[SegmentPattern]:
    """Every run of consecutive legs of one itinerary variation, under each of its numbers."""
    following: dict[int, list[LegPattern]] = defaultdict(list)
    if len(legs) > 1:
        for leg in legs:
            following[leg.sequence].append(leg)
    for leg in legs:
        runs: list[tuple[LegPattern, ...]] = [(leg,)]
        while runs:
            run = runs.pop()
            if run[0].board != run[-1].off and run[-1].duration_min > 0:
                yield from _numbers(run)
            if len(run) < MAX_SEGMENT_LEGS and following:
                runs += [(*run, to) for to in following[run[-1].sequence + 1] if _joins(run, to)]


def _joins(run: tuple[LegPattern, ...], leg: LegPattern) -> bool:
    """Whether a leg goes on where a run ends, after it, by the same flight, on some same date."""
    last = run[-1]
    return (
        last.off == leg.board
        and last.flown_as == leg.flown_as
        and last.arrival_min <= leg.departure_min
        and all(
            one.period.days & leg.period.days
            and one.period.first <= leg.period.last
            and leg.period.first <= one.period.last
            for one in run
        )
    )


def _numbers(run: tuple[LegPattern, ...]) -> Iterator[SegmentPattern]:
    """A run under its own number and under those that all its legs share."""
    yield SegmentPattern(run[0].designator, run)
    for designator in run[0].marketed_as:
        if all(designator in leg.marketed_as for leg in run[1:]):
            yield SegmentPattern(designator, run)


def _network(markets: _Markets) -> Network:
    boards: dict[str, set[str]] = defaultdict(set)
    for board, offs in markets.items():
        for off in offs:
            boards[off].add(board)
    return Network(
        {
            board: {
                off: Market(min(one.duration_min for one in patterns), tuple(patterns))
                for off, patterns in offs.items()
            }
            for board, offs in markets.items()
        },
        {off: frozenset(found) for off, found in boards.items()},
    )
