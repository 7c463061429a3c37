"""What an order takes, costs and leaves to us; and how it stands when it was just placed."""

from datetime import UTC, datetime, timedelta

from holdfast.flights.domain.fare import Cabin, PassengerType
from holdfast.flights.domain.money import Money
from holdfast.flights.domain.order import LegNeed, OrderState, PaymentType, absorbed_by
from tests.flights.booking_samples import FARE, SUPPLIER, Wish, new_order, offer, seat, segment

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
ADULT, INFANT = PassengerType.ADULT, PassengerType.INFANT


def test_it_needs_a_seat_on_each_leg_for_all_but_infants_in_the_order_of_locking() -> None:
    order = new_order(offer(NOW, Wish((segment(200), segment(100)), types=(ADULT, INFANT))))
    keys = [segment(100).legs[0].key, segment(200).legs[0].key]
    assert order.needs() == tuple(LegNeed(key, Cabin.ECONOMY, "Y", 1) for key in keys)


def test_a_leg_that_is_flown_twice_is_one_need_of_twice_the_seats() -> None:
    order = new_order(offer(NOW, Wish((segment(100), segment(100)))))
    assert [need.seats for need in order.needs()] == [2]
    assert order.placed().needs() == order.needs()


def test_its_total_is_the_offer_s_and_the_seats() -> None:
    made = offer(NOW)
    assert new_order(made, seats=(seat(made, price=700),)).total == Money(FARE + 700, "EUR")


def test_we_absorb_what_the_airline_asks_beyond_the_locked_price() -> None:
    made = offer(NOW, Wish((segment(100), segment(200)), types=(ADULT, ADULT)))
    assert absorbed_by(made) == 4 * (SUPPLIER - FARE) == new_order(made).absorbed


def test_an_order_that_is_paid_at_once_stands_as_paid() -> None:
    order = new_order(offer(NOW), by=PaymentType.ARC_BSP_CASH).placed()
    assert (order.state, order.paid, order.paid_at) == (OrderState.PAID, FARE, NOW)
    assert order.payment_type is PaymentType.ARC_BSP_CASH
    assert not order.is_awaiting_payment


def test_an_order_that_is_held_waits_for_its_payment() -> None:
    order = new_order(offer(NOW), hold=timedelta(hours=1)).placed()
    assert (order.state, order.paid, order.paid_at) == (OrderState.HELD, 0, None)
    assert order.payment_type is None
    assert order.hold_until == NOW + timedelta(hours=1)
    assert order.is_awaiting_payment
