"""What honouring prices cost is counted, and readers are told when a budget is used up."""

from holdfast.flights.store.absorbed_budgets import (
    Budget,
    add_absorbed,
    budgets,
    reset_absorbed,
    set_budget,
)
from holdfast.flights.store.versions import versions
from holdfast.platform.data.database import Database


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
