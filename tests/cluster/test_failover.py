"""The promises of docs/reference/failover.md: what was acknowledged stays, whoever dies.

Each test breaks one thing under a load of eight writers, waits until writes go on, and holds every
acknowledged write against the new leader. Times are measured and printed, never judged here.
"""

import signal

import pytest

from tests.cluster import faults
from tests.cluster.faults import Fault, survive
from tests.cluster.load import kept_keys
from tests.support.clusters import RealCluster

pytestmark = [pytest.mark.processes, pytest.mark.cluster, pytest.mark.timeout(300)]


def nothing_is_lost(cluster: RealCluster, fault: Fault) -> tuple[str, str]:
    """Survive the fault; the leader before and after it."""
    before = cluster.leader()
    survived, _ = survive(cluster, fault, kept_keys)
    assert survived.lost == 0, f"of {survived.acknowledged} acknowledged writes"
    assert survived.by_two_leaders == 0
    print(
        f"\n{fault.name}: {survived.without_writes_s:.1f} s without writes, "
        f"{survived.without_reads_s:.1f} s without reads, {survived.acknowledged} acknowledged"
    )
    return before, cluster.leader()


@pytest.mark.parametrize(
    "fault",
    [
        faults.POSTGRES_KILLED,
        faults.MEMBER_KILLED,
        faults.MEMBER_FROZEN,
        faults.SWITCHOVER,
    ],
    ids=lambda fault: fault.name,
)
def test_a_leader_is_succeeded_and_nothing_acknowledged_is_lost(
    cluster: RealCluster, fault: Fault
) -> None:
    before, after = nothing_is_lost(cluster, fault)
    assert after != before


@pytest.mark.parametrize(
    "fault", [faults.PATRONI_KILLED, faults.STORE_KILLED], ids=lambda fault: fault.name
)
def test_a_leader_stays_when_it_need_not_go(cluster: RealCluster, fault: Fault) -> None:
    nothing_is_lost(cluster, fault)


def test_the_loss_of_a_replica_takes_no_leader_away(cluster: RealCluster) -> None:
    replica = cluster.replicas()[0]
    fault = Fault(
        "replica killed",
        lambda c, _: c.signal_member(replica, signal.SIGKILL),
        lambda c, _: c.revive(replica),
    )
    before, after = nothing_is_lost(cluster, fault)
    assert after == before


def test_a_leader_that_is_cut_off_is_succeeded_and_acknowledges_nothing(
    cluster_apart: RealCluster,
) -> None:
    before, after = nothing_is_lost(cluster_apart, faults.CUT_OFF)
    assert after != before
