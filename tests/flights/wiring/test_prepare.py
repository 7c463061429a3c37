"""The first start: a token of this machine, and with the demo something to sell."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from holdfast.flights.entrypoints.desk.tokens import new_token
from holdfast.flights.entrypoints.http.access import hash_of
from holdfast.flights.service.ports.access import SCOPES, Token
from holdfast.flights.store.access import PostgresTokens
from holdfast.flights.store.disruptions import reconcile
from holdfast.flights.store.feeds import PostgresFeeds
from holdfast.flights.store.order_lists import PostgresBalances
from holdfast.flights.wiring.prepare import CURRENCY, DEMO_BALANCE, OPERATOR, prepare
from holdfast.flights.wiring.settings import DEMO_TOKEN, TRAVEL
from holdfast.flights.wiring.store import opened_database
from holdfast.platform.data.database import Database
from holdfast.platform.runtime.config import Effective
from tests.flights.wiring.settings import effective

NOW = datetime(2026, 11, 26, tzinfo=UTC)


def settings(dsn: str, data: Path, *, demo: bool = True) -> Effective:
    return effective(
        {
            "database.dsn": dsn,
            "fleet.data": data,
            "flights.demo": demo,
            "flights.demo_airlines": 2,
            "flights.demo_routes": 3,
        }
    )


@asynccontextmanager
async def prepared(told: Effective) -> AsyncIterator[Database]:
    """The database after a start with these settings."""
    await asyncio.to_thread(prepare, told)
    async with opened_database(told, "test") as database:
        yield database


async def demo_token(database: Database) -> Token | None:
    return await PostgresTokens(database).find(hash_of(DEMO_TOKEN))


async def test_an_empty_database_sells_the_demo(flights_dsn: str, tmp_path: Path) -> None:
    async with prepared(settings(flights_dsn, tmp_path)) as database:
        token = await demo_token(database)
        assert token is not None
        assert not token.live_mode
        assert token.scopes == {"read", "book"}
        balance = await PostgresBalances(database).balance(token.owner, CURRENCY)
        assert balance.minor == DEMO_BALANCE
        facts = await PostgresFeeds(database, reconcile).facts()
        assert {(one.airline, one.feed) for one in facts} >= {
            (airline, feed) for airline in ("ZZ", "0S") for feed in ("schedule", "fares", "status")
        }
        assert {one.last_outcome for one in facts} == {"accepted"}
        assert {one.quarantined for one in facts} == {0}


async def test_this_machine_gets_a_token_that_may_do_everything(
    flights_dsn: str, tmp_path: Path
) -> None:
    async with prepared(settings(flights_dsn, tmp_path, demo=False)) as database:
        file = tmp_path / "flights.token"
        assert file.stat().st_mode & 0o077 == 0
        token = await PostgresTokens(database).find(hash_of(file.read_text().strip()))
        assert token is not None
        assert token.owner == OPERATOR
        assert token.live_mode
        assert token.scopes == set(SCOPES)


async def test_the_pages_get_a_token_that_looks_up_and_books_and_no_more(
    flights_dsn: str, tmp_path: Path
) -> None:
    async with prepared(settings(flights_dsn, tmp_path, demo=False)) as database:
        file = tmp_path / "flights-pages.token"
        assert file.stat().st_mode & 0o077 == 0
        token = await PostgresTokens(database).find(hash_of(file.read_text().strip()))
        assert token is not None
        assert (token.owner, token.scopes) == (TRAVEL, {"read", "book"})


async def test_a_second_start_changes_nothing(flights_dsn: str, tmp_path: Path) -> None:
    told = settings(flights_dsn, tmp_path)
    async with prepared(told) as database:
        first = await demo_token(database)
    async with prepared(told) as database:
        assert await demo_token(database) == first
        assert len(await PostgresTokens(database).list(OPERATOR)) == 1
        balance = await PostgresBalances(database).balance(OPERATOR, CURRENCY)
        assert balance.minor == DEMO_BALANCE


async def test_without_the_demo_there_is_no_token_that_everybody_knows(
    flights_dsn: str, tmp_path: Path
) -> None:
    async with prepared(settings(flights_dsn, tmp_path, demo=False)) as database:
        assert await demo_token(database) is None
        assert list(await PostgresFeeds(database, reconcile).facts()) == []


async def test_a_database_that_was_used_before_does_not_become_a_demo(
    flights_dsn: str, tmp_path: Path
) -> None:
    async with prepared(settings(flights_dsn, tmp_path, demo=False)):
        pass
    async with prepared(settings(flights_dsn, tmp_path)) as database:
        assert await demo_token(database) is None
        assert list(await PostgresFeeds(database, reconcile).facts()) == []


async def test_a_demo_that_is_switched_off_ends_its_token(flights_dsn: str, tmp_path: Path) -> None:
    async with prepared(settings(flights_dsn, tmp_path)):
        pass
    async with prepared(settings(flights_dsn, tmp_path, demo=False)) as database:
        token = await demo_token(database)
        assert token is not None
        assert token.revoked_at is not None


@pytest.mark.parametrize("owner", ["demo", "somebody"])
async def test_a_token_made_by_hand_is_enough_to_be_no_demo(
    flights_dsn: str, tmp_path: Path, owner: str
) -> None:
    told = settings(flights_dsn, tmp_path)
    async with opened_database(told, "test") as database:
        await PostgresTokens(database).create(new_token("t", owner, "x", ("read",), NOW))
    async with prepared(told) as database:
        assert await demo_token(database) is None
