"""The law of the driver: sessions, and what its errors mean in our words. Nothing else sees it.

A session is one connection with its limits set in the server; each call of the driver goes through
`step`, which says what went wrong as `failures` does. Whether a lost answer may have been a success
depends on the place of the call, so the caller names it.
"""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias, TypeVar

import asyncpg

from holdfast.errors import HoldfastError, Mistake
from holdfast.platform.data.failures import (
    Conflict,
    ConstraintViolated,
    OutcomeUnknown,
    StatementRejected,
    Unavailable,
    WrongServer,
)
from holdfast.platform.data.settings import DatabaseSettings

T = TypeVar("T")
Row = asyncpg.Record
"""A row: `row["uid"]`, `row[0]`, `dict(row)`."""
Connection: TypeAlias = "asyncpg.Connection[Row]"
Isolation = Literal["read_committed", "repeatable_read", "serializable"]

ANSWER_MARGIN_S = 1.0
"""The client waits so much longer than the server's own limit before it gives the server up."""

_LOST = (OSError, asyncpg.InterfaceError, asyncpg.PostgresConnectionError)
_RESOURCE_CLASSES = frozenset({"53", "55", "57", "58"})
"""SQLSTATE classes of a server that cannot just now: resources, state, operator, system."""
_UNSAFE_COMMIT = "synchronous replication"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one process may take: connections, waiting callers, and seconds for everything."""

    pool_size: int = 8
    waiting: int = 2000
    connect_s: float = 5.0
    acquire_s: float = 5.0
    statement_s: float = 10.0
    lock_s: float = 3.0
    idle_in_transaction_s: float = 15.0

    @classmethod
    def of(cls, settings: DatabaseSettings) -> "Limits":
        """The limits that `[database]` sets."""
        return cls(
            pool_size=settings.pool_size,
            waiting=settings.waiting,
            connect_s=settings.connect_s,
            acquire_s=settings.acquire_s,
            statement_s=settings.statement_s,
            lock_s=settings.lock_s,
            idle_in_transaction_s=settings.idle_in_transaction_s,
        )


class Session:
    """A connection, and what the server warned of on it. Opened by `open_session`."""

    __slots__ = ("connection", "unsafe")

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.unsafe = ""
        connection.add_log_listener(self._hear)

    def is_closed(self) -> bool:
        return self.connection.is_closed()

    def terminate(self) -> None:
        with contextlib.suppress(*_LOST):
            self.connection.terminate()

    async def close(self, *, timeout: float | None = None) -> None:
        await self.connection.close(timeout=timeout)

    def check_replicated(self, name: str) -> None:
        """A commit whose wait for a standby was cancelled *succeeds with a warning*: no success."""
        if self.unsafe:
            unsafe, self.unsafe = self.unsafe, ""
            raise OutcomeUnknown(f"{name}: {unsafe}")

    def _hear(self, _: object, message: asyncpg.PostgresLogMessage) -> None:
        if _UNSAFE_COMMIT in str(message):
            self.unsafe = str(message)


async def open_session(dsn: str, limits: Limits, schema: str | None, name: str) -> Session:
    """One connection with the limits set in the server. `Unavailable` when nothing answers in time,
    `Mistake` for a wrong address, user, password or database name."""
    try:
        connection = await asyncpg.connect(
            dsn,
            timeout=limits.connect_s,
            command_timeout=limits.statement_s + ANSWER_MARGIN_S,
            server_settings=_server_settings(limits, schema, name),
        )
    except Exception as error:
        raise _refused(error) from error
    return Session(connection)


def _server_settings(limits: Limits, schema: str | None, name: str) -> dict[str, str]:
    settings = {
        "application_name": name[:63],
        "statement_timeout": _milliseconds(limits.statement_s),
        "lock_timeout": _milliseconds(limits.lock_s),
        "idle_in_transaction_session_timeout": _milliseconds(limits.idle_in_transaction_s),
        "timezone": "UTC",
    }
    if schema is not None:
        settings["search_path"] = f"{schema}, public"
    return settings


def _milliseconds(seconds: float) -> str:
    return str(max(1, round(seconds * 1000)))


@contextlib.asynccontextmanager
async def open_transaction(
    session: Session, isolation: Isolation, readonly: bool
) -> AsyncIterator[None]:
    """A transaction on a session: committed at the block's end, rolled back when it raises."""
    driver = session.connection.transaction(isolation=isolation, readonly=readonly)
    await step(session, "BEGIN", lambda _: driver.start(), lost=Unavailable)
    try:
        yield
    except BaseException:
        if not session.is_closed():
            with contextlib.suppress(HoldfastError):
                await step(session, "ROLLBACK", lambda _: driver.rollback(), lost=Unavailable)
        raise
    if session.is_closed():
        raise Unavailable("COMMIT: the connection to the database was lost before")
    await step(session, "COMMIT", lambda _: driver.commit(), lost=OutcomeUnknown)
    session.check_replicated("COMMIT")


