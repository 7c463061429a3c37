"""The law of the gateway as a process: a socket for each site, an ear for heartbeats, a beat of its
own; it drains as every process does, and ends live streams, which never end by themselves."""

import asyncio
import socket
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from socket import gethostname

from holdfast.errors import DefiniteError, Mistake
from holdfast.platform.balancer.access_log import FLUSH_EVERY_S, AccessLog
from holdfast.platform.balancer.networks import Networks
from holdfast.platform.balancer.rates import RateLimit
from holdfast.platform.balancer.server_names import tls_entries
from holdfast.platform.balancer.settings import BalancerSettings
from holdfast.platform.gateway.behind import seal_of
from holdfast.platform.gateway.declaration import NAME, service_of
from holdfast.platform.gateway.limits import Limits
from holdfast.platform.gateway.members import Members, hear
from holdfast.platform.gateway.proxy import Done, Gateway, Ways
from holdfast.platform.gateway.request_log import Ended
from holdfast.platform.gateway.routes import Routes
from holdfast.platform.gateway.settings import GatewaySettings
from holdfast.platform.gateway.upstream import IDLE_S, Lines
from holdfast.platform.membership.beacon import Beacon, BeaconSettings, Identity
from holdfast.platform.membership.keys import ensure_keyring
from holdfast.platform.membership.wire import Load
from holdfast.platform.runtime import logs
from holdfast.platform.runtime.announce import announce_ready
from holdfast.platform.runtime.collector import settle
from holdfast.platform.runtime.config import Effective
from holdfast.platform.runtime.lifecycle import Stop
from holdfast.platform.runtime.lifecycle import run as run_life
from holdfast.platform.runtime.settings import FleetSettings
from holdfast.platform.runtime.site import Site
from holdfast.platform.telemetry.port import Who, observed
from holdfast.platform.telemetry.readiness import Readiness
from holdfast.platform.web.serving import Serving, UnderWay, listen, places_here, serve

DRAIN_SHARE = 0.5
"""Of the drain time, as of other HTTP processes."""


def run(effective: Effective, sites: Sequence[Site], ports: Mapping[str, int]) -> None:
    """Run a gateway in the foreground. `ports`: of the public listeners, without the offset."""
    fleet = effective.section(FleetSettings)
    logs.configure(name_of(fleet), fleet.log_format, fleet.log_level)
    run_life(partial(serve_sites, effective, sites, ports), drain_s=fleet.drain_s)


def name_of(fleet: FleetSettings) -> str:
    """What this process is called in logs and heartbeats."""
    return fleet.process_name or f"{NAME}-{gethostname()}"[:60]


@dataclass(slots=True)
class _Open:
    """A site with its socket."""

    site: Site
    listener: socket.socket
    under_way: UnderWay

    @property
    def address(self) -> tuple[str, int]:
        host, port = self.listener.getsockname()[:2]
        return str(host), int(port)


async def serve_sites(
    effective: Effective, sites: Sequence[Site], ports: Mapping[str, int], stop: Stop
) -> None:
    """Serve until `stop`; raises what ended one of the sites."""
    fleet, settings = effective.section(FleetSettings), effective.section(GatewaySettings)
    name = name_of(fleet)
    with ExitStack() as stack:
        log = None
        if settings.access_log:
            log = AccessLog(settings.access_log, name, fleet.log_format)
            stack.callback(log.close)
        opened = [
            _Open(site, stack.enter_context(listen(settings.host, 0, name)), UnderWay())
            for site in sites
        ]
        ear = stack.enter_context(_ear(settings, fleet))
        ways = _ways(effective, sites, ear, log)
        entries = tls_entries(effective.section(BalancerSettings).tls)
        ways.tls_ports = tls_ports((one.door for one in entries), ports, fleet)
        stack.callback(ways.lines.close)
        beacon = _beacon(fleet, name, opened, settings)
        await beacon.start()
        readiness = Readiness(partial(_all_there, ways.members))
        shared = _Shared(ways, beacon, log, stop, readiness)
        try:
            async with observed(Who.of(fleet, name, NAME), readiness, (ways.figures.write,)):
                await _serve_all(settings, fleet, opened, shared)
        finally:
            await beacon.stop()


async def _all_there(members: Members) -> None:
    missing = members.missing()
    if missing:
        raise DefiniteError("nobody offers " + ", ".join(missing))


