"""Everything codes stand for, to look up: places, airlines, aircraft, countries.

Immutable once built. An unknown carrier or aircraft is known by its code, for flights of airlines
that nobody listed are flown too; an unknown place is None, for nothing can fly there.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from holdfast.flights.domain.ids import derive
from holdfast.flights.domain.place import Aircraft, Airline, Airport, City, Place, distance_km

MAX_NEAR = 20
"""As many as a person reads."""
MAX_RADIUS_M = 500_000
"""Half the way across a large country; suggestions are what is near."""


@dataclass(frozen=True, slots=True)
class Atlas:
    """See `build`."""

    airports: Mapping[str, Airport]
    cities: Mapping[str, City]
    airlines: Mapping[str, Airline]
    aircraft: Mapping[str, Aircraft]
    countries: Mapping[str, str]
    _by_id: Mapping[str, Place | Airline | Aircraft] = field(repr=False)

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
        return cls(found, areas, carriers, types, countries, ids)

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

    def near(
        self, latitude: float, longitude: float, radius_m: float, limit: int = MAX_NEAR
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


def airline_id(code: str) -> str:
    """The id of the airline with this code, listed or not."""
    return derive("arl", code)


T = TypeVar("T", Airport, City, Airline, Aircraft)


def _keyed(things: Iterable[T]) -> dict[str, T]:
    keyed: dict[str, T] = {}
    for thing in things:
        keyed.setdefault(thing.iata, thing)
    return keyed
