"""docs/reference/database-roles.md: each process may do what its use cases need, and no more."""

import asyncio
import re
from collections import Counter
from collections.abc import Iterator

import pytest

from holdfast.apps import APPS
from holdfast.platform.data.database import Database, Limits, Scripts
from holdfast.platform.data.failures import StatementRejected
from holdfast.platform.data.provision import Owner
from holdfast.platform.data.queries import Statement
from holdfast.platform.data.roles import quoted, role_names
from holdfast.platform.runtime.schema import Role, Schema
from tests.support.postgres import TestPostgres, postgres  # noqa: F401  a fixture
from tests.support.reference import REFERENCE, roles_page
from tests.support.statement_rights import (
    ROLES,
    SCHEMAS,
    as_role,
    asked,
    generic,
    planned,
    provided,
    refused,
    statements_of,
)

LIMITS = Limits(pool_size=1, connect_s=20, statement_s=60)
IDS = [f"{schema.name}/{role.process}" for schema, role in ROLES]
RIGHTS = """
SELECT 'TABLE ' || relname AS thing, relname AS word, privilege_type AS "right"
FROM pg_class, aclexplode(relacl) AS acl
WHERE relnamespace = $1::text::regnamespace AND relkind IN ('r', 'v')
  AND grantee = $2::text::regrole
UNION ALL
SELECT 'TABLE ' || relname, relname, privilege_type || ' (' || attname || ')'
FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid, aclexplode(attacl) AS acl
WHERE relnamespace = $1::text::regnamespace AND grantee = $2::text::regrole
UNION ALL
SELECT 'FUNCTION ' || proname, proname, privilege_type FROM pg_proc, aclexplode(proacl) AS acl
WHERE pronamespace = $1::text::regnamespace AND grantee = $2::text::regrole
ORDER BY 1, 3
"""
BY_FUNCTIONS = {"FUNCTION flown", "FUNCTION seats_of"}
"""Called inside `filed_leg`: nothing that only plans sees them."""


@pytest.fixture(scope="module")
def owner(
    postgres: TestPostgres,  # noqa: F811
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Owner]:
    """One database for all: what tests do to it, they take back."""
    loop = asyncio.new_event_loop()
    clone = postgres.clone()
    dsn = loop.run_until_complete(clone.__aenter__())
    owner = Owner(dsn, tmp_path_factory.mktemp("roles"), is_own_server=True, limits=LIMITS)
    try:
        loop.run_until_complete(provided(owner))
        yield owner
    finally:
        loop.run_until_complete(clone.__aexit__(None, None, None))
        loop.close()


def test_the_page_is_what_the_code_declares() -> None:
    page = (REFERENCE / "database-roles.md").read_text(encoding="utf-8")
    assert page == roles_page(), "run `python -m tests.support.reference`"


def test_every_process_that_is_declared_with_a_role_exists() -> None:
    processes = {process.name for app in APPS for process in app.processes}
    known = {role.process for _, role in ROLES}
    assert known < processes
    assert "node" not in known


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.name)
def test_what_is_declared_is_a_statement(schema: Schema) -> None:
    known = statements_of(schema)
    for role in schema.roles:
        for name in role.statements:
            assert name in known or name.startswith("copy "), name
        counts = Counter(use.what for use in role.uses)
        assert max(counts.values()) == 1, "a use case is told once"


@pytest.mark.parametrize(("schema", "role"), ROLES, ids=IDS)
async def test_a_role_may_do_all_that_its_use_cases_need(
    owner: Owner, schema: Schema, role: Role
) -> None:
    known = statements_of(schema)
    async with await as_role(owner, schema, role) as database, database.scripts() as scripts:
        await generic(scripts)
        for name in sorted(role.statements):
            table = name.removeprefix("copy ")
            statement = known.get(name) or Statement(name, f"INSERT INTO {table} DEFAULT VALUES")
            assert await planned(scripts, statement) is None, name


