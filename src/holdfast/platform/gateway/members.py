"""The law of members: a gateway knows them as a balancer does, by their heartbeats.

It has an ear and a detector of its own and the balancer's pool: whoever cannot be reached is out at
once and comes back by a probe. Whoever drains gets nothing new, not even when nobody else is there:
it is about to end its connections, and a request that is lost with one may not be sent again.
"""

import asyncio
import contextlib
import random
import socket
import time
from collections.abc import Callable, Collection, Iterable

from holdfast.platform.balancer.policies import DEFAULT, policy_named
from holdfast.platform.balancer.pool import Pool, Target
from holdfast.platform.membership.detector import Change, Detector, Gone
from holdfast.platform.membership.listener import BeatListener
from holdfast.platform.membership.wire import Endpoint, Keyring
from holdfast.platform.runtime.logs import Log

LOOK_EVERY_S = 0.25
"""Between two looks at silence, as the detector wants it."""
PROBE_S = 1.0
"""A member that takes no connection within that time is still out."""
_log = Log("members")


class Members:
    """The members of all services that the sites lead to."""

    def __init__(
        self,
        services: Iterable[str],
        ear: socket.socket,
        keyring: Keyring,
        let_go: Callable[[Endpoint], None] = lambda _: None,
    ) -> None:
        """`let_go` is told where nothing is sent any more."""
        names = sorted(set(services))
        policies = {name: policy_named(DEFAULT, random.random) for name in names}
        first_turn = time.time_ns() & 0xFFFF  # gateways must not walk in step
        self.pool = Pool(dict.fromkeys(names, "tcp"), policies=policies, first_turn=first_turn)
        self._listener = BeatListener(ear, keyring, Detector())
        self._let_go = let_go
        self._probes: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Hear and look until cancelled."""
        loop = asyncio.get_running_loop()
        loop.add_reader(self._listener.socket, self._hear)
        try:
            while True:
                await asyncio.sleep(LOOK_EVERY_S)
                self._hear()
                now = time.monotonic()
                for change in self._listener.tick(now):
                    self.take(change, now)
                self._probe(now)
        finally:
            loop.remove_reader(self._listener.socket)
            for probe in self._probes:
                probe.cancel()

    def pick(self, service: str, tried: Collection[str], client: str) -> Target | None:
        """A member for a request, none of `tried`; None when nobody else is there."""
        target = self.pool.pick(service, time.monotonic(), tried, client)
        return None if target is None or self.pool.is_draining(target) else target

    def take(self, change: Change, now: float) -> None:
        """Take over what membership found out."""
        self.pool.apply(change, now)
        if isinstance(change, Gone) or change.member.draining:
            for endpoint in change.member.services.values():
                self._let_go(endpoint)

    def failed(self, target: Target) -> None:
        """It could not be reached."""
        if self.pool.failed(target, time.monotonic()):
            _log.warning("member_unreachable", service=target.service, member=target.node)

    def missing(self) -> list[str]:
        """The services that nobody offers now."""
        return [name for name, (taking, _) in self.pool.census().items() if not taking]

    def _hear(self) -> None:
        now = time.monotonic()
        for change in self._listener.drain(now, time.time()):
            self.take(change, now)

    def _probe(self, now: float) -> None:
        for target in self.pool.due_probes(now):
            probe = asyncio.create_task(self._reach(target), name=f"probe {target.node}")
            self._probes.add(probe)
            probe.add_done_callback(self._probes.discard)

    async def _reach(self, target: Target) -> None:
        try:
            async with asyncio.timeout(PROBE_S):
                _, writer = await asyncio.open_connection(*target.endpoint)
        except (OSError, TimeoutError):
            self.pool.failed(target, time.monotonic())
            return
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        self.pool.succeeded(target)


def hear(host: str, port: int) -> socket.socket:
    """A socket for heartbeats; `OSError` when it cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    ear = socket.socket(family, socket.SOCK_DGRAM)
    try:
        ear.setblocking(False)
        ear.bind((host, port))
    except OSError:
        ear.close()
        raise
    return ear
