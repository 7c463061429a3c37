"""The law of grading's database: opened with the limits of `[database]`, its schema up to date.

Only the results API and `prepare` import this: it brings the database driver, and no page.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from holdfast.grading.domain.rules import Rules
from holdfast.grading.entrypoints.results_api.settings import ResultsSettings
from holdfast.grading.service.course_policy import CoursePolicy
from holdfast.grading.store.postgres import SCHEMA, PostgresStore, open_store
from holdfast.platform.data.database import Database, Limits
from holdfast.platform.data.settings import DatabaseSettings, address_in
from holdfast.platform.runtime.config import Effective


@asynccontextmanager
async def opened_store(effective: Effective) -> AsyncIterator[tuple[Database, PostgresStore]]:
    """The store of the course, its schema brought up to date; closed when the block is left."""
    database_settings = effective.section(DatabaseSettings)
    settings = effective.section(ResultsSettings)
    policy = CoursePolicy.of(
        effective.section(Rules), course=settings.course, identity=settings.identity
    )
    async with await Database.connect(
        address_in(database_settings),
        limits=Limits.of(database_settings),
        schema=SCHEMA,
        name="results-api",
    ) as database:
        yield database, await open_store(database, policy)
