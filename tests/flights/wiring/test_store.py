"""The database is the one of the settings, or this data folder's; migrated either way."""

from pathlib import Path

import pytest

from holdfast.errors import Mistake
from holdfast.flights.store.access import PostgresTokens
from holdfast.flights.wiring.store import opened_database
from holdfast.platform.data.embedded import dsn_file
from tests.flights.wiring.settings import effective
from tests.support.postgres import TestPostgres


async def nothing(_: str) -> None:
    """An empty database."""


async def test_an_empty_database_gets_the_schema(postgres: TestPostgres) -> None:
    async with (
        postgres.clone("empty", nothing) as dsn,
        opened_database(effective({"database.dsn": dsn}), "test") as database,
    ):
        assert await PostgresTokens(database).find(b"x") is None


async def test_without_an_address_it_is_the_one_in_the_data_folder(
    flights_dsn: str, tmp_path: Path
) -> None:
    file = dsn_file(tmp_path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(flights_dsn)
    async with opened_database(effective({"fleet.data": tmp_path}), "test") as database:
        assert await PostgresTokens(database).find(b"x") is None


async def test_a_folder_without_a_database_is_named(tmp_path: Path) -> None:
    with pytest.raises(Mistake, match=str(tmp_path)):
        async with opened_database(effective({"fleet.data": tmp_path}), "test"):
            pass
