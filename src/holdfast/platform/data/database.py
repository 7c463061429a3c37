"""The law of the door: the only file that knows the driver; everybody else sees this class.

Every wait has an end: opening a connection, waiting for a free one, a lock, a statement (limit in
the server) and its answer (the client's own limit, for a cut-off server answers nothing; it closes
the connection). Failures are told as `failures` says. Sessions carry no state (no SET, no LISTEN,
no session locks), so connections go back to the pool without a reset, which doubles throughput.
"""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from holdfast.errors import HoldfastError
from holdfast.platform.data.addresses import servers_of
from holdfast.platform.data.driver import (
    Connection,
    Isolation,
    Limits,
    Row,
    Session,
    open_session,
    open_transaction,
    step,
)
from holdfast.platform.data.failures import (
    Busy,
    Conflict,
    OutcomeUnknown,
    Unavailable,
    WrongServer,
)
from holdfast.platform.data.notices import Notices
from holdfast.platform.data.pool import Pool, PoolState, close_gently
from holdfast.platform.data.queries import Statement
from holdfast.platform.data.routing import Facts, Read, Write
from holdfast.platform.data.servers import Dealings, Purpose, Servers

__all__ = ["Calls", "Database", "Limits", "Reader", "Row", "Scripts", "Transaction"]

T = TypeVar("T")

CLOSE_S = 5.0
"""Closing the door waits so long for running statements."""
TRANSACTION_TRIES = 5
"""`transact` runs conflicting work so often; with random starts few conflicts last three rounds."""
LEADER_TRIES = 3
"""So many servers are asked for one statement when each says that it takes no writes."""
LONG_STATEMENT_S = 600.0
"""Limit of scripts such as migrations, which may rewrite a table."""


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


