"""Paying a hold, while it and its price last."""

from datetime import timedelta

from holdfast.flights.domain.money import Money
from holdfast.flights.domain.order import OrderState, Payment
from holdfast.flights.service.pay_order import Paying, pay
from holdfast.flights.service.ports.bookings import AmountDiffers, WrongState
from tests.flights.booking_samples import FARE, OWNER
from tests.flights.service.booking_desk import FUNDS, Desk

HOUR = timedelta(hours=1)


async def test_a_hold_is_paid_at_the_amount_it_was_held_for() -> None:
    desk = Desk()
    await desk.fund()
    held = await desk.buy(hold=HOUR)
    desk.moment += HOUR / 2
    made = await pay(desk.store, Paying(OWNER, held.id, held.total), desk.draw)
    assert isinstance(made, Payment)
    assert (made.order_id, made.amount, made.created_at) == (held.id, held.total, desk.moment)
    found = await desk.store.order(held.id, OWNER)
    assert found is not None
    assert found.state is OrderState.PAID
    assert await desk.money() == FUNDS - FARE


async def test_less_is_refused_and_so_is_late() -> None:
    desk = Desk()
    await desk.fund()
    held = await desk.buy(hold=HOUR)
    less = Paying(OWNER, held.id, Money(FARE - 1, "EUR"))
    assert await pay(desk.store, less, desk.draw) == AmountDiffers(held.total)
    desk.moment += HOUR
    late = Paying(OWNER, held.id, held.total)
    assert await pay(desk.store, late, desk.draw) == WrongState("expired")
    assert await desk.money() == FUNDS
