from dataclasses import replace

import pytest

from holdfast.flights.domain.money import Money
from holdfast.flights.domain.offer import Offer
from holdfast.flights.pages.search_again import body_of, difference, instead_of, price_text
from holdfast.flights.wire.duffel_offers import OfferShape, offer_request_shape, offer_shape
from holdfast.flights.wire.duffel_places import Names
from tests.support.flights_world import atlas
from tests.support.sold_trips import TERMS, leg, offer, request, sold_segment

NAMES = Names(atlas())
LATER = leg(119)


def shape(one: Offer, minor: int, index: int = 0) -> OfferShape:
    made = replace(one, total=Money(minor, "EUR"), id=one.id[:-2] + f"0{index}")
    return offer_shape(NAMES, made, live_mode=False)


LIGHT = replace(TERMS, brand="Light")
LOST = shape(offer(), 9080)
SAME = shape(offer(), 9900, 1)
BRAND = shape(offer(sold_segment(terms=LIGHT)), 5000, 2)
OTHER = shape(offer(sold_segment(LATER)), 1000, 3)


def test_the_same_flights_in_the_same_brand_are_what_was_wanted() -> None:
    found = instead_of(LOST, [OTHER, BRAND, SAME])
    assert found is not None
    assert (found.offer, found.same) == (SAME, True)


def test_else_the_same_flights_then_the_cheapest() -> None:
    alike, cheapest = instead_of(LOST, [OTHER, BRAND]), instead_of(LOST, [OTHER])
    assert alike is not None
    assert cheapest is not None
    assert (alike.offer, alike.same) == (BRAND, False)
    assert (cheapest.offer, cheapest.same) == (OTHER, False)


def test_nothing_is_nothing_and_an_unknown_offer_gets_the_cheapest() -> None:
    assert instead_of(LOST, []) is None
    found = instead_of(None, [SAME, OTHER])
    assert found is not None
    assert found.offer == OTHER


def test_the_search_is_the_one_that_was_made() -> None:
    told = offer_request_shape(NAMES, request(offer()), with_offers=True)
    body = body_of(told, LOST)
    (one,) = body.slices
    assert (one.origin, one.destination, str(one.departure_date)) == ("FRA", "LON", "2026-12-01")
    assert [(who.type, who.age) for who in body.passengers] == [("adult", None)]
    assert body.cabin_class == "economy"
    assert body.max_connections == 1


def test_an_age_is_asked_for_as_an_age() -> None:
    made = request(offer())
    child = replace(made.query.travellers[0], age=7)
    aged = replace(made, query=replace(made.query, travellers=(child,)))
    (who,) = body_of(offer_request_shape(NAMES, aged, with_offers=False), None).passengers
    assert (who.type, who.age) == (None, 7)


def test_a_difference_is_exact_to_the_cent() -> None:
    dearer = difference("90.80EUR", SAME)
    assert dearer is not None
    assert (dearer.size, dearer.is_dearer, dearer.is_cheaper) == (Money(820, "EUR"), True, False)
    cheaper = difference(price_text(LOST), BRAND)
    assert cheaper is not None
    assert (cheaper.size.text, cheaper.is_cheaper) == ("40.80", True)


@pytest.mark.parametrize("before", ["", "EUR", "1.00USD", "x.00EUR", "-1.00EUR"])
def test_what_cannot_be_compared_has_no_difference(before: str) -> None:
    assert difference(before, SAME) is None
