"""Reference data over HTTP: airports, cities, airlines, aircraft, and suggestions of places.

The lists are those of the atlas in the order of their codes; a cursor is a code.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from holdfast.flights.domain.atlas import MAX_RADIUS_M, Atlas
from holdfast.flights.domain.place import Aircraft, Airline, Airport, City
from holdfast.flights.domain.suggestions import MAX_QUERY_CHARS, Suggestions
from holdfast.flights.entrypoints.http.faults import not_found, validation_required
from holdfast.flights.entrypoints.http.operation import Call, Operation, Page, elsewhere
from holdfast.flights.entrypoints.http.parameters import number, text
from holdfast.flights.wire.duffel_places import (
    AircraftShape,
    AirlineShape,
    AirportShape,
    Names,
    PlaceShape,
    SuggestionShape,
    aircraft_shape,
    airline_shape,
)

_TAG = "reference"
T = TypeVar("T", Airport, City, Airline, Aircraft)
S = TypeVar("S")


def _list(path: str, summary: str, answer: type) -> Operation:
    return Operation("GET", path, summary, elsewhere, answer, paged=True, tag=_TAG)


def _get(path: str, summary: str, answer: type) -> Operation:
    return Operation("GET", f"{path}/{{id}}", summary, elsewhere, answer, tag=_TAG)


AIRPORTS = _list("/air/airports", "List airports", AirportShape)
AIRPORT = _get("/air/airports", "Get an airport", AirportShape)
CITIES = _list("/air/cities", "List metropolitan areas", PlaceShape)
CITY = _get("/air/cities", "Get a metropolitan area", PlaceShape)
AIRLINES = _list("/air/airlines", "List airlines", AirlineShape)
AIRLINE = _get("/air/airlines", "Get an airline", AirlineShape)
AIRCRAFT = _list("/air/aircraft", "List types of aircraft", AircraftShape)
ONE_AIRCRAFT = _get("/air/aircraft", "Get a type of aircraft", AircraftShape)
SUGGESTIONS = Operation(
    "GET",
    "/places/suggestions",
    "Places for a text, or around a point",
    elsewhere,
    list[SuggestionShape],
    parameters=(
        text("query", MAX_QUERY_CHARS, "What somebody types."),
        text("name", MAX_QUERY_CHARS, "The same."),
        number("lat", -90, 90, "Latitude of a point."),
        number("lng", -180, 180, "Longitude of the point."),
        number("rad", 0, 10_000_000, f"Metres around the point; at most {MAX_RADIUS_M} count."),
    ),
    tag=_TAG,
)
DECLARED = (
    AIRPORTS,
    AIRPORT,
    CITIES,
    CITY,
    AIRLINES,
    AIRLINE,
    AIRCRAFT,
    ONE_AIRCRAFT,
    SUGGESTIONS,
)
DEFAULT_RADIUS_M = 100_000.0
"""Around a point without a radius: an hour's drive."""


@dataclass(frozen=True, slots=True)
class _Shelf(Generic[T, S]):
    """One list: things by code, and what they look like."""

    things: Sequence[T]
    shape: Callable[[T], S]
    kind: type[T]
    codes: Sequence[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "codes", [one.iata for one in self.things])

    def page(self, call: Call) -> Page[S]:
        """The page that is wanted."""
        wish = call.page()
        if wish.before is not None:
            end = bisect_left(self.codes, wish.before)
            start = max(0, end - wish.limit)
        else:
            start = bisect_right(self.codes, wish.after) if wish.after is not None else 0
            end = min(len(self.things), start + wish.limit)
        found = self.things[start:end]
        return Page(
            [self.shape(one) for one in found],
            before=found[0].iata if found and start > 0 else None,
            after=found[-1].iata if found and end < len(self.things) else None,
        )


def _shelf(things: Iterable[T], shape: Callable[[T], S], kind: type[T]) -> _Shelf[T, S]:
    return _Shelf(sorted(things, key=lambda one: one.iata), shape, kind)


class ReferenceEndpoints:
    """See `operations`."""

    def __init__(self, names: Names) -> None:
        atlas: Atlas = names.atlas
        self._names = names
        self._suggestions = Suggestions.of(atlas)
        self._airports = _shelf(
            atlas.airports.values(), lambda one: names.airport(one.iata), Airport
        )
        self._cities = _shelf(atlas.cities.values(), names.city, City)
        self._airlines = _shelf(atlas.airlines.values(), airline_shape, Airline)
        self._aircraft = _shelf(atlas.aircraft.values(), aircraft_shape, Aircraft)

    def operations(self) -> list[Operation]:
        """All operations of reference data."""
        return [
            *self._both(AIRPORTS, AIRPORT, self._airports),
            *self._both(CITIES, CITY, self._cities),
            *self._both(AIRLINES, AIRLINE, self._airlines),
            *self._both(AIRCRAFT, ONE_AIRCRAFT, self._aircraft),
            SUGGESTIONS.by(self.suggestions),
        ]

    async def suggestions(self, call: Call) -> list[SuggestionShape]:
        """Places, the best first."""
        query = call.text("query") or call.text("name")
        latitude, longitude = call.number("lat"), call.number("lng")
        if query is not None:
            found = self._suggestions.matching(query)
        elif latitude is not None and longitude is not None:
            radius = call.number("rad")
            found = self._names.atlas.near(
                latitude, longitude, DEFAULT_RADIUS_M if radius is None else radius
            )
        else:
            raise validation_required("query")
        return [self._names.suggestion(place) for place in found]

    def _both(self, all_: Operation, one: Operation, shelf: _Shelf[T, S]) -> list[Operation]:
        async def page(call: Call) -> Page[S]:
            return shelf.page(call)

        async def get(call: Call) -> S:
            found = self._names.atlas.by_id(call.path_id())
            if not isinstance(found, shelf.kind):
                raise not_found()
            return shelf.shape(found)

        return [all_.by(page), one.by(get)]
