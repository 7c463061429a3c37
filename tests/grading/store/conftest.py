"""The session's PostgreSQL, and a fresh database with grading's schema for each test."""

from collections.abc import AsyncIterator

import pytest

from holdfast.grading.service.course_policy import CoursePolicy
from holdfast.grading.store.postgres import SCHEMA, open_store
from holdfast.platform.data.database import Database, Limits
from tests.support.postgres import TestPostgres
from tests.support.postgres import postgres as postgres  # noqa: PLC0414  a fixture of this folder


async def _prepare(dsn: str) -> None:
    async with await Database.connect(dsn, schema=SCHEMA, limits=Limits(pool_size=1)) as database:
        await open_store(database, CoursePolicy())


@pytest.fixture
async def grading_dsn(postgres: TestPostgres) -> AsyncIterator[str]:
    """The address of a database with an empty course in it."""
    async with postgres.clone("grading", _prepare) as dsn:
        yield dsn


@pytest.fixture
async def grading_database(grading_dsn: str) -> AsyncIterator[Database]:
    """An open door to a database of the test's own."""
    limits = Limits(pool_size=4)
    async with await Database.connect(grading_dsn, schema=SCHEMA, limits=limits) as database:
        yield database