@pytest.mark.parametrize(("schema", "role"), ROLES, ids=IDS)
async def test_a_role_has_no_right_that_no_use_case_needs(
    owner: Owner, schema: Schema, role: Role
) -> None:
    async with await Database.connect(owner.dsn, limits=LIMITS, schema=schema.name) as database:
        name = quoted((await role_names(database, SCHEMAS))[role])
        rights = await database.fetch(Statement("rights", RIGHTS), schema.name, name)
        assert len(rights) > 1, "who only writes down what is done has two"
        needless = []
        async with database.scripts() as scripts:
            await generic(scripts)
            for row in rights:
                if row["thing"] in BY_FUNCTIONS or row["word"] == "migrations":
                    continue
                await scripts.run("mark", "SAVEPOINT taken")
                await scripts.run("take", f"REVOKE {row['right']} ON {row['thing']} FROM {name}")
                await scripts.run("be", f"SET LOCAL ROLE {name}")
                if not await _is_missed(scripts, schema, role, row["word"]):
                    needless.append(f"{row['right']} ON {row['thing']}")
                await scripts.run("back", "ROLLBACK TO taken")
        assert needless == []


async def _is_missed(scripts: Scripts, schema: Schema, role: Role, word: str) -> bool:
    """Whether a statement that names the table or function fails now."""
    known = statements_of(schema)
    for name in sorted(role.statements):
        copied = Statement(name, f"INSERT INTO {name.removeprefix('copy ')} DEFAULT VALUES")
        statement = known.get(name, copied)
        if re.search(rf"\b{word}\b", statement.sql) and await planned(scripts, statement):
            return True
    return False


NOT_THEIRS = {
    "people": [
        "UPDATE audit SET who = ''",
        "DELETE FROM audit",
        "TRUNCATE audit",
        "DELETE FROM accounts",
        "UPDATE accounts SET name = 'x'",
        "DELETE FROM tokens",
        "UPDATE tokens SET expires_at = NULL",
        "UPDATE sessions SET expires_at = 'infinity'",
    ],
    "people of flights-pages": [
        "SELECT * FROM tokens",
        "SELECT * FROM links",
        "DELETE FROM links",
        "SELECT * FROM sign_ins",
        "SELECT * FROM audit",
        "INSERT INTO accounts (name) VALUES ('x')",
        "UPDATE accounts SET roles = '{admin}'",
        "UPDATE accounts SET is_disabled = false",
    ],
    "flights-search": [
        "INSERT INTO orders (id) VALUES ('ord_1')",
        "UPDATE orders SET paid = 0",
        "DELETE FROM seats",
        "UPDATE fares SET p_total = 1",
        "SELECT * FROM payments",
        "SELECT * FROM ledger",
        "SELECT * FROM webhooks",
        "SELECT * FROM pay_order(NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL)",
        "INSERT INTO api_tokens (token_hash) VALUES ('')",
        "UPDATE offer_requests SET offers = ''",
    ],
    "flights-booking": [
        "UPDATE fares SET p_total = 1",
        "INSERT INTO fares (carrier) VALUES ('ZZ')",
        "UPDATE orders SET paid = 0",
        "UPDATE balances SET minor = 1",
        "INSERT INTO ledger (posting) VALUES (1)",
        "DELETE FROM order_legs",
        "UPDATE leg_dates SET sold = 0",
        "SELECT give_back('{}', true)",
        "DELETE FROM schedule_legs",
        "UPDATE offer_requests SET names = '{}'",
        "SELECT nextval('fares_id_seq')",
    ],
    "flights-seats": [
        "UPDATE orders SET paid = 0",
        "UPDATE seats SET state = 'sold'",
        "SELECT * FROM balances",
        "SELECT * FROM fares",
        "INSERT INTO offer_requests (id) VALUES ('orq_1')",
        "SELECT * FROM webhooks",
    ],
    "flights-ingest": [
        "UPDATE orders SET paid = 0",
        "SELECT document FROM orders",
        "UPDATE leg_dates SET sold = 0",
        "SELECT * FROM balances",
        "UPDATE status_updates SET feed = ''",
        "SELECT * FROM offer_requests",
    ],
    "results-api": [
        "DELETE FROM attempts",
        "UPDATE attempts SET seed = ''",
        "UPDATE users SET uid = 1",
        "DELETE FROM best_results",
        "UPDATE leases SET uid = 1",
        "DELETE FROM plans",
        "CREATE TABLE more (id integer)",
    ],
}


