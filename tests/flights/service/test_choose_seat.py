"""Seats for an order that stands."""

from datetime import timedelta

import pytest

from holdfast.flights.domain.booking_rules import Misfit
from holdfast.flights.domain.money import Money
from holdfast.flights.domain.order import Order
from holdfast.flights.service.answering import Telling
from holdfast.flights.service.choose_seat import Seating, choose_seats
from holdfast.flights.service.ports.access import Once, StoredAnswer
from holdfast.flights.service.ports.bookings import AmountDiffers, Replayed
from tests.flights.booking_samples import FARE, OWNER, seat
from tests.flights.service.booking_desk import FUNDS, Desk

HOUR = timedelta(hours=1)


@pytest.fixture
async def desk() -> Desk:
    desk = Desk()
    await desk.fund()
    return desk


async def test_a_paid_order_pays_for_its_seats_now_and_the_answer_tells_them(desk: Desk) -> None:
    made = await desk.buy()
    desk.moment += HOUR
    told: list[Order] = []

    def tell(order: Order) -> StoredAnswer:
        told.append(order)
        return StoredAnswer(200, b"seated")

    telling = Telling(Once(OWNER, "key", b"h" * 32), tell)
    asked = Seating(OWNER, made.id, [seat(made, price=900)], Money(900, "EUR"))
    found = await choose_seats(desk.store, asked, desk.draw, telling)
    assert isinstance(found, Order)
    assert found == told[0]
    assert found.seats[0].booked_at == desk.moment
    assert await desk.money() == FUNDS - FARE - 900
    free = Seating(OWNER, made.id, [seat(made, price=900)], Money(900, "EUR"))
    again = await choose_seats(desk.store, free, desk.draw, telling)
    assert again == Replayed(StoredAnswer(200, b"seated"))


async def test_a_held_order_pays_with_the_rest(desk: Desk) -> None:
    held = await desk.buy(hold=HOUR)
    asked = Seating(OWNER, held.id, [seat(held, price=900)])
    found = await choose_seats(desk.store, asked, desk.draw)
    assert isinstance(found, Order)
    assert (found.total.minor, found.paid) == (FARE + 900, 0)


@pytest.mark.parametrize("payment", [None, Money(899, "EUR"), Money(900, "USD")])
async def test_another_amount_is_refused(desk: Desk, payment: Money | None) -> None:
    made = await desk.buy()
    asked = Seating(OWNER, made.id, [seat(made, price=900)], payment)
    assert await choose_seats(desk.store, asked, desk.draw) == AmountDiffers(Money(900, "EUR"))


async def test_seats_of_another_trip_or_none_at_all_are_refused(desk: Desk) -> None:
    made, other = await desk.buy(), await desk.buy()
    for seats in ([], [seat(other)]):
        answer = await choose_seats(desk.store, Seating(OWNER, made.id, seats), desk.draw)
        assert isinstance(answer, Misfit)


async def test_nobody_seats_an_order_that_is_not_theirs(desk: Desk) -> None:
    made = await desk.buy()
    asked = Seating("own_other", made.id, [seat(made)])
    assert await choose_seats(desk.store, asked, desk.draw) is None
