"""The law of the door: the only file that knows the driver; everybody else sees this class.

Every wait has an end: opening a connection, waiting for a free one, a lock, a statement (limit in
the server) and its answer (the client's own limit, for a cut-off server answers nothing; it closes
the connection). Failures are told as `failures` says. Sessions carry no state (no SET, no LISTEN,
no session locks), so connections go back to the pool without a reset, which doubles throughput.
"""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, TypeAlias, TypeVar

import asyncpg

from holdfast.errors import HoldfastError, Mistake
from holdfast.platform.data.failures import (
    Conflict,
    ConstraintViolated,
    OutcomeUnknown,
    StatementRejected,
    Unavailable,
)
from holdfast.platform.data.notices import Notices
from holdfast.platform.data.pool import Pool, close_gently
from holdfast.platform.data.queries import Statement
from holdfast.platform.data.settings import DatabaseSettings

T = TypeVar("T")
Row = asyncpg.Record
"""A row: `row["uid"]`, `row[0]`, `dict(row)`."""
Connection: TypeAlias = "asyncpg.Connection[Row]"
Isolation = Literal["read_committed", "repeatable_read", "serializable"]

ANSWER_MARGIN_S = 1.0
"""The client waits so much longer than the server's own limit before it gives the server up."""
CLOSE_S = 5.0
"""Closing the door waits so long for running statements."""
TRANSACTION_TRIES = 5
"""`transact` runs conflicting work so often; with random starts few conflicts last three rounds."""
LONG_STATEMENT_S = 600.0
"""Limit of scripts such as migrations, which may rewrite a table."""

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


class Calls:
    """What can be asked of the database and of a transaction alike.

    All raise the classes of `failures`. Outside a transaction each call is its own transaction.
    """

    __slots__ = ()

    async def fetch(self, statement: Statement, *values: object) -> list[Row]:
        """All rows. Bound them in the SQL (`LIMIT`): they are held in memory."""
        return await self._ask(statement, lambda c: c.fetch(statement.sql, *values))

    async def fetchrow(self, statement: Statement, *values: object) -> Row | None:
        """The first row, or None."""
        return await self._ask(statement, lambda c: c.fetchrow(statement.sql, *values))

    async def fetchval(self, statement: Statement, *values: object) -> Any:
        """The first column of the first row, or None; of the type that the SQL selects."""
        return await self._ask(statement, lambda c: c.fetchval(statement.sql, *values))

    async def execute(self, statement: Statement, *values: object) -> int:
        """The number of rows the statement changed (0 where it counts none)."""
        tag = await self._ask(statement, lambda c: c.execute(statement.sql, *values))
        last = tag.rpartition(" ")[2]
        return int(last) if last.isdigit() else 0

    async def executemany(self, statement: Statement, rows: Iterable[Sequence[object]]) -> None:
        """The statement once for each row, all or nothing, in one round trip or few."""
        await self._ask(statement, lambda c: c.executemany(statement.sql, rows))

    async def copy(
        self, table: str, columns: Sequence[str], rows: Sequence[Sequence[object]]
    ) -> None:
        """Add many rows to a table the fast way (COPY), all or nothing.

        They are held in memory and sent as one statement: page them.
        """
        await self._ask(
            Statement(f"copy_{table}", ""),
            lambda c: c.copy_records_to_table(table, columns=list(columns), records=rows),
        )

    async def _ask(self, statement: Statement, call: Callable[[Connection], Awaitable[T]]) -> T:
        raise AssertionError("a base class is never asked")


class _Session:
    """A connection, and what the server warned of on it."""

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


class Transaction(Calls):
    """An open transaction: what is done in it happens at its end together, or not at all."""

    __slots__ = ("_session",)

    def __init__(self, session: _Session) -> None:
        """Use `Database.transaction`."""
        self._session = session

    async def _ask(self, statement: Statement, call: Callable[[Connection], Awaitable[T]]) -> T:
        return await _step(self._session, statement.name, call, lost=Unavailable)


class Scripts(Transaction):
    """A transaction that also takes scripts of many statements: migrations."""

    __slots__ = ()

    async def run(self, name: str, script: str) -> None:
        """All statements of the script in order; `name` appears in errors."""
        await _step(self._session, name, lambda c: c.execute(script), lost=Unavailable)


