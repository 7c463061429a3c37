from dataclasses import replace

import msgspec
from msgspec import UNSET

from holdfast.flights.domain.offer import LoyaltyAccount, SliceAsk
from holdfast.flights.wire.duffel_offers import (
    LoyaltyAccountShape,
    offer_passenger_shape,
    offer_request_shape,
    offer_shape,
)
from tests.support.little_atlas import little_names
from tests.support.sold_trips import TERMS, offer, request, sold_segment


def test_amounts_are_decimal_texts_that_add_up() -> None:
    shape = offer_shape(little_names(), offer(), live_mode=False)
    assert (shape.total_amount, shape.base_amount, shape.tax_amount) == ("90.80", "80.00", "10.80")
    assert {shape.total_currency, shape.base_currency, shape.tax_currency} == {"EUR"}
    assert shape.total_emissions_kg.isdigit()


def test_the_same_offer_gives_the_same_bytes() -> None:
    first = msgspec.json.encode(offer_shape(little_names(), offer(), live_mode=False))
    assert first == msgspec.json.encode(offer_shape(little_names(), offer(), live_mode=False))


def test_a_holdable_offer_tells_both_its_clocks() -> None:
    required = offer_shape(little_names(), offer(), live_mode=False).payment_requirements
    assert not required.requires_instant_payment
    assert required.payment_required_by == "2026-11-27T12:00:00.250000Z"
    assert required.price_guarantee_expires_at == "2026-11-27T12:00:00.250000Z"


def test_an_offer_that_cannot_be_held_wants_its_money_at_once() -> None:
    terms = replace(TERMS, hold_space_h=0, hold_price_h=0)
    sold = offer(sold_segment(terms=terms))
    required = offer_shape(little_names(), sold, live_mode=True).payment_requirements
    assert required.requires_instant_payment
    assert required.payment_required_by is None


def test_services_are_a_list_only_where_they_are_asked_for() -> None:
    names = little_names()
    assert offer_shape(names, offer(), live_mode=False).available_services is None
    asked = offer_shape(names, offer(), live_mode=False, with_services=True)
    assert asked.available_services == []


def test_a_search_tells_places_as_asked_and_offers_where_wanted() -> None:
    names, found = little_names(), request(offer())
    shape = offer_request_shape(names, found, with_offers=True)
    assert (shape.slices[0].origin_type, shape.slices[0].destination_type) == ("airport", "city")
    assert not isinstance(shape.offers, type(UNSET))
    assert [one.id for one in shape.offers] == [found.offers[0].id]
    bare = msgspec.to_builtins(offer_request_shape(names, found, with_offers=False))
    assert "offers" not in bare
    assert bare["created_at"] == "2026-11-26T12:00:00.250000Z"
    assert bare["slices"][0]["departure_date"] == "2026-12-01"


def test_unlisted_places_are_told_by_their_code() -> None:
    found = request(offer())
    ask = SliceAsk("QQQ", "FRA", found.query.slices[0].departure_date)
    other = replace(found, query=replace(found.query, slices=(ask,)))
    assert (
        offer_request_shape(little_names(), other, with_offers=False).slices[0].origin.name == "QQQ"
    )


def test_frequent_flyers_are_told_back() -> None:
    who = offer().travellers[0]
    assert offer_passenger_shape(who).loyalty_programme_accounts == []
    flyer = replace(who, accounts=(LoyaltyAccount("BA", "12901014"),))
    told = [LoyaltyAccountShape("BA", "12901014")]
    assert offer_passenger_shape(flyer).loyalty_programme_accounts == told
