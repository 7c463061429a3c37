"""Clocks of members that jump: leadership does not depend on them, and nothing is lost."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from holdfast.platform.data.account import account_for
from holdfast.platform.data.binaries import NEEDED_IN_CLUSTER, find_binaries
from holdfast.platform.data.database import Database
from holdfast.platform.data.queries import Statement
from tests.cluster.faults import Fault, survive
from tests.cluster.load import kept_keys
from tests.support.clusters import RealCluster, cluster_here, folder_for_cluster

pytestmark = [pytest.mark.processes, pytest.mark.cluster, pytest.mark.timeout(300)]

LIBRARIES = ("/usr/lib/*/faketime/libfaketime.so.1", "/usr/lib/faketime/libfaketime.so.1")
NOW = Statement("now", "SELECT extract(epoch FROM clock_timestamp())::float8")
HOUR_S = 3600
WRAPPER = """#!/bin/sh
clock=
for word; do
  [ "$before" = -D ] && clock=$word/../clock
  before=$word
done
[ -n "$clock" ] && [ -e "$clock" ] && export LD_PRELOAD={library} FAKETIME_TIMESTAMP_FILE=$clock \\
  FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1
exec {postgres} "$@"
"""
"""A server whose wall clock is set by the file `clock` beside its data folder."""


def _library() -> Path:
    found = [path for pattern in LIBRARIES for path in Path("/").glob(pattern[1:])]
    if not found:
        pytest.skip("libfaketime is not installed: on Debian, apt install faketime")
    return found[0]


def _programs(folder: Path) -> Path:
    """PostgreSQL's programs, with a server whose clock can be set."""
    library = _library()
    binaries = find_binaries(account_for(folder), needed=NEEDED_IN_CLUSTER)
    folder.mkdir(mode=0o755)
    for program in binaries.folder.iterdir():
        if program.name != "postgres":
            (folder / program.name).symlink_to(program)
    wrapper = folder / "postgres"
    wrapper.write_text(WRAPPER.format(library=library, postgres=binaries.program("postgres")))
    wrapper.chmod(0o755)
    return folder


@pytest.fixture(scope="module")
def cluster() -> Iterator[RealCluster]:
    """A cluster whose servers have clocks of their own."""
    with folder_for_cluster() as data:
        programs = _programs(data / "programs")
        for name in ("m1", "m2", "m3"):
            folder = data / "cluster" / name
            folder.mkdir(parents=True, mode=0o700)
            account_for(folder).own(folder)
            _set(folder, 0)
        (data / "cluster").chmod(0o755)
        with cluster_here(data, bin_dir=str(programs)) as running:
            yield running


def _set(folder: Path, ahead_s: int) -> None:
    """How far a member's clock is ahead of the true one, from now on."""
    fresh = folder / "clock.new"
    fresh.write_text(f"{ahead_s:+d}\n")
    fresh.chmod(0o644)
    fresh.rename(folder / "clock")


async def _ahead_s(dsn: str) -> float:
    async with await Database.connect(dsn) as database:
        return float(await database.fetchval(NOW)) - time.time()


@pytest.mark.parametrize("jump_s", [HOUR_S, -HOUR_S])
def test_a_leader_whose_clock_jumps_loses_nothing_and_two_never_lead(
    cluster: RealCluster, jump_s: int
) -> None:
    cluster.wait_healthy()
    seen: list[float] = []

    def jump(_: RealCluster, leader: str) -> None:
        _set(cluster.plan.folder_of(leader), jump_s)
        seen.append(asyncio.run(_ahead_s(cluster.dsn)))

    fault = Fault(
        f"leader's clock jumps by {jump_s} s",
        jump,
        lambda _, leader: _set(cluster.plan.folder_of(leader), 0),
    )
    survived, _ = survive(cluster, fault, kept_keys)
    assert (survived.lost, survived.by_two_leaders) == (0, 0)
    assert all(abs(ahead - jump_s) < 60 for ahead in seen), seen
    print(f"\n{fault.name}: {survived.without_writes_s:.1f} s without writes")


def test_a_replica_whose_clock_jumps_holds_nobody_up(cluster: RealCluster) -> None:
    cluster.wait_healthy()
    replica = cluster.replicas()[0]
    folder = cluster.plan.folder_of(replica)
    fault = Fault(
        "replica's clock jumps",
        lambda *_: _set(folder, HOUR_S),
        lambda *_: _set(folder, 0),
    )
    survived, _ = survive(cluster, fault, kept_keys)
    assert (survived.lost, survived.by_two_leaders) == (0, 0)
    print(f"\n{fault.name}: {survived.without_writes_s:.1f} s without writes")
