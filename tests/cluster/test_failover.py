"""The promises of docs/reference/failover.md: what was acknowledged stays, whoever dies.

Each test breaks one thing under a load of eight writers, waits until writes go on, and holds every
acknowledged write against the new leader. Times are measured and printed, never judged here.
"""

import asyncio
import os
import signal
import time
from collections.abc import Callable

import pytest

from holdfast.platform.data.database import Database, Limits
from holdfast.platform.data.queries import Statement
from tests.support.clusters import Journal, Load, RealCluster
from tests.support.processes import until

pytestmark = [pytest.mark.processes, pytest.mark.timeout(240), pytest.mark.xdist_group("cluster")]

BEFORE = 200
"""Writes before the fault."""
AFTER = 200
WITHIN_S = 60.0
KEYS = Statement("keys", "SELECT key FROM kept")


def kept_keys(dsn: str) -> set[str]:
    """All keys that the leader has."""

    async def ask() -> set[str]:
        limits = Limits(pool_size=1, statement_s=20, acquire_s=20)
        async with await Database.connect(dsn, limits=limits) as database:
            return {row["key"] for row in await database.fetch(KEYS)}

    return asyncio.run(ask())


def under_load(
    cluster: RealCluster, name: str, fault: Callable[[], object], mend: Callable[[], object]
) -> Journal:
    """Break something under load, wait for writes, mend it; nothing acknowledged may be lost."""
    load = Load(cluster)
    load.wait_writes(BEFORE, WITHIN_S)
    began = time.monotonic()
    fault()
    until(lambda: time.monotonic() - began > 1.0, "a second after the fault")
    load.wait_writes(AFTER, WITHIN_S)
    mend()
    cluster.wait_healthy()
    load.wait_writes(AFTER, WITHIN_S)
    journal = load.end()
    missing = {write.key for write in journal.writes} - kept_keys(cluster.dsn)
    assert not missing, f"{len(missing)} of {len(journal.writes)} acknowledged writes are lost"
    assert not journal.two_leaders()
    print(
        f"\n{name}: {journal.without_writes_s(began):.1f} s without writes, "
        f"{journal.without_reads_s(began):.1f} s without reads, "
        f"{len(journal.writes)} acknowledged, 0 lost"
    )
    return journal


def test_a_killed_postgresql_is_succeeded_by_its_synchronous_replica(cluster: RealCluster) -> None:
    leader = cluster.leader()
    under_load(
        cluster,
        "PostgreSQL killed",
        lambda: os.kill(cluster.postgres(leader), signal.SIGKILL),
        lambda: None,
    )
    assert cluster.leader() != leader


def test_a_killed_patroni_is_started_again_beside_its_server(cluster: RealCluster) -> None:
    leader = cluster.leader()
    under_load(
        cluster,
        "Patroni killed",
        lambda: os.kill(cluster.patroni(leader), signal.SIGKILL),
        lambda: None,
    )


def test_a_member_that_dies_whole_is_succeeded(cluster: RealCluster) -> None:
    leader = cluster.leader()
    under_load(
        cluster,
        "member killed",
        lambda: cluster.signal_member(leader, signal.SIGKILL),
        lambda: cluster.revive(leader),
    )
    assert cluster.leader() != leader


def test_a_frozen_leader_that_thaws_takes_no_more_writes(cluster: RealCluster) -> None:
    leader = cluster.leader()
    under_load(
        cluster,
        "member stopped (SIGSTOP)",
        lambda: cluster.signal_member(leader, signal.SIGSTOP),
        lambda: cluster.signal_member(leader, signal.SIGCONT),
    )
    assert cluster.leader() != leader


def test_a_planned_switchover_loses_nothing(cluster: RealCluster) -> None:
    leader = cluster.leader()
    under_load(
        cluster,
        "switchover",
        lambda: cluster.tell(leader, "/switchover", {"leader": leader}),
        lambda: None,
    )
    assert cluster.leader() != leader


def test_the_loss_of_a_synchronous_replica_stops_writes_for_a_moment_only(
    cluster: RealCluster,
) -> None:
    leader = cluster.leader()
    replica = cluster.replica(synchronous=True)
    under_load(
        cluster,
        "synchronous replica killed",
        lambda: cluster.signal_member(replica, signal.SIGKILL),
        lambda: cluster.revive(replica),
    )
    assert cluster.leader() == leader


def test_the_loss_of_one_store_takes_no_leader_away(cluster: RealCluster) -> None:
    leader = cluster.leader()
    under_load(
        cluster,
        "one etcd killed",
        lambda: cluster.kill_store(leader),
        lambda: cluster.revive_store(leader),
    )


def test_a_leader_that_is_cut_off_is_succeeded_and_acknowledges_nothing(
    cluster_apart: RealCluster,
) -> None:
    leader = cluster_apart.leader()
    under_load(
        cluster_apart,
        "leader cut off",
        lambda: cluster_apart.cut(leader),
        lambda: cluster_apart.mend(leader),
    )
    assert cluster_apart.leader() != leader
