from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from holdfast.flights.domain.order import Order, OrderState
from holdfast.flights.pages.order_view import (
    OrderStanding,
    calendar_of,
    departs_of,
    is_family_name,
    order_view,
    standing_of,
    zones_of,
)
from holdfast.flights.wire.duffel_offers import offer_shape
from holdfast.flights.wire.duffel_orders import OrderShape, order_shape
from holdfast.flights.wire.duffel_places import Names
from tests.support.flights_world import atlas
from tests.support.sold_trips import NOW, offer, order

NAMES = Names(atlas())


def booked() -> Order:
    return order(offer())


def shape(made: Order) -> OrderShape:
    return order_shape(NAMES, made)


def held(**changes: object) -> OrderShape:
    made = replace(
        booked(),
        state=OrderState.HELD,
        paid_at=None,
        hold_until=NOW + timedelta(hours=24),
        price_until=NOW + timedelta(hours=12),
    )
    return shape(replace(made, **changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("hours", "standing"),
    [
        (0, OrderStanding.HELD),
        (12, OrderStanding.PRICE_ENDED),
        (24, OrderStanding.LAPSED),
    ],
)
def test_a_hold_has_two_ends(hours: int, standing: OrderStanding) -> None:
    assert standing_of(held(), NOW + timedelta(hours=hours)) is standing


def test_a_hold_without_a_guarantee_can_be_paid_at_its_price() -> None:
    late = NOW + timedelta(hours=20)
    assert standing_of(held(price_until=None), late) is OrderStanding.HELD


def test_paid_lapsed_and_cancelled_orders_are_told_apart() -> None:
    paid = booked()
    assert standing_of(shape(paid), NOW) is OrderStanding.PAID
    given_back = replace(paid, state=OrderState.CANCELLED, cancelled_at=NOW)
    assert standing_of(shape(given_back), NOW) is OrderStanding.CANCELLED
    assert standing_of(held(state=OrderState.EXPIRED), NOW) is OrderStanding.LAPSED


def test_an_order_shows_who_flies_with_which_ticket() -> None:
    view = order_view(shape(booked()), NOW)
    (who,) = view.travellers
    assert who.name == "Ada StoneA"
    assert len(who.ticket) == 13
    assert view.name_of(who.id) == who.name
    assert view.name_of("pas_nobody") == ""
    assert view.is_live
    assert view.open_changes == ()
    assert order_view(held(), NOW).travellers[0].ticket == ""


@pytest.mark.parametrize("name", ["StoneA", "stonea", " STONE-A "])
def test_a_family_name_is_the_same_however_it_is_written(name: str) -> None:
    assert is_family_name(shape(booked()), name)


@pytest.mark.parametrize("name", ["", " ", "-", "Ada", "Stone", "StoneAB"])
def test_no_other_name_opens_an_order(name: str) -> None:
    assert not is_family_name(shape(booked()), name)


def test_the_calendar_has_every_flight_with_its_zones() -> None:
    made = shape(booked())
    zones = zones_of(made)
    assert zones == {"FRA": "Etc/UTC", "LHR": "Etc/UTC"}
    (event,) = calendar_of(order_view(made, NOW), zones)
    assert event.title == "BA117 Frankfurt – London"
    assert event.place == "Frankfurt am Main Airport (FRA), Terminal 1"
    assert made.booking_reference in event.text


def test_an_offer_leaves_when_its_first_flight_does() -> None:
    found = departs_of(offer_shape(NAMES, offer(), live_mode=False))
    assert found == datetime(2026, 12, 1, 8)  # noqa: DTZ001  local at the airport
