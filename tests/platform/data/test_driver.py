"""What the driver says, in our words: definite or not, and whose fault."""

import asyncpg
import pytest

from holdfast.errors import HoldfastError, Mistake
from holdfast.platform.data.driver import Limits, open_session, step
from holdfast.platform.data.failures import (
    Conflict,
    OutcomeUnknown,
    StatementRejected,
    Unavailable,
    WrongServer,
)

QUICK = Limits(connect_s=5.0)


async def failed_with(dsn: str, error: Exception) -> HoldfastError:
    """What `step` makes of an error of the driver on a living connection."""
    session = await open_session(dsn, QUICK, None, "test")

    async def fail(_: object) -> None:
        raise error

    try:
        with pytest.raises(HoldfastError) as raised:
            await step(session, "thing", fail, lost=OutcomeUnknown)
        return raised.value
    finally:
        session.terminate()


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        (asyncpg.ReadOnlySQLTransactionError("cannot"), WrongServer),
        (asyncpg.DeadlockDetectedError("met"), Conflict),
        (asyncpg.SerializationError("met"), Conflict),
        (asyncpg.QueryCanceledError("slow"), Unavailable),
        (asyncpg.TooManyConnectionsError("full"), Unavailable),
        (asyncpg.DiskFullError("full"), Unavailable),
        (asyncpg.AdminShutdownError("bye"), OutcomeUnknown),
        (asyncpg.UndefinedTableError("none"), StatementRejected),
        (ConnectionResetError("gone"), OutcomeUnknown),
        (TimeoutError(), OutcomeUnknown),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else value.__name__,
)
async def test_an_error_of_the_driver_has_one_meaning(
    dsn: str, error: Exception, meaning: type[HoldfastError]
) -> None:
    assert type(await failed_with(dsn, error)) is meaning


async def test_a_server_that_cannot_be_opened_is_the_wrong_server() -> None:
    with pytest.raises(WrongServer, match="cannot be reached"):
        await open_session("postgresql://me@127.0.0.1:1/holdfast", QUICK, None, "test")


async def test_a_wrong_login_is_a_mistake(dsn: str) -> None:
    with pytest.raises(Mistake, match=r"database\.dsn"):
        await open_session(dsn.replace("holdfast:", "nobody-here:", 1), QUICK, None, "test")


async def test_the_server_keeps_the_limits_and_shows_the_name(dsn: str) -> None:
    session = await open_session(dsn, Limits(statement_s=1.5, lock_s=0.25), "flights", "orders")
    shown = {
        name: await session.connection.fetchval(f"SHOW {name}")
        for name in ("statement_timeout", "lock_timeout", "application_name", "search_path")
    }
    await session.close()
    assert shown == {
        "statement_timeout": "1500ms",
        "lock_timeout": "250ms",
        "application_name": "orders",
        "search_path": "flights, public",
    }
