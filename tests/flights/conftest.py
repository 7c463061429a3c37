"""The session's PostgreSQL, and a fresh database with the schema of flights for each test."""

from collections.abc import AsyncIterator

import pytest

from holdfast.flights.store.tables import MIGRATIONS, SCHEMA
from holdfast.platform.data.database import Database, Limits
from holdfast.platform.data.migrate import apply
from tests.support.postgres import TestPostgres
from tests.support.postgres import postgres as postgres  # noqa: PLC0414  a fixture of this folder


async def prepared(dsn: str) -> None:
    """Every migration of flights."""
    async with await Database.connect(dsn, schema=SCHEMA, limits=Limits(pool_size=1)) as database:
        await apply(database, SCHEMA, MIGRATIONS)


@pytest.fixture
async def flights_dsn(postgres: TestPostgres) -> AsyncIterator[str]:
    """The address of a database with every migration of flights and no data in it."""
    async with postgres.clone("flights", prepared) as dsn:
        yield dsn


@pytest.fixture
async def flights_database(flights_dsn: str) -> AsyncIterator[Database]:
    """An open door to a database of the test's own."""
    limits = Limits(pool_size=4)
    async with await Database.connect(flights_dsn, schema=SCHEMA, limits=limits) as database:
        yield database