async def step(
    session: Session,
    name: str,
    call: Callable[[Connection], Awaitable[T]],
    *,
    lost: type[HoldfastError],
) -> T:
    """Await one call of the driver; `lost` is what a missing answer means at this point."""
    try:
        return await call(session.connection)
    except TimeoutError as error:
        # The server did not even keep its own limit: it is cut off or hangs. Nothing more is asked
        # of this connection, and waiting for its cancellation would hang as well.
        session.terminate()
        raise lost(f"{name}: the database did not answer in time") from error
    except asyncpg.InternalClientError as error:  # the driver lost its place, as after a cut
        session.terminate()
        raise lost(f"{name}: {error}") from error
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        if isinstance(error, asyncpg.InterfaceError) and not session.is_closed():
            raise StatementRejected(f"{name}: {error}") from error  # refused by the driver
        raise _translated(error, name, lost) from error


def _translated(error: Exception, name: str, lost: type[HoldfastError]) -> HoldfastError:
    match error:
        case asyncpg.IntegrityConstraintViolationError():
            constraint = error.constraint_name or error.column_name or type(error).__name__
            return ConstraintViolated(name, constraint, str(error))
        case (
            asyncpg.SerializationError()
            | asyncpg.DeadlockDetectedError()
            | asyncpg.LockNotAvailableError()
        ):
            return Conflict(f"{name}: {error}")
        case asyncpg.AdminShutdownError() | asyncpg.CrashShutdownError():
            return lost(f"{name}: the database ended the connection: {error}")
        case asyncpg.ReadOnlySQLTransactionError():
            return WrongServer(f"{name}: {error}")
        case asyncpg.QueryCanceledError():
            return Unavailable(f"{name}: {error}")
        case asyncpg.PostgresError() if str(error.sqlstate)[:2] in _RESOURCE_CLASSES:
            return Unavailable(f"{name}: {error}")
        case asyncpg.PostgresConnectionError() | OSError():
            return lost(f"{name}: the connection to the database was lost")
        case asyncpg.InterfaceError():
            return lost(f"{name}: {error}")
        case _:
            return StatementRejected(f"{name}: {error}")


def _refused(error: Exception) -> HoldfastError:
    """What a failed first connection means: a wrong address is a mistake, silence is not."""
    match error:
        case asyncpg.InvalidAuthorizationSpecificationError() | asyncpg.InvalidCatalogNameError():
            return Mistake(f"The database refuses the address in database.dsn: {error}.")
        case asyncpg.ClientConfigurationError() | ValueError():
            return Mistake(f"The address in database.dsn is not valid: {error}.")
        case _:
            return _unreachable(error)


def _unreachable(error: Exception) -> HoldfastError:
    return WrongServer(f"the database cannot be reached: {str(error) or type(error).__name__}")
