"""The data door on a real server: every wait has an end, every failure a meaning."""
# ruff: noqa: PT012  the end of a transaction's block is what raises

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import pytest

from holdfast.errors import DefiniteError, IndefiniteError, Mistake
from holdfast.platform.data.database import Database, Limits, Transaction
from holdfast.platform.data.failures import (
    Busy,
    Conflict,
    ConstraintViolated,
    OutcomeUnknown,
    StatementRejected,
    Unavailable,
)
from holdfast.platform.data.queries import Statement
from holdfast.platform.data.settings import DatabaseSettings

WAIT_S = 30.0


def sql(text: str, name: str = "test") -> Statement:
    return Statement(name, text)


ME = sql("SELECT pg_backend_pid()")
SLEEP = sql("SELECT pg_sleep(1000)", "sleep")


@pytest.fixture
async def pets(database: Database) -> Database:
    await database.execute(
        sql("CREATE TABLE pets (id int CONSTRAINT one_pet PRIMARY KEY, name text NOT NULL, n int)")
    )
    return database


ADD = sql("INSERT INTO pets VALUES ($1, $2)", "add_pet")
COUNT = sql("SELECT count(*) FROM pets")


async def test_rows_values_and_counts_come_back(pets: Database) -> None:
    assert await pets.execute(ADD, 1, "Rex") == 1
    await pets.executemany(ADD, [(2, "Tom"), (3, "Kim")])
    rows = await pets.fetch(sql("SELECT id, name FROM pets ORDER BY id"))
    assert [dict(row) for row in rows][1] == {"id": 2, "name": "Tom"}
    first = await pets.fetchrow(sql("SELECT name FROM pets WHERE id = $1"), 1)
    assert first is not None
    assert first["name"] == "Rex"
    assert await pets.fetchrow(sql("SELECT 1 WHERE false")) is None
    assert await pets.fetchval(COUNT) == 3
    assert await pets.execute(sql("DELETE FROM pets WHERE id > $1"), 1) == 2
    assert await pets.execute(sql("CREATE TABLE other (id int)")) == 0


async def test_executemany_is_all_or_nothing(pets: Database) -> None:
    with pytest.raises(ConstraintViolated):
        await pets.executemany(ADD, [(1, "Rex"), (2, "Tom"), (1, "Rex")])
    assert await pets.fetchval(COUNT) == 0


async def test_many_rows_are_copied_all_or_nothing(pets: Database) -> None:
    await pets.copy("pets", ("id", "name"), [(1, "Rex"), (2, "Tom")])
    with pytest.raises(ConstraintViolated, match="copy_pets"):
        await pets.copy("pets", ("id", "name"), [(3, "Kim"), (1, "Rex")])
    with pytest.raises(StatementRejected):
        await pets.copy("pets", ("id", "no_such_column"), [(4, "Ann")])
    async with pets.transaction() as work:
        await work.copy("pets", ("name", "id"), [("Ann", 4)])
    rows = await pets.fetch(sql("SELECT name FROM pets ORDER BY id"))
    assert [row["name"] for row in rows] == ["Rex", "Tom", "Ann"]


async def test_a_transaction_commits_at_its_end(pets: Database) -> None:
    async with pets.transaction() as work:
        await work.execute(ADD, 1, "Rex")
        assert await work.fetchval(COUNT) == 1
        assert await pets.fetchval(COUNT) == 0
    assert await pets.fetchval(COUNT) == 1


async def test_a_transaction_leaves_nothing_after_an_error(pets: Database) -> None:
    with pytest.raises(RuntimeError, match="own"):
        async with pets.transaction() as work:
            await work.execute(ADD, 1, "Rex")
            raise RuntimeError("own")
    assert await pets.fetchval(COUNT) == 0


async def test_a_transaction_leaves_nothing_after_cancellation(pets: Database) -> None:
    inside = asyncio.Event()

    async def work_for_ever() -> None:
        async with pets.transaction() as work:
            await work.execute(ADD, 1, "Rex")
            inside.set()
            await work.fetch(SLEEP)

    task = asyncio.create_task(work_for_ever())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await pets.fetchval(COUNT) == 0


async def test_a_readonly_transaction_refuses_writes(pets: Database) -> None:
    with pytest.raises(Unavailable, match="read-only"):
        async with pets.transaction(readonly=True) as work:
            await work.execute(ADD, 1, "Rex")


async def test_a_violated_constraint_is_told_by_its_name(pets: Database) -> None:
    await pets.execute(ADD, 1, "Rex")
    with pytest.raises(ConstraintViolated, match="add_pet") as caught:
        await pets.execute(ADD, 1, "Rex")
    assert (caught.value.constraint, caught.value.statement) == ("one_pet", "add_pet")
    with pytest.raises(ConstraintViolated) as caught:
        await pets.execute(ADD, 2, None)
    assert caught.value.constraint == "name"