class Database(Calls):
    """A bounded pool of connections to one database. Built by `connect`, ended by `close`."""

    __slots__ = ("_limits", "_open", "_pool")

    def __init__(
        self,
        pool: Pool[_Session],
        open_session: Callable[[float], Awaitable[_Session]],
        limits: Limits,
    ) -> None:
        """Use `Database.connect`. `open_session` opens one apart from the pool."""
        self._pool = pool
        self._open = open_session
        self._limits = limits

    @classmethod
    async def connect(
        cls,
        dsn: str,
        *,
        limits: Limits = Limits(),
        schema: str | None = None,
        name: str = "holdfast",
    ) -> "Database":
        """Open the door. `schema` comes first in the search path; `name` is shown by the server.

        Raises `Unavailable` when nothing answers in time and `Mistake` for a wrong address, user,
        password or database name.
        """
        settings = _server_settings(limits, schema, name)

        async def open_session(statement_s: float) -> _Session:
            try:
                connection = await asyncpg.connect(
                    dsn,
                    timeout=limits.connect_s,
                    command_timeout=statement_s + ANSWER_MARGIN_S,
                    server_settings={**settings, "statement_timeout": _milliseconds(statement_s)},
                )
            except Exception as error:
                raise _refused(error) from error
            return _Session(connection)

        pool = Pool(
            partial(open_session, limits.statement_s),
            size=limits.pool_size,
            waiting=limits.waiting,
            acquire_s=limits.acquire_s,
        )
        pool.release(await pool.acquire())
        return cls(pool, open_session, limits)

    async def close(self) -> None:
        """Wait a bounded time for running statements, then close all connections."""
        await self._pool.close(CLOSE_S)

    async def __aenter__(self) -> "Database":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @contextlib.asynccontextmanager
    async def transaction(
        self, *, isolation: Isolation = "read_committed", readonly: bool = False
    ) -> AsyncIterator[Transaction]:
        """`async with database.transaction() as work:` commits at the end, rolls back on errors.

        `OutcomeUnknown` can only come from the end of a block that was through.
        """
        async with self._lent() as session, _transaction(session, isolation, readonly):
            yield Transaction(session)

    async def transact(
        self,
        work: Callable[[Transaction], Awaitable[T]],
        *,
        isolation: Isolation = "read_committed",
    ) -> T:
        """Run `work` in a transaction, again from its start when it conflicts with another."""
        tries = 0
        while True:
            tries += 1
            try:
                async with self.transaction(isolation=isolation) as transaction:
                    return await work(transaction)
            except Conflict:
                if tries >= TRANSACTION_TRIES:
                    raise

    @contextlib.asynccontextmanager
    async def scripts(self) -> AsyncIterator[Scripts]:
        """A transaction on a connection of its own, with minutes instead of seconds."""
        session = await self._open(LONG_STATEMENT_S)
        try:
            async with _transaction(session, "read_committed", readonly=False):
                yield Scripts(session)
        finally:
            await close_gently(session)

    def listen(self, *channels: str, capacity: int = 1000) -> Notices:
        """Notifications of `channels`, from entering the result to leaving it: see `Notices`."""

        async def connect() -> Connection:
            return (await self._open(self._limits.statement_s)).connection

        return Notices(connect, channels, capacity=capacity)

    async def _ask(self, statement: Statement, call: Callable[[Connection], Awaitable[T]]) -> T:
        # As `_lent`, written out: this is the hot path.
        session = await self._pool.acquire()
        reusable = False
        try:
            answer = await _step(session, statement.name, call, lost=OutcomeUnknown)
            session.check_replicated(statement.name)
            reusable = True
        except HoldfastError:
            reusable = True
            raise
        finally:
            self._pool.release(session, reusable=reusable)
        return answer

    @contextlib.asynccontextmanager
    async def _lent(self) -> AsyncIterator[_Session]:
        """A session of the pool; after a cancellation it is closed, for it may still be busy."""
        session = await self._pool.acquire()
        reusable = False
        try:
            yield session
            reusable = True
        except Exception:
            reusable = session.is_closed() or not session.connection.is_in_transaction()
            raise
        finally:
            self._pool.release(session, reusable=reusable)


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
async def _transaction(
    session: _Session, isolation: Isolation, readonly: bool
) -> AsyncIterator[None]:
    driver = session.connection.transaction(isolation=isolation, readonly=readonly)
    await _step(session, "BEGIN", lambda _: driver.start(), lost=Unavailable)
    try:
        yield
    except BaseException:
        if not session.is_closed():
            with contextlib.suppress(HoldfastError):
                await _step(session, "ROLLBACK", lambda _: driver.rollback(), lost=Unavailable)
        raise
    if session.is_closed():
        raise Unavailable("COMMIT: the connection to the database was lost before")
    await _step(session, "COMMIT", lambda _: driver.commit(), lost=OutcomeUnknown)
    session.check_replicated("COMMIT")


async def _step(
    session: _Session,
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
        case asyncpg.QueryCanceledError() | asyncpg.ReadOnlySQLTransactionError():
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
    return Unavailable(f"the database cannot be reached: {str(error) or type(error).__name__}")
