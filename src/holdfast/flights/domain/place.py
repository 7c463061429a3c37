"""What codes stand for: airports, cities, airlines, aircraft; how far it is, and how much CO2.

A city is a metropolitan area: the airports that share a code (LON). Distances are great circles on
a sphere. Nothing here loads anything: whoever has the facts builds these (`store.reference`).
"""

import math
from dataclasses import dataclass
from typing import Literal

from holdfast.flights.domain.fare import Cabin
from holdfast.flights.domain.ids import derive

EARTH_RADIUS_KM = 6371.0088
"""Mean radius (IUGG)."""
DETOUR_KM = 95
"""Routes are longer than great circles: the allowance of EN 16258 for each leg."""
_KG_FOR_EACH_KM = ((1500, 0.115), (4000, 0.095), (math.inf, 0.085))
"""Jets in economy, up to so many km: short flights spend more on climbing. Our own round figures,
of the size of published averages; they compare itineraries and are no measurement."""
_TURBOPROP_SHARE = 0.75
_CABIN_SHARE = {
    Cabin.ECONOMY: 1.0,
    Cabin.PREMIUM_ECONOMY: 1.6,
    Cabin.BUSINESS: 2.9,
    Cabin.FIRST: 4.0,
}
"""By the floor a seat takes."""


@dataclass(frozen=True, slots=True)
class Airport:
    """`iata` is its key. `city_code`: the metropolitan area it belongs to, if any. Empty texts are
    unknown. `latitude` and `longitude` in degrees, `time_zone` a name of the tz database."""

    iata: str
    icao: str
    name: str
    city_name: str
    country: str
    latitude: float
    longitude: float
    time_zone: str
    city_code: str | None = None

    @property
    def id(self) -> str:
        return f"arp_{self.iata.lower()}_{self.country.lower()}"


@dataclass(frozen=True, slots=True)
class City:
    """A metropolitan area and the codes of its airports, sorted."""

    iata: str
    name: str
    country: str
    airports: tuple[str, ...]

    @property
    def id(self) -> str:
        return f"cit_{self.iata.lower()}_{self.country.lower()}"


Place = Airport | City


@dataclass(frozen=True, slots=True)
class Airline:
    """An airline; `icao` may be empty."""

    iata: str
    name: str
    icao: str = ""

    @property
    def id(self) -> str:
        return derive("arl", self.iata)


@dataclass(frozen=True, slots=True)
class Aircraft:
    """A type of aircraft by its IATA code."""

    iata: str
    name: str
    engine: Literal["jet", "turboprop"] = "jet"

    @property
    def id(self) -> str:
        return derive("arc", self.iata)


def distance_km(
    latitude: float, longitude: float, to_latitude: float, to_longitude: float
) -> float:
    """The great circle between two points, in km (haversine)."""
    north = math.radians(to_latitude - latitude) / 2
    east = math.radians(to_longitude - longitude) / 2
    lat, to_lat = math.radians(latitude), math.radians(to_latitude)
    square = math.sin(north) ** 2 + math.cos(lat) * math.cos(to_lat) * math.sin(east) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(square)))


def between(one: Airport, other: Airport) -> float:
    """The great circle between two airports, in km."""
    return distance_km(one.latitude, one.longitude, other.latitude, other.longitude)


def emissions_kg(km: float, cabin: Cabin, aircraft: Aircraft | None = None) -> int:
    """An estimate of one passenger's CO2 on one leg of `km`, in whole kg: distance with a detour,
    times a rate by distance, times shares for propellers and for the room of the cabin."""
    rate = next(rate for limit, rate in _KG_FOR_EACH_KM if km <= limit)
    engine = _TURBOPROP_SHARE if aircraft is not None and aircraft.engine == "turboprop" else 1.0
    return round((km + DETOUR_KM) * rate * engine * _CABIN_SHARE[cabin])
