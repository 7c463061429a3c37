"""The node process: students' connections and flows in, sessions inside, a ledger behind.

An asyncio shell without decisions: `session` decides, `node_tcp` and `node_udp` carry bytes,
`node_driver` performs. A node holds nothing that must survive it. It stops in order: no new tests,
running ones may finish for a while, the rest is closed as infrastructure and recorded.
"""

import asyncio
import secrets
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from holdfast.errors import DefiniteError, HoldfastError, Mistake
from holdfast.grading.domain.attempt import NodeBeat, TestId
from holdfast.grading.domain.rules import Rules
from holdfast.grading.domain.scenario import Scenario
from holdfast.grading.entrypoints.node_driver import House
from holdfast.grading.entrypoints.node_figures import write_node
from holdfast.grading.entrypoints.node_guard import CpuGuard
from holdfast.grading.entrypoints.node_settings import NodeLimits, NodeSettings
from holdfast.grading.entrypoints.node_socket import NodeSocket
from holdfast.grading.entrypoints.node_tcp import TcpLine
from holdfast.grading.entrypoints.node_udp import UdpLines
from holdfast.grading.service.absence import Absence
from holdfast.grading.service.ports import Ledger
from holdfast.grading.service.session_exchange import Abandon
from holdfast.grading.service.session_place import Place
from holdfast.platform.membership.wire import Load
from holdfast.platform.runtime.clock import Clock, SystemClock
from holdfast.platform.runtime.lifecycle import Stop
from holdfast.platform.runtime.logs import Log
from holdfast.platform.runtime.secrets import ensure_key
from holdfast.platform.telemetry.port import Source
from holdfast.platform.telemetry.readiness import Readiness

__all__ = ["NodeLimits", "NodeSettings", "RunningBeacon", "run_node"]

TCP_SERVICE = "grading-node-tcp"
UDP_SERVICE = "grading-node-udp"
STOPPED = (
    "The server that ran this attempt was stopped before it could decide. "
    "The attempt does not count: please try again."
)
DRAIN_STEP_S = 0.05
"""How often a draining node looks whether its tests have ended."""
BACKLOG = 1024
"""Connections that wait to be accepted: a class that starts at once."""

Endpoint = tuple[str, int]
_log = Log("node")


class RunningBeacon(Protocol):
    """Heartbeats under way, as `holdfast.platform.membership.beacon.Beacon` has them."""

    draining: bool

    async def stop(self) -> None:
        """Say farewell and stop."""


BeaconStarter = Callable[[Mapping[str, Endpoint], Callable[[], Load]], Awaitable[RunningBeacon]]
"""Starts heartbeats for these services; the function tells the node's load."""
Observe = Callable[[Readiness, Sequence[Source]], AbstractAsyncContextManager[object]]
"""Serves figures and health of the node until its block is left."""
OnReady = Callable[[Mapping[str, str]], None]
"""Called once everything is open, with the addresses by service."""