class Transaction(Calls):
    """An open transaction: what is done in it happens at its end together, or not at all."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        """Use `Database.transaction`."""
        self._session = session

    async def _ask(self, statement: Statement, call: Callable[[Connection], Awaitable[T]]) -> T:
        return await step(self._session, statement.name, call, lost=Unavailable)


class Scripts(Transaction):
    """A transaction that also takes scripts of many statements: migrations."""

    __slots__ = ()

    async def run(self, name: str, script: str) -> None:
        """All statements of the script in order; `name` appears in errors."""
        await step(self._session, name, lambda c: c.execute(script), lost=Unavailable)


_LIMITS = Limits()
_WRITE = Write()
_IN_RECOVERY = Statement("in_recovery", "SELECT pg_is_in_recovery()")
_LOOK = Statement(
    "look",
    """
    SELECT NOT pg_is_in_recovery() AS is_leader,
           CASE WHEN pg_is_in_recovery() THEN 0
                ELSE ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::integer
           END AS timeline,
           pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()
                                ELSE pg_current_wal_lsn() END, '0/0')::bigint AS position
    """,
)
_POSITION = Statement("position", "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint")
_REPLAYED = Statement(
    "replayed", "SELECT coalesce(pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0'), 0)::bigint"
)


class Database(Calls):
    """Bounded pools of connections to a database, on one server or on several.

    What is asked here is asked of the leader; `reader` asks replicas. Built by `connect`, ended by
    `close`.
    """

    __slots__ = ("_limits", "_open", "_servers")

    def __init__(
        self,
        servers: Servers[Session],
        open_session: Callable[[str, Limits], Awaitable[Session]],
        limits: Limits,
    ) -> None:
        """Use `Database.connect`. `open_session` opens one on a server, apart from the pools."""
        self._servers = servers
        self._open = open_session
        self._limits = limits

    @classmethod
    async def connect(
        cls,
        dsn: str,
        *,
        limits: Limits = _LIMITS,
        schema: str | None = None,
        name: str = "holdfast",
    ) -> "Database":
        """Open the door. `dsn` may name several servers (`host1:5432,host2:5432`): the leader among
        them is found by asking. `schema` comes first in the search path; `name` is shown by the
        server.

        Raises `Unavailable` when nothing answers in time (of several: when there is no leader) and
        `Mistake` for a wrong address, user, password or database name.
        """
        addresses = servers_of(dsn)

        async def open_one(server: str, its_limits: Limits) -> Session:
            return await open_session(addresses[server], its_limits, schema, name)

        async def connect(server: str, purpose: Purpose) -> Session:
            session = await open_one(server, limits)
            if purpose == "write" and await _is_replica(session):
                await close_gently(session)
                raise WrongServer(f"{server} takes no writes")
            return session

        servers = Servers(
            tuple(addresses),
            Dealings(connect, _look, partial(_pool, limits)),
            wait_s=limits.acquire_s,
        )
        await servers.start()
        return cls(servers, open_one, limits)

    def reader(self, *, after: int = 0, max_age_s: float | None = None) -> "Reader":
        """Calls for reading that a replica may answer: one that has replayed the position `after`
        (of `position`) and shows all that was committed up to `max_age_s` ago; else the leader."""
        return Reader(self._servers, Read(after, max_age_s))

    @property
    def has_replicas(self) -> bool:
        """Whether a `reader` may be answered by another server than the leader."""
        return self._servers.is_cluster

    def pool_states(self) -> dict[tuple[str, str], PoolState]:
        """The pools by (server, use), for figures."""
        return self._servers.pool_states()

    async def position(self) -> int:
        """A position in the log after everything this process has committed: who hands it to
        `reader` sees its own writes."""
        found: int = await self.fetchval(_POSITION)
        return found

    async def close(self) -> None:
        """Wait a bounded time for running statements, then close all connections."""
        await self._servers.close(CLOSE_S)

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
        async with self._lent() as session, open_transaction(session, isolation, readonly):
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
        session = await self._apart(replace(self._limits, statement_s=LONG_STATEMENT_S))
        try:
            async with open_transaction(session, "read_committed", readonly=False):
                yield Scripts(session)
        finally:
            await close_gently(session)

    def listen(self, *channels: str, capacity: int = 1000) -> Notices:
        """Notifications of `channels`, from entering the result to leaving it: see `Notices`."""

        async def connect() -> Connection:
            return (await self._apart(self._limits)).connection

        return Notices(connect, channels, capacity=capacity)

    async def _apart(self, limits: Limits) -> Session:
        """A session on the leader that is not of its pool."""
        server, _ = await self._servers.pool(_WRITE)
        return await self._open(server, limits)

    async def _ask(self, statement: Statement, call: Callable[[Connection], Awaitable[T]]) -> T:
        tries = 0
        while True:
            server, pool = self._servers.ready(_WRITE) or await self._servers.pool(_WRITE)
            try:
                return await _asked(pool, statement, call)
            except WrongServer:
                # Nothing was done. A promotion is under way: wait for whoever is leader next.
                self._servers.doubt(server)
                tries += 1
                if tries >= LEADER_TRIES or not self._servers.is_cluster:
                    raise
            except (Unavailable, OutcomeUnknown) as error:
                if not isinstance(error, Busy):
                    self._servers.doubt(server)
                raise

    @contextlib.asynccontextmanager
    async def _lent(self) -> AsyncIterator[Session]:
        """A session of the leader; after a cancellation it is closed, for it may still be busy."""
        server, pool = await self._servers.pool(_WRITE)
        try:
            async with _lent_by(pool) as session:
                yield session
        except (Unavailable, OutcomeUnknown) as error:
            if not isinstance(error, Busy):
                self._servers.doubt(server)
            raise


class Reader(Calls):
    """Reads that replicas may answer. Built by `Database.reader`; keeps nothing, costs nothing."""

    __slots__ = ("_need", "_servers")

    def __init__(self, servers: Servers[Session], need: Read) -> None:
        """Use `Database.reader`."""
        self._servers = servers
        self._need = need

    async def _ask(self, statement: Statement, call: Callable[[Connection], Awaitable[T]]) -> T:
        tries = 0
        while True:
            server, pool = await self._pool()
            try:
                return await _asked(pool, statement, call)
            except (Unavailable, OutcomeUnknown) as error:
                # A read may be asked again, whatever became of the first.
                if isinstance(error, Busy):
                    raise
                self._servers.doubt(server)
                tries += 1
                if tries >= LEADER_TRIES or not self._servers.is_cluster:
                    raise

    async def _pool(self) -> tuple[str, Pool[Session]]:
        """The pool of a server that has what must be seen; asks one replica that may have it."""
        found = await self._servers.pool(self._need)
        if not self._need.after or not self._servers.is_leader(found[0]):
            return found
        likely = self._servers.ready(Read(0, self._need.max_age_s))
        if likely is None or self._servers.is_leader(likely[0]):
            return found
        with contextlib.suppress(HoldfastError):
            replayed = await _asked(likely[1], _REPLAYED, _first_value)
            if replayed >= self._need.after:
                return likely
        return found


def _pool(limits: Limits, connect: Callable[[], Awaitable[Session]]) -> Pool[Session]:
    return Pool(connect, size=limits.pool_size, waiting=limits.waiting, acquire_s=limits.acquire_s)


async def _asked(
    pool: Pool[Session], statement: Statement, call: Callable[[Connection], Awaitable[T]]
) -> T:
    # As `_lent_by`, written out: this is the hot path.
    session = await pool.acquire()
    reusable = False
    try:
        answer = await step(session, statement.name, call, lost=OutcomeUnknown)
        session.check_replicated(statement.name)
        reusable = True
    except HoldfastError:
        reusable = True
        raise
    finally:
        pool.release(session, reusable=reusable)
    return answer


@contextlib.asynccontextmanager
async def _lent_by(pool: Pool[Session]) -> AsyncIterator[Session]:
    session = await pool.acquire()
    reusable = False
    try:
        yield session
        reusable = True
    except Exception:
        reusable = session.is_closed() or not session.connection.is_in_transaction()
        raise
    finally:
        pool.release(session, reusable=reusable)


async def _first_value(connection: Connection) -> Any:
    return await connection.fetchval(_REPLAYED.sql)


async def _is_replica(session: Session) -> bool:
    answer: bool = await step(
        session,
        _IN_RECOVERY.name,
        lambda connection: connection.fetchval(_IN_RECOVERY.sql),
        lost=WrongServer,
    )
    return answer


async def _look(session: Session) -> Facts:
    row = await step(
        session,
        _LOOK.name,
        lambda connection: connection.fetchrow(_LOOK.sql),
        lost=WrongServer,
    )
    assert row is not None
    return Facts(0.0, row["is_leader"], row["timeline"], row["position"] or 0)
