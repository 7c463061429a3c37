"""The law of one machine of a cluster: its etcd, its Patroni and PostgreSQL, and nobody else's.

`holdfast run database-member` on each of three machines is what `holdfast up --replicas 2` is on
one. The store comes first, and answers only with a majority; then it says whether the data was made
already. So the first member, started with an empty folder, begins a cluster once and never beside
another: it copies like the others.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from ipaddress import ip_network
from pathlib import Path

from holdfast.errors import Mistake
from holdfast.platform.data.cluster import origin
from holdfast.platform.data.cluster.children import member_child, store_child
from holdfast.platform.data.cluster.plan import THIS_MACHINE, ClusterPlan, members_apart
from holdfast.platform.data.cluster.record import read_passwords, settle
from holdfast.platform.data.cluster.store import Store, StoreSilent
from holdfast.platform.data.settings import DatabaseSettings
from holdfast.platform.runtime import logs
from holdfast.platform.runtime.announce import announce_ready
from holdfast.platform.runtime.config import Effective
from holdfast.platform.runtime.folder import claim_folder
from holdfast.platform.runtime.lifecycle import Stop
from holdfast.platform.runtime.lifecycle import run as run_life
from holdfast.platform.runtime.settings import FleetSettings
from holdfast.platform.runtime.supervisor import ChildSpec, Supervisor

OTHERS_S = 86_400.0
"""So long the other machines may take to appear: whoever starts a cluster walks from one to the
next, and a machine that came back too early waits for a majority."""
ASK_EVERY_S = 0.5
STAGE = 0


def run_member(effective: Effective) -> None:
    """Run this machine's member until a signal; `Mistake` when the settings make none."""
    fleet = effective.section(FleetSettings)
    settings = effective.section(DatabaseSettings)
    logs.configure("database-member", fleet.log_format, fleet.log_level)
    wanted = plan_apart(settings, fleet.data.absolute(), port_offset=fleet.port_offset)
    with claim_folder(fleet.data):
        passwords = read_passwords(Path(settings.passwords_file))
        plan = settle(wanted, passwords)
        specs = children_here(plan, settings.member, fleet.log_format)
        bound_s = sum(spec.stop_s for spec in specs)
        run_life(partial(_live, plan, specs, fleet.log_format), drain_s=bound_s)


def plan_apart(settings: DatabaseSettings, data: Path, *, port_offset: int = 0) -> ClusterPlan:
    """The cluster of `database.members`, as this machine keeps it in its data folder. `Mistake`."""
    try:
        members = members_apart(settings.members, settings.cluster_port + port_offset)
    except ValueError as error:
        raise Mistake(f"database.members: {error}.") from None
    names = [member.name for member in members]
    if settings.member not in names:
        raise Mistake(f"database.member must name this machine: one of {', '.join(names)}.")
    if not settings.passwords_file:
        raise Mistake(
            "database.passwords_file must name the passwords that all members share; `holdfast"
            " secrets` makes them."
        )
    if settings.archive:
        raise Mistake(
            "database.archive is a folder of one machine; members on several keep none: use"
            " `holdfast backup`."
        )
    own = tuple(f"{member.address}/32" for member in members)
    return ClusterPlan(
        data,
        members,
        store="etcd",
        when_alone=settings.when_alone,
        fast_failover=settings.fast_failover,
        networks=(*THIS_MACHINE, *own, *_networks(settings)),
        bin_dir=settings.bin_dir,
    )


def children_here(
    plan: ClusterPlan, name: str, log_format: logs.Format
) -> tuple[ChildSpec, ChildSpec]:
    """The guards of this machine: the store's, and the member's."""
    store = store_child(plan, name, log_format)
    member = member_child(plan, name, STAGE, log_format)
    return replace(store, ready_s=OTHERS_S), replace(member, ready_s=OTHERS_S)


async def beginning(
    plan: ClusterPlan, name: str, has_begun: Callable[[], bool], *, pause_s: float = ASK_EVERY_S
) -> None:
    """Return once it is known whether the first member makes the data or copies it; the others
    copy in any case. `has_begun` asks the store and may raise `StoreSilent`."""
    if name != plan.first.name or origin.is_finished(plan):
        return
    while True:
        with suppress(StoreSilent):
            if await asyncio.to_thread(has_begun):
                origin.finish_elsewhere(plan)
            return
        await asyncio.sleep(pause_s)


async def _live(
    plan: ClusterPlan, specs: tuple[ChildSpec, ChildSpec], log_format: logs.Format, stop: Stop
) -> None:
    async with Supervisor(prefixed=log_format == "text") as children:
        starting = asyncio.create_task(_start(plan, specs, children))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not starting.done():
            starting.cancel()
            await asyncio.wait({starting})
            return
        starting.result()
        await stopping


async def _start(
    plan: ClusterPlan, specs: tuple[ChildSpec, ChildSpec], children: Supervisor
) -> None:
    began = time.monotonic()
    store, member = specs
    children.start(store)
    await children.ready(store.name)
    name = member.name.removeprefix("database-")
    asked = Store((plan.member(name), *plan.others(name)), plan.scope)
    await beginning(plan, name, asked.has_begun)
    children.start(member)
    addresses = await children.ready(member.name)
    _log.info("serving", after_s=round(time.monotonic() - began, 1))
    announce_ready(addresses)


def _networks(settings: DatabaseSettings) -> tuple[str, ...]:
    try:
        return tuple(str(ip_network(text, strict=False)) for text in settings.networks)
    except ValueError as error:
        raise Mistake(f"database.networks: {error}.") from None


_log = logs.Log("database")
