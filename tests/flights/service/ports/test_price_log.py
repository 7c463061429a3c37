"""The store that is there keeps to the port."""

from holdfast.flights.domain.price_rule import RULE
from holdfast.flights.service.ports.price_log import PriceLog
from holdfast.flights.store.price_log import PostgresPriceLog
from holdfast.platform.data.database import Database


async def test_postgres_is_a_log_of_prices(flights_database: Database) -> None:
    log: PriceLog = PostgresPriceLog(flights_database)
    assert await log.rises_too_soon("", RULE) == []
    assert await log.forget(0.0) == 0
