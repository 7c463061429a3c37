"""The listeners whose members are on this machine's loopback, kept in the packet program's maps.

Where the kernel takes no such program, or the settings want none, nothing is carried here and
nftables has all. Whatever goes wrong later ends this path: its leases lapse, and the relay serves.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from holdfast.platform.balancer.kernel_rules import LEASE_S, Door, Gate
from holdfast.platform.balancer.loop import Loop
from holdfast.platform.balancer.packets.steering import HOST, Steering, is_near
from holdfast.platform.balancer.settings import BalancerSettings
from holdfast.platform.membership.wire import Endpoint
from holdfast.platform.runtime.logs import Log

SWEEPS_PER_IDLE_TIMEOUT, LONGEST_SWEEP_S = 16, 30.0
"""How exactly the idle time-out is kept."""
STEP_EVERY_S = 0.01
"""Between two steps of a long look at all flows: packets of the relay's go in between."""
MOST_JOBS = 4_096
"""Looks that wait: members that leave at once, behind several ports."""

USUAL_PLACE = "/sys/fs/bpf"
"""Where an earlier process had its program, if the settings name no place any more."""

_log = Log("balancer")


class NearPath:
    """The path of one balancer, which has its name by the port of its heartbeats."""

    def __init__(self, loop: Loop, port: int, settings: BalancerSettings) -> None:
        self._loop = loop
        self._settings = settings
        self._steering: Steering | None = None
        self._ends = False
        self._port = port
        self.doors: dict[Gate, Door] = {}
        """What it carries now."""
        self._jobs: deque[Iterator[None]] = deque()
        self._renewed_at = loop.now
        self._written: tuple[Mapping[Gate, Door], int] = ({}, 0)

    def start(self) -> bool:
        """Begin, if the settings want it and the kernel takes it; whether it does."""
        if not self._settings.kernel_programs:
            self.end()
            return False
        steering = Steering(self._port, Path(self._settings.kernel_programs))
        why = steering.open()
        if why is not None:
            _log.info("packet_program_unused", why=why, instead="nftables")
            return False
        self._steering = steering
        _log.info("packet_program_open", port=self._port)
        self._loop.call_every(self._sweep_s, self._sweep)
        return True

    def end(self) -> None:
        """Do without the program. What an earlier process left of it lets nobody in any more, and
        goes when nobody is inside, or with this process."""
        steering = Steering(self._port, Path(self._settings.kernel_programs or USUAL_PLACE))
        if not steering.is_there or steering.open() is not None:
            return
        self._steering, self._ends = steering, True
        _log.info("packet_program_ends", port=self._port)
        self._loop.call_every(self._sweep_s, self._sweep)
        self._try(_shut)
        self._loop.call_at(self._loop.now + LEASE_S, self._clear)

    def reconfigure(self, settings: BalancerSettings) -> None:
        """Take other limits over, with the next change."""
        self._settings = settings

    def takes(self, door: Door) -> bool:
        """Whether it can carry a listener. Rates of new clients are nftables' business."""
        settings = self._settings
        rated = settings.client_rate.per_s or settings.listener_rate.per_s
        limited = bool(rated) and HOST not in settings.spared
        return self.is_open and is_near(door) and not limited

    def carry(self, doors: Mapping[Gate, Door]) -> None:
        """Carry exactly these listeners; to be called now and then, for the sake of the lease."""
        per_client = self._settings.connections_per_client
        due = self._loop.now - self._renewed_at >= LEASE_S / 3
        if (doors, per_client) == self._written and not due:
            return
        self._written, self._renewed_at = (dict(doors), per_client), self._loop.now
        taken: set[Gate] = set()
        if self._try(lambda s: taken.update(s.carry(list(doors.values()), per_client))):
            self.doors = {gate: door for gate, door in doors.items() if gate in taken}

    def forget(self, gate: Gate, endpoint: Endpoint, unanswered: bool) -> None:
        """Cut what leads to a member at a port: what it never answered, or all."""
        if self._steering is not None:
            self._begin(self._steering.forget(gate, endpoint, unanswered=unanswered))

    def accepted(self) -> dict[Gate, int]:
        """Clients let in since the start, by port."""
        found: dict[Gate, int] = {}
        self._try(lambda steering: found.update(steering.accepted()))
        return found

    @property
    def is_open(self) -> bool:
        """Whether the program may lead clients."""
        return self._steering is not None and not self._ends

    @property
    def is_empty(self) -> bool:
        """Whether nobody is inside."""
        return self._steering is None or self._steering.is_empty

    def leave(self) -> None:
        """A successor has it, or will: touch it no more."""
        if self._steering is not None:
            self._steering.leave()
        self._end()

    def close(self) -> None:
        """Remove it."""
        if self._steering is not None:
            self._steering.close()
        self._end()

    def _end(self) -> None:
        self._steering, self.doors, self._written = None, {}, ({}, 0)
        self._jobs.clear()

    def _sweep(self) -> None:
        if self._steering is not None and not self._jobs:
            self._begin(self._steering.sweep(self._settings.idle_timeout_s))

    def _clear(self) -> None:
        """By now a predecessor, too, has given its last lease."""
        if not self._try(_shut):
            return
        if self.is_empty:
            self.close()
        else:
            self._loop.call_at(self._loop.now + LEASE_S, self._clear)

    def _begin(self, job: Iterator[None]) -> None:
        """Do a long piece of work, a step in each round."""
        if len(self._jobs) < MOST_JOBS:
            self._jobs.append(job)
            if len(self._jobs) == 1:
                self._go_on()

    def _go_on(self) -> None:
        if self._try(lambda _: self._step()) and self._jobs:
            self._loop.call_at(self._loop.now + STEP_EVERY_S, self._go_on)

    def _step(self) -> None:
        """The next step of the first piece of work that is not done."""
        while self._jobs:
            try:
                next(self._jobs[0])
            except StopIteration:
                self._jobs.popleft()
            else:
                return

    @property
    def _sweep_s(self) -> float:
        return min(LONGEST_SWEEP_S, self._settings.idle_timeout_s / SWEEPS_PER_IDLE_TIMEOUT)

    def _try(self, what: Callable[[Steering], None]) -> bool:
        if self._steering is None:
            return False
        try:
            what(self._steering)
        except OSError as error:
            _log.warning("packet_program_failed", why=error.strerror, instead="the relay")
            self.close()
            return False
        return True


def _shut(steering: Steering) -> None:
    steering.carry([], 0)
