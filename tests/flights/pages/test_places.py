"""What was typed for a place: a code, or a question which is meant."""

import pytest

from holdfast.flights.pages.places import MAX_CHOICES, choice_of, choices, code_in, decided
from tests.flights.pages.offers import suggestion

LON = suggestion("LON", "London", is_city=True)
LHR = suggestion("LHR", "London Heathrow Airport", city="LON")
PARIS = suggestion("PAR", "Paris", is_city=True)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("Frankfurt (FRA)", "FRA"),
        ("x (lhr) ", "LHR"),
        ("FRA", None),
        ("(FRA) airport", None),
        ("()", None),
    ],
)
def test_a_code_in_brackets_at_the_end_is_one(typed: str, code: str | None) -> None:
    assert code_in(typed) == code


def test_a_code_or_a_full_name_or_the_only_place_is_sure() -> None:
    assert decided("lhr", [LON, LHR]) == "LHR"
    assert decided("London", [LON, LHR]) == "LON"
    assert decided("heathr", [LHR]) == "LHR"


def test_less_is_a_question_and_nothing_is_nothing() -> None:
    assert decided("lo", [LON, LHR]) is None
    assert decided("x", []) is None
    twice = [suggestion("SJC", "San Jose"), suggestion("SJO", "San Jose")]
    assert decided("San Jose", twice) is None


def test_choices_tell_cities_from_airports_and_are_few() -> None:
    assert choice_of(LON).text == "London (LON)"
    assert choice_of(LON).is_city
    assert choice_of(LHR).detail == "London, Land"
    assert choice_of(suggestion("QQQ", "Xanadu")).detail == "Land"
    assert len(choices([PARIS] * 30)) == MAX_CHOICES
