"""Doing a change on PostgreSQL: seats move, money is taken once, and the auditor stays content."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from holdfast.flights.domain.money import Money
from holdfast.flights.domain.offer import Offer
from holdfast.flights.domain.order import Order, Payment, PaymentType
from holdfast.flights.domain.order_change import ChangeRequest, OrderChange, change_offers, changed
from holdfast.flights.service.answering import Draw
from holdfast.flights.service.change_order import ChangeOrder
from holdfast.flights.service.ports.access import Once, StoredAnswer
from holdfast.flights.service.ports.bookings import (
    Answering,
    BalanceTooLow,
    KeyReused,
    OfferExpired,
    Replayed,
    SoldOut,
    WrongState,
)
from holdfast.flights.service.ports.order_changes import Confirming
from holdfast.flights.store.audit import PostgresAuditor
from holdfast.flights.store.order_changes import PostgresOrderChanges
from holdfast.platform.data.database import Database
from holdfast.platform.data.queries import Statement
from tests.flights.booking_samples import (
    DAY,
    OWNER,
    TERMS,
    Wish,
    new_order,
    offer,
    seat,
    segment,
    unique,
)
from tests.flights.store.bookings_contract import Shop
from tests.flights.store.shop import open_shop

NEXT = DAY + timedelta(days=1)
FEE = 2_000
FLEX = Wish(terms=replace(TERMS, changeable=True, change_penalty=FEE))
AGE = Statement("age", "UPDATE order_changes SET expires_at = expires_at - interval '1 hour'")


@pytest.fixture
async def shop(flights_database: Database) -> Shop:
    return await open_shop(flights_database)


@pytest.fixture
def changes(flights_database: Database) -> PostgresOrderChanges:
    return PostgresOrderChanges(flights_database)


async def _booked(shop: Shop, *, seated: bool = False) -> Order:
    made = offer(datetime.now(UTC), FLEX)
    seats = (seat(made, "12A"),) if seated else ()
    placed = await shop.bookings.place(new_order(made, seats=seats))
    assert isinstance(placed, Order)
    return placed


def _found(wish: Wish = FLEX, *, more: int = 0) -> Offer:
    """The same flight a day later."""
    found = offer(datetime.now(UTC), replace(wish, segments=(segment(day=NEXT),)))
    return replace(found, total=Money(found.total.minor + more, "EUR"))


async def _chosen(
    changes: PostgresOrderChanges, order: Order, found: Offer | None = None
) -> OrderChange:
    gone = [one.id for one in order.offer.slices]
    request_id = f"ocr_{unique().hex()}"
    (one,) = change_offers(order, gone, [found or _found()], request_id=request_id)
    request = ChangeRequest(
        request_id, OWNER, False, order.id, order.created_at, tuple(gone), (), (one,)
    )
    await changes.keep_request(request)
    assert await changes.request(request_id, OWNER) == request
    return await changes.keep_change(
        OrderChange(one.change_id, OWNER, False, one, order.created_at)
    )


def _confirming(
    change: OrderChange, order: Order, kind: PaymentType = PaymentType.BALANCE
) -> Confirming:
    at = datetime.now(UTC)
    payment = Payment(f"pay_{unique().hex()}", order.id, change.offer.more, at, kind)
    return Confirming(change, order, payment, at)


async def _audit(database: Database) -> None:
    report = await PostgresAuditor(database).audit()
    assert report.is_green, report


async def test_a_change_moves_seats_and_takes_the_difference_once(
    shop: Shop, changes: PostgresOrderChanges
) -> None:
    order = await _booked(shop, seated=True)
    before = await shop.balances.balance(OWNER, "EUR")
    change = await _chosen(changes, order, _found(more=500))
    done = await changes.confirm(_confirming(change, order))
    assert isinstance(done, OrderChange)
    assert done.confirmed_at is not None
    after = await shop.bookings.order(order.id, OWNER)
    assert after == changed(order, change.offer, done.confirmed_at)
    spent = before.minor - (await shop.balances.balance(OWNER, "EUR")).minor
    assert spent == change.offer.more.minor == FEE + 500
    assert after is not None
    assert after.seats == ()
    old = order.offer.slices[0].segments[0].segment.legs[0].key
    assert (await shop.bookings.taken_seats([old]))[old] == frozenset()
    assert len(await shop.lists.payments(OWNER, order.id)) == 2
    again = await changes.confirm(_confirming(change, order))
    assert again == done
    assert len(await shop.lists.payments(OWNER, order.id)) == 2


async def test_what_was_given_up_can_be_sold_again(
    shop: Shop, changes: PostgresOrderChanges
) -> None:
    orders = [await _booked(shop) for _ in range(6)]
    full = await shop.bookings.place(new_order(offer(datetime.now(UTC), FLEX)))
    assert isinstance(full, SoldOut)
    await changes.confirm(_confirming(await _chosen(changes, orders[0]), orders[0]))
    assert isinstance(await _booked(shop), Order)


async def test_a_flight_that_is_full_takes_nobody(
    shop: Shop, changes: PostgresOrderChanges
) -> None:
    order = await _booked(shop)
    for _ in range(6):
        other = offer(datetime.now(UTC), replace(FLEX, segments=(segment(day=NEXT),)))
        assert isinstance(await shop.bookings.place(new_order(other)), Order)
    change = await _chosen(changes, order)
    refused = await changes.confirm(_confirming(change, order))
    assert isinstance(refused, SoldOut)
    assert await shop.bookings.order(order.id, OWNER) == order
    kept = await changes.change(change.id, OWNER)
    assert kept is not None
    assert kept.confirmed_at is None


async def test_many_want_the_last_seat_and_one_gets_it(
    shop: Shop, changes: PostgresOrderChanges
) -> None:
    for _ in range(5):
        other = offer(datetime.now(UTC), replace(FLEX, segments=(segment(day=NEXT),)))
        assert isinstance(await shop.bookings.place(new_order(other)), Order)
    orders = [await _booked(shop) for _ in range(4)]
    chosen = [await _chosen(changes, one) for one in orders]
    outcomes = await asyncio.gather(
        *(
            changes.confirm(_confirming(change, order))
            for change, order in zip(chosen, orders, strict=True)
        )
    )
    assert sum(isinstance(one, OrderChange) for one in outcomes) == 1
    assert sum(isinstance(one, SoldOut) for one in outcomes) == 3


async def test_a_change_is_for_the_order_as_it_was(
    shop: Shop, changes: PostgresOrderChanges
) -> None:
    order = await _booked(shop)
    first, second = await _chosen(changes, order), await _chosen(changes, order)
    assert isinstance(await changes.confirm(_confirming(first, order)), OrderChange)
    assert await changes.confirm(_confirming(second, order)) == WrongState("changed")


async def test_a_cancelled_order_and_an_old_offer_are_refused(
    shop: Shop, changes: PostgresOrderChanges, flights_database: Database
) -> None:
    order = await _booked(shop)
    change = await _chosen(changes, order)
    await flights_database.execute(AGE)
    assert await changes.confirm(_confirming(change, order)) == WrongState("quote_expired")
    held = await shop.bookings.place(
        new_order(offer(datetime.now(UTC), FLEX), hold=timedelta(hours=1))
    )
    assert isinstance(held, Order)
    change = await _chosen(changes, held)
    assert await changes.confirm(_confirming(change, held)) == WrongState("unpaid")


async def test_a_moved_flight_is_no_offer_any_more(
    shop: Shop, changes: PostgresOrderChanges, flights_database: Database
) -> None:
    order = await _booked(shop)
    change = await _chosen(changes, order)
    other = offer(datetime.now(UTC), replace(FLEX, segments=(segment(day=NEXT),)))
    await shop.bookings.place(new_order(other))
    moved = (
        "UPDATE leg_dates SET departs_at = departs_at + interval '1 hour' WHERE flight_date = $1"
    )
    await flights_database.execute(Statement("move", moved), NEXT)
    assert isinstance(await changes.confirm(_confirming(change, order)), OfferExpired)


async def test_a_balance_that_is_too_low_changes_nothing(
    shop: Shop, changes: PostgresOrderChanges
) -> None:
    order = await _booked(shop)
    change = await _chosen(changes, order, _found(more=10**11))
    assert isinstance(await changes.confirm(_confirming(change, order)), BalanceTooLow)
    collected = _confirming(change, order, PaymentType.ARC_BSP_CASH)
    assert isinstance(await changes.confirm(collected), OrderChange)


async def test_a_key_has_one_effect_and_one_answer(
    shop: Shop, changes: PostgresOrderChanges
) -> None:
    order = await _booked(shop)
    change = await _chosen(changes, order)
    once = Once(OWNER, "key", b"h" * 32)
    answering = Answering(once, StoredAnswer(200, b"{}"))
    assert isinstance(await changes.confirm(_confirming(change, order), answering), OrderChange)
    again = await changes.confirm(_confirming(change, order), answering)
    assert again == Replayed(StoredAnswer(200, b"{}"))
    other = replace(answering, once=replace(once, request_hash=b"x" * 32))
    assert isinstance(await changes.confirm(_confirming(change, order), other), KeyReused)


async def test_others_see_nothing(shop: Shop, changes: PostgresOrderChanges) -> None:
    order = await _booked(shop)
    change = await _chosen(changes, order)
    assert await changes.offer(change.offer.id, OWNER) == (change.offer, False)
    assert await changes.offer(change.offer.id, "other") is None
    assert await changes.request("ocr_x", OWNER) is None
    assert await changes.change(change.id, "other") is None
    assert await changes.confirm(_confirming(change, replace(order, owner="other"))) is None


async def test_the_auditor_finds_nothing_after_changes(
    shop: Shop, changes: PostgresOrderChanges, flights_database: Database
) -> None:
    order = await _booked(shop, seated=True)
    await changes.confirm(_confirming(await _chosen(changes, order), order))
    await _audit(flights_database)


async def test_old_requests_are_forgotten_and_chosen_changes_stay(
    shop: Shop, changes: PostgresOrderChanges
) -> None:
    order = await _booked(shop)
    change = await _chosen(changes, order)
    assert await changes.sweep(3600) == 0
    assert await changes.sweep(-1) == 1
    assert await changes.offer(change.offer.id, OWNER) is None
    assert await changes.change(change.id, OWNER) == change


async def test_the_second_of_two_chosen_changes_takes_no_seats_from_others(
    shop: Shop, changes: PostgresOrderChanges, flights_database: Database
) -> None:
    """What it gives up was given up before, and may be somebody else's by now."""
    order, _other = await _booked(shop), await _booked(shop)
    one = await _chosen(changes, order)
    two = await _chosen(changes, order, _found(more=500))
    draw = Draw(lambda: datetime.now(UTC), lambda count: unique()[-count:])
    do = ChangeOrder(shop.bookings, changes, draw)
    outcomes = [
        await do.confirm(change.id, OWNER, (change.offer.more, PaymentType.BALANCE))
        for change in (one, two, one)
    ]
    done = outcomes[0]
    assert isinstance(done, OrderChange)
    assert outcomes == [done, WrongState("changed"), done]
    await _audit(flights_database)
