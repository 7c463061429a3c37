"""Everything codes stand for, to look up: places, airlines, aircraft, countries; and suggestions.

Immutable once built. An unknown carrier or aircraft is known by its code, for flights of airlines
that nobody listed are flown too; an unknown place is None, for nothing can fly there.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from holdfast.flights.domain.ids import derive
from holdfast.flights.domain.place import Aircraft, Airline, Airport, City, Place, distance_km

MAX_SUGGESTIONS = 20
"""As many as a person reads."""
MAX_RADIUS_M = 500_000
"""Half the way across a large country; suggestions are what is near."""
MIN_QUERY_CHARS = 1
MAX_QUERY_CHARS = 100
"""Longer than any name."""
_INDEX_CHARS = 2
_CITY_WEIGHT = -10
_LARGE = "International"
"""In its name, it makes an airport likelier to be the one that is meant."""


@dataclass(frozen=True, slots=True)
class _Named:
    """A place with the words it is found by, folded."""

    place: Place
    code: str
    names: tuple[str, ...]
    words: frozenset[str]
    weight: int


@dataclass(frozen=True, slots=True)
class Atlas:
    """See `build`."""

    airports: Mapping[str, Airport]
    cities: Mapping[str, City]
    airlines: Mapping[str, Airline]
    aircraft: Mapping[str, Aircraft]
    countries: Mapping[str, str]
    _by_id: Mapping[str, Place | Airline | Aircraft] = field(repr=False)
    _by_start: Mapping[str, Sequence[_Named]] = field(repr=False)

    @classmethod
    def build(
        cls,
        *,
        airports: Iterable[Airport],
        cities: Iterable[City],
        airlines: Iterable[Airline],
        aircraft: Iterable[Aircraft],
        countries: Mapping[str, str],
    ) -> "Atlas":
        """From the facts; the first of two with one code stays."""
        found = _keyed(airports)
        areas = _keyed(cities)
        carriers, types = _keyed(airlines), _keyed(aircraft)
        ids: dict[str, Place | Airline | Aircraft] = {
            one.id: one for kind in (found, areas, carriers, types) for one in kind.values()
        }
        index: dict[str, list[_Named]] = defaultdict(list)
        places: list[Place] = [*areas.values(), *found.values()]
        for place in places:
            named = _named(place)
            starts = {word[:_INDEX_CHARS] for word in (named.code, *named.names, *named.words)}
            for start in starts | {word[:1] for word in starts}:
                index[start].append(named)
        return cls(found, areas, carriers, types, countries, ids, index)

    def place(self, code: str) -> Place | None:
        """The airport of this code, else the metropolitan area, else None."""
        return self.airports.get(code) or self.cities.get(code)

    def airports_of(self, code: str) -> tuple[str, ...]:
        """The airports that a code stands for: itself, or those of the area; none if unknown.

        Where an airport has its city's code (BKK), the code means the airport.
        """
        if code in self.airports:
            return (code,)
        city = self.cities.get(code)
        return city.airports if city is not None else ()

    def city_of(self, airport: Airport) -> City | None:
        """The metropolitan area of an airport."""
        return self.cities.get(airport.city_code) if airport.city_code else None

    def airline(self, code: str) -> Airline:
        """The airline; an unknown one is called by its code."""
        return self.airlines.get(code) or Airline(code, code)

    def aircraft_of(self, code: str) -> Aircraft | None:
        """The type; an unknown one is called by its code, no code is none."""
        return self.aircraft.get(code) or (Aircraft(code, code) if code else None)

    def country(self, code: str) -> str:
        """The country's name, else its code."""
        return self.countries.get(code, code)

    def by_id(self, id: str) -> Place | Airline | Aircraft | None:  # noqa: A002
        """What an `arp_`, `cit_`, `arl_` or `arc_` id names."""
        return self._by_id.get(id)

    def suggestions(self, query: str, limit: int = MAX_SUGGESTIONS) -> list[Place]:
        """Places for what somebody types: the code itself first, then names that begin so, then
        words within names; cities before their airports."""
        text = fold(query[:MAX_QUERY_CHARS])
        if len(text) < MIN_QUERY_CHARS:
            return []
        ranked = []
        for named in self._by_start.get(text[:_INDEX_CHARS], ()):
            rank = _rank(named, text)
            if rank is not None:
                ranked.append((rank, named.weight, named.names[0], named.code, named.place))
        ranked.sort(key=lambda one: one[:4])
        return [one[4] for one in ranked[:limit]]

    def near(
        self, latitude: float, longitude: float, radius_m: float, limit: int = MAX_SUGGESTIONS
    ) -> list[Place]:
        """Airports within `radius_m` (at most `MAX_RADIUS_M`) of a point, nearest first."""
        radius_km = min(radius_m, MAX_RADIUS_M) / 1000
        found = []
        for airport in self.airports.values():
            if abs(airport.latitude - latitude) * 111 > radius_km + 1:
                continue  # a degree of latitude is 111 km: most are too far north or south
            km = distance_km(latitude, longitude, airport.latitude, airport.longitude)
            if km <= radius_km:
                found.append((km, airport.iata, airport))
        found.sort(key=lambda one: one[:2])
        return [airport for _, _, airport in found[:limit]]


def fold(text: str) -> str:
    """Lower case without accents, for comparing: `Zürich ` is `zurich`."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(char for char in plain if not unicodedata.combining(char)).strip()


def airline_id(code: str) -> str:
    """The id of the airline with this code, listed or not."""
    return derive("arl", code)


T = TypeVar("T", Airport, City, Airline, Aircraft)


def _keyed(things: Iterable[T]) -> dict[str, T]:
    keyed: dict[str, T] = {}
    for thing in things:
        keyed.setdefault(thing.iata, thing)
    return keyed


def _named(place: Place) -> _Named:
    if isinstance(place, City):
        names: tuple[str, ...] = (fold(place.name),)
        weight = _CITY_WEIGHT - len(place.airports)
    else:
        names = tuple(name for name in (fold(place.city_name), fold(place.name)) if name)
        weight = -2 * (place.city_code is not None) - (_LARGE in place.name)
    words = frozenset(word for name in names for word in name.split())
    return _Named(place, place.iata.lower(), names or (place.iata.lower(),), words, weight)


def _rank(named: _Named, text: str) -> int | None:
    """How well a text names a place, 0 best; None: not at all."""
    if named.code == text:
        return 0
    if named.names[0] == text:
        return 1
    for rank, name in enumerate(named.names, start=2):
        if name.startswith(text):
            return rank
    if named.code.startswith(text):
        return 6
    sought = text.split()
    if all(any(word.startswith(one) for word in named.words) for one in sought):
        return 5
    return None
