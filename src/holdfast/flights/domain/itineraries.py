"""How one gets from here to there: direct and connecting itineraries of one slice, best first.

Flights connect under one marketing carrier, up to two connections, never through an airport of
origin or destination. What is flown is what counts: the same legs under several flight numbers are
one itinerary, under the number the caller prefers. The search is exact: routes are taken in the
order of the best score they could have, and it ends when no route left can be among the best.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise, product

from holdfast.flights.domain.connections import SHORTEST_MIN, ConnectionRules
from holdfast.flights.domain.flight import Itinerary, Segment
from holdfast.flights.domain.offer import SliceAsk
from holdfast.flights.domain.schedule import Designator
from holdfast.flights.domain.timetable import Market, Network, SegmentPattern, Timetable

CONNECTION_SCORE_MIN = 90
"""A connection is as bad as so many minutes more on the way."""
MAX_ITINERARIES = 40
"""Kept of one slice: more than people look at."""
MAX_ROUTES = 4000
"""Sequences of airports that are looked at in one search; the most promising come first."""
MAX_STEPS = 20_000
"""Pairs of flights that are tried in one search: some 20 ms."""
ENOUGH = 20
"""With so many itineraries of at most one connection, two connections are not looked for."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One slice to find. `origins` and `destinations` are airports. `not_before_utc_min`: minutes
    since 1970 before which nothing may depart. `sells`: whether a carrier's number is for sale at
    all; `prefers`: of two numbers for one flight, the one with the larger value is shown."""

    ask: SliceAsk
    origins: frozenset[str]
    destinations: frozenset[str]
    max_connections: int
    not_before_utc_min: int = 0
    sells: Callable[[SegmentPattern], bool] = lambda _: True
    prefers: Callable[[Itinerary], int] = lambda _: 0


@dataclass(frozen=True, slots=True)
class SearchLimits:
    """See the constants of the same names."""

    itineraries: int = MAX_ITINERARIES
    routes: int = MAX_ROUTES
    steps: int = MAX_STEPS
    enough: int = ENOUGH


def score(itinerary: Itinerary) -> int:
    """What orders itineraries, less is better: minutes, connections counted as minutes."""
    return itinerary.duration_min + CONNECTION_SCORE_MIN * (len(itinerary.segments) - 1)


def search(
    timetable: Timetable,
    wanted: Wanted,
    rules: ConnectionRules,
    limits: SearchLimits = SearchLimits(),
) -> tuple[Itinerary, ...]:
    """The best itineraries, by score, then departure, then flight numbers."""
    return _Search(timetable, wanted, rules, limits).run()


_Route = tuple[int, tuple[str, ...], tuple[Network, ...]]
"""The best score possible, the airports, the networks of the carrier that flies it."""
_Rank = tuple[int, int, int, str]
_EPOCH_DAY = date(1970, 1, 1).toordinal()


class _Flight:
    """A segment pattern on a date, as numbers; the segment itself is made when it is needed.

    `departs` and `arrives`: minutes since 1970 UTC.
    """

    __slots__ = ("_segment", "arrives", "departs", "flight_date", "pattern")

    def __init__(self, pattern: SegmentPattern, flight_date: date) -> None:
        first = pattern.legs[0]
        base = (flight_date.toordinal() - _EPOCH_DAY) * 1440
        self.pattern = pattern
        self.flight_date = flight_date
        self.departs = base + first.departure_min - first.departure_offset_min
        self.arrives = self.departs + pattern.duration_min
        self._segment: Segment | None = None

    @property
    def segment(self) -> Segment:
        if self._segment is None:
            self._segment = self.pattern.of(self.flight_date)
        return self._segment

    @property
    def departure_min(self) -> int:
        """Local, after midnight."""
        return self.pattern.legs[0].departure_min % 1440

    def days_after(self, most_min: int) -> list[date]:
        """The local dates at the end of this flight on which one may depart within `most_min`."""
        first, rest = divmod(self.pattern.legs[-1].arrival_min, 1440)
        last = first + (rest + most_min) // 1440
        return [self.flight_date + timedelta(days=n) for n in range(first, last + 1)]


class _Search:
    """One search: what it has dated so far, and the best it has found."""

    def __init__(
        self, timetable: Timetable, wanted: Wanted, rules: ConnectionRules, limits: SearchLimits
    ) -> None:
        self._wanted = wanted
        self._rules = rules
        self._limits = limits
        self._steps = 0
        self._dated: dict[tuple[int, str, str, date], list[_Flight]] = {}
        self._best: dict[tuple[object, ...], Itinerary] = {}
        self._scores: list[int] = []  # the best scores, negated: a heap with the worst on top
        self._carriers = [
            networks
            for networks in timetable.carriers.values()
            if any(wanted.origins & network.markets.keys() for network in networks)
            and any(wanted.destinations & network.boards.keys() for network in networks)
        ]

    def run(self) -> tuple[Itinerary, ...]:
        few = min(self._wanted.max_connections, 1)
        self._follow(route for n in range(few + 1) for route in self._routes(n))
        if self._wanted.max_connections > few and len(self._best) < self._limits.enough:
            self._follow(self._routes(2))
        ranked = sorted(self._best.values(), key=_rank)
        return tuple(ranked[: self._limits.itineraries])

    def _follow(self, routes: Iterable[_Route]) -> None:
        for possible, points, networks in heapq.nsmallest(
            self._limits.routes, routes, key=lambda route: route[:2]
        ):
            if self._is_worse(possible) or self._steps >= self._limits.steps:
                return
            for first in self._firsts(points, networks):
                self._extend((first,), points, networks)

    def _is_worse(self, possible: int) -> bool:
        full = len(self._scores) >= self._limits.itineraries
        return full and possible > -self._scores[0]

    # routes: which airports, whose flights

    def _routes(self, connections: int) -> Iterator[_Route]:
        origins, destinations = self._wanted.origins, self._wanted.destinations
        ends = origins | destinations
        for networks, origin, destination in product(self._carriers, origins, destinations):
            for vias in _vias(networks, origin, destination, connections):
                if ends.isdisjoint(vias):
                    yield from self._route(networks, (origin, *vias, destination))

    def _route(self, networks: tuple[Network, ...], points: tuple[str, ...]) -> Iterator[_Route]:
        possible = (len(points) - 2) * (CONNECTION_SCORE_MIN + SHORTEST_MIN)
        for board, off in pairwise(points):
            markets = list(_markets(networks, board, off))
            if not markets:
                return
            possible += min(market.fastest_min for market in markets)
        yield possible, points, networks

    # flights on dates

    def _firsts(self, points: tuple[str, ...], networks: tuple[Network, ...]) -> list["_Flight"]:
        ask = self._wanted.ask
        return [
            flight
            for flight in self._flights(networks, points[0], points[1], ask.departure_date)
            if ask.departure_from_min <= flight.departure_min <= ask.departure_to_min
            and flight.departs >= self._wanted.not_before_utc_min
        ]

    def _flights(
        self, networks: tuple[Network, ...], board: str, off: str, day: date
    ) -> list["_Flight"]:
        """What the carrier sells between two points with departure on `day`, each once."""
        key = (id(networks), board, off, day)
        found = self._dated.get(key)
        if found is None:
            found = self._dated[key] = self._date(_markets(networks, board, off), day)
        return found

    def _date(self, markets: Iterable[Market], day: date) -> list["_Flight"]:
        once: dict[tuple[Designator, date], _Flight] = {}
        for market in markets:
            for pattern in market.patterns:
                flight_date = pattern.flight_date(day)
                if flight_date is not None and self._wanted.sells(pattern):
                    once[pattern.marketing, flight_date] = _Flight(pattern, flight_date)
        return sorted(once.values(), key=_departure)

    def _extend(
        self, flown: tuple["_Flight", ...], points: tuple[str, ...], networks: tuple[Network, ...]
    ) -> None:
        if len(flown) == len(points) - 1:
            self._keep(flown)
            return
        last = flown[-1]
        least, most = last.arrives + SHORTEST_MIN, last.arrives + self._rules.most_min
        at, to = points[len(flown)], points[len(flown) + 1]
        for day in last.days_after(self._rules.most_min):
            for flight in self._flights(networks, at, to, day):
                if flight.departs < least:
                    continue
                if flight.departs > most:
                    break
                self._steps += 1
                if self._steps >= self._limits.steps:
                    return
                if self._connects(flown, flight):
                    self._extend((*flown, flight), points, networks)

    def _connects(self, flown: tuple["_Flight", ...], flight: "_Flight") -> bool:
        on_the_way = flight.arrives - flown[0].departs
        if self._is_worse(on_the_way + CONNECTION_SCORE_MIN * len(flown)):
            return False
        last = flown[-1]
        return last.pattern.marketing != flight.pattern.marketing and self._rules.connect(
            last.segment.legs[-1], flight.segment.legs[0]
        )

    def _keep(self, flown: tuple["_Flight", ...]) -> None:
        ask = self._wanted.ask
        itinerary = Itinerary(tuple(flight.segment for flight in flown))
        arrives = _minute(itinerary.segments[-1].arriving_at)
        if not ask.arrival_from_min <= arrives <= ask.arrival_to_min:
            return
        key = tuple(leg.key for segment in itinerary.segments for leg in segment.legs)
        before = self._best.get(key)
        if before is not None:
            if self._preference(itinerary) < self._preference(before):
                self._best[key] = itinerary
            return
        worth = score(itinerary)
        if self._is_worse(worth):
            return
        self._best[key] = itinerary
        heapq.heappush(self._scores, -worth)
        if len(self._scores) > self._limits.itineraries:
            heapq.heappop(self._scores)

    def _preference(self, itinerary: Itinerary) -> tuple[int, int, str]:
        own = sum(one.marketing == one.operating for one in itinerary.segments)
        return -self._wanted.prefers(itinerary), -own, _numbers(itinerary)


def _vias(
    networks: tuple[Network, ...], origin: str, destination: str, connections: int
) -> Iterator[tuple[str, ...]]:
    """Airports to connect at, so that the carrier has some flight on each part of the way."""
    if connections == 0:
        yield ()
        return
    feeders = _union(network.boards.get(destination, ()) for network in networks)
    reached = _union(network.markets.get(origin, ()) for network in networks)
    if connections == 1:
        for via in reached & feeders:
            yield (via,)
        return
    for first in reached:
        onward = _union(network.markets.get(first, ()) for network in networks)
        for second in onward & feeders:
            yield first, second


def _union(groups: Iterable[Iterable[str]]) -> set[str]:
    return set().union(*groups)


def _markets(networks: Sequence[Network], board: str, off: str) -> Iterator[Market]:
    for network in networks:
        market = network.market(board, off)
        if market is not None:
            yield market


def _minute(moment: datetime) -> int:
    return moment.hour * 60 + moment.minute


def _departure(flight: _Flight) -> tuple[int, int, Designator]:
    return flight.departs, flight.arrives, flight.pattern.marketing


def _numbers(itinerary: Itinerary) -> str:
    return "+".join(str(segment.marketing) for segment in itinerary.segments)


def _rank(itinerary: Itinerary) -> _Rank:
    first = itinerary.segments[0].legs[0]
    return score(itinerary), first.departing_utc_min, len(itinerary.segments), _numbers(itinerary)
