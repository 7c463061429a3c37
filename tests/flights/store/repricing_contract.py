"""The contract of new prices of holds, which every store of `Repricings` must pass."""

from dataclasses import replace
from datetime import datetime, timedelta

from holdfast.flights.domain.fare import Price
from holdfast.flights.domain.money import Money
from holdfast.flights.domain.order import Order, OrderState
from holdfast.flights.domain.repricing import repriced
from holdfast.flights.service.ports.access import StoredAnswer
from holdfast.flights.service.ports.bookings import AmountDiffers, KeyReused, Replayed, WrongState
from holdfast.flights.service.ports.repricing import Repricing
from tests.flights.booking_samples import FARE, OWNER, new_order, seat
from tests.flights.store.bookings_contract import FUNDS, HOUR, Contract, Shop, answering, payment_of

NOW_COSTS = FARE + 1_500
LOCK_S = 1800.0


async def lapsed(shop: Shop, *, seats: int = 0) -> Order:
    """A hold whose price guarantee is over, and whose seats are kept for an hour more."""
    of = await shop.offer()
    chosen = tuple(seat(of, f"{row}A", price=900) for row in range(12, 12 + seats))
    order = replace(new_order(of, seats=chosen, hold=3 * HOUR), price_until=of.created_at + HOUR)
    assert isinstance(await shop.bookings.place(order), Order)
    await shop.pass_time(2 * HOUR)
    read = await shop.bookings.order(order.id, OWNER)
    assert read is not None
    return read


def anew(read: Order, now: datetime, total: int = NOW_COSTS) -> Repricing:
    """The order's only fare at another price."""
    (part,) = read.offer.slices
    (sold,) = part.segments
    fares = (replace(sold.fares[0], price=Price(total, 100), supplier_total=total + 7),)
    segments = (replace(sold, fares=fares),)
    offer = replace(
        read.offer,
        slices=(replace(part, segments=segments),),
        total=Money(total, "EUR"),
        tax=Money(100, "EUR"),
    )
    return Repricing(read, repriced(read, offer, read.seats, at=now, lock_s=LOCK_S))


class RepriceContract(Contract):
    """Holds whose price guarantee has ended."""

    async def test_the_order_costs_the_new_price_until_its_new_moment(self, shop: Shop) -> None:
        read = await lapsed(shop)
        wanted = anew(read, await shop.now())
        assert await shop.bookings.reprice(wanted) == wanted.order
        found = await shop.bookings.order(read.id, OWNER)
        assert found == wanted.order
        assert found.total == Money(NOW_COSTS, "EUR")
        assert found.price_until is not None
        assert found.price_until - found.synced_at == timedelta(seconds=LOCK_S)

    async def test_the_new_price_is_what_is_paid_and_the_old_one_is_not(self, shop: Shop) -> None:
        read = await lapsed(shop)
        now = await shop.now()
        await shop.bookings.reprice(anew(read, now))
        answer = await shop.bookings.pay(payment_of(read, now), OWNER)
        assert answer == AmountDiffers(Money(NOW_COSTS, "EUR"))
        pay = payment_of(read, now, NOW_COSTS)
        assert await shop.bookings.pay(pay, OWNER) == pay
        assert await shop.money() == FUNDS - NOW_COSTS

    async def test_nothing_is_owed_and_no_seat_moves_until_it_is_paid(self, shop: Shop) -> None:
        read = await lapsed(shop, seats=1)
        left = await shop.left()
        await shop.bookings.reprice(anew(read, await shop.now()))
        assert await shop.money() == FUNDS
        assert await shop.left() == left
        (leg,) = read.seats[0].legs
        assert (await shop.bookings.taken_seats([leg]))[leg] == {"12A"}

    async def test_the_new_price_ends_too(self, shop: Shop) -> None:
        read = await lapsed(shop)
        new = anew(read, await shop.now())
        await shop.bookings.reprice(new)
        await shop.pass_time(HOUR / 2 + timedelta(seconds=1))
        answer = await shop.bookings.pay(payment_of(new.order, await shop.now()), OWNER)
        assert answer == WrongState("held_past_price")
        found = await shop.bookings.order(read.id, OWNER)
        assert found is not None
        again = anew(found, await shop.now(), FARE - 1)
        assert await shop.bookings.reprice(again) == again.order

    async def test_a_price_that_is_guaranteed_stays(self, shop: Shop) -> None:
        held = await shop.buy(hold=6 * HOUR)
        early = await shop.bookings.reprice(anew(held, await shop.now()))
        assert early == WrongState("price_holds")
        read = await lapsed(shop)
        now = await shop.now()
        await shop.bookings.reprice(anew(read, now))
        assert await shop.bookings.reprice(anew(read, now)) == WrongState("price_holds")
        found = await shop.bookings.order(held.id, OWNER)
        assert found is not None
        assert found.total == held.total

    async def test_what_is_paid_cancelled_or_expired_has_no_other_price(self, shop: Shop) -> None:
        now = await shop.now()
        paid = await shop.buy()
        hold = replace(paid, hold_until=now + HOUR)
        assert await shop.bookings.reprice(anew(hold, now)) == WrongState("paid")
        read = await lapsed(shop)
        await shop.pass_time(2 * HOUR)
        assert await shop.bookings.reprice(anew(read, now)) == WrongState("expired")
        await shop.bookings.expire()
        assert await shop.bookings.reprice(anew(read, now)) == WrongState("expired")
        found = await shop.bookings.order(read.id, OWNER)
        assert found is not None
        assert (found.state, found.total) == (OrderState.EXPIRED, read.total)

    async def test_an_order_that_got_another_seat_meanwhile_is_not_what_was_priced(
        self, shop: Shop
    ) -> None:
        read = await lapsed(shop)
        wanted = anew(read, await shop.now())
        more = [seat(read, "14C", price=500)]
        assert isinstance(await shop.bookings.add_seats(read.id, OWNER, more, payment=None), Order)
        assert await shop.bookings.reprice(wanted) == WrongState("changed")
        found = await shop.bookings.order(read.id, OWNER)
        assert found is not None
        assert found.total == Money(FARE + 500, "EUR")

    async def test_the_new_price_never_outlives_the_hold(self, shop: Shop) -> None:
        read = await lapsed(shop)
        assert read.hold_until is not None
        wanted = anew(read, read.hold_until - timedelta(minutes=5))
        await shop.bookings.reprice(wanted)
        found = await shop.bookings.order(read.id, OWNER)
        assert found is not None
        assert found.price_until == read.hold_until

    async def test_orders_of_others_cannot_be_priced(self, shop: Shop) -> None:
        read = await lapsed(shop)
        theirs = anew(replace(read, owner="own_other"), await shop.now())
        assert await shop.bookings.reprice(theirs) is None

    async def test_a_key_has_one_effect_and_one_answer(self, shop: Shop) -> None:
        read = await lapsed(shop)
        first = anew(read, await shop.now())
        assert await shop.bookings.reprice(first, answering("k", b"a")) == first.order
        other = anew(read, await shop.now(), 1)
        again = await shop.bookings.reprice(other, answering("k", b"b"))
        assert again == Replayed(StoredAnswer(201, b"a"))
        reused = await shop.bookings.reprice(other, answering("k", request=b"s" * 32))
        assert reused == KeyReused()
        assert await shop.bookings.order(read.id, OWNER) == first.order
