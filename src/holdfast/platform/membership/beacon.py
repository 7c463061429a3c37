"""A node's voice: it tells every balancer, once an interval, that the node lives and where.

Runs inside the node's own event loop on purpose: a node whose loop hangs must fall silent. Sending
never blocks and never fails the node; a balancer that is away just misses beats. Balancer names are
looked up again and again (they move), but only names from our own settings are ever looked up.
"""

import asyncio
import contextlib
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address

from holdfast.platform.membership.wire import Endpoint, Heartbeat, Keyring, Load, encode
from holdfast.platform.runtime.logs import Log

LOOKUP_TIMEOUT_S = 2.0
"""A slow name server must not hold back the beats to the other balancers for long."""
LOOKUP_AGAIN_S = 30.0
"""How old the answer of a look-up may grow: a moved balancer hears us again within this time."""
FAREWELL_BEATS = 2
"""The leaving beat may get lost; its twin costs nothing."""

_ANY = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 (recognised here, never bound)
_log = Log("beacon")


@dataclass(frozen=True, slots=True)
class Identity:
    """Who beats. `incarnation` must grow with every start of the same node."""

    node: str
    incarnation: int

    @staticmethod
    def fresh(node: str) -> "Identity":
        """The identity of a node that starts now; the wall clock in ns is its incarnation."""
        return Identity(node, time.time_ns())


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
    at the start. `load` is asked at each beat.
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
        """Send the first beat (looking names up first) and go on in the background.

        Raises `ValueError` when identity and services make no valid heartbeat, `OSError` or
        `TimeoutError` when a service's host is a name that cannot be looked up.
        """
        for name, (host, port) in self._services.items():
            if host not in _ANY:
                self._services[name] = await _look_up(host, port)
        self._datagram(Load(), "127.0.0.1", leaving=False)
        await self._beat(leaving=False)
        self._task = asyncio.create_task(self._run(), name="beacon")

    async def stop(self) -> None:
        """Send the leaving beats and stop. Safe to call twice, or without `start`."""
        task, self._task = self._task, None
        if task is None:
            return
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        for _ in range(FAREWELL_BEATS):
            await self._beat(leaving=True)
        for target in self._targets:
            target.close()

    async def _run(self) -> None:
        while True:
            due = time.monotonic() + self._settings.interval_s
            # Not wait_for: Python 3.11 loses a cancellation that comes together with the event.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._settings.interval_s):
                    await self._hurry.wait()
            hurried = self._hurry.is_set()
            self._hurry.clear()
            lag_s = 0.0 if hurried else max(0.0, time.monotonic() - due)
            await self._beat(leaving=False, lag_s=lag_s)

    async def _beat(self, *, leaving: bool, lag_s: float = 0.0) -> None:
        self._sequence += 1
        load = self._ask_load(lag_s)
        await asyncio.gather(*(target.resolve() for target in self._targets))
        for target in self._targets:
            own_host = target.own_host
            if own_host is not None:
                target.send(self._datagram(load, own_host, leaving=leaving))

    def _ask_load(self, lag_s: float) -> Load:
        try:
            load = self._load()
        except Exception:
            _log.exception("load_unknown")
            load = Load()
        return Load(max(0, load.running), max(0, load.capacity), max(lag_s, load.loop_lag_s))

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
        )
        return encode(heartbeat, self._settings.keyring)


class _Target:
    """One balancer: its address as last looked up, and a connected socket towards it."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._socket: socket.socket | None = None
        self._address: tuple[str, int] | None = None
        self._look_up_at = 0.0
        self.own_host: str | None = None

    async def resolve(self) -> None:
        now = time.monotonic()
        if self._socket is not None and now < self._look_up_at:
            return
        self._look_up_at = now + LOOKUP_AGAIN_S
        try:
            address = await _look_up(self._host, self._port)
            if self._socket is None or address != self._address:
                self._connect(address)
        except (OSError, TimeoutError) as error:
            self._look_up_at = now  # try again at the next beat
            _log.warning("balancer_unreachable", host=self._host, port=self._port, why=error)

    def _connect(self, address: tuple[str, int]) -> None:
        self.close()
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        fresh = socket.socket(family, socket.SOCK_DGRAM)
        try:
            fresh.setblocking(False)
            fresh.connect(address)
            self.own_host = str(fresh.getsockname()[0]).partition("%")[0]
        except OSError:
            fresh.close()
            raise
        self._socket, self._address = fresh, address

    def send(self, datagram: bytes) -> None:
        if self._socket is None:
            return
        try:
            self._socket.send(datagram)
        except OSError:
            # Nobody listens there just now, or the queue is full: the next beat tries again, after
            # a new look-up, for the balancer may have moved.
            self._look_up_at = 0.0

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket = self._address = self.own_host = None


async def _look_up(host: str, port: int) -> tuple[str, int]:
    with contextlib.suppress(ValueError):
        return str(ip_address(host)), port
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(LOOKUP_TIMEOUT_S):
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    return str(found[0][4][0]), port
