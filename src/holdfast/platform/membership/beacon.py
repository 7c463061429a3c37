"""A node's voice: it tells every balancer, once an interval, that the node lives and where.

Runs inside the node's own event loop on purpose: a node whose loop hangs must fall silent. Sending
never blocks and never fails the node; a balancer that is away just misses beats, and the others
miss none. Balancer names are looked up again and again (they move), beside the beats and one at a
time each; only names from our own settings are ever looked up.
"""

import asyncio
import contextlib
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from holdfast import __version__
from holdfast.platform.membership.incarnations import next_incarnation
from holdfast.platform.membership.vitals import Vitals
from holdfast.platform.membership.wire import Endpoint, Heartbeat, Keyring, Load, encode
from holdfast.platform.runtime.logs import Log

LOOKUP_TIMEOUT_S = 2.0
"""What is not found by then counts as not found; a start waits so long for its first beat."""
LOOKUP_AGAIN_S = 30.0
"""How old the answer of a look-up may grow: a moved balancer hears us again within this time."""
WARN_EVERY_S = 60.0
"""A balancer that cannot be found is logged at most so often."""
FAREWELL_BEATS = 2
"""The leaving beat may get lost; its twin costs nothing."""

_ANY = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 (recognised here, never bound)
_log = Log("beacon")


@dataclass(frozen=True, slots=True)
class Identity:
    """Who beats, with which software. `incarnation` must grow with every start of the same node."""

    node: str
    incarnation: int
    version: str = __version__

    @staticmethod
    def fresh(node: str, data: Path | None = None) -> "Identity":
        """The identity of a node that starts now; the wall clock in ns is its incarnation, or a
        higher one if the data folder remembers that one."""
        return Identity(node, next_incarnation(data, node) if data else time.time_ns())


@dataclass(frozen=True, slots=True)
class BeaconSettings:
    """Whom to beat to (host name or address, port), how often, signed with which keys."""

    balancers: tuple[tuple[str, int], ...]
    keyring: Keyring
    interval_s: float = 1.0


class Beacon:
    """Sends the heartbeats of one node. `start()`, then `stop()`, in one asyncio event loop.

    `services`: name -> (host, port) where the node's services are reached; a wildcard or empty host
    is told to each balancer as the address we reach that balancer from, a host name as its address
    at the start. `load` is asked at each beat for what only the node knows; how late its loop was
    and the processor's share are measured here.
    """

    def __init__(
        self,
        settings: BeaconSettings,
        identity: Identity,
        services: Mapping[str, Endpoint],
        load: Callable[[], Load] = Load,
    ) -> None:
        self._settings = settings
        self._identity = identity
        self._services = dict(services)
        self._load = load
        self._targets = [_Target(host, port) for host, port in settings.balancers]
        self._vitals = Vitals()
        self._sequence = 0
        self._draining = False
        self._began = time.monotonic()
        self._hurry = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def draining(self) -> bool:
        return self._draining

    @draining.setter
    def draining(self, value: bool) -> None:
        """Tell the balancers, by a beat at once, to give us no new clients (or new ones again)."""
        self._draining = value
        self._hurry.set()

    async def start(self) -> None:
        """Send the first beat (looking names up first, within `LOOKUP_TIMEOUT_S`) and go on in the
        background.

        Raises `ValueError` when identity and services make no valid heartbeat, `OSError` or
        `TimeoutError` when a service's host is a name that cannot be looked up.
        """
        for name, (host, port) in self._services.items():
            if host not in _ANY:
                async with asyncio.timeout(LOOKUP_TIMEOUT_S):
                    self._services[name] = await _look_up(host, port)
        self._datagram(Load(), "127.0.0.1", leaving=False)
        self._vitals.start()
        await asyncio.gather(*(target.find() for target in self._targets))
        self._beat(leaving=False)
        self._task = asyncio.create_task(self._run(), name="beacon")

    async def stop(self) -> None:
        """Send the leaving beats and stop. Safe to call twice, or without `start`."""
        task, self._task = self._task, None
        if task is None:
            return
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        self._vitals.stop()
        for _ in range(FAREWELL_BEATS):
            self._beat(leaving=True)
        for target in self._targets:
            target.close()

    async def _run(self) -> None:
        while True:
            # Not wait_for: Python 3.11 loses a cancellation that comes together with the event.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._settings.interval_s):
                    await self._hurry.wait()
            self._hurry.clear()
            for target in self._targets:
                target.find_again()
            self._beat(leaving=False)

    def _beat(self, *, leaving: bool) -> None:
        self._sequence += 1
        load = self._ask_load()
        for target in self._targets:
            own_host = target.own_host
            if own_host is not None:
                target.send(self._datagram(load, own_host, leaving=leaving))

    def _ask_load(self) -> Load:
        try:
            load = self._load()
        except Exception:
            _log.exception("load_unknown")
            load = Load()
        vital = self._vitals.take()
        return Load(
            running=max(0, load.running),
            capacity=max(0, load.capacity),
            loop_lag_s=max(vital.loop_lag_s, load.loop_lag_s),
            cpu=vital.cpu,
            queued=max(0, load.queued),
        )

    def _datagram(self, load: Load, own_host: str, *, leaving: bool) -> bytes:
        services = {
            name: (own_host if host in _ANY else host, port)
            for name, (host, port) in self._services.items()
        }
        heartbeat = Heartbeat(
            node=self._identity.node,
            incarnation=self._identity.incarnation,
            sequence=self._sequence,
            sent_at=time.time(),
            uptime_s=time.monotonic() - self._began,
            interval_s=self._settings.interval_s,
            services=services,
            draining=self._draining or leaving,
            leaving=leaving,
            load=load,
            version=self._identity.version,
        )
        return encode(heartbeat, self._settings.keyring)


