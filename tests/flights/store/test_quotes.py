"""Quotes on PostgreSQL keep the contract, and several processes agree."""

import pytest

from holdfast.flights.service.ports.access import Remembered
from holdfast.flights.service.ports.quotes import Quotes
from holdfast.flights.store.access import PostgresRemembered
from holdfast.flights.store.quotes import PostgresQuotes
from holdfast.platform.data.database import Database
from tests.flights.store.quotes_contract import QuotesContract, request


@pytest.fixture
def quotes(flights_database: Database) -> Quotes:
    return PostgresQuotes(flights_database)


@pytest.fixture
def remembered(flights_database: Database) -> Remembered:
    return PostgresRemembered(flights_database)


class TestPostgresQuotes(QuotesContract):
    """The contract, on a database."""


async def test_what_one_process_saved_another_reads(flights_database: Database) -> None:
    await PostgresQuotes(flights_database).save(request(), "viewer", None)
    found = await PostgresQuotes(flights_database).offer(request().offers[1].id, "acme")
    assert found is not None
    assert found.offer == request().offers[1]
