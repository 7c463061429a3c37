"""What may be booked on an offer, and what giving it back returns."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.flights.domain.booking_rules import Misfit, departure, is_name, misfit, refund
from holdfast.flights.domain.fare import FareTerms, PassengerType
from holdfast.flights.domain.money import Money
from holdfast.flights.domain.offer import Offer
from holdfast.flights.domain.order import Order, Passenger, SeatChoice
from tests.flights.booking_samples import (
    FARE,
    Wish,
    new_order,
    offer,
    passengers,
    seat,
    segment,
)

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
ADULT, CHILD, INFANT = PassengerType.ADULT, PassengerType.CHILD, PassengerType.INFANT
FAMILY = offer(NOW, Wish((segment(300),), types=(ADULT, CHILD, INFANT)))


def field_of(
    people: tuple[Passenger, ...], seats: tuple[SeatChoice, ...] = (), of: Offer = FAMILY
) -> str | None:
    wrong = misfit(of, people, seats)
    assert wrong is None or isinstance(wrong, Misfit)
    return None if wrong is None else wrong.field


def test_exactly_the_travellers_of_the_offer_fly() -> None:
    everybody = passengers(FAMILY)
    assert field_of(everybody) is None
    assert field_of(everybody[:2]) == "passengers"
    assert field_of((*everybody, everybody[0])) == "passengers"
    assert field_of((everybody[0], everybody[0], everybody[2])) == "passengers"
    assert field_of((replace(everybody[0], type=CHILD), *everybody[1:])) == "passengers"


def test_each_infant_is_on_the_lap_of_one_adult() -> None:
    adult, child, infant = passengers(FAMILY)
    nobody = replace(adult, infant_id=None)
    assert field_of((nobody, child, infant)) == "infant_id"
    assert field_of((nobody, replace(child, infant_id=infant.id), infant)) == "infant_id"
    assert field_of((adult, replace(child, infant_id=infant.id), infant)) == "infant_id"
    assert field_of((replace(adult, infant_id=child.id), child, infant)) == "infant_id"


def test_somebody_takes_a_seat() -> None:
    alone = offer(NOW, Wish(types=()))
    assert field_of((), of=alone) == "passengers"


@pytest.mark.parametrize("change", ["given_name", "family_name"])
def test_names_must_fit_a_ticket(change: str) -> None:
    adult, *others = passengers(FAMILY)
    assert field_of((replace(adult, **{change: "\u5f20"}), *others)) == "name"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "name", ["A", "Jos\u00e9", "O'Neill", "Anne-Marie", "J. R.", "\u0160", "x" * 20]
)
def test_latin_names_are_names(name: str) -> None:
    assert is_name(name)


@pytest.mark.parametrize("name", ["", "x" * 21, "-", " ", "A1", "\u0416", "a\nb", "\u00d7", "a_b"])
def test_other_texts_are_not(name: str) -> None:
    assert not is_name(name)


@given(st.text(max_size=25))
def test_a_name_is_short_and_printable_whatever_comes(name: str) -> None:
    assert not is_name(name) or (len(name) <= 20 and name.isprintable())


def test_a_seat_is_for_somebody_of_the_trip_on_all_legs_of_a_segment() -> None:
    people = passengers(FAMILY)
    good = seat(FAMILY)
    child = seat(FAMILY, "12B", person=1)
    assert field_of(people, (good, child)) is None
    assert field_of(people, (replace(good, segment_id="seg_x"),)) == "services"
    assert field_of(people, (replace(good, legs=good.legs[:1]),)) == "services"
    assert field_of(people, (replace(good, passenger_id="pas_x"),)) == "services"
    assert field_of(people, (seat(FAMILY, person=2),)) == "services"


def test_a_seat_has_a_price_in_the_offer_s_currency() -> None:
    people = passengers(FAMILY)
    assert field_of(people, (replace(seat(FAMILY), price=Money(1, "USD")),)) == "services"
    assert field_of(people, (replace(seat(FAMILY), price=Money(-1, "EUR")),)) == "services"


def test_one_seat_for_a_passenger_and_one_passenger_in_a_seat() -> None:
    people = passengers(FAMILY)
    assert field_of(people, (seat(FAMILY), seat(FAMILY, "14C"))) == "services"
    assert field_of(people, (seat(FAMILY), seat(FAMILY, person=1))) == "services"


def test_the_trip_departs_with_its_first_flight() -> None:
    made = offer(NOW, Wish((segment(100), segment(200, day=date(2027, 6, 2)))))
    assert departure(made) == datetime(2027, 6, 1, 11, 20, tzinfo=UTC)


def paid(terms: FareTerms, *more: FareTerms, extra: int = 0) -> Order:
    """A paid order of two adults with a segment for each of the terms, in one slice."""
    wish = Wish((segment(100), segment(200))[: 1 + len(more)], types=(ADULT, ADULT), terms=terms)
    made = offer(NOW, wish)
    sold = tuple(
        replace(one, terms=its)
        for one, its in zip(made.slices[0].segments, (terms, *more), strict=True)
    )
    made = replace(made, slices=(replace(made.slices[0], segments=sold),))
    seats = (seat(made, price=extra),) if extra else ()
    return new_order(made, seats=seats).placed()


FLEX = FareTerms("Flex", refundable=True, refund_penalty=2_000)
FREE = FareTerms("Free", refundable=True)
BASIC = FareTerms("Basic")


def test_a_refund_is_what_was_paid_less_a_penalty_for_each_passenger() -> None:
    assert refund(paid(FLEX)) == Money(2 * FARE - 4_000, "EUR")
    assert refund(paid(FLEX, FREE)) == Money(4 * FARE - 4_000, "EUR")
    assert refund(paid(FREE, extra=500)) == Money(2 * FARE + 500, "EUR")


def test_a_refund_is_never_negative_and_nothing_where_a_fare_is_not_refundable() -> None:
    dear = replace(FLEX, refund_penalty=10 * FARE)
    assert refund(paid(dear)) == Money(0, "EUR")
    assert refund(paid(BASIC)) == Money(0, "EUR")
    assert refund(paid(FLEX, BASIC)) == Money(0, "EUR")


def test_what_the_airline_changed_is_refunded_whole_by_what_was_paid() -> None:
    assert refund(paid(BASIC, extra=500), is_airline_s_change=True) == Money(2 * FARE + 500, "EUR")


def test_an_unpaid_hold_refunds_nothing() -> None:
    held = new_order(offer(NOW), hold=timedelta(hours=1)).placed()
    assert refund(held) == refund(held, is_airline_s_change=True) == Money(0, "EUR")
