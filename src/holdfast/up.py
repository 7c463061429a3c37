"""The law of `holdfast up`: everything on one machine, in the right order, and stopped in reverse.

It starts the database (unless an address is given), the balancer and the apps' processes as
children of one supervisor, migrates, prepares the apps once, and prints what is where. Each process
gets the address of the database with its own role, or none at all. The same processes are started
one by one with `holdfast run` on a fleet; nothing here is known to them.
"""

import asyncio
import time
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from holdfast.errors import DefiniteError
from holdfast.platform.auth.commands import site_url
from holdfast.platform.auth.tables import people_schema
from holdfast.platform.balancer.declaration import STAGE as BALANCER_STAGE
from holdfast.platform.balancer.declaration import admits, balancer_process
from holdfast.platform.data.cluster.children import children_of, plan_of, wants_cluster
from holdfast.platform.data.embedded import ServerPlan, dsn_file
from holdfast.platform.data.guard import STOP_S as DATABASE_STOP_S
from holdfast.platform.data.guard import argv_of_guard
from holdfast.platform.data.role_files import role_file
from holdfast.platform.data.settings import DatabaseSettings
from holdfast.platform.gateway.declaration import NAME as GATEWAY
from holdfast.platform.gateway.declaration import fronted, gateway_process, heartbeat_targets
from holdfast.platform.runtime import logs
from holdfast.platform.runtime.app import App, Process
from holdfast.platform.runtime.config import Effective
from holdfast.platform.runtime.folder import claim_folder
from holdfast.platform.runtime.lifecycle import IMPORTS, Stop
from holdfast.platform.runtime.lifecycle import run as run_life
from holdfast.platform.runtime.nursery import NurseryPlan
from holdfast.platform.runtime.schema import Schema
from holdfast.platform.runtime.settings import FleetSettings
from holdfast.platform.runtime.supervisor import ChildSpec, Supervisor, holdfast_argv
from holdfast.platform.telemetry.port import Who, observed
from holdfast.platform.telemetry.readiness import Readiness
from holdfast.platform.telemetry.targets import discovery, targets_in

DATABASE = "database"
DATABASE_STAGE = 0
STOP_MARGIN_S = 5.0
"""A child may take its drain time and so much more before it is killed."""


def up(effective: Effective, apps: Sequence[App]) -> int:
    """Run everything until Ctrl-C, a signal or the parent's death; returns the exit code."""
    fleet = effective.section(FleetSettings)
    logs.configure("holdfast", fleet.log_format, fleet.log_level)
    began = time.monotonic()
    for app in apps:
        app.check(effective)
    with ExitStack() as held:
        lock = claim_folder(fleet.data)
        held.callback(lock.release)
        made = _with_absolute_paths(effective)
        plan = _Plan(made, tuple(apps), tuple(_own_database(made)))
        # All stages stop one after the other, so the whole may take the sum of their bounds.
        bound_s = sum(spec.stop_s for spec in _one_of_each_stage(plan.children()))
        run_life(partial(_live, plan, began), drain_s=bound_s)
    return 0