@dataclass(slots=True)
class _Shared:
    """What all sites of a gateway have together."""

    ways: Ways
    beacon: Beacon
    log: AccessLog | None
    stop: Stop
    readiness: Readiness

    def closing(self) -> None:
        """No new requests; live streams end."""
        self.readiness.closing()
        self.beacon.draining = True
        self.ways.close_streams()

    async def keep_up(self) -> None:
        """Close what is idle, write what was noted."""
        swept_at = time.monotonic()
        while True:
            await asyncio.sleep(FLUSH_EVERY_S)
            now = time.monotonic()
            if now - swept_at >= IDLE_S / 2:
                swept_at = now
                self.ways.lines.sweep(now)
            if self.log is not None:
                self.log.flush()


async def _serve_all(
    settings: GatewaySettings, fleet: FleetSettings, opened: Sequence[_Open], shared: _Shared
) -> None:
    left = len(opened)
    told = {one.site.listener: "{}:{}".format(*one.address) for one in opened}

    def started() -> None:
        nonlocal left
        left -= 1
        if not left:
            shared.readiness.opened()
            settle()
            announce_ready(told)

    believed, places = Networks(settings.believed), places_here()
    async with asyncio.TaskGroup() as tasks:
        for number, one in enumerate(opened):
            routes = Routes(one.site, settings.hosts)
            how = Serving(
                what=f"the gateway of {one.site.listener}",
                connections=settings.connections,
                drain_s=fleet.drain_s * DRAIN_SHARE,
                beside=() if number else (shared.ways.members.run, shared.keep_up),
                started=started,
                closing=shared.closing,
                under_way=one.under_way,
                believed=believed,
                keep_alive_s=fleet.keep_alive_s,
                places=places,
            )
            gateway = Gateway(routes, one.site.says, shared.ways)
            tasks.create_task(serve(gateway, one.listener, shared.stop, how))


def _ways(
    effective: Effective, sites: Sequence[Site], ear: socket.socket, log: AccessLog | None
) -> Ways:
    fleet, settings = effective.section(FleetSettings), effective.section(GatewaySettings)
    services = {route.service for site in sites for route in site.routes}
    burst_s = settings.rate_burst_s
    principal, address, strangers = (
        RateLimit(per_s, per_s * burst_s)
        for per_s in (
            settings.rate_per_principal,
            settings.rate_per_address,
            settings.rate_of_strangers,
        )
    )
    lines = Lines()
    ways = Ways(
        members=Members(services, ear, ensure_keyring(fleet.key_path), lines.let_go),
        lines=lines,
        seal=seal_of(settings, fleet),
        limits=Limits(principal, address, Networks(settings.rate_exempt), strangers=strangers),
    )
    if log is not None:
        ways.note = partial(_note, log)
    return ways


def _note(log: AccessLog, done: Done) -> None:
    asked = done.asked
    ended = Ended(
        at=time.time(),
        id=asked.request_id.decode("ascii"),
        method=asked.method,
        path=asked.path,
        status=done.status,
        client=asked.host,
        member=done.member,
        lasted_s=done.lasted_s,
        took=asked.body_bytes,
        trace=asked.trace,
    )
    log.note(ended)


def tls_ports(
    doors: Iterable[str], ports: Mapping[str, int], fleet: FleetSettings
) -> frozenset[int]:
    """The public ports that speak TLS, offset included: `results@8443`, or a listener's own."""
    found = set()
    for door in doors:
        name, _, port = door.partition("@")
        found.add(fleet.port(int(port) if port else ports.get(name, 0)))
    return frozenset(found - {0})


def _ear(settings: GatewaySettings, fleet: FleetSettings) -> socket.socket:
    port = fleet.port(settings.beat_port)
    try:
        return hear(settings.host, port)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise Mistake(f"The gateway cannot hear on {settings.host}:{port}: {reason}.") from None


def _beacon(
    fleet: FleetSettings, name: str, opened: Sequence[_Open], settings: GatewaySettings
) -> Beacon:
    services = {
        service_of(one.site.listener): (fleet.advertise or one.address[0], one.address[1])
        for one in opened
    }

    def load() -> Load:
        running = sum(len(one.under_way) for one in opened)
        return Load(running=running, capacity=settings.connections * len(opened))

    targets = tuple(_endpoint(target) for target in fleet.heartbeat_targets)
    to = BeaconSettings(balancers=targets, keyring=ensure_keyring(fleet.key_path))
    return Beacon(to, Identity.fresh(name, fleet.data), services, load)


def _endpoint(target: str) -> tuple[str, int]:
    host, _, port = target.rpartition(":")
    if not (host and port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise Mistake(f"fleet.balancers: {target!r} must have the form host:port.")
    return host.strip("[]"), int(port)
