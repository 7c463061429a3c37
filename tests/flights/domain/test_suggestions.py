"""What somebody who types may mean."""

import pytest

from holdfast.flights.domain.atlas import Atlas
from holdfast.flights.domain.place import Airport
from holdfast.flights.domain.suggestions import Suggestions, fold
from tests.support.flights_world import atlas

SUGGESTIONS = Suggestions.of(atlas())


def found(query: str, **more: int) -> list[str]:
    return [place.iata for place in SUGGESTIONS.matching(query, **more)]


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


def test_an_airport_without_any_name_is_found_by_its_code() -> None:
    bare = Atlas.build(
        airports=[Airport("QXZ", "", "", "", "AQ", 0, 0, "")] * 2,
        cities=[],
        airlines=[],
        aircraft=[],
        countries={},
    )
    assert [place.iata for place in Suggestions.of(bare).matching("qxz")] == ["QXZ"]
