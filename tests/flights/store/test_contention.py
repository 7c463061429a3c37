"""Many buyers at once on real PostgreSQL: exactly what there is is sold, and the books are right.

Buyers work over several pools, as processes do; who wins is chance, what it comes to is not.
"""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import TypeVar

import pytest

from holdfast.flights.domain.hold_limits import HoldLimit
from holdfast.flights.domain.order import Cancellation, NewOrder, Order, OrderState, Payment
from holdfast.flights.service.ports.bookings import (
    AlreadyBooked,
    PlaceOutcome,
    Replayed,
    SeatTaken,
    SoldOut,
    WrongState,
)
from holdfast.flights.store.audit import PostgresAuditor
from holdfast.flights.store.bookings import PostgresBookings
from holdfast.flights.store.disruptions import reconcile
from holdfast.flights.store.tables import SCHEMA
from holdfast.platform.data.database import Database, Limits
from holdfast.platform.data.queries import Statement
from tests.flights.booking_samples import OWNER, Wish, new_order, pattern, seat, segment
from tests.flights.store.bookings_contract import (
    ADULT,
    HOUR,
    Shop,
    answering,
    payment_of,
    quote_of,
)
from tests.flights.store.filing import refile
from tests.flights.store.shop import open_shop

T = TypeVar("T")
POOLS, AT_ONCE = 4, 64
SEATS = 60
BUYERS = 600
LEG = segment().legs[0].key


@pytest.fixture
async def shop(flights_database: Database) -> Shop:
    shop = await open_shop(flights_database, funds=10**11)
    for number in (100, 200):
        await refile(flights_database, number, [pattern(number, 1, configuration=f"Y{SEATS}")])
    return shop


@pytest.fixture
async def desks(flights_dsn: str, shop: Shop) -> AsyncIterator[Sequence[PostgresBookings]]:
    """Stores over pools of their own, as several processes have them."""
    limits = Limits(pool_size=8, acquire_s=60, lock_s=30, statement_s=60)
    async with AsyncExitStack() as stack:
        yield [
            PostgresBookings(
                await stack.enter_async_context(
                    await Database.connect(flights_dsn, schema=SCHEMA, limits=limits)
                )
            )
            for _ in range(POOLS)
        ]