@pytest.mark.parametrize(
    ("statement", "values"),
    [
        ("SELEC 1", ()),
        ("SELECT * FROM nothing", ()),
        ("SELECT $1::int", ("x",)),
        ("SELECT $1::int", (2**40,)),
        ("SELECT $1::int", ()),
        ("SELECT 1 / $1::int", (0,)),
        ("SELECT $1::text", ("a\0b",)),
    ],
)
async def test_wrong_statements_and_values_are_errors_of_the_program(
    database: Database, statement: str, values: tuple[object, ...]
) -> None:
    with pytest.raises(StatementRejected, match="broken"):
        await database.fetch(sql(statement, "broken"), *values)
    assert await database.fetchval(sql("SELECT 1")) == 1


async def test_a_statement_that_runs_too_long_is_ended_by_the_server(dsn: str) -> None:
    async with await Database.connect(dsn, limits=Limits(statement_s=0.1)) as database:
        with pytest.raises(Unavailable, match="sleep: canceling statement due to statement"):
            await database.fetch(SLEEP)
        assert await database.fetchval(sql("SELECT 1")) == 1


async def test_waiting_for_a_lock_has_an_end(pets: Database, dsn: str) -> None:
    await pets.execute(ADD, 1, "Rex")
    change = sql("UPDATE pets SET name = 'x' WHERE id = 1", "change")
    limits = Limits(lock_s=0.05)
    async with await Database.connect(dsn, limits=limits) as impatient, pets.transaction() as work:
        await work.execute(change)
        with pytest.raises(Conflict, match="lock timeout"):
            await impatient.execute(change)


async def test_waiting_for_a_connection_has_an_end(dsn: str) -> None:
    limits = Limits(pool_size=1, acquire_s=0.05, waiting=1)
    async with await Database.connect(dsn, limits=limits) as database, database.transaction():
        with pytest.raises(Busy, match=r"no database connection in 0.05 s"):
            await database.fetch(ME)


async def test_the_queue_for_connections_has_an_end(dsn: str) -> None:
    limits = Limits(pool_size=1, waiting=2)
    async with await Database.connect(dsn, limits=limits) as database:
        async with database.transaction():
            waiting = [asyncio.create_task(database.fetchval(ME)) for _ in range(2)]
            await asyncio.sleep(0)
            with pytest.raises(Busy, match="2 callers are waiting"):
                await database.fetch(ME)
        assert len(set(await asyncio.gather(*waiting))) == 1


async def test_work_that_conflicts_is_run_again(pets: Database) -> None:
    await pets.execute(sql("INSERT INTO pets VALUES (1, 'Rex', 0)"))

    async def count_up(work: Transaction) -> None:
        n = await work.fetchval(sql("SELECT n FROM pets WHERE id = 1"))
        await asyncio.sleep(0)
        await work.execute(sql("UPDATE pets SET n = $1 WHERE id = 1"), n + 1)

    done = 0
    for _ in range(4):
        results = await asyncio.gather(
            *(pets.transact(count_up, isolation="serializable") for _ in range(3)),
            return_exceptions=True,
        )
        assert all(result is None or isinstance(result, Conflict) for result in results)
        done += results.count(None)
    assert done >= 4
    assert await pets.fetchval(sql("SELECT n FROM pets")) == done


async def test_conflicts_are_told_in_the_end(pets: Database) -> None:
    tries: list[int] = []

    async def never(work: Transaction) -> None:
        tries.append(1)
        raise Conflict("always")

    with pytest.raises(Conflict, match="always"):
        await pets.transact(never)
    assert len(tries) == 5


async def test_connections_are_given_back_without_a_round_trip_and_reused(dsn: str) -> None:
    async with await Database.connect(dsn, limits=Limits(pool_size=1)) as database:
        assert len({await database.fetchval(ME) for _ in range(5)}) == 1
        state = sql("SELECT query FROM pg_stat_activity WHERE pid = pg_backend_pid()")
        await database.fetch(ME)
        assert "UNLISTEN" not in await database.fetchval(state)


async def test_the_server_sees_name_limits_and_schema(dsn: str) -> None:
    limits = Limits(statement_s=2.5, lock_s=1.5, idle_in_transaction_s=3)
    async with await Database.connect(dsn, limits=limits, schema="zoo", name="test-1") as database:
        shown = {
            name: await database.fetchval(sql("SELECT current_setting($1)"), name)
            for name in ("application_name", "statement_timeout", "lock_timeout", "search_path")
        }
    assert shown == {
        "application_name": "test-1",
        "statement_timeout": "2500ms",
        "lock_timeout": "1500ms",
        "search_path": "zoo, public",
    }


