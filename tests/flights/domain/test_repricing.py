"""A held order at the prices of now: the same classes, whole or not at all."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from holdfast.flights.domain.fare import Price
from holdfast.flights.domain.flight import Segment
from holdfast.flights.domain.money import Money
from holdfast.flights.domain.offer import SoldSegment
from holdfast.flights.domain.order import Order, absorbed_by
from holdfast.flights.domain.pricing import PricedClass
from holdfast.flights.domain.repricing import FareGone, priced_now, repriced
from tests.flights.booking_samples import DAY, TERMS, Wish, new_order, seat, segment
from tests.flights.booking_samples import offer as offer_of
from tests.flights.service.booking_desk import START
from tests.support.flights_world import ADULT, INFANT

TRIP = Wish((segment(100), segment(200)), types=(ADULT, ADULT, INFANT))
HELD = offer_of(START, TRIP)
HOUR = timedelta(hours=1)


def now_for(sold: SoldSegment, total: int, **changes: object) -> PricedClass:
    """The class of a segment at another price; an infant pays a tenth."""
    fares = tuple(
        replace(one, price=Price(total if one.passenger_type is ADULT else total // 10, 0))
        for one in sold.fares
    )
    found = PricedClass(sold.cabin, sold.booking_class, "EUR", sold.terms, fares)
    return replace(found, **changes)  # type: ignore[arg-type]


def market(**changes: object) -> "dict[Segment, Sequence[PricedClass]]":
    return {
        sold.segment: [now_for(sold, 12_000, **changes)]
        for part in HELD.slices
        for sold in part.segments
    }


def test_every_part_is_priced_for_all_passengers_and_the_parts_sum_to_the_total() -> None:
    found = priced_now(HELD, lambda one: market()[one])
    assert not isinstance(found, FareGone)
    assert found.total == Money(2 * (12_000 + 12_000 + 1_200), "EUR")
    assert found.tax == Money(0, "EUR")
    assert replace(found, slices=HELD.slices, total=HELD.total, tax=HELD.tax) == HELD
    assert [one.terms for one in found.slices[0].segments] == [TERMS, TERMS]


def test_what_the_lock_costs_is_counted_by_the_airlines_price_of_now() -> None:
    found = priced_now(HELD, lambda one: market()[one])
    assert not isinstance(found, FareGone)
    supplied = sum(
        one.supplier_total * (2 if one.passenger_type is ADULT else 1)
        for sold in found.slices[0].segments
        for one in sold.fares
    )
    assert absorbed_by(found) == supplied - found.total.minor


def test_another_class_brand_or_currency_is_no_price_of_what_was_held() -> None:
    others = ({"booking_class": "M"}, {"terms": replace(TERMS, brand="Light")}, {"currency": "USD"})
    for other in others:
        found = priced_now(HELD, lambda one, other=other: market(**other)[one])  # type: ignore[misc]
        assert found == FareGone(segment(100, day=DAY), "Y", "Flex")


def test_one_flight_that_is_not_sold_any_more_leaves_no_price_for_the_trip() -> None:
    sold = market()
    sold[segment(200)] = []
    assert priced_now(HELD, lambda one: sold[one]) == FareGone(segment(200), "Y", "Flex")


def held(hold: timedelta, price: int = 0) -> Order:
    choice = seat(HELD, price=price)
    return new_order(HELD, seats=(choice,), hold=hold).placed()


def test_the_new_price_holds_as_long_as_an_offers_but_not_longer_than_the_seats() -> None:
    order, at = held(3 * HOUR), START + HOUR
    new = repriced(order, order.offer, order.seats, at=at, lock_s=1800)
    assert new.price_until == at + HOUR / 2
    late = repriced(order, order.offer, order.seats, at=START + 2.9 * HOUR, lock_s=1800)
    assert late.price_until == order.hold_until
    assert new.synced_at == at


def test_the_total_is_that_of_the_fares_and_the_chosen_seats() -> None:
    order = held(3 * HOUR, price=900)
    cheaper = (replace(order.seats[0], price=Money(500, "EUR")),)
    offer = priced_now(HELD, lambda one: market()[one])
    assert not isinstance(offer, FareGone)
    new = repriced(order, offer, cheaper, at=START + HOUR, lock_s=1800)
    assert new.total == Money(offer.total.minor + 500, "EUR")
    assert new.seats == cheaper
