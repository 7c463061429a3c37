"""Booking: the offer is the price, and what does not fit it never reaches the seats."""

from dataclasses import replace
from datetime import timedelta

import pytest

from holdfast.flights.domain.booking_rules import Misfit
from holdfast.flights.domain.money import Money
from holdfast.flights.domain.order import Order, OrderState
from holdfast.flights.service.answering import Telling
from holdfast.flights.service.hold_and_book import MAX_SEATS_OF_ORDER, book
from holdfast.flights.service.ports.access import Once, StoredAnswer
from holdfast.flights.service.ports.bookings import AmountDiffers, OfferExpired, Replayed
from tests.flights.booking_samples import FARE, OWNER, TERMS, Wish, seat
from tests.flights.service.booking_desk import FUNDS, Desk, wanted


@pytest.fixture
async def desk() -> Desk:
    desk = Desk()
    await desk.fund()
    return desk


async def test_an_offer_is_booked_at_its_total_with_seats(desk: Desk) -> None:
    offer = desk.offer()
    made = await book(desk.store, wanted(offer, seat(offer, price=700)), desk.draw)
    assert isinstance(made, Order)
    assert made.state is OrderState.PAID
    assert made.total == Money(FARE + 700, "EUR")
    assert made.seats[0].booked_at == desk.moment
    assert await desk.money() == FUNDS - FARE - 700
    assert await desk.store.order(made.id, OWNER) == made


async def test_a_hold_keeps_both_clocks_of_the_offer(desk: Desk) -> None:
    offer = desk.offer()
    made = await book(desk.store, wanted(offer, hold=True), desk.draw)
    assert isinstance(made, Order)
    assert (made.hold_until, made.price_until) == (offer.hold_until, offer.price_until)
    assert await desk.money() == FUNDS


async def test_an_offer_that_must_be_paid_at_once_is_not_held(desk: Desk) -> None:
    offer = desk.offer(Wish(terms=replace(TERMS, hold_space_h=0)))
    answer = await book(desk.store, wanted(offer, hold=True), desk.draw)
    assert isinstance(answer, Misfit)
    assert answer.field == "type"


@pytest.mark.parametrize("payment", [Money(FARE - 1, "EUR"), Money(FARE, "USD")])
async def test_another_amount_than_is_due_is_refused(desk: Desk, payment: Money) -> None:
    asked = replace(wanted(desk.offer()), payment=payment)
    assert await book(desk.store, asked, desk.draw) == AmountDiffers(Money(FARE, "EUR"))


async def test_who_does_not_fit_the_offer_is_refused(desk: Desk) -> None:
    asked = replace(wanted(desk.offer()), passengers=())
    assert isinstance(await book(desk.store, asked, desk.draw), Misfit)


async def test_an_order_has_a_bounded_number_of_seats(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert MAX_SEATS_OF_ORDER >= 9 * 20
    monkeypatch.setattr("holdfast.flights.service.hold_and_book.MAX_SEATS_OF_ORDER", 0)
    offer = desk.offer()
    assert isinstance(await book(desk.store, wanted(offer, seat(offer)), desk.draw), Misfit)


async def test_an_expired_offer_is_gone(desk: Desk) -> None:
    asked = wanted(desk.offer())
    desk.moment += timedelta(minutes=30)
    assert await book(desk.store, asked, desk.draw) == OfferExpired()


async def test_the_answer_is_kept_with_the_order_and_told_again(desk: Desk) -> None:
    telling = Telling[Order](
        Once(OWNER, "key", b"h" * 32), lambda order: StoredAnswer(201, order.id.encode())
    )
    asked = wanted(desk.offer())
    made = await book(desk.store, asked, desk.draw, telling)
    assert isinstance(made, Order)
    again = await book(desk.store, asked, desk.draw, telling)
    assert again == Replayed(StoredAnswer(201, made.id.encode()))
