"""Booked flights never vanish silently: what a new schedule does to orders and counters."""

from datetime import timedelta

import pytest

from holdfast.flights.domain.disruption import ChangeKind
from holdfast.flights.domain.fare import Cabin
from holdfast.flights.domain.order import Order, OrderState
from holdfast.flights.domain.schedule import Designator, LegPattern
from holdfast.flights.service.ports.bookings import OfferExpired, SoldOut, WrongState
from holdfast.flights.service.ports.disruptions import Case
from holdfast.flights.store.audit import PostgresAuditor
from holdfast.flights.store.disruptions import (
    PostgresDisruptions,
    Reconciled,
    ShortLeg,
    reconcile,
)
from holdfast.platform.data.database import Database
from holdfast.platform.data.queries import Statement
from tests.flights.booking_samples import OWNER, Wish, new_order, pattern, segment
from tests.flights.store.bookings_contract import ADULT, HOUR, Shop, quote_of
from tests.flights.store.filing import UNLIMIT, file_limits, refile
from tests.flights.store.shop import open_shop

LEG = segment().legs[0].key
PAIR = Wish(types=(ADULT, ADULT))


@pytest.fixture
async def shop(flights_database: Database) -> Shop:
    return await open_shop(flights_database)


@pytest.fixture
def doors(flights_database: Database) -> PostgresDisruptions:
    return PostgresDisruptions(flights_database)


async def change(
    database: Database, number: int, *now: LegPattern, only: tuple[Designator, ...] | None = None
) -> Reconciled:
    async with database.transaction() as work:
        await refile(work, number, now)
        return await reconcile(work, "HF", only)


async def changes_of(doors: PostgresDisruptions, order: Order) -> list[ChangeKind]:
    found = await doors.changes(OWNER, [order.id])
    return [one.kind for one in found.get(order.id, ())]


async def test_the_same_schedule_again_changes_nothing(
    shop: Shop, flights_database: Database
) -> None:
    await shop.buy()
    assert await change(flights_database, 100, pattern(100, 1)) == Reconciled((), ())


async def test_a_moved_flight_tells_its_orders_and_nobody_else(
    shop: Shop, flights_database: Database, doors: PostgresDisruptions
) -> None:
    made, other = await shop.buy(), await shop.buy(Wish((segment(200),)))
    later = pattern(100, 1, departure_min=900, arrival_min=1000)
    assert await change(flights_database, 100, later) == Reconciled((made.id,), ())
    assert await changes_of(doors, made) == [ChangeKind.SCHEDULE]
    assert await changes_of(doors, other) == []
    told = (await doors.changes(OWNER, [made.id]))[made.id][0].legs[0]
    assert told.leg == LEG
    assert told.now is not None
    assert told.now.departs_at - told.was.departs_at == timedelta(minutes=100)
    events = await flights_database.fetch(
        Statement("e", "SELECT order_id FROM outbox WHERE type LIKE '%change_detected'")
    )
    assert [row["order_id"] for row in events] == [made.id]
    assert await change(flights_database, 100, later) == Reconciled((), ())


async def test_a_buyer_accepts_a_change_for_nothing_and_once(
    shop: Shop, flights_database: Database, doors: PostgresDisruptions
) -> None:
    made = await shop.buy()
    await change(flights_database, 100, pattern(100, 1, departure_min=900, arrival_min=1000))
    [(found,)] = (await doors.changes(OWNER, [made.id])).values()
    money, now = await shop.money(), await shop.now()
    assert await doors.accept(found.id, "own_other", now) is None
    first = await doors.accept(found.id, OWNER, now)
    assert not isinstance(first, WrongState | None)
    assert first.accepted_at == now
    assert await doors.accept(found.id, OWNER, now + HOUR) == first
    assert await shop.money() == money


async def test_a_smaller_aircraft_leaves_cases_and_nothing_negative(
    shop: Shop, flights_database: Database, doors: PostgresDisruptions
) -> None:
    early = await shop.buy(PAIR)
    late = await shop.buy(PAIR)
    held = await shop.buy(hold=HOUR)
    result = await change(flights_database, 100, pattern(100, 1, configuration="C2Y3"))
    assert result.short_legs == (ShortLeg(LEG, Cabin.ECONOMY, 2),)
    assert await doors.cases("HF") == [
        Case(LEG, Cabin.ECONOMY, *pair) for pair in sorted([(held.id, 1), (late.id, 2)])
    ]
    assert await shop.left() == 0
    assert (await PostgresAuditor(flights_database).audit()).is_green
    now = await shop.now()
    quote = quote_of(late, now)
    await shop.bookings.quote_cancellation(quote, OWNER)
    await shop.bookings.confirm_cancellation(quote.id, OWNER, now)
    assert await shop.left() == 0
    assert [case.order_id for case in await doors.cases("HF")] == [held.id]
    assert (await shop.bookings.order(early.id, OWNER)) == early
    report = await PostgresAuditor(flights_database).audit()
    assert report.is_green, report


async def test_a_larger_aircraft_ends_the_cases_and_sells_more(
    shop: Shop, flights_database: Database, doors: PostgresDisruptions
) -> None:
    await shop.buy(Wish(types=(ADULT,) * 4))
    await change(flights_database, 100, pattern(100, 1, configuration="C2Y3"))
    assert len(await doors.cases("HF")) == 1
    result = await change(flights_database, 100, pattern(100, 1, configuration="C2Y8"))
    assert result.short_legs == ()
    assert await doors.cases("HF") == []
    assert await shop.left() == 4


