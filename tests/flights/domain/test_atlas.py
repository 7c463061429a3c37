"""Looking codes up, and what somebody who types may mean."""

import pytest

from holdfast.flights.domain.atlas import Atlas, airline_id, fold
from holdfast.flights.domain.place import Aircraft, Airline, Airport, City
from tests.support.flights_world import atlas

ATLAS = atlas()


def found(query: str, **more: int) -> list[str]:
    return [place.iata for place in ATLAS.suggestions(query, **more)]


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


def test_a_code_comes_first() -> None:
    assert found("fra") == ["FRA"]
    assert found("LON")[0] == "LON"


def test_a_city_comes_before_its_airports() -> None:
    assert found("london") == ["LON", "LGW", "LHR"]


def test_names_are_found_by_their_beginning_words_and_the_beginning_of_codes() -> None:
    assert found("heath") == ["LHR"]
    assert found("john f k") == ["JFK"]
    assert found("international newark") == ["EWR"]
    assert found("lh") == ["LHR"]
    assert found("m") == ["MAN", "MUC", "FRA"]


def test_accents_and_case_do_not_matter() -> None:
    assert fold(" Zürich") == "zurich"
    assert found("MÜNICH") == ["MUC"]


@pytest.mark.parametrize("query", ["", "  ", "zz", "london paris", "heathrow x"])
def test_what_nothing_is_called_finds_nothing(query: str) -> None:
    assert found(query) == []


def test_suggestions_are_limited() -> None:
    assert found("london", limit=1) == ["LON"]


def test_airports_near_a_point_come_nearest_first() -> None:
    near = [place.iata for place in ATLAS.near(51.5, -0.46, 100_000)]
    assert near == ["LHR", "LGW"]
    assert ATLAS.near(51.5, -0.46, 100_000, limit=1)[0].iata == "LHR"
    assert ATLAS.near(51.5, 60.0, 100_000) == []
    assert ATLAS.near(0, 0, 10_000) == []


def test_a_radius_is_bounded() -> None:
    assert "FRA" not in [place.iata for place in ATLAS.near(51.5, -0.46, 10_000_000)]


def test_an_airport_without_any_name_is_found_by_its_code() -> None:
    bare = Atlas.build(
        airports=[Airport("QXZ", "", "", "", "AQ", 0, 0, "")] * 2,
        cities=[],
        airlines=[],
        aircraft=[],
        countries={},
    )
    assert [place.iata for place in bare.suggestions("qxz")] == ["QXZ"]
