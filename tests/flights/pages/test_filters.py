"""Filters: what is left, what each choice would leave, and which one left nothing."""

import pytest

from holdfast.flights.pages.filters import (
    FacetGroup,
    blames,
    chosen_of,
    facets,
    groups_of,
    in_order,
    left_by,
    pairs_of,
    without,
)
from holdfast.flights.pages.itineraries import Itinerary
from tests.flights.pages.offers import FEE, FREE, direct, found, offer, segment

MORNING = direct("BA902", "2026-12-01T08:00", "2026-12-01T08:40")
EVENING = direct("LH900", "2026-12-01T19:00", "2026-12-01T19:40")
CHANGE = [
    segment("LH1", "FRA", "CDG", "2026-12-01T06:00", "2026-12-01T07:10"),
    segment("LH2", "CDG", "LHR", "2026-12-01T09:00", "2026-12-01T09:15"),
]
BAG = [segment("BA904", "FRA", "LHR", "2026-12-01T13:00", "2026-12-01T13:40", checked=1)]
ALL = found(
    offer("off_1", "100.00", MORNING),
    offer("off_2", "180.00", MORNING, brand="Flex", refund=FREE, change=FEE),
    offer("off_3", "90.00", EVENING),
    offer("off_4", "60.00", CHANGE, minutes=255),
    offer("off_5", "300.00", BAG, brand="Bag"),
)
Choice = dict[str, tuple[str, ...]]


def ids(left: list[Itinerary]) -> list[str]:
    return [fare.offer_id for one in left for fare in one.fares]


def left(chosen: Choice) -> list[str]:
    return ids(left_by(ALL, groups_of(ALL, chosen), chosen))


def group(name: str, chosen: Choice | None = None) -> FacetGroup:
    chosen = chosen or {}
    shown = facets(ALL, groups_of(ALL, chosen), chosen)
    return next(one for one in shown if one.name == name)


def counts(name: str, chosen: Choice | None = None) -> dict[str, int]:
    return {facet.value: facet.left for facet in group(name, chosen).facets}


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({}, ["off_1", "off_2", "off_3", "off_4", "off_5"]),
        ({"stops": ("0",)}, ["off_1", "off_2", "off_3", "off_5"]),
        ({"stops": ("1", "2")}, ["off_4"]),
        ({"airline": ("BA",)}, ["off_1", "off_2", "off_5"]),
        ({"dep0": ("morning",)}, ["off_1", "off_2", "off_4"]),
        ({"dep0": ("night", "evening")}, ["off_3"]),
        ({"arr0": ("afternoon",)}, ["off_5"]),
        ({"dep1": ("morning",)}, []),
        ({"hours": ("2",)}, ["off_1", "off_2", "off_3", "off_5"]),
        ({"price": ("95",)}, ["off_3", "off_4"]),
        ({"refundable": ("1",)}, ["off_2"]),
        ({"changeable": ("1",)}, ["off_2"]),
        ({"bag": ("1",)}, ["off_5"]),
        ({"stops": ("0",), "airline": ("LH",)}, ["off_3"]),
        ({"airline": ("XX",)}, []),
    ],
)
def test_what_is_left_are_fares_that_pass_all_filters(chosen: Choice, expected: list[str]) -> None:
    if "dep1" in chosen:
        assert not any(one.name == "dep1" for one in groups_of(ALL, chosen)), "one direction"
        return
    assert left(chosen) == expected


def test_an_option_says_what_it_would_leave_with_the_other_filters_as_they_are() -> None:
    assert counts("stops") == {"0": 3, "1": 1, "2": 0}
    assert counts("airline") == {"BA": 2, "LH": 2}
    assert counts("airline", {"stops": ("0",)}) == {"BA": 2, "LH": 1}
    assert counts("airline", {"airline": ("BA",)}) == {"BA": 2, "LH": 2}
    assert counts("refundable") == {"1": 1}


