"""Where a session lives: what it is told about its node, its peer and its limits.

No I/O. Time, ids and dice are given here as functions or arguments, so that a session can be driven
by sockets, by a virtual clock or by a test that splits bytes everywhere.
"""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.engine import Guard
from holdfast.grading.domain.events import EngineLimits
from holdfast.grading.domain.roster import Source, UserId
from holdfast.grading.domain.rules import Rules
from holdfast.grading.domain.scenario import Scenario, Transport
from holdfast.grading.domain.trigger_table import SEED_PORT, TriggerTable
from holdfast.grading.service.live_talks import LiveTalks
from holdfast.grading.service.ticked_checks import TickedChecks


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """Bounds of one connection or flow, and of what all of a node's sessions run together."""

    waiting_frames: int = 256
    """Frames that wait for their turn while the store is asked; then reading pauses."""
    waiting_bytes: int = 128 << 10
    """The same in bytes: two frames of the greatest length, or many ordinary ones."""
    unread_bytes: int = 64 << 10
    """Bytes taken from the network and not yet decoded; one read gives at most this much."""
    slice_bytes: int = 1024
    """Bytes decoded at a time: 256 of the shortest frames."""
    frames_per_event: int = 64
    """Frames handled before other sessions get their turn."""
    attempts: int = 200
    """Attempts that one connection or flow may start in its life."""
    running: int = 16
    """Attempts of one session at once."""
    running_per_user: int = 32
    """Attempts of one student at once on this node."""
    running_per_node: int = 4096
    incidents: int = 5
    """Incidents that one session may report: the first ones tell enough."""
    errors: int = 50
    """Error frames to one connection; a program in a loop gains nothing from more."""
    datagram_errors: int = 5
    """Error frames to one flow, whose source address may be forged."""
    explained_garbage: int = 20
    """Undecodable pieces that are analysed for one session; it costs a millisecond each."""
    explained_per_s: float = 50.0
    """The same for all sessions of the node that run no test: strangers get at most 5 % of it."""
    judge_s: float = 0.15
    """Bytes that are no frame are judged so much later, with those that came since: a program that
    writes them in pieces waits for acknowledgements (40 ms) and the way there and back."""
    waiting_s: float = 5.0
    """Whose frame has been coming in for so long is told what is missing: long for a network, short
    for a person who wonders why nothing happens. A lost packet or a debugger may still go on."""
    unfinished_s: float = 120.0
    """How long one frame may take to come in completely."""
    idle_s: float = 900.0
    """A connection without frames and without a running test ends: students renew every 240 s."""
    flow_idle_s: float = 180.0
    """The same for a UDP flow."""
    linger_s: float = 60.0
    """How long running tests may go on when the stream is out of step, before it is closed."""
    farewell_s: float = 2.0
    """An error frame needs this time to be read before the connection closes behind it."""


class Census:
    """How many attempts run on this node, all together and per student."""

    __slots__ = ("_by_user", "_limits", "running")

    def __init__(self, limits: SessionLimits) -> None:
        self._limits = limits
        self._by_user: dict[UserId, int] = {}
        self.running = 0

    def admits(self, uid: UserId) -> bool:
        """True if one more attempt of this student may begin."""
        return (
            self.running < self._limits.running_per_node
            and self._by_user.get(uid, 0) < self._limits.running_per_user
        )

    def enter(self, uid: UserId) -> None:
        """An attempt began."""
        self.running += 1
        self._by_user[uid] = self._by_user.get(uid, 0) + 1

    def leave(self, uid: UserId) -> None:
        """An attempt ended."""
        self.running -= 1
        left = self._by_user[uid] - 1
        if left:
            self._by_user[uid] = left
        else:
            del self._by_user[uid]


class Allowance:
    """So much per second, and as much at once: a token bucket."""

    __slots__ = ("_left", "_per_s", "_since")

    def __init__(self, per_s: float) -> None:
        self._per_s = per_s
        self._left = per_s
        self._since = 0.0

    def take(self, now: float) -> bool:
        """Use one; False when there is none left just now."""
        grown = self._left + max(0.0, now - self._since) * self._per_s
        self._left = min(self._per_s, grown)
        self._since = now
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True


@dataclass(slots=True)
class Place:
    """A node, as its sessions see it.

    `new_id` makes 32 fresh hex digits. `wall` turns the sessions' clock (seconds, monotonic) into
    UTC. `secret` seeds the dice. `draining`: no new attempts begin. `port_offset`: what the ports
    that clients use lie above the catalogue's. `is_practice`: attempts that begin do not count.
    """

    node: str
    incarnation: str
    catalogue: Mapping[TestId, Scenario]
    rules: Rules
    secret: bytes
    new_id: Callable[[], str]
    wall: Callable[[float], datetime]
    limits: SessionLimits = field(default_factory=SessionLimits)
    engine_limits: EngineLimits = field(default_factory=EngineLimits)
    guard: Guard = nullcontext
    port_offset: int = 0
    draining: bool = False
    is_practice: bool = False
    triggers: TriggerTable = field(init=False)
    census: Census = field(init=False)
    allowance: Allowance = field(init=False)
    ticks: TickedChecks = field(init=False, default_factory=TickedChecks)
    talks: LiveTalks = field(init=False, default_factory=LiveTalks)

    def __post_init__(self) -> None:
        self.triggers = TriggerTable(self.catalogue)
        self.census = Census(self.limits)
        self.allowance = Allowance(self.limits.explained_per_s)


@dataclass(frozen=True, slots=True)
class Channel:
    """One connection or flow: who is at the other end, and the public port they used. `trace`: its
    name in the balancer's log; empty without one."""

    transport: Transport
    source: Source
    port: int
    trace: str = ""

    @property
    def is_seed(self) -> bool:
        """True on the port of the seed's prototype, with its own manners."""
        return self.transport == "tcp" and self.port == SEED_PORT