async def test_another_aircraft_of_the_same_size_is_told_as_such(
    shop: Shop, flights_database: Database, doors: PostgresDisruptions
) -> None:
    made = await shop.buy()
    await change(flights_database, 100, pattern(100, 1, aircraft="321"))
    assert await changes_of(doors, made) == [ChangeKind.EQUIPMENT]


async def test_a_flight_that_vanishes_is_a_cancellation_for_its_orders(
    shop: Shop, flights_database: Database, doors: PostgresDisruptions
) -> None:
    made = await shop.buy(PAIR)
    result = await change(flights_database, 100)
    assert result.changed_orders == (made.id,)
    assert result.short_legs == (ShortLeg(LEG, Cabin.ECONOMY, 2),)
    assert await changes_of(doors, made) == [ChangeKind.CANCELLATION]
    found = await shop.bookings.order(made.id, OWNER)
    assert found is not None
    assert found.state is OrderState.PAID
    answer = await shop.bookings.place(new_order(await shop.offer()))
    assert answer == SoldOut(LEG, "Y", 0)
    [(told,)] = (await doors.changes(OWNER, [made.id])).values()
    assert await doors.accept(told.id, OWNER, await shop.now()) == WrongState("cancelled")
    assert await change(flights_database, 100) == Reconciled((), ())


async def test_a_flight_that_comes_back_is_sold_again(
    shop: Shop, flights_database: Database, doors: PostgresDisruptions
) -> None:
    await shop.buy(PAIR)
    await change(flights_database, 100)
    await change(flights_database, 100, pattern(100, 1))
    assert await doors.cases("HF") == []
    assert await shop.left() == 4


async def test_one_update_of_several_legs_is_one_change_of_an_order(
    shop: Shop, flights_database: Database, doors: PostgresDisruptions
) -> None:
    made = await shop.buy(Wish((segment(300),)))
    moved = [pattern(300, i, arrival_min=750 + 200 * i) for i in (1, 2)]
    await change(flights_database, 300, *moved)
    [(told,)] = (await doors.changes(OWNER, [made.id])).values()
    assert told.kind is ChangeKind.CANCELLATION
    assert [leg.kind for leg in told.legs] == [
        ChangeKind.SCHEDULE,
        ChangeKind.SCHEDULE,
        ChangeKind.CANCELLATION,
    ]


async def test_only_the_named_flights_are_looked_at(
    shop: Shop, flights_database: Database, doors: PostgresDisruptions
) -> None:
    made = await shop.buy()
    others = (Designator("HF", 200),)
    assert await change(flights_database, 100, only=others) == Reconciled((), ())
    mine = (Designator("HF", 100),)
    assert (await change(flights_database, 100, only=mine)).changed_orders == (made.id,)


async def test_a_flight_that_only_another_airline_files_changes_with_that_filing(
    shop: Shop, flights_database: Database
) -> None:
    theirs = Designator("XX", 55)
    filed = pattern(200, 1, operating=theirs)
    leg = f"XX/55//{filed.period.first}/{filed.board}/{filed.off}"
    await change(flights_database, 200, filed)
    async with flights_database.transaction() as work:
        await work.execute(Statement("open", "SELECT open_leg($1, 'economy')"), leg)
    ours = Designator("HF", 200)
    await change(flights_database, 200, only=(ours, theirs))
    flown = Statement("flown", "SELECT is_flown FROM leg_dates WHERE leg = $1")
    assert await flights_database.fetchval(flown, leg) is False


async def test_other_limits_of_classes_bind_what_is_sold_next(
    shop: Shop, flights_database: Database
) -> None:
    await shop.buy(Wish(booking_class="Q", types=(ADULT, ADULT)))
    async with flights_database.transaction() as work:
        await file_limits(work, 100, ("FRA", "LHR"), [("Y", 6), ("M", 2)])
        assert await reconcile(work, "HF") == Reconciled((), ())
    assert await shop.left(Wish(booking_class="Q")) == 0
    assert await shop.left(Wish(booking_class="M")) == 0
    assert await shop.left(Wish(booking_class="Y")) == 4
    async with flights_database.transaction() as work:
        assert await reconcile(work, "HF") == Reconciled((), ())
        await work.execute(UNLIMIT)
        await reconcile(work, "HF")
    assert await shop.left(Wish(booking_class="M")) == 4
    report = await PostgresAuditor(flights_database).audit()
    assert report.is_green, report


async def test_an_order_that_is_over_is_told_nothing(
    shop: Shop, flights_database: Database, doors: PostgresDisruptions
) -> None:
    held = await shop.buy(hold=HOUR)
    await shop.pass_time(2 * HOUR)
    assert (await change(flights_database, 100)).changed_orders == ()
    assert await changes_of(doors, held) == []


async def test_an_offer_of_a_flight_that_was_moved_since_is_gone(
    shop: Shop, flights_database: Database
) -> None:
    early, another = await shop.offer(), await shop.offer(Wish((segment(200),)))
    await shop.buy()
    for number in (100, 200):  # of the second nobody has bought anything yet
        later = pattern(number, 1, departure_min=900, arrival_min=1000)
        await change(flights_database, number, later)
    assert await shop.bookings.place(new_order(early)) == OfferExpired()
    assert await shop.bookings.place(new_order(another)) == OfferExpired()
