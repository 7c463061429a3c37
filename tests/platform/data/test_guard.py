"""The guard: nothing is lost and nothing is left when processes die, in whatever order."""

import asyncio
import os
import signal
import threading
from pathlib import Path

import pytest

from holdfast.platform.data.cluster_folder import ready_pid
from holdfast.platform.data.database import Database, Limits
from holdfast.platform.data.embedded import ServerPlan
from holdfast.platform.data.queries import Statement
from tests.support.installations import INSTALLATIONS, NAMES, ready_cluster
from tests.support.postgres import Guarded
from tests.support.processes import is_alive, until

pytestmark = pytest.mark.processes
SMALL = Limits(pool_size=1, connect_s=20)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clusters")


@pytest.fixture(params=INSTALLATIONS, ids=NAMES)
def plan(request: pytest.FixtureRequest, made: Path, tmp_path: Path) -> ServerPlan:
    copied = ready_cluster(request.param, made, tmp_path / "data")
    return ServerPlan(copied.data, bin_dir=copied.bin_dir)


def ask(dsn: str, *statements: str) -> object:
    async def run() -> object:
        async with await Database.connect(dsn, limits=SMALL) as database:
            answers = [await database.fetchval(Statement("ask", sql)) for sql in statements]
            return answers[-1]

    return asyncio.run(run())


def server_of(guarded: Guarded) -> int:
    pid = ready_pid(guarded.plan.folder)
    assert pid is not None
    assert is_alive(pid)
    return pid


KEEP = ("CREATE TABLE kept (n int)", "INSERT INTO kept VALUES (42) RETURNING n")
KEPT = "SELECT n FROM kept"


def test_a_new_folder_is_filled_and_announced(tmp_path: Path) -> None:
    guarded = Guarded(ServerPlan(tmp_path / "data"))
    assert list(guarded.said) == ["ready"]
    assert ask(guarded.dsn, "SELECT 1") == 1
    pid = server_of(guarded)
    code, words = guarded.end()
    assert code == 0, words
    assert "created" in words
    assert "server_stopped manner=clean" in words
    assert not is_alive(pid)


def test_a_signal_ends_both(plan: ServerPlan) -> None:
    guarded = Guarded(plan)
    pid = server_of(guarded)
    guarded.process.send_signal(signal.SIGTERM)
    assert guarded.process.wait(30) == 0
    assert not is_alive(pid)
    guarded.end()


def test_a_killed_server_ends_the_guard_and_the_next_recovers(plan: ServerPlan) -> None:
    guarded = Guarded(plan)
    ask(guarded.dsn, *KEEP)
    os.kill(server_of(guarded), signal.SIGKILL)
    assert guarded.process.wait(30) == 1
    _, words = guarded.end()
    assert "server_ended code=-9" in words
    again = Guarded(plan)
    assert ask(again.dsn, KEPT) == 42
    assert again.end()[0] == 0


def test_a_killed_guard_leaves_nothing_that_hinders_the_next(plan: ServerPlan) -> None:
    guarded = Guarded(plan)
    ask(guarded.dsn, *KEEP)
    pid = server_of(guarded)
    guarded.process.kill()
    again = Guarded(plan)
    assert ask(again.dsn, KEPT) == 42
    assert not is_alive(pid)
    assert again.end()[0] == 0
    guarded.end()


def test_everything_killed_at_once_recovers(plan: ServerPlan) -> None:
    guarded = Guarded(plan)
    ask(guarded.dsn, *KEEP)
    pid = server_of(guarded)
    guarded.process.kill()
    os.kill(pid, signal.SIGKILL)
    again = Guarded(plan)
    assert ask(again.dsn, KEPT) == 42
    assert again.end()[0] == 0
    guarded.end()


def test_a_new_guard_waits_for_the_end_of_the_old_one(plan: ServerPlan) -> None:
    first = Guarded(plan)
    ask(first.dsn, *KEEP)
    started: list[Guarded] = []
    waiting = threading.Thread(target=lambda: started.append(Guarded(plan)))
    waiting.start()
    try:
        assert started == []
        assert ask(first.dsn, KEPT) == 42
    finally:
        assert first.end()[0] == 0
        waiting.join(60)
    assert ask(started[0].dsn, KEPT) == 42
    assert started[0].end()[0] == 0


def test_a_mistake_is_told_to_the_parent(tmp_path: Path) -> None:
    guarded = Guarded(ServerPlan(tmp_path / "data", bin_dir=str(tmp_path)))
    assert "no programs of PostgreSQL that run" in guarded.said["mistake"]
    assert guarded.end()[0] == 2


def test_a_mistake_without_a_parent_is_logged(tmp_path: Path) -> None:
    plan = ServerPlan(tmp_path / "data", bin_dir=str(tmp_path))
    guarded = Guarded(plan, {"HOLDFAST_READY_FD": ""})
    code, words = guarded.end()
    assert code == 2
    assert "no programs of PostgreSQL that run" in words


def test_a_parent_that_dies_during_the_first_start_leaves_nothing_running(tmp_path: Path) -> None:
    plan = ServerPlan(tmp_path / "data")
    code, words = Guarded(plan, hang_up_at_once=True).end()
    assert code == 0, words
    assert ready_pid(plan.folder) is None
    again = Guarded(plan)
    assert ask(again.dsn, "SELECT 1") == 1
    assert again.end()[0] == 0
    until(lambda: ready_pid(plan.folder) is None, "the server is gone")
