"""Trouble that is no crash: named errors, recovery without a hand, nothing acknowledged lost."""

import asyncio
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from holdfast.errors import HoldfastError
from holdfast.platform.data.database import Database, Limits
from holdfast.platform.data.failures import Busy, OutcomeUnknown, Unavailable
from holdfast.platform.data.queries import Statement
from tests.cluster.faults import Fault, survive
from tests.cluster.load import kept_keys
from tests.support.clusters import RealCluster, cluster_here, folder_for_cluster

pytestmark = [pytest.mark.processes, pytest.mark.cluster, pytest.mark.timeout(300)]

QUICK = Limits(pool_size=8, acquire_s=1.0, statement_s=0.5, connect_s=3.0)
ONE = Statement("one", "SELECT 1")
SLEEP = Statement("sleep", "SELECT pg_sleep(30)")
WRITE = Statement("write", "CREATE TABLE IF NOT EXISTS trouble (n int)")
BULK = Statement(
    "bulk",
    "INSERT INTO bulk SELECT n, repeat(md5(n::text), 40) FROM generate_series(1, 10000) AS n",
)
BULK_TABLE = Statement("bulk_table", "CREATE TABLE IF NOT EXISTS bulk (n int, text text)")
MORE_CONNECTIONS_THAN_THERE_ARE = 200
STUCK_S = 6.0
DISK = "260m"
"""A database, its log, and room for a few seconds of load."""


@pytest.mark.parametrize("count", [1, 2])
def test_stuck_replicas_stop_writes_at_most_until_one_is_back(
    cluster: RealCluster, count: int
) -> None:
    """One of two is not missed; without both, a write waits for the first that is back."""
    cluster.wait_healthy()
    servers = [cluster.postgres(name) for name in cluster.replicas()[:count]]
    assert len(servers) == count

    def signal_all(number: signal.Signals) -> None:
        for server in servers:
            for pid in (server, *_children(server)):
                with suppress(ProcessLookupError):
                    os.kill(pid, number)

    def stick(*_: object) -> None:
        signal_all(signal.SIGSTOP)  # without both no write ends the wait, so it ends by itself
        threading.Timer(STUCK_S, signal_all, (signal.SIGCONT,)).start()

    survived, _ = survive(cluster, Fault(f"{count} of 2 replicas stuck", stick), kept_keys)
    assert survived.lost == 0
    print(f"\n{count} of 2 replicas stuck: {survived.without_writes_s:.1f} s without writes")


async def test_a_flood_of_slow_queries_ends_in_named_errors_and_then_all_is_well(
    cluster: RealCluster,
) -> None:
    async with await Database.connect(cluster.dsn, limits=QUICK) as database:
        asked = [database.fetchval(SLEEP) for _ in range(100)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert all(isinstance(answer, Unavailable) for answer in answers)
        assert any(isinstance(answer, Busy) for answer in answers)
        assert any("statement timeout" in str(answer) for answer in answers)
        async with asyncio.timeout(20):
            assert await database.fetchval(ONE) == 1
            await database.execute(WRITE)


async def test_too_many_connections_are_refused_by_name_and_those_that_are_open_go_on(
    cluster: RealCluster,
) -> None:
    greedy = Limits(pool_size=MORE_CONNECTIONS_THAN_THERE_ARE, acquire_s=5, connect_s=5)
    async with await Database.connect(cluster.dsn, limits=QUICK) as early:
        assert await early.fetchval(ONE) == 1
        async with AsyncExitStack() as held:
            hog = await held.enter_async_context(await Database.connect(cluster.dsn, limits=greedy))
            with pytest.raises(Unavailable, match=r"too many|remaining connection slots"):
                await _hold_all(hog, held)
            async with asyncio.timeout(20):
                assert await _answered(early) == 1
            assert cluster.is_healthy(), "Patroni keeps its own connections"
        async with await Database.connect(cluster.dsn, limits=QUICK) as late:
            assert await late.fetchval(ONE) == 1


async def _hold_all(database: Database, held: AsyncExitStack) -> None:
    for _ in range(MORE_CONNECTIONS_THAN_THERE_ARE):
        await held.enter_async_context(database.transaction())


async def _answered(database: Database) -> object:
    """The answer of a door whose connections were open before."""
    while True:
        with suppress(Unavailable):
            return await database.fetchval(ONE)
        await asyncio.sleep(0.05)


@pytest.fixture
def on_a_small_disk() -> Iterator[tuple[RealCluster, Path]]:
    """A cluster whose first member, the leader, lies on a small file system; and that place."""
    if os.geteuid() != 0:
        pytest.skip("a small file system is mounted by root only")
    with folder_for_cluster() as data:
        small = data / "cluster" / "m1"
        small.mkdir(parents=True, mode=0o700)
        (data / "cluster").chmod(0o755)
        with _mounted(small), cluster_here(data) as running:
            yield running, small


@contextmanager
def _mounted(folder: Path) -> Iterator[None]:
    options = f"size={DISK},mode=0700,uid=65534,gid=65534"
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)],
        check=False,
        capture_output=True,
        text=True,
    )
    if mounted.returncode:
        pytest.skip(f"a small file system is mounted by root only ({mounted.stderr.strip()})")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=False)


def test_a_leader_whose_disk_is_full_says_so_or_is_succeeded_and_nothing_is_lost(
    on_a_small_disk: tuple[RealCluster, Path],
) -> None:
    cluster, small = on_a_small_disk
    filler = small / "filler"
    errors: list[str] = []

    def fill(*_: object) -> None:
        free = shutil.disk_usage(small).free
        with suppress(OSError), filler.open("wb") as file:
            for _ in range(free // 4096 + 1):
                file.write(b"x" * 4096)
        errors.extend(asyncio.run(_bulk_errors(cluster.dsn)))
        filler.unlink()  # somebody makes room; nothing is started again by hand

    fault = Fault("disk full", fill)
    survived, _ = survive(cluster, fault, kept_keys)
    assert survived.lost == 0
    assert any("No space left on device" in said or "lost" in said for said in errors), errors
    print(f"\n{fault.name}: {survived.without_writes_s:.1f} s without writes; {errors[:2]}")


async def _bulk_errors(dsn: str) -> list[str]:
    """What is said to someone who writes much, until somebody else leads or nothing is said."""
    said: list[str] = []
    deadline = time.monotonic() + 30.0
    async with await Database.connect(dsn, limits=Limits(pool_size=1, acquire_s=2)) as database:
        while not said and time.monotonic() < deadline:
            try:
                await database.execute(BULK_TABLE)
                await database.execute(BULK)
            except (Unavailable, OutcomeUnknown) as error:
                said.append(str(error))
            except HoldfastError as error:
                said.append(f"{type(error).__name__}: {error}")
    return said


def _children(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(word) for word in text.split()]
