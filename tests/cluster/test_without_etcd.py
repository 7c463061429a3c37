"""A machine without etcd: Patroni's own Raft, from packages of Python alone."""

import pytest

from tests.cluster import faults
from tests.cluster.faults import survive
from tests.cluster.load import kept_keys
from tests.support.clusters import cluster_here, folder_for_cluster

pytestmark = [pytest.mark.processes, pytest.mark.cluster, pytest.mark.timeout(300)]


def test_a_killed_leader_is_succeeded_there_too() -> None:
    with (
        folder_for_cluster() as data,
        cluster_here(data, store="raft", fast_failover=False) as cluster,
    ):
        before = cluster.leader()
        survived, _ = survive(cluster, faults.POSTGRES_KILLED, kept_keys)
        assert survived.lost == survived.by_two_leaders == 0
        assert cluster.leader() != before
        print(f"\nPostgreSQL killed, Raft: {survived.without_writes_s:.1f} s without writes")