def test_what_is_chosen_is_marked_and_stays_though_nothing_fits_it() -> None:
    shown = group("airline", {"airline": ("XX",)})
    assert shown.is_on
    assert [(one.value, one.left, one.is_on) for one in shown.facets][-1] == ("XX", 0, True)
    assert not group("airline").is_on


def test_limits_are_few_round_and_useful() -> None:
    assert group("hours").is_limit
    assert counts("hours") == {"2": 3, "3": 3, "4": 3}
    prices = counts("price")
    assert list(prices) == ["60", "120", "180", "240"]
    assert group("price").currency == "EUR"
    assert "77" in counts("price", {"price": ("77",)})


def test_with_several_currencies_no_price_is_a_limit() -> None:
    mixed = found(offer("off_1", "1.00"), offer("off_2", "1", EVENING, currency="JPY"))
    assert "price" not in {one.name for one in groups_of(mixed, {})}


def test_a_limit_without_decimals_is_in_whole_units() -> None:
    yen = found(
        offer("off_1", "9000", currency="JPY"), offer("off_2", "9900", EVENING, currency="JPY")
    )
    chosen = {"price": ("9500",)}
    assert ids(left_by(yen, groups_of(yen, chosen), chosen)) == ["off_1"]


def test_the_way_back_has_times_of_its_own() -> None:
    back = direct("BA903", "2026-12-08T20:00", "2026-12-08T22:00")
    both = found(offer("off_1", "1.00", MORNING, back), offer("off_2", "1.00", EVENING, MORNING))
    chosen = {"dep1": ("evening",)}
    assert ids(left_by(both, groups_of(both, chosen), chosen)) == ["off_1"]
    mixed = found(offer("off_1", "1.00", MORNING, back), offer("off_2", "1.00", EVENING))
    assert ids(left_by(mixed, groups_of(mixed, chosen), chosen)) == ["off_1"]


def test_an_empty_list_names_the_filters_that_did_it() -> None:
    chosen = {"stops": ("0",), "price": ("70",)}
    groups = groups_of(ALL, chosen)
    assert left_by(ALL, groups, chosen) == []
    assert [(one.name, one.left) for one in blames(ALL, groups, chosen)] == [
        ("stops", 1),
        ("price", 3),
    ][::-1]


def test_filters_that_leave_nothing_only_together_are_not_blamed_alone() -> None:
    chosen = {"dep0": ("evening",), "refundable": ("1",), "bag": ("1",)}
    assert blames(ALL, groups_of(ALL, chosen), chosen) == ()


def test_nothing_found_has_no_filters_to_blame() -> None:
    groups = groups_of((), {})
    assert facets((), groups, {}) is not None
    assert blames((), groups, {}) == ()
    assert {one.name for one in groups_of((), {"hours": ("3",)})} >= {"hours"}


def test_an_address_chooses_only_what_there_can_be() -> None:
    typed = {
        "stops": ["0", "7", "0"],
        "airline": ["BA", "<x>", "TOOLONG"],
        "dep0": ["morning", "noon"],
        "hours": ["3"],
        "price": ["-1", "99999999"],
        "refundable": ["1"],
        "bag": ["yes"],
    }
    chosen = chosen_of(lambda name: typed.get(name, []))
    assert chosen == {
        "stops": ("0",),
        "airline": ("BA",),
        "hours": ("3",),
        "refundable": ("1",),
        "dep0": ("morning",),
    }
    assert ("airline", "BA") in pairs_of(chosen)
    assert "stops" not in without(chosen, "stops")


@pytest.mark.parametrize(
    ("order", "first"),
    [
        ("recommended", "off_1"),
        ("price", "off_4"),
        ("duration", "off_1"),
        ("departure", "off_4"),
        ("nonsense", "off_1"),
    ],
)
def test_itineraries_are_put_in_order(order: str, first: str) -> None:
    ordered = in_order(ALL, order)
    assert ordered[0].cheapest.offer_id == first
    assert len(ordered) == len(ALL)