def _unobserved(_: Readiness, __: Sequence[Source]) -> AbstractAsyncContextManager[object]:
    """Of a node that nobody watches."""
    return nullcontext()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a node needs besides its settings: the doors that wiring has opened."""

    ledger: Ledger
    start_beacon: BeaconStarter
    catalogue: Mapping[TestId, Scenario]
    rules: Rules
    clock: Clock = field(default_factory=SystemClock)
    on_ready: OnReady = lambda _: None
    observe: Observe = _unobserved


async def run_node(settings: NodeSettings, surroundings: Surroundings, stop: Stop) -> None:
    """Serve until `stop` is set, then drain. Raises `Mistake` when a port is taken.

    Call it in the main thread: scenarios' processor time is guarded by a signal.
    """
    guard = CpuGuard(settings.limits.step_cpu_s).install()
    try:
        await _Node(settings, surroundings, guard).run(stop)
    finally:
        guard.remove()


class _Node:
    def __init__(self, settings: NodeSettings, around: Surroundings, guard: CpuGuard) -> None:
        self._settings = settings
        self._around = around
        self._incarnation = secrets.token_hex(16)
        place = Place(
            node=settings.name,
            incarnation=self._incarnation,
            catalogue=around.catalogue,
            rules=around.rules,
            secret=ensure_key(settings.seed_secret_file),
            new_id=lambda: secrets.token_hex(16),
            wall=lambda _: around.clock.wall(),
            limits=settings.session_limits,
            engine_limits=settings.engine_limits,
            guard=guard,
            port_offset=settings.port_offset,
        )
        loop = asyncio.get_running_loop()
        self._house = House(place, around.ledger, settings.limits, loop)
        self._ledger_away = ""
        self._absence = Absence(self._house.now())
        self._readiness = Readiness(self._look_at_ledger)

    async def run(self, stop: Stop) -> None:
        async with self._around.observe(self._readiness, [partial(write_node, self._house)]):
            await self._run(stop)

    async def _look_at_ledger(self) -> None:
        if self._ledger_away:
            raise DefiniteError(f"the results API does not answer: {self._ledger_away}")

    async def _run(self, stop: Stop) -> None:
        server, udp = await self._listen()
        beats = asyncio.create_task(self._beat(), name="beats")
        try:
            services = {
                TCP_SERVICE: _endpoint(server.sockets[0].getsockname()),
                UDP_SERVICE: udp.address,
            }
            beacon = await self._around.start_beacon(services, self._load)
            try:
                self._readiness.opened()
                self._around.on_ready({name: f"{at[0]}:{at[1]}" for name, at in services.items()})
                _log.info("node_ready", node=self._settings.name, **_shown(services))
                await stop.wait()
                await self._drain(server, beacon)
            finally:
                await beacon.stop()
        finally:
            beats.cancel()
            server.close()
            udp.close()
            await self._end(beats)

    async def _listen(self) -> tuple[asyncio.Server, UdpLines]:
        settings, house, loop = self._settings, self._house, self._house.loop
        try:
            server = await loop.create_server(
                lambda: TcpLine(house, settings),
                settings.host,
                settings.tcp_port,
                backlog=BACKLOG,
            )
        except OSError as error:
            raise _taken("TCP", settings.host, settings.tcp_port, error) from error
        try:
            bound = _bound(settings.host, settings.udp_port)
        except OSError as error:
            server.close()
            raise _taken("UDP", settings.host, settings.udp_port, error) from error
        return server, UdpLines(house, settings, NodeSocket(bound))

    def _load(self) -> Load:
        house = self._house
        return Load(
            running=house.place.census.running,
            capacity=house.place.limits.running_per_node,
            queued=len(house.asking),
        )

    async def _beat(self) -> None:
        """Tell the ledger that we live; a beat that fails is only a beat."""
        settings, place = self._settings, self._house.place
        while True:
            running, taken = place.census.running, place.talks.take()
            progress = (*place.ticks.take(), *taken.progress)
            beat = NodeBeat(settings.name, self._incarnation, running, progress)
            try:
                async with asyncio.timeout(settings.limits.ask_s):
                    await self._around.ledger.beat(beat)
                    place.talks.confirm(taken)
                    place.is_practice = await self._practice()
                self._ledger_away = ""
                if self._absence.met():
                    _log.info("ledger_back")
            except (HoldfastError, TimeoutError) as error:
                if self._absence.missed(self._house.now()):
                    _log.warning("ledger_away", error=str(error))
                self._ledger_away = str(error) or "no answer in time"
            except Exception:
                _log.exception("beat_failed")
            await asyncio.sleep(settings.beat_interval_s)

    async def _practice(self) -> bool:
        """Whether what begins now is practice; a results API that cannot tell changes nothing."""
        try:
            return await self._around.ledger.practice()
        except DefiniteError:
            return self._house.place.is_practice

    async def _drain(self, server: asyncio.Server, beacon: RunningBeacon) -> None:
        """No new tests; running ones may end by themselves, then they are closed and recorded."""
        settings, house = self._settings, self._house
        house.place.draining = True
        beacon.draining = True
        self._readiness.closing()
        server.close()
        _log.info("node_drains", running=house.place.census.running, within_s=settings.drain_s)
        if await self._settled(settings.drain_s):
            return
        for driver in tuple(house.drivers):
            driver.tell(Abandon(STOPPED))
        if not await self._settled(settings.farewell_s):
            _log.error("attempts_unrecorded", unrecorded=len(house.asking))

    async def _settled(self, within_s: float) -> bool:
        """True as soon as no session has anything to do any more."""
        house = self._house
        until = house.now() + within_s
        while any(not driver.session.is_idle for driver in house.drivers):
            if house.now() >= until:
                return False
            await asyncio.sleep(DRAIN_STEP_S)
        return True

    async def _end(self, beats: asyncio.Task[None]) -> None:
        house = self._house
        for driver in tuple(house.drivers):
            driver.drop()
        tasks = {beats, *house.asking}
        for task in tasks:
            task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.wait(tasks, timeout=self._settings.farewell_s)


def _bound(host: str, port: int) -> socket.socket:
    """A UDP socket on that address; `OSError` when it is taken. uvloop's own way leaks one then."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_DGRAM)
    try:
        made.setblocking(False)
        made.bind((host, port))
    except OSError:
        made.close()
        raise
    return made


def _endpoint(name: tuple[str, int] | tuple[str, int, int, int]) -> Endpoint:
    return name[0], name[1]


def _shown(services: Mapping[str, Endpoint]) -> dict[str, str]:
    return {name.replace("-", "_"): f"{host}:{port}" for name, (host, port) in services.items()}


def _taken(transport: str, host: str, port: int, error: OSError) -> Mistake:
    reason = error.strerror or str(error)
    return Mistake(f"The node cannot listen on {transport} {host}:{port}: {reason}.")
