"""The faults that a cluster survives, each with how it is done and undone."""

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.support.clusters import Journal, Load, RealCluster
from tests.support.processes import until

BEFORE = 200
"""Writes before the fault."""
AFTER = 200
"""Writes after it, and after the mend."""
WITHIN_S = 90.0
PAUSE_S = 1.0
"""The fault lasts at least so long, or its effect might be missed."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is done to the leader (its name), and how it is undone.

    `apart`: it needs members whose lines can be cut.
    """

    name: str
    strike: Callable[[RealCluster, str], object]
    mend: Callable[[RealCluster, str], object] = lambda _, __: None
    apart: bool = False
    lasts_s: float = PAUSE_S


@dataclass(frozen=True, slots=True)
class Survived:
    """What it took: seconds without an acknowledged write, without an answered read."""

    without_writes_s: float
    without_reads_s: float
    acknowledged: int
    lost: int
    by_two_leaders: int


POSTGRES_KILLED = Fault(
    "PostgreSQL killed", lambda c, leader: os.kill(c.postgres(leader), signal.SIGKILL)
)
PATRONI_KILLED = Fault(
    "Patroni killed", lambda c, leader: os.kill(c.patroni(leader), signal.SIGKILL)
)
MEMBER_KILLED = Fault(
    "member killed",
    lambda c, leader: c.signal_member(leader, signal.SIGKILL),
    lambda c, leader: c.revive(leader),
)
MEMBER_FROZEN = Fault(
    "member frozen (SIGSTOP)",
    lambda c, leader: c.signal_member(leader, signal.SIGSTOP),
    lambda c, leader: c.signal_member(leader, signal.SIGCONT),
)
SWITCHOVER = Fault(
    "planned switchover", lambda c, leader: c.tell(leader, "/switchover", {"leader": leader})
)
STORE_KILLED = Fault(
    "one etcd killed",
    lambda c, leader: c.kill_store(leader),
    lambda c, leader: c.revive_store(leader),
)
CUT_OFF = Fault(
    "leader cut off",
    lambda c, leader: c.cut(leader),
    lambda c, leader: c.mend(leader),
    apart=True,
    lasts_s=15.0,  # longer than succession takes: mended earlier, the old leader may stay
)
FAULTS = (
    POSTGRES_KILLED,
    PATRONI_KILLED,
    MEMBER_KILLED,
    MEMBER_FROZEN,
    SWITCHOVER,
    STORE_KILLED,
    CUT_OFF,
)


def survive(
    cluster: RealCluster, fault: Fault, kept_keys: Callable[[str], set[str]]
) -> tuple[Survived, Journal]:
    """Break the leader under load, wait until writes go on, mend it; hold what was acknowledged
    against what the new leader has."""
    leader = cluster.leader()
    load = Load(cluster)
    load.wait_writes(BEFORE, WITHIN_S)
    began = time.monotonic()
    fault.strike(cluster, leader)
    until(lambda: time.monotonic() - began > fault.lasts_s, "the fault's effect")
    load.wait_writes(AFTER, WITHIN_S)
    fault.mend(cluster, leader)
    cluster.wait_healthy()
    load.wait_writes(AFTER, WITHIN_S)
    journal = load.end()
    kept = kept_keys(cluster.dsn)
    survived = Survived(
        journal.without_writes_s(began),
        journal.without_reads_s(began),
        len(journal.writes),
        sum(write.key not in kept for write in journal.writes),
        len(journal.two_leaders()),
    )
    return survived, journal
