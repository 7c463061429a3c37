"""The law of grading's processes: settings become parts, parts become a running node or API."""

from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from holdfast.errors import Mistake
from holdfast.grading.domain.rules import Rules
from holdfast.grading.wiring.listeners import RESULTS_HTTP
from holdfast.grading.wiring.settings import GradingSettings, nodes_urls, process_name
from holdfast.platform.gateway.declaration import heartbeat_targets
from holdfast.platform.membership.beacon import Beacon, BeaconSettings, Identity
from holdfast.platform.membership.keys import ensure_keyring
from holdfast.platform.membership.wire import Load
from holdfast.platform.runtime import logs
from holdfast.platform.runtime.alternatives import Alternatives
from holdfast.platform.runtime.announce import announce_ready
from holdfast.platform.runtime.clock import SystemClock
from holdfast.platform.runtime.collector import settle
from holdfast.platform.runtime.config import Effective
from holdfast.platform.runtime.lifecycle import Stop
from holdfast.platform.runtime.lifecycle import run as run_life
from holdfast.platform.runtime.settings import FleetSettings
from holdfast.platform.telemetry.port import Who, observed
from holdfast.platform.telemetry.readiness import Readiness

if TYPE_CHECKING:
    from holdfast.grading.entrypoints.node_settings import NodeSettings

Endpoint = tuple[str, int]

DRAIN_SHARE = 0.5
"""Of the drain time, a node's running tests get this share, the recording of the rest a quarter."""


def run_node(effective: Effective) -> None:
    """Run a node in the foreground."""
    fleet = effective.section(FleetSettings)
    logs.configure(process_name(fleet, "node"), fleet.log_format, fleet.log_level)
    run_life(partial(_node, effective), drain_s=fleet.drain_s)


def run_results(effective: Effective) -> None:
    """Run a results API in the foreground."""
    fleet = effective.section(FleetSettings)
    logs.configure(process_name(fleet, "results-api"), fleet.log_format, fleet.log_level)
    run_life(partial(_results, effective), drain_s=fleet.drain_s)


async def _node(effective: Effective, stop: Stop) -> None:
    from holdfast.grading.domain.scenarios import CATALOGUE
    from holdfast.grading.entrypoints.node import Surroundings
    from holdfast.grading.entrypoints.node import run_node as serve
    from holdfast.grading.entrypoints.results_api.settings import ResultsSettings, service_token
    from holdfast.grading.store.remote import RemoteLedger

    fleet = effective.section(FleetSettings)
    token = service_token(effective.section(ResultsSettings), fleet.data).decode("ascii")
    settings = node_settings(effective)
    ways = Alternatives(*nodes_urls(effective))
    async with RemoteLedger(ways, token) as ledger:
        around = Surroundings(
            ledger=ledger,
            start_beacon=partial(_beat, effective, settings.name),
            catalogue=CATALOGUE,
            rules=effective.section(Rules),
            on_ready=announce_ready,
            observe=partial(observed, Who.of(fleet, settings.name, "node")),
        )
        await serve(settings, around, stop)


def node_settings(effective: Effective) -> "NodeSettings":
    """How a node of this fleet runs."""
    from holdfast.grading.entrypoints.node_settings import NodeSettings
    from holdfast.grading.service.session_place import SessionLimits

    fleet = effective.section(FleetSettings)
    grading = effective.section(GradingSettings)
    own_side = () if grading.node_host in ("", "0.0.0.0", "::") else (grading.node_host,)  # noqa: S104
    return NodeSettings(
        name=process_name(fleet, "node"),
        seed_secret_file=_file(grading.seed_secret_file, fleet.data / "seed.key"),
        host=grading.node_host,
        tcp_port=fleet.port(grading.node_tcp_port),
        udp_port=fleet.port(grading.node_udp_port),
        port_offset=fleet.port_offset,
        balancers=frozenset(grading.trusted_balancers or own_side),
        drain_s=fleet.drain_s * DRAIN_SHARE,
        farewell_s=fleet.drain_s * DRAIN_SHARE / 2,
        session_limits=SessionLimits(idle_s=grading.idle_s, unfinished_s=grading.unfinished_s),
    )


async def _beat(
    effective: Effective, name: str, services: Mapping[str, Endpoint], load: Callable[[], Load]
) -> Beacon:
    fleet = effective.section(FleetSettings)
    settings = BeaconSettings(
        balancers=tuple(endpoint(target) for target in heartbeat_targets(effective)),
        keyring=ensure_keyring(fleet.key_path),
    )
    told = {service: (fleet.advertise or host, port) for service, (host, port) in services.items()}
    beacon = Beacon(settings, Identity.fresh(name, fleet.data), told, load)
    await beacon.start()
    return beacon


async def _results(effective: Effective, stop: Stop) -> None:
    from holdfast.grading.entrypoints.results_api.process import NAME, Background, run_results_api
    from holdfast.grading.entrypoints.results_api.settings import ResultsSettings
    from holdfast.grading.service.watch_changes import ChangeHub
    from holdfast.grading.store.postgres import follow_changes
    from holdfast.grading.wiring.results_site import observed_site
    from holdfast.grading.wiring.store import opened_store
    from holdfast.platform.auth.opening import opened_people
    from holdfast.platform.gateway.behind import behind_gateway
    from holdfast.platform.web.serving import listen

    fleet = effective.section(FleetSettings)
    grading = effective.section(GradingSettings)
    settings = effective.section(ResultsSettings)
    hub = ChangeHub(max_watchers=settings.watchers)
    host, port = grading.results_host, fleet.port(grading.results_port)
    with listen(host, port, NAME) as listener:
        async with AsyncExitStack() as stack:
            opened = await stack.enter_async_context(opened_store(effective))
            database, store = opened
            people = await stack.enter_async_context(opened_people(effective))
            background = Background(
                upkeep=store.upkeep,
                hub=hub,
                follow=partial(follow_changes, database, settings.course, hub.publish),
                clock=SystemClock(),
                keep_alive_s=fleet.keep_alive_s,
            )
            readiness = Readiness(store.upkeep.ping)
            app, sources = observed_site(effective, opened, people, hub, readiness)
            address = (host, listener.getsockname()[1])
            name = process_name(fleet, "results-api")

            def load() -> Load:
                return Load(running=len(background.under_way), capacity=settings.connections)

            beacon = await _beat(effective, name, {RESULTS_HTTP: address}, load)
            stack.push_async_callback(beacon.stop)

            def started() -> None:
                readiness.opened()
                settle()
                announce_ready({"http": f"{address[0]}:{address[1]}"})

            def closing() -> None:
                readiness.closing()
                beacon.draining = True

            who = Who.of(fleet, name, "results-api")
            await stack.enter_async_context(observed(who, readiness, sources))
            await run_results_api(
                behind_gateway(app, effective),
                background,
                settings=settings,
                listener=listener,
                stop=stop,
                drain_s=fleet.drain_s * DRAIN_SHARE,
                started=started,
                closing=closing,
            )


def endpoint(target: str) -> Endpoint:
    """Host and port of `host:port`; `Mistake` when it is not that."""
    host, colon, port = target.rpartition(":")
    if not (colon and host and port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise Mistake(f"fleet.balancers: {target!r} must have the form host:port.")
    return host.strip("[]"), int(port)


def _file(named: str, usual: Path) -> Path:
    return Path(named) if named else usual
