"""Looking codes up, and what somebody who types may mean."""

from holdfast.flights.domain.atlas import airline_id
from holdfast.flights.domain.place import Aircraft, Airline, Airport, City
from tests.support.flights_world import atlas

ATLAS = atlas()


def test_a_code_is_an_airport_else_an_area_else_nothing() -> None:
    assert isinstance(ATLAS.place("LHR"), Airport)
    assert isinstance(ATLAS.place("LON"), City)
    assert ATLAS.place("QQQ") is None


def test_an_area_stands_for_its_airports() -> None:
    assert ATLAS.airports_of("LON") == ("LGW", "LHR")
    assert ATLAS.airports_of("LHR") == ("LHR",)
    assert ATLAS.airports_of("QQQ") == ()


def test_an_airport_knows_its_area() -> None:
    assert ATLAS.city_of(ATLAS.airports["LHR"]) == ATLAS.cities["LON"]
    assert ATLAS.city_of(ATLAS.airports["FRA"]) is None


def test_an_unknown_airline_or_aircraft_is_called_by_its_code() -> None:
    assert ATLAS.airline("BA").name == "British Airways"
    assert ATLAS.airline("9X") == Airline("9X", "9X")
    assert ATLAS.aircraft_of("77X") == Aircraft("77X", "77X")
    assert ATLAS.aircraft_of("") is None


def test_a_country_has_a_name_or_its_code() -> None:
    assert ATLAS.country("GB") == "United Kingdom"
    assert ATLAS.country("XX") == "XX"


def test_ids_find_what_they_name() -> None:
    assert ATLAS.by_id("arp_lhr_gb") == ATLAS.airports["LHR"]
    assert ATLAS.by_id("cit_nyc_us") == ATLAS.cities["NYC"]
    assert ATLAS.by_id(airline_id("BA")) == ATLAS.airlines["BA"]
    assert ATLAS.by_id("arp_qqq_qq") is None


def test_airports_near_a_point_come_nearest_first() -> None:
    near = [place.iata for place in ATLAS.near(51.5, -0.46, 100_000)]
    assert near == ["LHR", "LGW"]
    assert ATLAS.near(51.5, -0.46, 100_000, limit=1)[0].iata == "LHR"
    assert ATLAS.near(51.5, 60.0, 100_000) == []
    assert ATLAS.near(0, 0, 10_000) == []


def test_a_radius_is_bounded() -> None:
    assert "FRA" not in [place.iata for place in ATLAS.near(51.5, -0.46, 10_000_000)]
