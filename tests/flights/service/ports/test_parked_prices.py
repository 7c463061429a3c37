"""The store that is there keeps to the port."""

from holdfast.flights.service.ports.parked_prices import ParkedPrices
from holdfast.flights.store.parked_prices import PostgresParkedPrices
from holdfast.platform.data.database import Database


async def test_postgres_is_a_store_of_parked_prices(flights_database: Database) -> None:
    store: ParkedPrices = PostgresParkedPrices(flights_database)
    assert await store.waiting("", 0, 10) == []
    assert not await store.refuse(1, 0.0, "somebody")
