"""PostgreSQL keeps the contract; and nobody changes the audit log, not even its owner."""

from collections.abc import AsyncIterator

import pytest

from holdfast.errors import HoldfastError
from holdfast.platform.auth.audit import Act, Entry
from holdfast.platform.auth.postgres import PostgresPeople
from holdfast.platform.auth.tables import MIGRATIONS, SCHEMA
from holdfast.platform.data.database import Database, Limits
from holdfast.platform.data.migrate import apply
from holdfast.platform.data.queries import Statement
from tests.platform.auth.contract import Contract
from tests.support.people import START
from tests.support.postgres import TestPostgres

LIMITS = Limits(pool_size=4, connect_s=20, statement_s=60)


async def _migrated(dsn: str) -> None:
    async with await Database.connect(dsn, limits=LIMITS) as database:
        await apply(database, SCHEMA, MIGRATIONS, post=True)


@pytest.fixture
async def tables(postgres: TestPostgres) -> AsyncIterator[Database]:
    async with (
        postgres.clone("people", _migrated) as dsn,
        await Database.connect(dsn, limits=LIMITS, schema=SCHEMA) as database,
    ):
        yield database


class TestPostgresPeople(Contract):
    @pytest.fixture
    def people(self, tables: Database) -> PostgresPeople:
        return PostgresPeople(tables)


@pytest.mark.parametrize(
    "sql", ["UPDATE audit SET who = ''", "DELETE FROM audit", "TRUNCATE audit"]
)
async def test_not_even_the_owner_changes_the_audit_log(tables: Database, sql: str) -> None:
    people = PostgresPeople(tables)
    await people.record(Entry(START, "mira", Act.LOGGED_IN))
    with pytest.raises(HoldfastError, match="never changed"):
        await tables.execute(Statement("tamper", sql))
    assert len(await people.entries(10)) == 1


async def test_no_secret_is_in_the_tables(tables: Database) -> None:
    columns = Statement(
        "columns",
        "SELECT table_name || '.' || column_name FROM information_schema.columns"
        " WHERE table_schema = 'people' AND data_type = 'bytea'",
    )
    found = {row[0] for row in await tables.fetch(columns)}
    assert found == {
        "sessions.session_hash",
        "tokens.token_hash",
        "sign_ins.state",
        "links.key_hash",
    }
