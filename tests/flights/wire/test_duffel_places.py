import msgspec

from holdfast.flights.domain.place import City
from holdfast.flights.wire.duffel_places import AirportShape, PlaceShape
from tests.support.little_atlas import little_names


def test_an_airport_says_its_type_and_its_city() -> None:
    shape = msgspec.to_builtins(little_names().airport("LHR"))
    assert shape["type"] == "airport"
    assert shape["id"] == "arp_lhr_gb"
    assert shape["city"]["id"] == "cit_lon_gb"
    assert shape["iata_city_code"] == "LON"
    assert shape["airports"] is None
    assert isinstance(shape["latitude"], float)


def test_what_is_not_known_of_an_airport_is_null_or_its_code() -> None:
    shape = little_names().airport("JFK")
    assert shape.icao_code is None
    assert shape.city is None
    assert shape.iata_city_code == "JFK"
    assert shape.city_name == "John F Kennedy"


def test_shapes_are_made_once() -> None:
    names = little_names()
    assert names.airport("FRA") is names.airport("FRA")
    assert names.airline("BA") is names.airline("BA")


def test_unlisted_stations_airlines_and_aircraft_are_called_by_their_codes() -> None:
    names = little_names()
    assert names.airport("QQQ").id == "arp_qqq_zz"
    assert names.airport("QQQ") is not names.airport("QQQ")
    assert names.airline("Q9").name == "Q9"
    aircraft = names.aircraft("7Z9")
    assert aircraft is not None
    assert aircraft.name == "7Z9"
    assert names.aircraft("") is None
    assert names.aircraft("320") is names.aircraft("320")


def test_a_city_has_its_airports_and_no_coordinates() -> None:
    shape = little_names().place("LON")
    assert isinstance(shape, PlaceShape)
    assert [one.iata_code for one in shape.airports] == ["LGW", "LHR"]
    told = msgspec.to_builtins(shape)
    assert told["type"] == "city"
    assert told["latitude"] is None
    assert isinstance(little_names().place("FRA"), AirportShape)


def test_suggestions_name_the_country() -> None:
    names = little_names()
    city = names.atlas.cities["LON"]
    assert isinstance(city, City)
    suggested = names.suggestion(city)
    assert (suggested.type, suggested.country_name) == ("city", "United Kingdom")
    assert suggested.airports is not None
    airport = names.suggestion(names.atlas.airports["FRA"])
    assert (airport.type, airport.country_name, airport.airports) == ("airport", "Germany", None)


def test_distances_follow_the_stations_that_are_listed() -> None:
    names = little_names()
    assert names.distance_km(["FRA", "LHR"]) == 654
    assert names.distance_km(["FRA", "LHR", "FRA"]) == 1308
    assert names.distance_km(["FRA", "QQQ"]) is None