class _Target:
    """One balancer: its address as last looked up, and a connected socket towards it."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._socket: socket.socket | None = None
        self._address: tuple[str, int] | None = None
        self._look_up_at = 0.0
        self._warned_at = -WARN_EVERY_S
        self._finding: asyncio.Task[None] | None = None
        self._asked: asyncio.Future[tuple[str, int]] | None = None
        self.own_host: str | None = None

    def find_again(self) -> None:
        """Look the name up beside everything else, if it is time and nobody does so already."""
        is_due = self._socket is None or time.monotonic() >= self._look_up_at
        if is_due and (self._finding is None or self._finding.done()):
            self._finding = asyncio.create_task(self.find(), name="balancer look-up")

    async def find(self) -> None:
        """Look the name up, within `LOOKUP_TIMEOUT_S`, and connect. A failure is logged only."""
        self._look_up_at = time.monotonic() + LOOKUP_AGAIN_S
        try:
            async with asyncio.timeout(LOOKUP_TIMEOUT_S):
                address = await self._ask()
            if self._socket is None or address != self._address:
                self._connect(address)
        except (OSError, TimeoutError) as error:
            self._look_up_at = 0.0  # try again at the next beat
            if time.monotonic() - self._warned_at >= WARN_EVERY_S:
                self._warned_at = time.monotonic()
                _log.warning("balancer_unreachable", host=self._host, port=self._port, why=error)

    async def _ask(self) -> tuple[str, int]:
        # A look-up holds a thread until the name server answers, whoever waits for it: who comes
        # later waits for the same one.
        if self._asked is None:
            self._asked = asyncio.ensure_future(_look_up(self._host, self._port))
            self._asked.add_done_callback(self._answered)
        return await asyncio.shield(self._asked)

    def _answered(self, asked: "asyncio.Future[tuple[str, int]]") -> None:
        self._asked = None
        if not asked.cancelled():
            asked.exception()  # it was told to who still waited

    def _connect(self, address: tuple[str, int]) -> None:
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        fresh = socket.socket(family, socket.SOCK_DGRAM)
        try:
            fresh.setblocking(False)
            fresh.connect(address)
            own_host = str(fresh.getsockname()[0]).partition("%")[0]
        except OSError:
            fresh.close()
            raise
        self._disconnect()
        self._socket, self._address, self.own_host = fresh, address, own_host

    def send(self, datagram: bytes) -> None:
        """Send it, or lose it."""
        if self._socket is None:
            return
        try:
            self._socket.send(datagram)
        except OSError:
            # Nobody listens there just now, or the queue is full: the next beat tries again, after
            # a new look-up, for the balancer may have moved.
            self._look_up_at = 0.0

    def close(self) -> None:
        """Close the socket and look nothing up any more."""
        for task in (self._finding, self._asked):
            if task is not None:
                task.cancel()
        self._disconnect()

    def _disconnect(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket = self._address = self.own_host = None


async def _look_up(host: str, port: int) -> tuple[str, int]:
    with contextlib.suppress(ValueError):
        return str(ip_address(host)), port
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    return str(found[0][4][0]), port