async def test_limits_come_from_the_settings() -> None:
    limits = Limits.of(DatabaseSettings(pool_size=3, statement_s=7.0, waiting=9))
    assert (limits.pool_size, limits.statement_s, limits.waiting) == (3, 7.0, 9)


async def end_of(database: Database, pid: int) -> None:
    """End a session and wait until the server has forgotten it."""
    await database.fetch(sql("SELECT pg_terminate_backend($1)"), pid)
    session = sql("SELECT 1 FROM pg_stat_activity WHERE pid = $1")
    async with asyncio.timeout(WAIT_S):
        while await database.fetch(session, pid):
            await asyncio.sleep(0.01)


async def asleep(database: Database, pid: int) -> None:
    """Wait until a session sleeps in its statement."""
    session = sql("SELECT 1 FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'PgSleep'")
    async with asyncio.timeout(WAIT_S):
        while not await database.fetch(session, pid):
            await asyncio.sleep(0.01)


async def test_an_answer_that_was_lost_may_have_been_done(database: Database, dsn: str) -> None:
    async with await Database.connect(dsn, limits=Limits(pool_size=1)) as other:
        pid = await other.fetchval(ME)
        lost = asyncio.create_task(other.fetch(SLEEP))
        await asleep(database, pid)
        await end_of(database, pid)
        with pytest.raises(OutcomeUnknown, match="sleep"):
            await lost
        assert issubclass(OutcomeUnknown, IndefiniteError)
        assert await other.fetchval(ME) != pid


async def test_a_transaction_that_lost_its_connection_left_nothing(
    pets: Database, dsn: str
) -> None:
    async with await Database.connect(dsn, limits=Limits(pool_size=1)) as other:
        with pytest.raises(Unavailable) as caught:
            async with other.transaction() as work:
                await work.execute(ADD, 1, "Rex")
                await end_of(pets, await work.fetchval(ME))
                await work.execute(ADD, 2, "Tom")
        assert isinstance(caught.value, DefiniteError)
    assert await pets.fetchval(COUNT) == 0


async def test_a_connection_lost_before_the_commit_is_no_success(pets: Database, dsn: str) -> None:
    async with await Database.connect(dsn, limits=Limits(pool_size=1)) as other:
        # definite when the loss was noticed before, indefinite when COMMIT was on its way
        with pytest.raises((Unavailable, OutcomeUnknown), match="COMMIT"):
            async with other.transaction() as work:
                await work.execute(ADD, 1, "Rex")
                await end_of(pets, await work.fetchval(ME))
    assert await pets.fetchval(COUNT) == 0


SLOW_COMMIT = """
CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_sleep(1000); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON pets DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION slow();
"""


async def test_a_commit_whose_answer_was_lost_may_have_happened(pets: Database, dsn: str) -> None:
    async with pets.scripts() as scripts:
        await scripts.run("slow", SLOW_COMMIT)
    async with await Database.connect(dsn, limits=Limits(pool_size=1)) as other:

        async def insert() -> None:
            async with other.transaction() as work:
                await work.execute(ADD, 1, "Rex")

        pid = await other.fetchval(ME)
        task = asyncio.create_task(insert())
        await asleep(pets, pid)
        await end_of(pets, pid)
        with pytest.raises(OutcomeUnknown, match="COMMIT"):
            await task


async def test_an_idle_connection_that_was_killed_is_replaced(database: Database, dsn: str) -> None:
    async with await Database.connect(dsn, limits=Limits(pool_size=1)) as other:
        pid = await other.fetchval(ME)
        await end_of(database, pid)
        with contextlib.suppress(OutcomeUnknown):  # it may be asked before its end is noticed
            await other.fetchval(ME)
        assert await other.fetchval(ME) != pid