@dataclass(frozen=True, slots=True)
class _Plan:
    effective: Effective
    apps: tuple[App, ...]
    database: tuple[ChildSpec, ...]
    """The children that are the database; none when it is somewhere else."""
    notes: list[str] = field(default_factory=list)
    """What the summary should say of the start."""

    @property
    def schemas(self) -> list[Schema]:
        """What the platform and the apps keep in the database."""
        own = [app.schema for app in self.apps if app.schema is not None]
        return [people_schema(self.apps), *own]

    def reaches_data(self, process: Process) -> bool:
        """Whether a kind of process has a role in the database."""
        return any(process.name == role.process for s in self.schemas for role in s.roles)

    def children(self) -> list[ChildSpec]:
        """Every child, in the order of their stages."""
        specs = [*self.database, *self._copies(balancer_process(fronted(self.apps)))]
        specs += self._copies(gateway_process(self.apps))
        specs += [spec for app in self.apps for spec in self.children_of(app)]
        return sorted(specs, key=lambda spec: spec.stage)

    def children_of(self, app: App) -> list[ChildSpec]:
        """The children of one app."""
        return [spec for process in app.processes for spec in self._copies(process)]

    def last_children(self, *, with_data: bool) -> list[ChildSpec]:
        """What needs the balancer; those that reach the database, or those that do not."""
        return [
            spec
            for app in self.apps
            for process in app.processes
            if process.stage > BALANCER_STAGE and self.reaches_data(process) is with_data
            for spec in self._copies(process)
        ]

    def _copies(self, process: Process) -> list[ChildSpec]:
        copies = process.copies(self.effective)
        fleet = self.effective.section(FleetSettings)
        return [
            ChildSpec(
                name=process.name if copies == 1 else f"{process.name}-{number}",
                argv=holdfast_argv("run", process.name),
                environment=self._environment(process, number),
                stage=process.stage,
                stop_s=fleet.drain_s + STOP_MARGIN_S,
            )
            for number in range(1, copies + 1)
        ]

    def _environment(self, process: Process, number: int) -> dict[str, str]:
        data = self.effective.section(FleetSettings).data
        address = str(role_file(data, process.name)) if self.reaches_data(process) else ""
        named = self.effective.with_values(
            {
                "fleet.process_name": f"{process.name}-{number}",
                "fleet.metrics_port": 0,
                "database.dsn": "",
                "database.dsn_file": address,
                **process.of_copy(self.effective, number),
            },
            origin="holdfast up",
        )
        return named.environment()


def nursery_of(effective: Effective, apps: Sequence[App]) -> NurseryPlan | None:
    """The nursery of all processes that run here; None where it is not wanted."""
    if not effective.section(FleetSettings).nursery:
        return None
    platform = (balancer_process(fronted(apps)), gateway_process(apps))
    kinds = [*platform, *(process for app in apps for process in app.processes)]
    here = [process for process in kinds if process.copies(effective)]
    modules = [
        "holdfast.cli",
        *IMPORTS,
        *(module for process in here for module in process.imports),
    ]
    return NurseryPlan(holdfast_argv(), tuple(dict.fromkeys(modules)))


def _own_database(effective: Effective) -> list[ChildSpec]:
    settings = effective.section(DatabaseSettings)
    fleet = effective.section(FleetSettings)
    if settings.dsn or settings.dsn_file != str(dsn_file(fleet.data)):
        return []
    if wants_cluster(settings, fleet.data):
        cluster = plan_of(settings, fleet.data, port_offset=fleet.port_offset)
        return children_of(cluster, DATABASE_STAGE, fleet.log_format)
    plan = ServerPlan(
        fleet.data,
        bin_dir=settings.bin_dir,
        port=fleet.port(settings.port),
        archive=str(Path(settings.archive).absolute()) if settings.archive else "",
        archive_every_s=settings.archive_every_s,
    )
    argv = tuple(argv_of_guard(plan, fleet.log_format))
    return [ChildSpec(name=DATABASE, argv=argv, stage=DATABASE_STAGE, stop_s=DATABASE_STOP_S)]


async def _live(plan: _Plan, began: float, stop: Stop) -> None:
    log_format = plan.effective.section(FleetSettings).log_format
    async with AsyncExitStack() as held:
        supervisor = Supervisor(
            prefixed=log_format == "text", nursery=nursery_of(plan.effective, plan.apps)
        )
        children = await held.enter_async_context(supervisor)
        readiness = Readiness(partial(_all_serve, children))
        await held.enter_async_context(_observed(plan, children, readiness))
        starting = asyncio.create_task(_start(plan, children))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not starting.done():
            starting.cancel()
            await asyncio.wait({starting, stopping})
            return
        starting.result()
        readiness.opened()
        _print_summary(plan, time.monotonic() - began)
        await stopping
        readiness.closing()
        print("stopping ...", flush=True)
    print("stopped; everything acknowledged is in the data folder", flush=True)


def _observed(
    plan: _Plan, children: Supervisor, readiness: Readiness
) -> AbstractAsyncContextManager[str]:
    """Figures of the children, and the list of everybody's ports of figures."""
    fleet = plan.effective.section(FleetSettings)
    who = Who(
        "supervisor",
        "supervisor",
        fleet.data,
        host=fleet.metrics_host,
        port=fleet.port(fleet.supervisor_port),
    )

    def listed() -> bytes:
        return discovery(targets_in(fleet.data))

    return observed(who, readiness, [children.figures], listed)


