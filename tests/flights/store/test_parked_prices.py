"""What the guard stopped waits for a person, on real PostgreSQL."""

from dataclasses import replace

import pytest

from holdfast.flights.domain.fare import Price
from holdfast.flights.domain.fares_load import FaresLoad
from holdfast.flights.domain.price_rule import RULE, read
from holdfast.flights.store.fares import tiers_of
from holdfast.flights.store.parked_prices import PostgresParkedPrices
from holdfast.platform.data.database import Database
from tests.flights.store.test_fares import DECEMBER, JANUARY, START, Airline, D, fare, tier


@pytest.fixture
def airline(flights_database: Database) -> Airline:
    return Airline(flights_database)


@pytest.fixture
def parked(flights_database: Database) -> PostgresParkedPrices:
    return PostgresParkedPrices(flights_database)


async def test_a_leap_waits_and_the_old_price_is_sold(
    airline: Airline, parked: PostgresParkedPrices
) -> None:
    await airline.file(fare(100))
    assert (await airline.file(fare(900), at=D)).parked == 1
    assert await airline.totals(2 * D) == [100]
    (waiting,) = await parked.waiting("ZZ", 0, 10)
    assert waiting.what == "ZZ117 LHR-JFK Y YOW adult 2026-12-01/2027-01-31"
    assert (waiting.accepted, waiting.asked) == (Price(100, 10), Price(900, 90))
    assert (waiting.currency, waiting.sequence, waiting.parked_at) == ("EUR", 2, START + D)
    assert waiting.is_on_sale
    assert await parked.waiting("", waiting.id, 10) == []
    assert await parked.waiting("YY", 0, 10) == []


async def test_the_same_leap_delivered_again_waits_once(
    airline: Airline, parked: PostgresParkedPrices
) -> None:
    await airline.file(fare(100))
    await airline.file(fare(900), at=D)
    assert (await airline.file(fare(900), at=2 * D)).parked == 0
    assert len(await parked.waiting("ZZ", 0, 10)) == 1


async def test_another_leap_takes_its_place(airline: Airline, parked: PostgresParkedPrices) -> None:
    await airline.file(fare(100))
    await airline.file(fare(900), at=D)
    await airline.file(fare(10), at=2 * D)
    (waiting,) = await parked.waiting("ZZ", 0, 10)
    assert waiting.asked.total == 10


async def test_a_usual_price_ends_the_waiting(
    airline: Airline, parked: PostgresParkedPrices
) -> None:
    await airline.file(fare(100))
    await airline.file(fare(900), at=D)
    await airline.file(fare(100), at=2 * D)
    assert await parked.waiting("ZZ", 0, 10) == []


async def test_an_approved_rise_waits_for_its_rest_and_an_approved_fall_counts_at_once(
    airline: Airline, parked: PostgresParkedPrices
) -> None:
    await airline.file(fare(100, DECEMBER), fare(100, JANUARY))
    await airline.file(fare(900, DECEMBER), fare(10, JANUARY), at=60)
    version = await airline.version()
    for waiting in await parked.waiting("ZZ", 0, 10):
        assert await parked.approve(waiting.id, START + 120, RULE)
        assert not await parked.approve(waiting.id, START + 120, RULE)
    assert await airline.totals(120) == [100, 10]
    assert await airline.totals(D) == [900, 10]
    assert await airline.version() == version + 2
    assert (await airline.file(fare(900, DECEMBER), fare(10, JANUARY), at=D)).touched == 0


async def test_a_refused_leap_stays_refused_when_it_is_delivered_again(
    airline: Airline, parked: PostgresParkedPrices
) -> None:
    await airline.file(fare(100))
    await airline.file(fare(900), at=D)
    (waiting,) = await parked.waiting("ZZ", 0, 10)
    assert await parked.refuse(waiting.id, START + D, "somebody")
    assert not await parked.refuse(waiting.id, START + D, "somebody")
    assert not await parked.approve(waiting.id, START + D, RULE)
    assert (await airline.file(fare(900), at=2 * D)).touched == 0
    assert await parked.waiting("ZZ", 0, 10) == []
    assert await airline.totals(2 * D) == [100]


async def test_a_leap_over_dates_with_different_prices_is_off_sale_until_it_is_approved(
    airline: Airline, parked: PostgresParkedPrices
) -> None:
    await airline.file(fare(100, DECEMBER), fare(120, JANUARY))
    await airline.file(fare(900), at=60)
    assert await airline.totals(60) == []
    (waiting,) = await parked.waiting("ZZ", 0, 10)
    assert not waiting.is_on_sale
    await parked.approve(waiting.id, START + 120, RULE)
    assert await airline.totals(120) == [100]
    assert await airline.totals(120 + D) == [900]


async def test_a_tier_of_seats_waits_too(airline: Airline, parked: PostgresParkedPrices) -> None:
    await airline.deliver(FaresLoad(tiers=[tier(25)]))
    await airline.deliver(FaresLoad(tiers=[replace(tier(25), price=Price(5))]), 60)
    (waiting,) = await parked.waiting("ZZ", 0, 10)
    assert waiting.what == "ZZ 320 economy exit 12-13"
    await parked.approve(waiting.id, START + 120, RULE)
    (published,) = await tiers_of(airline.database, "ZZ")
    assert read(published.state, START + 120) == Price(5)
