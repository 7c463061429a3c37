"""The law of who runs a cluster on one machine: `holdfast up` as the parent of its guards.

First the store, then the members on it; they end the other way round. A data folder that holds a
cluster is never started as a single server, which would begin with nothing.
"""

from pathlib import Path

from holdfast.errors import Mistake
from holdfast.platform.data.cluster import member_guard, store_guard
from holdfast.platform.data.cluster.plan import MEMBERS, ClusterPlan, members_here
from holdfast.platform.data.cluster.programs import store_on_this_machine
from holdfast.platform.data.cluster.record import is_cluster, settle
from holdfast.platform.data.settings import DatabaseSettings
from holdfast.platform.runtime.logs import Format
from holdfast.platform.runtime.supervisor import ChildSpec

STORE_STAGE = -1
"""The store outlives the database that stands on it."""


def wants_cluster(settings: DatabaseSettings, data: Path) -> bool:
    """Whether `holdfast up` runs a cluster here. `Mistake` when the folder holds one and the
    settings want a single server."""
    if settings.replicas:
        return True
    if is_cluster(data):
        raise Mistake(
            f"The data folder {data} holds a cluster: start it with --replicas {MEMBERS - 1}, or "
            "choose another folder."
        )
    return False


def plan_of(settings: DatabaseSettings, data: Path, *, port_offset: int = 0) -> ClusterPlan:
    """The cluster that the settings want on a data folder, recorded there. `Mistake`."""
    if settings.port:
        raise Mistake(
            "database.port is for a single server; a cluster's ports begin at "
            "database.cluster_port."
        )
    wanted = ClusterPlan(
        data,
        members_here(settings.cluster_port + port_offset, settings.replicas + 1),
        store=store_on_this_machine(),
        when_alone=settings.when_alone,
        fast_failover=settings.fast_failover,
        bin_dir=settings.bin_dir,
        archive=settings.archive,
        archive_every_s=settings.archive_every_s,
    )
    plan = settle(wanted)
    if plan.fast_failover and plan.store != "etcd":
        raise Mistake(
            "database.fast_failover needs etcd as the store; this cluster uses Patroni's own Raft."
        )
    return plan


def children_of(plan: ClusterPlan, stage: int, log_format: Format) -> list[ChildSpec]:
    """The guards of a cluster; `stage` is that of the database."""
    names = [member.name for member in plan.members]
    stores = [store_child(plan, name, log_format) for name in names if plan.store == "etcd"]
    return [*stores, *(member_child(plan, name, stage, log_format) for name in names)]


def store_child(plan: ClusterPlan, name: str, log_format: Format) -> ChildSpec:
    """The guard of one member's etcd."""
    return ChildSpec(
        name=f"store-{name}",
        argv=tuple(store_guard.argv_of_store_guard(plan, name, log_format)),
        stage=STORE_STAGE,
        stop_s=store_guard.STOP_S,
    )


def member_child(plan: ClusterPlan, name: str, stage: int, log_format: Format) -> ChildSpec:
    """The guard of one member's Patroni and PostgreSQL."""
    return ChildSpec(
        name=f"database-{name}",
        argv=tuple(member_guard.argv_of_member_guard(plan, name, log_format)),
        stage=stage,
        ready_s=member_guard.READY_S,
        stop_s=member_guard.STOP_S,
    )
