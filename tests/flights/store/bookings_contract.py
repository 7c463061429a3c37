"""The contract of booking: one suite that every store of `Bookings` must pass.

A test module gives a fixture `shop` with the flights of `booking_samples`; its classes inherit
these tests. `shop.pass_time` moves what the store compares with its clock, so nothing waits.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

import pytest

from holdfast.flights.domain.fare import Cabin, PassengerType
from holdfast.flights.domain.hold_limits import HoldLimit
from holdfast.flights.domain.ids import make_id
from holdfast.flights.domain.money import Money
from holdfast.flights.domain.offer import Offer
from holdfast.flights.domain.order import (
    Cancellation,
    NewOrder,
    Order,
    OrderState,
    Payment,
    PaymentType,
)
from holdfast.flights.service.ports.access import Once, StoredAnswer
from holdfast.flights.service.ports.bookings import (
    AlreadyBooked,
    AmountDiffers,
    Answering,
    BalanceTooLow,
    Bookings,
    KeyReused,
    OfferExpired,
    Replayed,
    SeatTaken,
    SoldOut,
    TooManyHolds,
    WrongState,
)
from holdfast.flights.service.ports.order_lists import Balances, OrderFilter, OrderLists, Page
from holdfast.flights.service.ports.repricing import Repricings
from tests.flights.booking_samples import (
    DAY,
    FARE,
    OWNER,
    SIMPLE,
    TERMS,
    Wish,
    new_order,
    offer,
    seat,
    segment,
    unique,
)

ADULT, CHILD, INFANT = PassengerType.ADULT, PassengerType.CHILD, PassengerType.INFANT
HOUR = timedelta(hours=1)
FUNDS = 10_000_000


class Selling(Bookings, Repricings, Protocol):
    """What sells: both ports in one."""


@dataclass
class Shop:
    """A store under test. `pass_time` makes holds, quotes and price guarantees that much older."""

    bookings: Selling
    lists: OrderLists
    balances: Balances
    pass_time: Callable[[timedelta], Awaitable[None]]

    async def offer(self, wish: Wish = SIMPLE) -> Offer:
        return offer(await self.bookings.now(), wish)

    async def buy(self, wish: Wish = SIMPLE, **how: object) -> Order:
        """An order that must succeed."""
        made = await self.bookings.place(new_order(await self.offer(wish), **how))  # type: ignore[arg-type]
        assert isinstance(made, Order)
        return made

    async def left(self, wish: Wish = SIMPLE) -> int:
        """Seats a class still has: asked by wanting more than there are."""
        many = replace(wish, types=(ADULT,) * 99)
        answer = await self.bookings.place(new_order(await self.offer(many), by=BSP))
        assert isinstance(answer, SoldOut)
        return answer.left

    async def money(self) -> int:
        return (await self.balances.balance(OWNER, "EUR")).minor

    async def now(self) -> datetime:
        return await self.bookings.now()


BSP = PaymentType.ARC_BSP_CASH


def payment_of(order: Order | NewOrder, now: datetime, minor: int | None = None) -> Payment:
    amount = order.total if minor is None else Money(minor, "EUR")
    return Payment(make_id("pay", unique()), order.id, amount, now)


def quote_of(
    order: Order, now: datetime, refund: int = 0, *, lasts: timedelta = HOUR
) -> Cancellation:
    return Cancellation(
        id=make_id("ore", unique()),
        order_id=order.id,
        live_mode=False,
        refund=Money(refund, "EUR"),
        created_at=now,
        expires_at=now + lasts,
        paid=order.paid,
        refund_to=PaymentType.BALANCE if refund else None,
    )


def answering(key: str, body: bytes = b"{}", request: bytes = b"r" * 32) -> Answering:
    return Answering(Once(OWNER, key, request), StoredAnswer(201, body))


class Contract:
    """A class of the suite: the owner has money."""

    @pytest.fixture(autouse=True)
    async def _funds(self, shop: Shop) -> None:
        await shop.balances.top_up(OWNER, Money(FUNDS, "EUR"), "start")


class PlaceContract(Contract):
    """Placing orders."""

    async def test_an_instant_order_is_paid_and_reads_as_it_was_placed(self, shop: Shop) -> None:
        made = await shop.buy()
        assert made.state is OrderState.PAID
        assert made.paid == made.total.minor == FARE
        assert await shop.bookings.order(made.id, OWNER) == made
        assert await shop.money() == FUNDS - FARE
        assert await shop.left() == 5

    async def test_nobody_sees_the_order_of_another_owner(self, shop: Shop) -> None:
        made = await shop.buy()
        assert await shop.bookings.order(made.id, "own_other") is None

    async def test_a_hold_takes_seats_and_no_money(self, shop: Shop) -> None:
        made = await shop.buy(hold=HOUR)
        assert made.state is OrderState.HELD
        assert made.is_awaiting_payment
        assert await shop.bookings.order(made.id, OWNER) == made
        assert await shop.money() == FUNDS
        assert await shop.left() == 5

    async def test_whoever_holds_as_much_as_allowed_holds_no_more(self, shop: Shop) -> None:
        limits = (HoldLimit("mira", 2), HoldLimit("home", 3))
        for _ in range(2):
            await shop.buy(hold=HOUR, limits=limits)
        wanted = new_order(await shop.offer(), hold=HOUR, limits=limits)
        assert await shop.bookings.place(wanted) == TooManyHolds(2)
        assert await shop.bookings.order(wanted.id, OWNER) is None
        assert await shop.left() == 4
        other = (HoldLimit("ben", 2), HoldLimit("home", 3))
        await shop.buy(hold=HOUR, limits=other)
        refused = await shop.bookings.place(
            new_order(await shop.offer(), hold=HOUR, limits=(HoldLimit("zoe", 2), limits[1]))
        )
        assert refused == TooManyHolds(3)

    async def test_an_order_that_is_paid_at_once_is_no_hold(self, shop: Shop) -> None:
        limits = (HoldLimit("mira", 1),)
        await shop.buy(hold=HOUR, limits=limits)
        await shop.buy()

    async def test_a_hold_counts_until_it_is_paid(self, shop: Shop) -> None:
        limits = (HoldLimit("mira", 1),)
        first = await shop.buy(hold=HOUR, limits=limits)
        paid = await shop.bookings.pay(payment_of(first, await shop.now()), OWNER)
        assert isinstance(paid, Payment)
        await shop.buy(hold=HOUR, limits=limits)

    async def test_a_hold_counts_until_it_is_given_back(self, shop: Shop) -> None:
        limits = (HoldLimit("mira", 1),)
        first = await shop.buy(hold=HOUR, limits=limits)
        quote = quote_of(first, await shop.now())
        await shop.bookings.quote_cancellation(quote, OWNER)
        await shop.bookings.confirm_cancellation(quote.id, OWNER, await shop.now())
        await shop.buy(hold=HOUR, limits=limits)

    async def test_a_hold_counts_until_it_runs_out(self, shop: Shop) -> None:
        limits = (HoldLimit("mira", 1),)
        await shop.buy(hold=HOUR, limits=limits)
        await shop.pass_time(2 * HOUR)
        await shop.buy(hold=HOUR, limits=limits)
        await shop.bookings.expire()
        again = await shop.bookings.place(new_order(await shop.offer(), hold=HOUR, limits=limits))
        assert again == TooManyHolds(1)

    async def test_a_hold_that_is_asked_for_again_is_told_again(self, shop: Shop) -> None:
        limits = (HoldLimit("mira", 1),)
        wanted = new_order(await shop.offer(), hold=HOUR, limits=limits)
        assert isinstance(await shop.bookings.place(wanted, answering("once")), Order)
        assert isinstance(await shop.bookings.place(wanted, answering("once")), Replayed)

    async def test_infants_on_laps_take_no_seat(self, shop: Shop) -> None:
        await shop.buy(Wish(types=(ADULT, CHILD, INFANT)))
        assert await shop.left() == 4

    async def test_the_last_seats_are_sold_and_no_more(self, shop: Shop) -> None:
        await shop.buy(Wish(types=(ADULT,) * 5))
        answer = await shop.bookings.place(new_order(await shop.offer(Wish(types=(ADULT,) * 2))))
        assert answer == SoldOut(segment().legs[0].key, "Y", 1)
        await shop.buy()
        answer = await shop.bookings.place(new_order(await shop.offer()))
        assert answer == SoldOut(segment().legs[0].key, "Y", 0)

    async def test_cabins_and_dates_have_seats_of_their_own(self, shop: Shop) -> None:
        await shop.buy(Wish(types=(ADULT,) * 6))
        business = Wish(types=(ADULT, ADULT), cabin=Cabin.BUSINESS, booking_class="C")
        await shop.buy(business)
        assert await shop.left(business) == 0
        tomorrow = Wish((segment(day=DAY + timedelta(days=1)),))
        assert await shop.left(tomorrow) == 6

    async def test_a_refusal_on_one_leg_takes_nothing_of_the_others(self, shop: Shop) -> None:
        await shop.buy(Wish((segment(200),), types=(ADULT,) * 6))
        journey = Wish((segment(100), segment(200)))
        answer = await shop.bookings.place(new_order(await shop.offer(journey)))
        assert answer == SoldOut(segment(200).legs[0].key, "Y", 0)
        assert await shop.left() == 6
        assert await shop.money() == FUNDS - 6 * FARE

    async def test_a_passenger_through_several_legs_takes_a_seat_on_each(self, shop: Shop) -> None:
        await shop.buy(Wish((segment(300, legs=(1, 2)),)))
        assert await shop.left(Wish((segment(300, legs=(1,)),))) == 5
        assert await shop.left(Wish((segment(300, legs=(2,)),))) == 5
        assert await shop.left(Wish((segment(300, legs=(3,)),))) == 6

    async def test_a_leg_that_is_not_flown_is_sold_out(self, shop: Shop) -> None:
        july = segment(day=DAY + timedelta(days=40))
        answer = await shop.bookings.place(new_order(await shop.offer(Wish((july,)))))
        assert answer == SoldOut(july.legs[0].key, "Y", 0)

    async def test_an_expired_offer_is_refused(self, shop: Shop) -> None:
        late = await shop.offer(Wish(lasts=-timedelta(seconds=1)))
        assert await shop.bookings.place(new_order(late)) == OfferExpired()
        assert await shop.left() == 6

    async def test_a_hold_that_would_already_be_over_is_refused(self, shop: Shop) -> None:
        order = new_order(await shop.offer(), hold=-timedelta(seconds=1))
        assert await shop.bookings.place(order) == OfferExpired()

    async def test_an_offer_is_booked_once(self, shop: Shop) -> None:
        made = await shop.buy()
        again = replace(new_order(made.offer), id=make_id("ord", unique()))
        assert await shop.bookings.place(again) == AlreadyBooked(made.id)
        assert await shop.left() == 5

    async def test_what_the_balance_does_not_cover_is_refused(self, shop: Shop) -> None:
        order = new_order(await shop.offer(), owner="own_poor")
        assert await shop.bookings.place(order) == BalanceTooLow(Money(0, "EUR"))
        await shop.balances.set_credit("own_poor", Money(FARE, "EUR"))
        assert isinstance(await shop.bookings.place(order), Order)
        assert await shop.balances.balance("own_poor", "EUR") == Money(-FARE, "EUR")

    async def test_what_the_airline_collects_needs_no_balance(self, shop: Shop) -> None:
        order = new_order(await shop.offer(), owner="own_poor", by=BSP)
        assert isinstance(await shop.bookings.place(order), Order)
        paid = await shop.lists.payments("own_poor", order.id)
        assert [one.type for one in paid] == [BSP]

    async def test_money_from_outside_counts_once_for_a_reference(self, shop: Shop) -> None:
        assert await shop.balances.top_up(OWNER, Money(5, "EUR"), "wire-1")
        assert not await shop.balances.top_up(OWNER, Money(5, "EUR"), "wire-1")
        assert await shop.money() == FUNDS + 5


class KeyContract(Contract):
    """Idempotency keys."""

    async def test_the_same_key_has_one_effect_and_one_answer(self, shop: Shop) -> None:
        order = new_order(await shop.offer())
        assert isinstance(await shop.bookings.place(order, answering("k", b"one")), Order)
        again = await shop.bookings.place(order, answering("k", b"two"))
        assert again == Replayed(StoredAnswer(201, b"one"))
        assert await shop.left() == 5

    async def test_a_key_for_another_request_is_refused(self, shop: Shop) -> None:
        await shop.bookings.place(new_order(await shop.offer()), answering("k"))
        other = answering("k", request=b"s" * 32)
        assert await shop.bookings.place(new_order(await shop.offer()), other) == KeyReused()
        assert await shop.left() == 5

    async def test_a_refusal_uses_no_key(self, shop: Shop) -> None:
        late = await shop.offer(Wish(lasts=-HOUR))
        assert await shop.bookings.place(new_order(late), answering("k")) == OfferExpired()
        fresh = new_order(await shop.offer())
        assert isinstance(await shop.bookings.place(fresh, answering("k")), Order)

    async def test_paying_cancelling_and_seating_are_answered_again_too(self, shop: Shop) -> None:
        held = await shop.buy(hold=HOUR)
        now = await shop.now()
        pay = payment_of(held, now)
        assert await shop.bookings.pay(pay, OWNER, answering("pay", b"p")) == pay
        assert await shop.bookings.pay(pay, OWNER, answering("pay")) == _again(b"p")
        paid = await shop.bookings.order(held.id, OWNER)
        assert paid is not None
        seats = [seat(paid)]
        add = shop.bookings.add_seats
        await add(paid.id, OWNER, seats, payment=None, answering=answering("seat", b"s"))
        told = await add(paid.id, OWNER, seats, payment=None, answering=answering("seat"))
        assert told == _again(b"s")
        quote = quote_of(paid, now)
        await shop.bookings.quote_cancellation(quote, OWNER, answering("quote", b"q"))
        told = await shop.bookings.quote_cancellation(quote, OWNER, answering("quote"))
        assert told == _again(b"q")
        await shop.bookings.confirm_cancellation(quote.id, OWNER, now, answering("go", b"c"))
        told = await shop.bookings.confirm_cancellation(quote.id, OWNER, now, answering("go"))
        assert told == _again(b"c")


def _again(body: bytes) -> Replayed:
    return Replayed(StoredAnswer(201, body))


class PayContract(Contract):
    """Paying holds, and holds that run out."""

    async def test_a_held_order_is_paid(self, shop: Shop) -> None:
        held = await shop.buy(hold=HOUR)
        pay = payment_of(held, await shop.now())
        assert await shop.bookings.pay(pay, OWNER) == pay
        paid = await shop.bookings.order(held.id, OWNER)
        assert paid is not None
        assert paid.state is OrderState.PAID
        assert paid.paid_at == pay.created_at
        assert await shop.money() == FUNDS - FARE
        assert await shop.left() == 5
        assert list(await shop.lists.payments(OWNER, held.id)) == [pay]

    async def test_nobody_pays_what_is_not_theirs(self, shop: Shop) -> None:
        held = await shop.buy(hold=HOUR)
        assert await shop.bookings.pay(payment_of(held, await shop.now()), "own_other") is None

    async def test_an_order_is_paid_once(self, shop: Shop) -> None:
        made = await shop.buy()
        answer = await shop.bookings.pay(payment_of(made, await shop.now()), OWNER)
        assert answer == WrongState("paid")

    @pytest.mark.parametrize("minor", [FARE - 1, FARE + 1, 0])
    async def test_another_amount_is_refused(self, shop: Shop, minor: int) -> None:
        held = await shop.buy(hold=HOUR)
        answer = await shop.bookings.pay(payment_of(held, await shop.now(), minor), OWNER)
        assert answer == AmountDiffers(held.total)

    async def test_an_empty_balance_pays_nothing(self, shop: Shop) -> None:
        held = await shop.buy(hold=HOUR, owner="own_poor")
        answer = await shop.bookings.pay(payment_of(held, await shop.now()), "own_poor")
        assert answer == BalanceTooLow(Money(0, "EUR"))

    async def test_an_overdue_hold_reads_as_expired_and_cannot_be_paid(self, shop: Shop) -> None:
        held = await shop.buy(hold=HOUR)
        await shop.pass_time(2 * HOUR)
        found = await shop.bookings.order(held.id, OWNER)
        assert found is not None
        assert found.state is OrderState.EXPIRED
        answer = await shop.bookings.pay(payment_of(held, await shop.now()), OWNER)
        assert answer == WrongState("expired")

    async def test_a_hold_past_its_price_guarantee_is_not_paid_at_that_price(
        self, shop: Shop
    ) -> None:
        order = new_order(await shop.offer(), hold=3 * HOUR)
        order = replace(order, price_until=order.created_at + HOUR)
        assert isinstance(await shop.bookings.place(order), Order)
        await shop.pass_time(2 * HOUR)
        answer = await shop.bookings.pay(payment_of(order, await shop.now()), OWNER)
        assert answer == WrongState("held_past_price")

    async def test_a_sweep_frees_overdue_holds_and_nothing_else(self, shop: Shop) -> None:
        await shop.buy(Wish(types=(ADULT, ADULT)), hold=HOUR)
        await shop.buy(hold=3 * HOUR)
        await shop.buy()
        await shop.pass_time(2 * HOUR)
        assert await shop.bookings.expire(100) == 1
        assert await shop.bookings.expire(100) == 0
        assert await shop.left() == 4

    async def test_a_sweep_takes_no_more_than_it_may(self, shop: Shop) -> None:
        for _ in range(3):
            await shop.buy(hold=HOUR)
        await shop.pass_time(2 * HOUR)
        assert await shop.bookings.expire(2) == 2
        assert await shop.bookings.expire(2) == 1

    async def test_seats_of_overdue_holds_are_sold_without_a_sweep(self, shop: Shop) -> None:
        await shop.buy(Wish(types=(ADULT,) * 6), hold=HOUR)
        await shop.pass_time(2 * HOUR)
        await shop.buy(Wish(types=(ADULT,) * 6))
        assert await shop.left() == 0


class CancelContract(Contract):
    """Giving orders back."""

    async def test_a_confirmed_quote_gives_seats_and_money_back(self, shop: Shop) -> None:
        made = await shop.buy(seats=())
        now = await shop.now()
        quote = quote_of(made, now, 7_000)
        assert await shop.bookings.quote_cancellation(quote, OWNER) == quote
        assert await shop.left() == 5
        done = await shop.bookings.confirm_cancellation(quote.id, OWNER, now)
        assert done == replace(quote, confirmed_at=now)
        assert await shop.bookings.cancellation(quote.id, OWNER) == done
        assert await shop.money() == FUNDS - FARE + 7_000
        assert await shop.left() == 6
        found = await shop.bookings.order(made.id, OWNER)
        assert found is not None
        assert (found.state, found.refunded) == (OrderState.CANCELLED, 7_000)

    async def test_confirming_twice_is_confirming_once(self, shop: Shop) -> None:
        made = await shop.buy()
        now = await shop.now()
        quote = quote_of(made, now, 7_000)
        await shop.bookings.quote_cancellation(quote, OWNER)
        first = await shop.bookings.confirm_cancellation(quote.id, OWNER, now)
        second = await shop.bookings.confirm_cancellation(quote.id, OWNER, now + HOUR)
        assert first == second
        assert await shop.money() == FUNDS - FARE + 7_000
        assert await shop.left() == 6

    async def test_an_order_is_cancelled_by_one_quote_only(self, shop: Shop) -> None:
        made = await shop.buy()
        now = await shop.now()
        one, two = quote_of(made, now, 7_000), quote_of(made, now, 7_000)
        await shop.bookings.quote_cancellation(one, OWNER)
        await shop.bookings.quote_cancellation(two, OWNER)
        await shop.bookings.confirm_cancellation(one.id, OWNER, now)
        again = await shop.bookings.confirm_cancellation(two.id, OWNER, now)
        assert again == WrongState("cancelled")
        late = await shop.bookings.quote_cancellation(quote_of(made, now), OWNER)
        assert late == WrongState("cancelled")

    async def test_a_quote_runs_out(self, shop: Shop) -> None:
        made = await shop.buy()
        quote = quote_of(made, await shop.now(), 7_000)
        await shop.bookings.quote_cancellation(quote, OWNER)
        await shop.pass_time(2 * HOUR)
        answer = await shop.bookings.confirm_cancellation(quote.id, OWNER, await shop.now())
        assert answer == WrongState("quote_expired")

    async def test_a_quote_for_a_hold_is_void_once_it_is_paid(self, shop: Shop) -> None:
        held = await shop.buy(hold=HOUR)
        now = await shop.now()
        quote = quote_of(held, now)
        await shop.bookings.quote_cancellation(quote, OWNER)
        await shop.bookings.pay(payment_of(held, now), OWNER)
        answer = await shop.bookings.confirm_cancellation(quote.id, OWNER, now)
        assert answer == WrongState("changed")
        answer = await shop.bookings.quote_cancellation(quote_of(held, now), OWNER)
        assert answer == WrongState("changed")

    async def test_a_hold_is_given_back_for_nothing(self, shop: Shop) -> None:
        held = await shop.buy(hold=HOUR)
        now = await shop.now()
        quote = quote_of(held, now)
        await shop.bookings.quote_cancellation(quote, OWNER)
        assert isinstance(
            await shop.bookings.confirm_cancellation(quote.id, OWNER, now), Cancellation
        )
        answer = await shop.bookings.pay(payment_of(held, now), OWNER)
        assert answer == WrongState("cancelled")
        assert await shop.left() == 6

    async def test_an_expired_hold_is_not_cancelled(self, shop: Shop) -> None:
        held = await shop.buy(hold=HOUR)
        now = await shop.now()
        quote = quote_of(held, now, lasts=9 * HOUR)
        await shop.bookings.quote_cancellation(quote, OWNER)
        await shop.pass_time(2 * HOUR)
        answer = await shop.bookings.confirm_cancellation(quote.id, OWNER, now)
        assert answer == WrongState("expired")

    async def test_nobody_cancels_what_is_not_theirs(self, shop: Shop) -> None:
        made = await shop.buy()
        now = await shop.now()
        quote = quote_of(made, now)
        assert await shop.bookings.quote_cancellation(quote, "own_other") is None
        await shop.bookings.quote_cancellation(quote, OWNER)
        assert await shop.bookings.confirm_cancellation(quote.id, "own_other", now) is None
        assert await shop.bookings.cancellation(quote.id, "own_other") is None

    async def test_an_offer_whose_order_was_cancelled_can_be_booked_again(self, shop: Shop) -> None:
        made = await shop.buy()
        now = await shop.now()
        quote = quote_of(made, now)
        await shop.bookings.quote_cancellation(quote, OWNER)
        await shop.bookings.confirm_cancellation(quote.id, OWNER, now)
        assert isinstance(await shop.bookings.place(new_order(made.offer)), Order)


class SeatContract(Contract):
    """Seats by designator."""

    async def test_a_seat_goes_to_one_order(self, shop: Shop) -> None:
        first, second = await shop.offer(), await shop.offer()
        made = await shop.bookings.place(new_order(first, seats=(seat(first, price=500),)))
        assert isinstance(made, Order)
        assert made.total == Money(FARE + 500, "EUR")
        answer = await shop.bookings.place(new_order(second, seats=(seat(second),)))
        assert answer == SeatTaken(segment().legs[0].key, "12A")
        key = segment().legs[0].key
        assert await shop.bookings.taken_seats([key]) == {key: frozenset({"12A"})}
        assert await shop.left() == 5

    async def test_a_seat_through_several_legs_is_taken_on_each(self, shop: Shop) -> None:
        through = await shop.offer(Wish((segment(300, legs=(1, 2)),)))
        await shop.bookings.place(new_order(through, seats=(seat(through),)))
        last = await shop.offer(Wish((segment(300, legs=(2, 3)),)))
        answer = await shop.bookings.place(new_order(last, seats=(seat(last),)))
        assert answer == SeatTaken(segment(300).legs[1].key, "12A")
        assert await shop.left(Wish((segment(300, legs=(3,)),))) == 6

    async def test_the_seat_of_an_overdue_hold_is_taken_over(self, shop: Shop) -> None:
        first = await shop.offer()
        held = new_order(first, seats=(seat(first),), hold=HOUR)
        await shop.bookings.place(held)
        await shop.pass_time(2 * HOUR)
        key = segment().legs[0].key
        assert await shop.bookings.taken_seats([key]) == {key: frozenset()}
        second = await shop.offer()
        made = await shop.bookings.place(new_order(second, seats=(seat(second),)))
        assert isinstance(made, Order)
        answer = await shop.bookings.pay(payment_of(held, await shop.now()), OWNER)
        assert answer == WrongState("expired")
        await shop.bookings.expire(10)
        assert await shop.bookings.taken_seats([key]) == {key: frozenset({"12A"})}
        assert await shop.left() == 5

    async def test_a_cancelled_order_frees_its_seats(self, shop: Shop) -> None:
        first = await shop.offer()
        made = await shop.bookings.place(new_order(first, seats=(seat(first),)))
        assert isinstance(made, Order)
        now = await shop.now()
        quote = quote_of(made, now)
        await shop.bookings.quote_cancellation(quote, OWNER)
        await shop.bookings.confirm_cancellation(quote.id, OWNER, now)
        key = segment().legs[0].key
        assert await shop.bookings.taken_seats([key]) == {key: frozenset()}

    async def test_a_seat_is_added_to_a_paid_order_for_its_price(self, shop: Shop) -> None:
        made = await shop.buy()
        one = seat(made, price=900)
        pay = payment_of(made, await shop.now(), 900)
        found = await shop.bookings.add_seats(made.id, OWNER, [one], payment=pay)
        assert isinstance(found, Order)
        assert found.seats == (one,)
        assert found.total == Money(FARE + 900, "EUR")
        assert found.paid == FARE + 900
        assert await shop.money() == FUNDS - FARE - 900
        assert len(await shop.lists.payments(OWNER, made.id)) == 2

    @pytest.mark.parametrize("minor", [None, 899, 901])
    async def test_a_seat_has_its_price(self, shop: Shop, minor: int | None) -> None:
        made = await shop.buy()
        pay = None if minor is None else payment_of(made, await shop.now(), minor)
        one = [seat(made, price=900)]
        answer = await shop.bookings.add_seats(made.id, OWNER, one, payment=pay)
        assert answer == AmountDiffers(Money(900, "EUR"))

    async def test_a_seat_added_to_a_hold_is_paid_with_the_rest(self, shop: Shop) -> None:
        held = await shop.buy(hold=HOUR)
        one = seat(held, price=900)
        found = await shop.bookings.add_seats(held.id, OWNER, [one], payment=None)
        assert isinstance(found, Order)
        assert (found.state, found.paid) == (OrderState.HELD, 0)
        assert found.total == Money(FARE + 900, "EUR")
        now = await shop.now()
        answer = await shop.bookings.pay(payment_of(held, now), OWNER)
        assert answer == AmountDiffers(Money(FARE + 900, "EUR"))
        assert isinstance(await shop.bookings.pay(payment_of(found, now), OWNER), Payment)

    async def test_a_passenger_has_one_seat_on_a_leg(self, shop: Shop) -> None:
        made = await shop.buy()
        await shop.bookings.add_seats(made.id, OWNER, [seat(made)], payment=None)
        other = [seat(made, "14C")]
        answer = await shop.bookings.add_seats(made.id, OWNER, other, payment=None)
        assert answer == WrongState("seated")

    async def test_added_seats_are_all_got_or_none(self, shop: Shop) -> None:
        await shop.buy()
        first = await shop.offer()
        await shop.bookings.place(new_order(first, seats=(seat(first),)))
        made = await shop.buy(Wish(types=(ADULT, ADULT)))
        wanted = [seat(made, "14C"), seat(made, "12A", person=1)]
        answer = await shop.bookings.add_seats(made.id, OWNER, wanted, payment=None)
        assert answer == SeatTaken(segment().legs[0].key, "12A")
        key = segment().legs[0].key
        assert await shop.bookings.taken_seats([key]) == {key: frozenset({"12A"})}

    async def test_no_seat_for_what_is_not_theirs_not_covered_or_over(self, shop: Shop) -> None:
        made = await shop.buy(owner="own_poor", by=BSP)
        one = [seat(made, price=900)]
        add = shop.bookings.add_seats
        assert await add(made.id, OWNER, one, payment=None) is None
        pay = payment_of(made, await shop.now(), 900)
        answer = await add(made.id, "own_poor", one, payment=pay)
        assert answer == BalanceTooLow(Money(0, "EUR"))
        held = await shop.buy(hold=HOUR)
        await shop.pass_time(2 * HOUR)
        assert await add(held.id, OWNER, [seat(held)], payment=None) == WrongState("expired")


class ListContract(Contract):
    """Lists and notes."""

    async def test_orders_are_listed_by_pages_in_both_directions(self, shop: Shop) -> None:
        business = Wish(cabin=Cabin.BUSINESS, booking_class="C")
        made = [await shop.buy() for _ in range(3)] + [await shop.buy(business) for _ in range(2)]
        newest = sorted(made, key=lambda o: (o.created_at, o.id), reverse=True)
        wanted = OrderFilter()
        first = await shop.lists.orders(OWNER, wanted, Page(2))
        assert list(first.items) == newest[:2]
        assert first.before is None
        second = await shop.lists.orders(OWNER, wanted, Page(2, after=first.after))
        assert list(second.items) == newest[2:4]
        last = await shop.lists.orders(OWNER, wanted, Page(2, after=second.after))
        assert list(last.items) == newest[4:]
        assert last.after is None
        back = await shop.lists.orders(OWNER, wanted, Page(2, before=last.before))
        assert back == second
        front = await shop.lists.orders(OWNER, wanted, Page(2, before=back.before))
        assert front == first
        none = await shop.lists.orders(OWNER, wanted, Page(2, before=first.after))
        assert list(none.items) == newest[:1]
        oldest = await shop.lists.orders(OWNER, OrderFilter(descending=False), Page(2))
        assert list(oldest.items) == newest[:2:-1]

    async def test_an_empty_list_has_no_more_pages(self, shop: Shop) -> None:
        found = await shop.lists.orders(OWNER, OrderFilter(), Page())
        assert (found.items, found.before, found.after) == ((), None, None)

    async def test_orders_are_sorted_by_the_time_to_pay(self, shop: Shop) -> None:
        late = await shop.buy(hold=2 * HOUR)
        soon = await shop.buy(hold=HOUR)
        paid = await shop.buy()
        up = OrderFilter(sort="pay_by", descending=False)
        found = await shop.lists.orders(OWNER, up, Page(2))
        assert [one.id for one in found.items] == [soon.id, late.id]
        rest = await shop.lists.orders(OWNER, up, Page(2, after=found.after))
        assert [one.id for one in rest.items] == [paid.id]
        down = await shop.lists.orders(OWNER, replace(up, descending=True), Page())
        assert [one.id for one in down.items] == [paid.id, late.id, soon.id]

    async def test_orders_are_found_by_payment_reference_and_names(self, shop: Shop) -> None:
        held = await shop.buy(hold=HOUR)
        over = await shop.buy(hold=HOUR / 60, family="Tal")
        paid = await shop.buy(Wish(types=(ADULT, ADULT)), family="van  Dam")
        await shop.pass_time(HOUR / 2)

        async def ids(**how: object) -> set[str]:
            wanted = OrderFilter(**how)  # type: ignore[arg-type]
            return {one.id for one in (await shop.lists.orders(OWNER, wanted, Page())).items}

        assert await ids(awaiting_payment=True) == {held.id}
        assert await ids(awaiting_payment=False) == {over.id, paid.id}
        assert await ids(booking_reference=held.reference) == {held.id}
        assert await ids(passenger_names=("BERG",)) == {held.id}
        assert await ids(passenger_names=("adaa", "Van Dam")) == {paid.id}
        assert await ids(passenger_names=("adab van dam",)) == {paid.id}
        assert await ids(passenger_names=("adab", "berg")) == set()
        assert not (await shop.lists.orders("own_other", OrderFilter(), Page())).items

    async def test_cancellations_are_listed_newest_first(self, shop: Shop) -> None:
        one, two = await shop.buy(), await shop.buy()
        now = await shop.now()
        quotes = [quote_of(one, now), quote_of(two, now + HOUR), quote_of(one, now + 2 * HOUR)]
        for quote in quotes:
            await shop.bookings.quote_cancellation(quote, OWNER)
        page = await shop.lists.cancellations(OWNER, None, Page(2))
        assert page.items == (quotes[2], quotes[1])
        rest = await shop.lists.cancellations(OWNER, None, Page(2, after=page.after))
        assert rest.items == (quotes[0],)
        back = await shop.lists.cancellations(OWNER, None, Page(2, before=rest.before))
        assert back == page
        mine = await shop.lists.cancellations(OWNER, one.id, Page())
        assert mine.items == (quotes[2], quotes[0])

    async def test_an_owner_notes_things_on_an_order(self, shop: Shop) -> None:
        made = await shop.buy()
        noted = await shop.bookings.update_metadata(made.id, OWNER, {"trip": "42 \u00e9"})
        assert noted == replace(made, metadata={"trip": "42 \u00e9"})
        assert await shop.bookings.order(made.id, OWNER) == noted
        assert await shop.bookings.update_metadata(made.id, "own_other", {}) is None

    async def test_the_terms_that_were_bought_are_kept(self, shop: Shop) -> None:
        made = await shop.buy()
        found = await shop.bookings.order(made.id, OWNER)
        assert found is not None
        assert found.offer.slices[0].segments[0].terms == TERMS