async def _all_serve(children: Supervisor) -> None:
    missing = children.missing()
    if missing:
        raise DefiniteError(f"{', '.join(missing)} does not serve just now")


async def _start(plan: _Plan, children: Supervisor) -> None:
    """The database and the balancer first, the rest when there is a database to stand on."""
    specs = plan.children()
    early = [
        spec
        for spec in specs
        if spec.stage in (DATABASE_STAGE, BALANCER_STAGE) or spec.name.startswith(GATEWAY)
    ]
    for spec in early:
        children.start(spec)
    opening = asyncio.create_task(children.ready(*(spec.name for spec in early)))
    following = asyncio.create_task(_follow(plan, children))
    try:
        # Whichever fails first is the news: a taken port is told before a database is made.
        await asyncio.gather(opening, following)
    finally:
        opening.cancel()
        following.cancel()
    await children.ready()


async def _follow(plan: _Plan, children: Supervisor) -> None:
    if plan.database:
        await children.ready(*(spec.name for spec in plan.database))
    for spec in plan.last_children(with_data=False):
        children.start(spec)
    await asyncio.to_thread(_provide, plan)
    for spec in plan.last_children(with_data=True):  # they start beside the preparation
        children.start(spec)
    # No app waits for another's preparation.
    await asyncio.gather(*(_prepare(plan, children, app) for app in plan.apps))


def _provide(plan: _Plan) -> None:
    """Schemas, roles and addresses. Our own server has no older processes, for the folder is ours:
    there is nobody to spare."""
    from holdfast.platform.data.provision import owner_of, provide  # noqa: PLC0415  the driver

    owner = owner_of(plan.effective)
    done = asyncio.run(provide(owner, plan.schemas, post=owner.is_own_server))
    if done.shared:
        plan.notes.append(f"  roles      all processes share one, for {done.shared}")
    _invite(plan)


def _invite(plan: _Plan) -> None:
    """While nobody is admin, whoever sees this output may become it."""
    from holdfast.platform.auth.command_actions import make_first_link  # noqa: PLC0415  the driver

    url = site_url(plan.apps, plan.effective)
    if url:
        link = make_first_link(plan.effective, url, unless_admin=True)
        if link:
            plan.notes.append(f"  admin      make yourself one, once: {link}")


async def _prepare(plan: _Plan, children: Supervisor, app: App) -> None:
    await asyncio.to_thread(app.prepare, plan.effective)
    for spec in plan.children_of(app):
        if DATABASE_STAGE < spec.stage < BALANCER_STAGE:
            children.start(spec)


def _print_summary(plan: _Plan, took_s: float) -> None:
    fleet = plan.effective.section(FleetSettings)
    lines = [f"holdfast is up ({took_s:.1f} s)"]
    for app in plan.apps:
        lines += [f"  {line}" for line in app.summary(plan.effective)]
    port = fleet.port(fleet.supervisor_port)
    if port:
        lines.append(f"  figures    http://{fleet.metrics_host}:{port}/targets")
    lines += [
        *plan.notes,
        f"  clients    {admits(plan.effective)}",
        f"  data       {fleet.data}",
        "  stop       Ctrl-C",
    ]
    print("\n".join(lines), flush=True)


def _with_absolute_paths(effective: Effective) -> Effective:
    """Children may run elsewhere; they find the embedded database by its address file, and beat to
    all of this machine's balancers and gateways."""
    data = effective.section(FleetSettings).data.absolute()
    values: dict[str, object] = {"fleet.data": data}
    settings = effective.section(DatabaseSettings)
    targets = heartbeat_targets(effective)
    if len(targets) > 1:
        values["fleet.balancers"] = targets
    if not settings.dsn and not settings.dsn_file:
        values["database.dsn_file"] = str(dsn_file(data))
    return effective.with_values(values, origin="holdfast up")


def _one_of_each_stage(specs: Sequence[ChildSpec]) -> list[ChildSpec]:
    longest: dict[int, ChildSpec] = {}
    for spec in specs:
        known = longest.setdefault(spec.stage, spec)
        if spec.stop_s > known.stop_s:
            longest[spec.stage] = spec
    return list(longest.values())
