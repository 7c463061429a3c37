"""Quotes on PostgreSQL keep the contract, and several processes agree."""

import asyncio

import pytest

from holdfast.flights.domain.fare import Price
from holdfast.flights.service.ports.access import Remembered
from holdfast.flights.service.ports.quotes import Quotes
from holdfast.flights.store.access import PostgresRemembered
from holdfast.flights.store.quotes import PostgresQuotes
from holdfast.platform.data.database import Database
from tests.flights.store.quotes_contract import HOUR_S, ONE, OTHER, QuotesContract, request
from tests.support.sold_trips import NOW


@pytest.fixture
def quotes(flights_database: Database) -> Quotes:
    return PostgresQuotes(flights_database)


@pytest.fixture
def remembered(flights_database: Database) -> Remembered:
    return PostgresRemembered(flights_database)


class TestPostgresQuotes(QuotesContract):
    """The contract, on a database."""


async def test_processes_that_look_at_once_never_wait_in_a_circle_and_agree(
    flights_database: Database,
) -> None:
    doors = [PostgresQuotes(flights_database) for _ in range(4)]
    looks = []
    for n, door in enumerate(doors * 5):
        order = (ONE, OTHER) if n % 2 else (OTHER, ONE)
        looks.append(door.see("v", {key: Price(900 - n) for key in order}, NOW, HOUR_S))
    await asyncio.gather(*looks)
    assert await doors[0].leases("v", [ONE, OTHER], NOW, HOUR_S) == {
        ONE: Price(881),
        OTHER: Price(881),
    }


async def test_what_one_process_saved_another_reads(flights_database: Database) -> None:
    await PostgresQuotes(flights_database).save(request(), "viewer", None)
    found = await PostgresQuotes(flights_database).offer(request().offers[1].id, "acme")
    assert found is not None
    assert found.offer == request().offers[1]