async def crowd(calls: Sequence[Callable[[], Awaitable[T]]]) -> list[T]:
    """All calls, so many at a time; their answers in order."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def through(call: Callable[[], Awaitable[T]]) -> T:
        async with gate:
            return await call()

    return await asyncio.gather(*map(through, calls))


def kinds(answers: Sequence[object]) -> dict[str, int]:
    return dict(Counter(type(answer).__name__ for answer in answers))


async def assert_sound(database: Database, *, sweep_bound_s: float = 60.0) -> None:
    report = await PostgresAuditor(database).audit(sweep_bound_s)
    assert report.is_green, [one for one in report.assertions if one.wrong]


async def test_every_seat_is_sold_once_and_nobody_pays_for_nothing(
    shop: Shop, desks: Sequence[PostgresBookings], flights_database: Database
) -> None:
    orders = [new_order(await shop.offer()) for _ in range(BUYERS)]

    async def buy(place: int) -> PlaceOutcome:
        key = answering(f"key-{place}", orders[place].id.encode())
        return await desks[place % POOLS].place(orders[place], key)

    answers = await crowd([lambda i=i: buy(i) for i in range(BUYERS)])  # type: ignore[misc]
    assert kinds(answers) == {"Order": SEATS, "SoldOut": BUYERS - SEATS}
    # Everybody asks again with the same key: who has a seat hears it, nobody gets another one.
    again = await crowd([lambda i=i: buy(i) for i in range(BUYERS)])  # type: ignore[misc]
    assert kinds(again) == {"Replayed": SEATS, "SoldOut": BUYERS - SEATS}
    for order, answer in zip(orders, again, strict=True):
        assert not isinstance(answer, Replayed) or answer.answer.body == order.id.encode()
    await assert_sound(flights_database)


async def test_the_same_key_at_the_same_time_has_one_effect(
    shop: Shop, desks: Sequence[PostgresBookings], flights_database: Database
) -> None:
    keys = 40
    orders = [new_order(await shop.offer()) for _ in range(keys)]
    calls = [
        lambda i=i, n=n: desks[n].place(orders[i], answering(f"k{i}"))  # type: ignore[misc]
        for i in range(keys)
        for n in range(POOLS)
    ]
    random.shuffle(calls)
    answers = await crowd(calls)
    counted = kinds(answers)
    assert counted["Order"] == keys
    assert counted["Replayed"] == keys * (POOLS - 1)
    assert await shop.left() == SEATS - keys
    await assert_sound(flights_database)


async def test_everybody_wants_the_same_seat_and_one_gets_it(
    shop: Shop, desks: Sequence[PostgresBookings], flights_database: Database
) -> None:
    orders = []
    for number in range(200):
        offer = await shop.offer()
        hold = HOUR if number % 2 else None
        orders.append(new_order(offer, seats=(seat(offer, "12A", price=500),), hold=hold))
    answers = await crowd(
        [lambda i=i, o=o: desks[i % POOLS].place(o) for i, o in enumerate(orders)]  # type: ignore[misc]
    )
    assert kinds(answers) == {"Order": 1, "SeatTaken": 199}
    assert await shop.left() == SEATS - 1
    await assert_sound(flights_database)


async def test_of_many_holds_at_once_as_many_pass_as_a_buyer_may_have(
    shop: Shop, desks: Sequence[PostgresBookings], flights_database: Database
) -> None:
    home, allowed = HoldLimit("home", 9), 4
    orders = []
    for number in range(120):
        limits = (home, HoldLimit(f"person {number % 3}", allowed))
        if number % 2:
            limits = limits[::-1]
        orders.append(new_order(await shop.offer(), hold=HOUR, limits=limits))
    answers = await crowd(
        [lambda i=i, o=o: desks[i % POOLS].place(o) for i, o in enumerate(orders)]  # type: ignore[misc]
    )
    assert kinds(answers) == {"Order": home.most, "TooManyHolds": 120 - home.most}
    by_person = Counter(number % 3 for number, one in enumerate(answers) if isinstance(one, Order))
    assert max(by_person.values()) <= allowed
    assert await shop.left() == SEATS - home.most
    await assert_sound(flights_database)


async def test_couples_who_want_the_same_seats_in_any_order_never_block_each_other(
    shop: Shop, desks: Sequence[PostgresBookings], flights_database: Database
) -> None:
    orders = []
    for _ in range(200):
        offer = await shop.offer(Wish(types=(ADULT, ADULT)))
        first, second = random.sample([f"{row}{letter}" for row in (1, 2, 3) for letter in "AB"], 2)
        seats = (seat(offer, first), seat(offer, second, person=1))
        orders.append(new_order(offer, seats=seats))
    answers = await crowd(
        [lambda i=i, o=o: desks[i % POOLS].place(o) for i, o in enumerate(orders)]  # type: ignore[misc]
    )
    made = [one for one in answers if isinstance(one, Order)]
    assert 2 <= len(made) <= 3
    assert {type(one) for one in answers} <= {Order, SeatTaken, SoldOut}
    taken = (await shop.bookings.taken_seats([LEG]))[LEG]
    assert len(taken) == 2 * len(made)
    await assert_sound(flights_database)


async def test_connections_over_shared_legs_are_all_or_nothing(
    shop: Shop, desks: Sequence[PostgresBookings], flights_database: Database
) -> None:
    trips = [(100, 200), (200, 100), (100,), (200,)]
    orders: list[NewOrder] = []
    for _ in range(BUYERS // 4):
        for trip in trips:
            wish = Wish(tuple(segment(number) for number in trip))
            orders.append(new_order(await shop.offer(wish)))
    random.shuffle(orders)
    answers = await crowd(
        [lambda i=i, o=o: desks[i % POOLS].place(o) for i, o in enumerate(orders)]  # type: ignore[misc]
    )
    assert set(kinds(answers)) == {"Order", "SoldOut"}
    flown = Counter(
        need.leg.number for one in answers if isinstance(one, Order) for need in one.needs()
    )
    assert flown == {100: SEATS, 200: SEATS}
    await assert_sound(flights_database)


async def test_a_hold_that_runs_out_while_it_is_paid_is_paid_or_resold_never_both(
    shop: Shop, desks: Sequence[PostgresBookings], flights_database: Database
) -> None:
    holds = []
    for number in range(SEATS):
        offer = await shop.offer()
        chosen = (seat(offer, f"{number + 1}A"),)
        made = new_order(offer, seats=chosen, hold=timedelta(milliseconds=random.randint(200, 900)))
        holds.append(await shop.bookings.place(made))
    held = [one for one in holds if isinstance(one, Order)]
    assert held
    fresh = []
    for number in range(SEATS):
        offer = await shop.offer()
        fresh.append(new_order(offer, seats=(seat(offer, f"{number + 1}A"),)))
    now = await shop.now()

    async def pay_late(order: Order) -> object:
        """Asks again with wrong amounts until the hold is about to end, then pays."""
        assert order.hold_until is not None
        while await desks[0].now() < order.hold_until - timedelta(milliseconds=5):
            await desks[0].pay(payment_of(order, now, 1), OWNER)
        return await desks[0].pay(payment_of(order, now), OWNER)

    async def take(order: NewOrder) -> object:
        while isinstance(answer := await desks[1].place(order), SeatTaken | SoldOut):
            if await desks[1].now() > now + timedelta(seconds=2):
                return answer
        return answer

    async def sweep() -> object:
        while await desks[2].now() < now + timedelta(seconds=1):
            await desks[2].expire()
        return None

    answers = await crowd(
        [
            sweep,
            *(lambda o=o: pay_late(o) for o in held[::2]),  # type: ignore[misc]
            *(lambda o=o: take(o) for o in fresh[::2]),  # type: ignore[misc]
        ]
    )
    assert {type(one) for one in answers} <= {Order, Payment, WrongState, SeatTaken, type(None)}
    await shop.bookings.expire()
    await assert_sound(flights_database, sweep_bound_s=0)
    paid = await flights_database.fetchval(
        Statement("paid", "SELECT count(*) FROM orders WHERE state = 'paid'")
    )
    assert await shop.left() == SEATS - paid


async def test_of_cancelling_paying_and_expiring_one_wins_and_the_others_hear_it(
    shop: Shop, desks: Sequence[PostgresBookings], flights_database: Database
) -> None:
    start = await shop.money()
    held = [await shop.buy(hold=HOUR) for _ in range(40)]
    now = await shop.now()
    quotes = [quote_of(order, now) for order in held]
    for quote in quotes:
        await shop.bookings.quote_cancellation(quote, OWNER)
    calls: list[Callable[[], Awaitable[object]]] = []
    for order, quote in zip(held, quotes, strict=True):
        calls.append(lambda o=order: desks[0].pay(payment_of(o, now), OWNER))  # type: ignore[misc]
        calls.append(lambda o=order: desks[1].pay(payment_of(o, now), OWNER))  # type: ignore[misc]
        calls += [
            lambda q=quote, d=d: d.confirm_cancellation(q.id, OWNER, now)  # type: ignore[misc]
            for d in desks[2:]
        ]
    random.shuffle(calls)
    answers = await crowd(calls)
    paid = sum(isinstance(one, Payment) for one in answers)
    cancelled = {one.order_id for one in answers if isinstance(one, Cancellation)}
    assert paid + len(cancelled) == len(held)
    assert await shop.money() == start - paid * held[0].total.minor
    assert await shop.left() == SEATS - paid
    await assert_sound(flights_database)


async def test_a_double_cancel_refunds_once(
    shop: Shop, desks: Sequence[PostgresBookings], flights_database: Database
) -> None:
    start = await shop.money()
    orders = [await shop.buy() for _ in range(30)]
    now = await shop.now()
    quotes = [quote_of(order, now, 7_000) for order in orders for _ in range(2)]
    for quote in quotes:
        await shop.bookings.quote_cancellation(quote, OWNER)
    calls = [
        lambda q=q, d=d: d.confirm_cancellation(q.id, OWNER, now)  # type: ignore[misc]
        for q in quotes
        for d in desks
    ]
    random.shuffle(calls)
    answers = await crowd(calls)
    confirmed = {one.order_id for one in answers if isinstance(one, Cancellation)}
    assert len(confirmed) == len(orders)
    assert {type(one) for one in answers} == {Cancellation, WrongState}
    assert await shop.money() == start - 3_000 * len(orders)
    assert await shop.left() == SEATS
    await assert_sound(flights_database)


async def test_an_aircraft_that_shrinks_while_it_sells_is_never_oversold(
    shop: Shop, desks: Sequence[PostgresBookings], flights_database: Database
) -> None:
    orders = [new_order(await shop.offer()) for _ in range(200)]

    async def shrink() -> object:
        for seats in (50, 40, 55, 30):
            async with flights_database.transaction() as work:
                await refile(work, 100, [pattern(100, 1, configuration=f"Y{seats}")])
                await reconcile(work, "HF")
        return None

    calls: list[Callable[[], Awaitable[object]]] = [
        lambda i=i, o=o: desks[i % POOLS].place(o)  # type: ignore[misc]
        for i, o in enumerate(orders)
    ]
    calls.insert(10, shrink)
    answers = await crowd(calls)
    sold = sum(isinstance(one, Order) for one in answers)
    assert 30 <= sold <= SEATS
    assert await shop.left() == 0
    cases = await flights_database.fetchval(
        Statement("cases", "SELECT coalesce(sum(seats), 0) FROM reaccommodations")
    )
    assert cases == sold - 30
    await assert_sound(flights_database)


async def test_cancelling_and_expiring_while_aircraft_change_leaves_no_case_behind(
    shop: Shop, desks: Sequence[PostgresBookings], flights_database: Database
) -> None:
    orders = [await shop.buy() for _ in range(40)]
    for _ in range(10):
        await shop.buy(hold=HOUR)
    now = await shop.now()
    quotes = [quote_of(order, now) for order in orders[:30]]
    for quote in quotes:
        await shop.bookings.quote_cancellation(quote, OWNER)
    await flights_database.execute(
        Statement(
            "age", "UPDATE orders SET hold_until = now() + interval '0.2 s' WHERE state = 'held'"
        )
    )

    async def shrink_and_grow() -> object:
        for seats in (20, 10, 45, 30, 12, 60, 15, 5):
            async with flights_database.transaction() as work:
                await refile(work, 100, [pattern(100, 1, configuration=f"Y{seats}")])
                await reconcile(work, "HF")
        return None

    calls: list[Callable[[], Awaitable[object]]] = [
        lambda i=i, q=q: desks[i % POOLS].confirm_cancellation(q.id, OWNER, now)  # type: ignore[misc]
        for i, q in enumerate(quotes)
    ]
    calls += [lambda d=d: d.expire(2) for d in desks * 3]  # type: ignore[misc]
    random.shuffle(calls)
    await crowd([shrink_and_grow, *calls])
    while await desks[0].now() < now + timedelta(seconds=1):
        await desks[0].expire()
    await assert_sound(flights_database, sweep_bound_s=0)
    # seats that cancellations gave back help those with a case at the next change of the aircraft
    for seats in (60, 5):
        async with flights_database.transaction() as work:
            await refile(work, 100, [pattern(100, 1, configuration=f"Y{seats}")])
            await reconcile(work, "HF")
    assert await shop.left() == 0
    cases = await flights_database.fetchval(
        Statement("cases", "SELECT count(*) FROM reaccommodations")
    )
    assert cases == 10 - 5


async def test_one_offer_in_two_tabs_is_booked_once(
    shop: Shop, desks: Sequence[PostgresBookings], flights_database: Database
) -> None:
    offers = [await shop.offer() for _ in range(20)]
    calls = [
        lambda d=d, o=o: d.place(new_order(o))  # type: ignore[misc]
        for o in offers
        for d in desks
    ]
    random.shuffle(calls)
    answers = await crowd(calls)
    assert kinds(answers) == {"Order": 20, "AlreadyBooked": 60}
    made = {one.id for one in answers if isinstance(one, Order)}
    assert {one.order_id for one in answers if isinstance(one, AlreadyBooked)} == made
    for order_id in made:
        found = await shop.bookings.order(order_id, OWNER)
        assert found is not None
        assert found.state is OrderState.PAID
    await assert_sound(flights_database)
