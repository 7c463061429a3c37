"""The store that is there keeps to the port."""

from holdfast.flights.service.ports.promise_costs import PromiseCost, PromiseCosts
from holdfast.flights.store.absorbed_budgets import PostgresPromiseCosts, add_absorbed, set_budget
from holdfast.platform.data.database import Database


async def test_postgres_counts_what_the_promise_cost(flights_database: Database) -> None:
    counted: PromiseCosts = PostgresPromiseCosts(flights_database)
    assert list(await counted.costs()) == []
    async with flights_database.transaction() as tx:
        await set_budget(tx, "ZZ", "EUR", 100)
        await add_absorbed(tx, "ZZ", "EUR", 40)
    assert list(await counted.costs()) == [PromiseCost("ZZ", "EUR", 100, 40)]
