"""The store of the course is on the database of the settings, with its schema, until it is left."""

from holdfast.grading.wiring.store import opened_store
from tests.grading.wiring.settings import effective
from tests.support.postgres import TestPostgres


async def nothing(_: str) -> None:
    """An empty database."""


async def test_an_empty_database_gets_the_schema_and_nobody_is_on_the_roster(
    postgres: TestPostgres,
) -> None:
    async with (
        postgres.clone("empty", nothing) as dsn,
        opened_store(effective({"database.dsn": dsn})) as (_, store),
    ):
        assert list(await store.results.users()) == []
