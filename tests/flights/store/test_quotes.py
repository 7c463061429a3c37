"""Quotes on PostgreSQL keep the contract, and several processes agree."""

import pytest

from holdfast.flights.service.ports.access import Remembered
from holdfast.flights.service.ports.quotes import Quotes
from holdfast.flights.store.access import PostgresRemembered
from holdfast.flights.store.quotes import PostgresQuotes
from holdfast.platform.data.database import Database
from holdfast.platform.data.queries import Statement
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


async def test_names_that_an_older_version_kept_are_read(flights_database: Database) -> None:
    quotes = PostgresQuotes(flights_database)
    await quotes.save(request(), "viewer", None)
    who = request().offers[0].travellers[0].id
    old = f'UPDATE offer_requests SET names = \'{{"{who}": ["Ada", "Stone"]}}\''
    await flights_database.execute(Statement("old", old))
    found = await quotes.offer(request().offers[1].id, "acme")
    assert found is not None
    assert found.offer.travellers[0].family_name == "Stone"
    assert found.offer.travellers[0].accounts == ()
