"""The law of places: airports, cities, airlines and aircraft in the shapes of the API.

PURE. Shapes of one atlas are made once and used again: an answer names the same few airports
hundreds of times. A station that no table knows still gets a shape, for its flights are flown.
"""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from msgspec import Struct

from holdfast.flights.domain.atlas import Atlas
from holdfast.flights.domain.place import Aircraft, Airline, Airport, City, Place, between

UNKNOWN_COUNTRY = "ZZ"
"""ISO 3166's code for no country."""
PlaceType = Literal["airport", "city"]


class AirlineShape(Struct, frozen=True):
    """An airline. Its logos and conditions are not ours to point at."""

    id: str
    name: str
    iata_code: str | None
    logo_symbol_url: str | None = None
    logo_lockup_url: str | None = None
    conditions_of_carriage_url: str | None = None


class AircraftShape(Struct, frozen=True):
    """A type of aircraft."""

    id: str
    name: str
    iata_code: str


class CityShape(Struct, frozen=True):
    """A metropolitan area, inside its airports."""

    id: str
    name: str
    iata_code: str
    iata_country_code: str
    type: Literal["city"] = "city"


class AirportShape(Struct, frozen=True, tag_field="type", tag="airport"):
    """An airport; degrees are decimal numbers."""

    id: str
    name: str
    iata_code: str
    icao_code: str | None
    iata_country_code: str
    iata_city_code: str
    city_name: str
    city: CityShape | None
    latitude: float
    longitude: float
    time_zone: str
    airports: None = None


class PlaceShape(Struct, frozen=True, tag_field="type", tag="city"):
    """A city with its airports: what an airport has and a city has not is null."""

    id: str
    name: str
    iata_code: str
    iata_country_code: str
    iata_city_code: str
    city_name: str
    airports: list[AirportShape]
    icao_code: None = None
    city: None = None
    latitude: None = None
    longitude: None = None
    time_zone: None = None


class SuggestionShape(Struct, frozen=True):
    """A place that a text or a point leads to."""

    id: str
    type: PlaceType
    name: str
    iata_code: str
    iata_country_code: str
    iata_city_code: str
    country_name: str
    city_name: str
    icao_code: str | None
    city: CityShape | None
    airports: list[AirportShape] | None
    latitude: float | None
    longitude: float | None
    time_zone: str | None


@dataclass(frozen=True, slots=True)
class Names:
    """The shapes that codes stand for."""

    atlas: Atlas
    _airports: dict[str, AirportShape] = field(default_factory=dict, repr=False)
    _airlines: dict[str, AirlineShape] = field(default_factory=dict, repr=False)
    _aircraft: dict[str, AircraftShape] = field(default_factory=dict, repr=False)

    def airport(self, code: str) -> AirportShape:
        """The airport of a code."""
        found = self._airports.get(code)
        if found is None:
            known = self.atlas.airports.get(code)
            found = self._airport(known) if known else _unlisted(code)
            if known:
                self._airports[code] = found
        return found

    def place(self, code: str) -> AirportShape | PlaceShape:
        """The airport of a code, or its metropolitan area."""
        known = self.atlas.place(code)
        return self.city(known) if isinstance(known, City) else self.airport(code)

    def city(self, city: City) -> PlaceShape:
        """A city with its airports."""
        return PlaceShape(
            id=city.id,
            name=city.name,
            iata_code=city.iata,
            iata_country_code=city.country,
            iata_city_code=city.iata,
            city_name=city.name,
            airports=[self.airport(code) for code in city.airports],
        )

    def airline(self, code: str) -> AirlineShape:
        """The airline of a code; only listed ones are kept, so that the table has an end."""
        found = self._airlines.get(code)
        if found is None:
            found = airline_shape(self.atlas.airline(code))
            if code in self.atlas.airlines:
                self._airlines[code] = found
        return found

    def aircraft(self, code: str) -> AircraftShape | None:
        """The aircraft type of a code; None where none is filed."""
        found = self._aircraft.get(code)
        if found is None:
            known = self.atlas.aircraft_of(code)
            if known is None:
                return None
            found = aircraft_shape(known)
            if code in self.atlas.aircraft:
                self._aircraft[code] = found
        return found

    def suggestion(self, place: Place) -> SuggestionShape:
        """A place as a suggestion."""
        shape = self.city(place) if isinstance(place, City) else self.airport(place.iata)
        return SuggestionShape(
            id=shape.id,
            type=place_type(shape),
            name=shape.name,
            iata_code=shape.iata_code,
            iata_country_code=shape.iata_country_code,
            iata_city_code=shape.iata_city_code,
            country_name=self.atlas.country(shape.iata_country_code),
            city_name=shape.city_name,
            icao_code=shape.icao_code,
            city=shape.city,
            airports=shape.airports,
            latitude=shape.latitude,
            longitude=shape.longitude,
            time_zone=shape.time_zone,
        )

    def distance_km(self, stations: list[str]) -> int | None:
        """The great circles along these stations, in whole km; None where one is not listed."""
        known = [self.atlas.airports.get(code) for code in stations]
        airports = [one for one in known if one is not None]
        if len(airports) != len(known):
            return None
        return round(sum(between(one, other) for one, other in pairwise(airports)))

    def _airport(self, airport: Airport) -> AirportShape:
        city = self.atlas.city_of(airport)
        return AirportShape(
            id=airport.id,
            name=airport.name,
            iata_code=airport.iata,
            icao_code=airport.icao or None,
            iata_country_code=airport.country,
            iata_city_code=city.iata if city else airport.iata,
            city_name=airport.city_name or airport.name,
            city=CityShape(city.id, city.name, city.iata, city.country) if city else None,
            latitude=airport.latitude,
            longitude=airport.longitude,
            time_zone=airport.time_zone,
        )


def place_type(shape: AirportShape | PlaceShape) -> PlaceType:
    """What `type` says of a shape."""
    return "airport" if isinstance(shape, AirportShape) else "city"


def airline_shape(airline: Airline) -> AirlineShape:
    """An airline."""
    return AirlineShape(airline.id, airline.name, airline.iata)


def aircraft_shape(aircraft: Aircraft) -> AircraftShape:
    """A type of aircraft."""
    return AircraftShape(aircraft.id, aircraft.name, aircraft.iata)


def _unlisted(code: str) -> AirportShape:
    return AirportShape(
        id=f"arp_{code.lower()}_{UNKNOWN_COUNTRY.lower()}",
        name=code,
        iata_code=code,
        icao_code=None,
        iata_country_code=UNKNOWN_COUNTRY,
        iata_city_code=code,
        city_name=code,
        city=None,
        latitude=0.0,
        longitude=0.0,
        time_zone="UTC",
    )
