"""What honouring prices cost is counted, and readers are told when a budget is used up."""

from dataclasses import replace
from datetime import timedelta

from holdfast.flights.domain.offer import Offer
from holdfast.flights.domain.order import Order, Payment, PaymentType
from holdfast.flights.service.ports.bookings import AlreadyBooked
from holdfast.flights.store.absorbed_budgets import (
    Budget,
    add_absorbed,
    budgets,
    reset_absorbed,
    set_budget,
)
from holdfast.flights.store.catalogue import PostgresCatalogue
from holdfast.flights.store.versions import versions
from holdfast.platform.data.database import Database
from tests.flights.booking_samples import OWNER, new_order
from tests.flights.store.shop import open_shop


async def test_an_airline_without_a_budget_has_no_limit(flights_database: Database) -> None:
    async with flights_database.transaction() as tx:
        after = await add_absorbed(tx, "ZZ", "EUR", 10**9)
    assert after == Budget("ZZ", "EUR", None, 10**9)
    assert not after.is_exhausted
    assert await versions(flights_database) == {}


async def test_costs_add_up_to_the_budget_and_readers_are_told_once(
    flights_database: Database,
) -> None:
    async with flights_database.transaction() as tx:
        await set_budget(tx, "ZZ", "EUR", 100)
        assert not (await add_absorbed(tx, "ZZ", "EUR", 99)).is_exhausted
    assert await versions(flights_database) == {("ZZ", "fares"): 1}
    async with flights_database.transaction() as tx:
        assert (await add_absorbed(tx, "ZZ", "EUR", 1)).is_exhausted
        assert (await add_absorbed(tx, "ZZ", "EUR", 1)).spent == 101
    assert await versions(flights_database) == {("ZZ", "fares"): 2}


async def test_currencies_are_counted_apart_and_can_begin_anew(
    flights_database: Database,
) -> None:
    async with flights_database.transaction() as tx:
        await add_absorbed(tx, "ZZ", "EUR", 1)
        await add_absorbed(tx, "ZZ", "GBP", 2)
        await add_absorbed(tx, "YY", "EUR", 3)
        await reset_absorbed(tx, "ZZ")
    assert [(one.currency, one.spent) for one in await budgets(flights_database, "ZZ")] == [
        ("EUR", 0),
        ("GBP", 0),
    ]
    assert len(await budgets(flights_database)) == 3


async def test_what_is_given_back_makes_room_again_and_readers_are_told(
    flights_database: Database,
) -> None:
    async with flights_database.transaction() as tx:
        await set_budget(tx, "ZZ", "EUR", 100)
        await add_absorbed(tx, "ZZ", "EUR", 150)
        assert not (await add_absorbed(tx, "ZZ", "EUR", -60)).is_exhausted
        assert (await add_absorbed(tx, "ZZ", "EUR", -90)).spent == 0
    assert await versions(flights_database) == {("ZZ", "fares"): 3}


# what is sold


def costly(made: Offer, more: int) -> Offer:
    """The offer, whose airline asks so much more by now."""
    (part,) = made.slices
    (sold,) = part.segments
    fares = tuple(replace(one, supplier_total=one.price.total + more) for one in sold.fares)
    return replace(made, slices=(replace(part, segments=(replace(sold, fares=fares),)),))


async def spent(database: Database) -> list[tuple[str, int]]:
    return [(one.currency, one.spent) for one in await budgets(database, "HF")]


async def test_an_order_that_costs_us_is_counted_with_its_sale_and_only_once(
    flights_database: Database,
) -> None:
    shop = await open_shop(flights_database)
    await shop.bookings.place(new_order(costly(await shop.offer(), 0)))
    assert await spent(flights_database) == []
    order = new_order(costly(await shop.offer(), 700))
    assert isinstance(await shop.bookings.place(order), Order)
    assert isinstance(await shop.bookings.place(order), AlreadyBooked)
    assert await spent(flights_database) == [("EUR", 700)]


async def test_a_held_order_is_counted_when_it_is_paid(flights_database: Database) -> None:
    shop = await open_shop(flights_database)
    held = await shop.bookings.place(
        new_order(costly(await shop.offer(), 700), hold=timedelta(hours=5))
    )
    assert isinstance(held, Order)
    assert await spent(flights_database) == []
    payment = Payment("pay_1", held.id, held.total, held.created_at, PaymentType.BALANCE)
    assert await shop.bookings.pay(payment, OWNER) == payment
    assert await spent(flights_database) == [("EUR", 700)]


async def test_the_order_that_uses_the_budget_up_takes_such_fares_off_sale(
    flights_database: Database,
) -> None:
    shop = await open_shop(flights_database)
    catalogue = PostgresCatalogue(flights_database)
    async with flights_database.transaction() as tx:
        await set_budget(tx, "HF", "EUR", 1000)
    before = (await versions(flights_database))["HF", "fares"]
    await shop.bookings.place(new_order(costly(await shop.offer(), 700)))
    assert await catalogue.exhausted("HF") == []
    assert (await versions(flights_database))["HF", "fares"] == before
    await shop.bookings.place(new_order(costly(await shop.offer(), 700)))
    assert await catalogue.exhausted("HF") == ["EUR"]
    assert (await versions(flights_database))["HF", "fares"] == before + 1
