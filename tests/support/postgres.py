"""Fixtures of real PostgreSQL: one embedded server for a test session, a database for each test.

`postgres.clone("grading", prepare)` gives an address of a fresh database in some 30 ms: `prepare`
fills a template once (migrations), every test gets a copy and drops it. Each pytest-xdist worker
has a server of its own. The server ends with the session, also when the session is killed.
"""

import asyncio
import atexit
import json
import os
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

import pytest

from holdfast.platform.data.database import Database, Limits
from holdfast.platform.data.embedded import ServerPlan, dsn_file
from holdfast.platform.data.failures import StatementRejected
from holdfast.platform.data.guard import argv_of_guard
from holdfast.platform.data.queries import Statement
from holdfast.platform.runtime.announce import PARENT_VARIABLE, READY_VARIABLE

SMALL = Limits(pool_size=1, connect_s=20, statement_s=60)
START_S = 60.0
DROP_TRIES = 100
DROP_PAUSE_S = 0.1
SOURCE = Path(__file__).resolve().parents[2] / "src"


class Guarded:
    """A guard process with its gate and lifeline, as the supervisor would hold them."""

    def __init__(
        self,
        plan: ServerPlan,
        environment: dict[str, str] | None = None,
        *,
        hang_up_at_once: bool = False,
    ) -> None:
        plan.data.mkdir(parents=True, exist_ok=True)
        gate, gate_end = os.pipe()
        lifeline_end, self.lifeline = os.pipe()
        self.plan = plan
        self._logged = b""
        self.process = subprocess.Popen(
            argv_of_guard(plan),
            env={
                **{name: text for name, text in os.environ.items() if name != "PG_BINDIR"},
                "PYTHONPATH": str(SOURCE),
                READY_VARIABLE: str(gate_end),
                PARENT_VARIABLE: str(lifeline_end),
                **(environment or {}),
            },
            pass_fds=(gate_end, lifeline_end),
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        os.close(gate_end)
        os.close(lifeline_end)
        if hang_up_at_once:
            self.hang_up()
        with os.fdopen(gate, "rb") as file:
            self.said = json.loads(file.readline() or b"{}")

    @property
    def dsn(self) -> str:
        return dsn_file(self.plan.data).read_text().strip()

    def hang_up(self) -> None:
        """What the death of a supervisor looks like to the guard."""
        if self.lifeline >= 0:
            os.close(self.lifeline)
            self.lifeline = -1

    def wait_logged(self, word: str) -> None:
        """Return when it has logged a word; what comes later is for `end`."""
        assert self.process.stderr is not None
        while word.encode() not in self._logged:
            more = os.read(self.process.stderr.fileno(), 65_536)
            assert more, f"it ended without {word}: {self._logged.decode()}"
            self._logged += more

    def end(self) -> tuple[int, str]:
        """Hang up and wait; the exit code and everything it logged."""
        self.hang_up()
        _, errors = self.process.communicate(timeout=START_S)
        return self.process.returncode, (self._logged + errors).decode()


class TestPostgres:
    """The session's server."""

    __test__ = False

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        self._templates: set[str] = set()
        self._clones = 0

    def address(self, database: str) -> str:
        """The address of one database on this server."""
        base, _, rest = self.dsn.rpartition("/holdfast")
        return f"{base}/{database}{rest}"

    @asynccontextmanager
    async def clone(
        self,
        template: str = "empty",
        prepare: Callable[[str], Awaitable[None]] | None = None,
    ) -> AsyncIterator[str]:
        """The address of a new database like `template`, which `prepare(address)` fills once."""
        self._clones += 1
        name = f"clone_{os.getpid()}_{self._clones}"
        source = f"template_{template}"
        async with await Database.connect(self.dsn, limits=SMALL) as admin:
            if template not in self._templates:
                await _admin(admin, f"DROP DATABASE IF EXISTS {source} WITH (FORCE)")
                await _admin(admin, f"CREATE DATABASE {source}")
                if prepare is not None:
                    await prepare(self.address(source))
                self._templates.add(template)
            await _admin(admin, f"CREATE DATABASE {name} TEMPLATE {source}")
            try:
                yield self.address(name)
            finally:
                await _drop(admin, name)


async def _drop(admin: Database, name: str) -> None:
    """Drop a test's database. The server's own vacuum may be in it, which our role may not end:
    it is gone in a moment."""
    for _ in range(DROP_TRIES):
        try:
            await _admin(admin, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        except StatementRejected as refused:
            if "being terminated" not in str(refused):
                raise
            await asyncio.sleep(DROP_PAUSE_S)
        else:
            return
    raise AssertionError(f"{name} cannot be dropped")


async def _admin(database: Database, sql: str) -> None:
    await database.execute(Statement("admin", sql))


@cache
def _started(folder: Path) -> TestPostgres:
    guarded = Guarded(ServerPlan(folder, durable=False))
    atexit.register(guarded.end)
    assert "ready" in guarded.said, guarded.said
    return TestPostgres(guarded.dsn)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> TestPostgres:
    """The session's embedded server; not safe against power loss, for speed.

    Every room imports this fixture into its own conftest, and all get the same server.
    """
    folder = tmp_path_factory.getbasetemp() / "postgres"
    return _started(folder)


@pytest.fixture
async def dsn(postgres: TestPostgres) -> AsyncIterator[str]:
    """The address of an empty database of the test's own."""
    async with postgres.clone() as address:
        yield address


@pytest.fixture
async def database(dsn: str) -> AsyncIterator[Database]:
    """An open door to an empty database of the test's own."""
    opened = await Database.connect(dsn, limits=Limits(pool_size=4))
    try:
        yield opened
    finally:
        async with asyncio.timeout(10):
            await opened.close()
