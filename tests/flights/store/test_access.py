"""Access on PostgreSQL: the contract, and a key that shares its effect's transaction."""

import asyncio

import pytest

from holdfast.flights.service.ports.access import AnsweredBefore
from holdfast.flights.store import access
from holdfast.flights.store.access import PostgresRemembered, PostgresTokens, remember
from holdfast.platform.data.database import Database, Transaction
from holdfast.platform.data.failures import ConstraintViolated
from holdfast.platform.data.queries import Statement
from tests.flights.store.access_contract import ONCE, RememberedContract, TokensContract, new

AGE = Statement("age", "UPDATE idempotency_keys SET created_at = now() - make_interval(secs => $1)")
EFFECT = Statement("effect", "INSERT INTO effects (n) VALUES ($1)")
EFFECTS = Statement("effects", "SELECT count(*) FROM effects")
TABLE = Statement("table", "CREATE TABLE effects (n integer NOT NULL)")


@pytest.fixture
def tokens(flights_database: Database) -> PostgresTokens:
    return PostgresTokens(flights_database)


@pytest.fixture
def remembered(flights_database: Database) -> PostgresRemembered:
    return PostgresRemembered(flights_database)


class TestTokens(TokensContract):
    """The contract."""


class TestRemembered(RememberedContract):
    """The contract."""


async def test_an_effect_and_its_answer_are_there_together_or_not_at_all(
    flights_database: Database, remembered: PostgresRemembered
) -> None:
    await flights_database.execute(TABLE)

    async def fail(tx: Transaction) -> None:
        await tx.execute(EFFECT, 1)
        assert await remember(tx, ONCE, 200, b"{}")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await flights_database.transact(fail)
    assert await remembered.recall(ONCE) is None
    assert await flights_database.fetchval(EFFECTS) == 0


async def test_of_calls_at_once_with_one_key_one_has_an_effect(
    flights_database: Database, remembered: PostgresRemembered
) -> None:
    await flights_database.execute(TABLE)

    async def book(tx: Transaction, number: int) -> None:
        await tx.execute(EFFECT, number)
        if not await remember(tx, ONCE, 201, b"answer %d" % number):
            raise AnsweredBefore

    async def call(number: int) -> bool:
        try:
            await flights_database.transact(lambda tx: book(tx, number))
        except AnsweredBefore:
            return False
        return True

    won = await asyncio.gather(*map(call, range(12)))
    assert sum(won) == 1
    assert await flights_database.fetchval(EFFECTS) == 1
    stored = await remembered.recall(ONCE)
    assert stored is not None
    assert stored.body == b"answer %d" % won.index(True)


async def test_old_answers_are_swept_a_bounded_number_at_once(
    flights_database: Database,
    remembered: PostgresRemembered,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(access, "MAX_SWEPT", 2)
    for number in range(3):
        await remembered.keep(type(ONCE)("anna", f"k{number}", b"h" * 32), 200, b"{}")
    await flights_database.execute(AGE, access.KEPT_S + 60)
    assert [await remembered.sweep() for _ in range(3)] == [2, 1, 0]


async def test_the_schema_takes_no_scope_that_is_none(tokens: PostgresTokens) -> None:
    with pytest.raises(ConstraintViolated):
        await tokens.create(new(scopes=frozenset({"everything"})))