class Relay:
    """Stands between client and server, and can fall silent like a cut network."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._silent = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0

    def fall_silent(self) -> None:
        self._silent.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream, downstream = await asyncio.open_unix_connection(self._path)
        for source, target in ((reader, downstream), (upstream, writer)):
            task = asyncio.create_task(self._copy(source, target))
            self._tasks.add(task)

    async def _copy(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(65536):
                if not self._silent.is_set():
                    target.write(data)
        except ConnectionError:
            return
        finally:
            target.close()

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator["Relay"]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)


@pytest.fixture
async def relay(dsn: str) -> AsyncIterator[Relay]:
    folder = dsn.partition("?host=")[2].replace("%2F", "/")
    async with Relay(f"{folder}/.s.PGSQL.5432").open() as opened:
        yield opened


def through(relay: Relay, dsn: str) -> str:
    return dsn.partition("?")[0].replace("@/", f"@127.0.0.1:{relay.port}/")


async def test_a_server_that_is_cut_off_is_given_up_in_time(
    relay: Relay, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("holdfast.platform.data.driver.ANSWER_MARGIN_S", 0.1)
    limits = Limits(pool_size=1, statement_s=0.2, connect_s=0.3, acquire_s=0.3)
    async with await Database.connect(through(relay, dsn), limits=limits) as database:
        await database.fetch(ME)
        relay.fall_silent()
        with pytest.raises(OutcomeUnknown, match="did not answer in time"):
            await database.fetch(ME)
        with pytest.raises(Unavailable):
            await database.fetch(ME)


async def test_a_server_cut_off_in_a_transaction_left_nothing(
    relay: Relay, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("holdfast.platform.data.driver.ANSWER_MARGIN_S", 0.1)
    limits = Limits(pool_size=1, statement_s=0.2)
    async with await Database.connect(through(relay, dsn), limits=limits) as database:
        with pytest.raises(Unavailable, match="did not answer in time"):
            async with database.transaction() as work:
                relay.fall_silent()
                await work.fetch(ME)


async def test_a_cancelled_statement_gives_its_connection_back(dsn: str) -> None:
    async with await Database.connect(dsn, limits=Limits(pool_size=1)) as database:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await database.fetch(SLEEP)
        assert await database.fetchval(sql("SELECT 1")) == 1


async def test_a_commit_that_was_not_safely_replicated_is_not_called_done(
    pets: Database,
) -> None:
    warn = """DO $$ BEGIN RAISE WARNING
        'canceling wait for synchronous replication due to user request'; END $$"""
    with pytest.raises(OutcomeUnknown, match=r"write: .*synchronous replication"):
        await pets.execute(sql(warn, "write"))
    await pets.execute(sql("DO $$ BEGIN RAISE WARNING 'hot today'; END $$"))


async def test_scripts_have_a_connection_of_their_own_and_are_one_transaction(
    database: Database,
) -> None:
    with pytest.raises(StatementRejected, match="second"):
        async with database.scripts() as scripts:
            await scripts.run("first", "CREATE TABLE a (id int); INSERT INTO a VALUES (1);")
            assert await scripts.fetchval(sql("SELECT id FROM a")) == 1
            assert await scripts.fetchval(ME) != await database.fetchval(ME)
            await scripts.run("second", "SELECT 1; NONSENSE;")
    with pytest.raises(StatementRejected):
        await database.fetch(sql("SELECT * FROM a"))


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("holdfast:", "nobody_here:"), "refuses the address"),
        (("/clone", "/none"), "refuses the address.*does not exist"),
        (("postgresql://", "mysql://"), "is not valid"),
    ],
)
async def test_a_wrong_address_is_a_mistake(
    dsn: str, change: tuple[str, str], complaint: str
) -> None:
    with pytest.raises(Mistake, match=complaint):
        await Database.connect(dsn.replace(*change))


async def test_a_wrong_password_is_a_mistake_that_does_not_show_it(dsn: str) -> None:
    before, _, after = dsn.partition("@")
    wrong = before.rpartition(":")[0] + ":hunter2@" + after
    with pytest.raises(Mistake, match="refuses the address") as caught:
        await Database.connect(wrong)
    assert "hunter2" not in str(caught.value)


async def test_nobody_listening_is_unavailable() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        with pytest.raises(Unavailable, match="cannot be reached"):
            await Database.connect(f"postgresql://x:y@127.0.0.1:{port}/z")


async def test_a_server_that_accepts_and_says_nothing_is_unavailable_in_time() -> None:
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen(1)
        port = mute.getsockname()[1]
        with pytest.raises(Unavailable, match="cannot be reached"):
            await Database.connect(
                f"postgresql://x:y@127.0.0.1:{port}/z", limits=Limits(connect_s=0.2)
            )


async def test_closing_does_not_wait_for_ever(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("holdfast.platform.data.database.CLOSE_S", 0.1)
    database = await Database.connect(dsn)
    running = asyncio.create_task(database.fetch(SLEEP))
    await asyncio.sleep(0)
    async with asyncio.timeout(WAIT_S):
        await database.close()
        with pytest.raises((OutcomeUnknown, Unavailable)):
            await running


async def test_asking_after_the_end_is_unavailable(dsn: str) -> None:
    database = await Database.connect(dsn)
    await database.close()
    with pytest.raises(Unavailable):
        await database.fetch(ME)
