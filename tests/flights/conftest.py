"""The session's PostgreSQL, and a fresh database with the schema of flights for each test."""

from collections.abc import AsyncIterator

import pytest

from holdfast.errors import Mistake
from holdfast.flights.store.statements import MIGRATIONS, SCHEMA
from holdfast.platform.data.database import Database, Limits
from holdfast.platform.data.migrate import apply
from tests.support.postgres import TestPostgres
from tests.support.postgres import postgres as postgres  # noqa: PLC0414  a fixture of this folder


async def _prepare(dsn: str) -> None:
    async with await Database.connect(dsn, schema=SCHEMA, limits=Limits(pool_size=1)) as database:
        try:
            await apply(database, SCHEMA, MIGRATIONS)
        except Mistake:  # a number is still missing: what is there applies without a history
            await _apply_without_history(database)


async def _apply_without_history(database: Database) -> None:
    async with database.scripts() as scripts:
        await scripts.run("schema", f"CREATE SCHEMA {SCHEMA}; SET LOCAL search_path TO {SCHEMA}")
        for path in sorted(MIGRATIONS.iterdir(), key=lambda entry: entry.name):
            await scripts.run(path.name, path.read_text(encoding="utf-8"))


@pytest.fixture
async def flights_dsn(postgres: TestPostgres) -> AsyncIterator[str]:
    """The address of a database with every migration of flights and no data in it."""
    async with postgres.clone("flights", _prepare) as dsn:
        yield dsn


@pytest.fixture
async def flights_database(flights_dsn: str) -> AsyncIterator[Database]:
    """An open door to a database of the test's own."""
    limits = Limits(pool_size=4)
    async with await Database.connect(flights_dsn, schema=SCHEMA, limits=limits) as database:
        yield database
