"""A wish is a whole address, and what cannot be searched is named by its field."""

from datetime import date
from urllib.parse import parse_qsl, urlencode

import pytest

from holdfast.flights.pages.wish import (
    Direction,
    Wish,
    day_of,
    places_of,
    problems,
    same_trip,
    wish_of,
    wrong_field,
)

TODAY = date(2026, 11, 26)
OUT, BACK = "2026-12-01", "2026-12-08"


def asked(**fields: str) -> Wish:
    return wish_of(lambda name: fields.get(name, ""))


def way(**fields: str) -> Wish:
    """Frankfurt to London; `from_` is `from`."""
    given = {"from": "FRA", "to": "LHR", "out": OUT, "back": BACK}
    return asked(**{**given, **{name.rstrip("_"): value for name, value in fields.items()}})


@pytest.mark.parametrize(
    "wish",
    [
        way(),
        way(trip="oneway", adults="2", children="1", infants="1", cabin="business"),
        way(trip="multi", from2="LHR", to2="JFK", out2="2026-12-03"),
    ],
)
def test_an_address_holds_the_whole_wish(wish: Wish) -> None:
    again = dict(parse_qsl(urlencode(wish.pairs())))
    assert wish_of(lambda name: again.get(name, "")) == wish


def test_an_empty_address_is_a_return_trip_of_one() -> None:
    wish = asked()
    assert (wish.trip, wish.people, wish.cabin) == ("return", 1, "")
    assert wish.directions == (Direction("", "", ""),)


def test_what_is_no_choice_is_as_good_as_none() -> None:
    wish = way(trip="elsewhere", cabin="roof", from_="x" * 500)
    assert (wish.trip, wish.cabin, len(wish.directions[0].origin)) == ("return", "", 60)


def test_the_way_back_is_the_way_out_turned_round() -> None:
    assert way().legs == (Direction("FRA", "LHR", OUT), Direction("LHR", "FRA", BACK))
    assert way(trip="oneway").legs == (Direction("FRA", "LHR", OUT),)


def test_the_request_is_the_apis() -> None:
    told = way(children="1", infants="1", cabin="first").request()
    assert told["slices"] == [
        {"origin": "FRA", "destination": "LHR", "departure_date": OUT},
        {"origin": "LHR", "destination": "FRA", "departure_date": BACK},
    ]
    kinds = ["adult", "child", "infant_without_seat"]
    assert told["passengers"] == [{"type": kind} for kind in kinds]
    assert told["cabin_class"] == "first"
    assert "cabin_class" not in way().request()


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({}, {}),
        ({"from_": ""}, {"from": "place"}),
        ({"to": "fra"}, {"to": "same"}),
        ({"out": "soon"}, {"out": "day"}),
        ({"out": "2026-02-30"}, {"out": "day"}),
        ({"out": "2026-11-24"}, {"out": "past"}),
        ({"out": "2026-11-25"}, {}),
        ({"back": "2026-11-30"}, {"back": "order"}),
        ({"back": ""}, {"back": "day"}),
        ({"back": "", "trip": "oneway"}, {}),
        ({"back": "2028-01-01"}, {"back": "far"}),
        ({"adults": "x"}, {"adults": "number"}),
        ({"adults": "0"}, {"adults": "people"}),
        ({"adults": "9", "children": "1"}, {"adults": "people"}),
        ({"infants": "2"}, {"infants": "infants"}),
        ({"trip": "multi"}, {"from2": "multi"}),
        ({"trip": "multi", "from2": "LHR"}, {"to2": "place", "out2": "day"}),
        (
            {"trip": "multi", "from2": "LHR", "to2": "JFK", "out2": "2026-11-28"},
            {"out2": "order"},
        ),
    ],
)
def test_each_mistake_is_named_by_its_field(fields: dict[str, str], wrong: dict[str, str]) -> None:
    expected = {field: f"search.wrong.{name}" for field, name in wrong.items()}
    assert problems(way(**fields), TODAY) == expected


def test_all_mistakes_are_told_at_once() -> None:
    assert set(problems(asked(), TODAY)) == {"from", "to", "out", "back"}


def test_a_wish_can_be_turned_moved_and_named() -> None:
    assert way().swapped().directions[0] == Direction("LHR", "FRA", OUT)
    moved = way().moved(1)
    assert (moved.directions[0].day, moved.back) == ("2026-12-02", "2026-12-09")
    assert way(out="9999-12-31").moved(1).directions[0].day == "9999-12-31"
    assert way(out="soon").moved(1).directions[0].day == "soon"
    assert way().with_places({"FRA": "HHN"}).directions[0].origin == "HHN"
    assert places_of(way(trip="multi", from2="LHR", to2="FRA", out2=OUT)) == ["FRA", "LHR"]


@pytest.mark.parametrize(
    ("pointer", "trip", "field"),
    [
        ("/slices/0/origin", "return", "from"),
        ("/slices/0/departure_date", "return", "out"),
        ("/slices/1/departure_date", "return", "back"),
        ("/slices/1/destination", "multi", "to2"),
        ("/slices/1/else", "multi", "from2"),
        ("/slices", "return", "from"),
        ("/passengers", "return", "adults"),
        ("", "return", "from"),
    ],
)
def test_the_apis_pointer_leads_to_a_field(pointer: str, trip: str, field: str) -> None:
    assert wrong_field(pointer, way(trip=trip)) == field


def test_a_search_is_for_a_wish_if_it_flies_the_same_way_with_as_many() -> None:
    legs = [("FRA", "LHR", date(2026, 12, 1)), ("LHR", "FRA", date(2026, 12, 8))]
    assert same_trip(way(), legs, 1)
    assert not same_trip(way(), legs, 2)
    assert not same_trip(way(), legs[:1], 1)
    assert not same_trip(way(to="LGW"), legs, 1)


def test_a_day_is_written_whole() -> None:
    assert day_of("2026-12-01") == date(2026, 12, 1)
    assert day_of("20261201") is None
    assert day_of("2026-13-01") is None
