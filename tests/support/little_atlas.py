"""A small world for tests: Frankfurt, London (two airports), New York, airlines, an aircraft."""

from holdfast.flights.domain.atlas import Atlas
from holdfast.flights.domain.place import Aircraft, Airline, Airport, City
from holdfast.flights.wire.duffel_places import Names

AIRPORTS = (
    Airport("FRA", "EDDF", "Frankfurt am Main", "Frankfurt", "DE", 50.03, 8.57, "Europe/Berlin"),
    Airport("LHR", "EGLL", "London Heathrow", "London", "GB", 51.47, -0.45, "Europe/London", "LON"),
    Airport("LGW", "EGKK", "London Gatwick", "London", "GB", 51.15, -0.19, "Europe/London", "LON"),
    Airport("JFK", "", "John F Kennedy", "", "US", 40.64, -73.78, "America/New_York"),
)


def little_atlas() -> Atlas:
    """The atlas of this world."""
    return Atlas.build(
        airports=AIRPORTS,
        cities=[City("LON", "London", "GB", ("LGW", "LHR"))],
        airlines=[Airline("BA", "British Airways", "BAW"), Airline("LH", "Lufthansa", "DLH")],
        aircraft=[Aircraft("320", "Airbus A320")],
        countries={"DE": "Germany", "GB": "United Kingdom", "US": "United States"},
    )


def little_names() -> Names:
    """Its names as the API tells them."""
    return Names(little_atlas())
