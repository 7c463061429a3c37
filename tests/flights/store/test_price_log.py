"""The log of prices is audited, of one airline or all, and shortened."""

from holdfast.flights.domain.price_rule import RULE
from holdfast.flights.service.ports.price_log import Rise
from holdfast.flights.store.price_log import PostgresPriceLog
from holdfast.platform.data.database import Database
from tests.flights.store.test_fares import START, TOO_SOON, Airline, fare


async def test_a_rise_that_came_too_soon_is_named(flights_database: Database) -> None:
    log = PostgresPriceLog(flights_database)
    await Airline(flights_database).file(fare(10_000))
    assert await log.rises_too_soon("ZZ", RULE) == []
    await flights_database.execute(TOO_SOON, START + 60)
    (rise,) = await log.rises_too_soon("", RULE)
    assert rise == Rise("ZZ", rise.what, START + 60, 10_000, 10_001, 60.0)
    assert rise.what.startswith("fare ")
    assert await log.rises_too_soon("ZZ", RULE) == [rise]
    assert await log.rises_too_soon("BA", RULE) == []


async def test_old_lines_are_dropped(flights_database: Database) -> None:
    log = PostgresPriceLog(flights_database)
    airline = Airline(flights_database)
    await airline.file(fare(10_000))
    await airline.file(fare(9_000), at=60)
    assert await log.forget(START + 1) == 1
    assert await log.forget(START + 1) == 0