@pytest.mark.parametrize(("schema", "role"), ROLES, ids=IDS)
async def test_a_role_cannot_do_what_is_anothers(owner: Owner, schema: Schema, role: Role) -> None:
    async with await as_role(owner, schema, role) as database:
        theirs = NOT_THEIRS["people"] if schema.name == "people" else NOT_THEIRS[role.process]
        theirs = theirs + NOT_THEIRS.get(f"{schema.name} of {role.process}", [])
        for sql in theirs:
            with pytest.raises(StatementRejected, match="permission denied"):
                await database.execute(Statement("not_theirs", sql))


@pytest.mark.parametrize(("schema", "role"), ROLES, ids=IDS)
async def test_a_role_sees_nothing_of_the_other_app_and_makes_nothing(
    owner: Owner, schema: Schema, role: Role
) -> None:
    others = [
        other.name
        for other in SCHEMAS
        if role.process not in {theirs.process for theirs in other.roles}
    ]
    async with await as_role(owner, schema, role) as database:
        for sql in [
            *(f"SELECT * FROM {other}.migrations" for other in others),
            f"CREATE TABLE {schema.name}.more (id integer)",
            "CREATE ROLE another",
            f"DELETE FROM {schema.name}.migrations",
        ]:
            with pytest.raises(StatementRejected, match="permission denied"):
                await database.execute(Statement("not_theirs", sql))


async def test_what_ingest_needs_inside_functions_and_of_sequences_is_granted(
    owner: Owner,
) -> None:
    schema, role = next(
        one for one in ROLES if (one[0].name, one[1].process) == ("flights", "flights-ingest")
    )
    known = statements_of(schema)
    async with await as_role(owner, schema, role) as database:
        assert len(await database.fetch(known["fares.next_fare_ids"], 3)) == 3
        assert len(await database.fetch(known["fares.next_tier_ids"], 3)) == 3
        assert await database.fetchrow(known["feeds.moment_of_delivery"]) is not None
        filed = "SELECT * FROM filed_leg('ZZ', 1, '', '2026-12-01', 'FRA', 'LHR', 'economy')"
        assert len(await database.fetch(Statement("filed", filed))) == 1


async def test_functions_with_their_owners_rights_have_a_fixed_path(owner: Owner) -> None:
    found = Statement(
        "definers",
        "SELECT proname, proconfig FROM pg_proc WHERE prosecdef "
        "AND pronamespace IN (SELECT oid FROM pg_namespace WHERE nspname = ANY ($1::text[]))",
    )
    async with await Database.connect(owner.dsn, limits=LIMITS) as database:
        rows = await database.fetch(found, [schema.name for schema in SCHEMAS])
    assert {row["proname"] for row in rows} >= {"place_order", "pay_order", "change_order"}
    for row in rows:
        assert row["proconfig"] == ["search_path=flights, pg_temp"], row["proname"]


async def test_a_plan_tells_what_is_missing(owner: Owner) -> None:
    schema, role = next(one for one in ROLES if one[1].process == "flights-seats")
    async with await as_role(owner, schema, role) as database, database.scripts() as scripts:
        await generic(scripts)
        assert "permission denied" in str(await asked(scripts, "SELECT * FROM ledger"))
        assert await refused(scripts, ["SELECT id FROM orders", "DELETE FROM orders"]) == [
            "DELETE FROM orders"
        ]
