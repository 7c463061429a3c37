"""A virtual clock, a virtual network, and clients on it: twenty minutes take milliseconds.

Bytes travel both ways with latency; streams may be split and merged anywhere, datagrams lost. The
same arguments give the same run. What stands on the other side is a `Server`: a bare engine (see
`duel`) or sessions with a store (see `world`).
"""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Protocol

from holdfast.grading.domain.engine import Engine
from holdfast.grading.domain.events import (
    Ask,
    Brief,
    Close,
    Closed,
    Outcome,
    Reaction,
    Received,
    Send,
    Tick,
    Undecodable,
)
from holdfast.grading.domain.reference.clients import SERVER, tcp_port
from holdfast.grading.domain.reference.stream import ForgivingStream
from holdfast.grading.domain.roster import UserId
from holdfast.grading.domain.rules import Rules
from holdfast.grading.domain.scenario import Scenario
from holdfast.grading.wire.connection import Frame, Garbled
from holdfast.grading.wire.course import COURSE, Chat, ErrorReply
from holdfast.grading.wire.message import Message

UID = UserId(1234)
QUICK = Rules(time_scale=0.01)
MOST_EVENTS = 200_000

Lose = Callable[[str, int], bool]
"""Whether the n-th datagram (from 0) in this direction (`up` to the server, `down`) is lost."""


def keep_all(_: str, __: int) -> bool:
    """A network that loses nothing."""
    return False


@dataclass(frozen=True)
class Network:
    """How bytes travel. `chop` splits and merges streams at random, seeded by its value."""

    latency_s: float = 0.002
    lose: Lose = keep_all
    chop: int | None = None


class Agenda:
    """The virtual clock: what happens when, in order."""

    def __init__(self) -> None:
        self.now = 0.0
        self._queue: list[tuple[float, int, Callable[[], None]]] = []
        self._counter = 0

    def at(self, when: float, act: Callable[[], None]) -> None:
        """Do it then, or now if that is past."""
        self._counter += 1
        heapq.heappush(self._queue, (max(when, self.now), self._counter, act))

    def run(self, is_over: Callable[[], bool]) -> None:
        """Go on until it is over or nothing is left to do."""
        events = 0
        while self._queue and not is_over():
            self.now, _, act = heapq.heappop(self._queue)
            act()
            events += 1
            assert events < MOST_EVENTS, "a run without an end"


@dataclass(eq=False)
class Pipe:
    """One TCP connection or UDP flow of a client; `line` is its name in the client's scenario."""

    client: "VirtualClient"
    line: str
    number: int
    inbound: ForgivingStream = field(default_factory=ForgivingStream)
    arrives_at: dict[str, float] = field(default_factory=dict)
    is_open: bool = True

    @property
    def is_udp(self) -> bool:
        return self.line.startswith("udp:")

    @property
    def port(self) -> int:
        """The public port: a UDP line names it, TCP goes to the test's home."""
        number = self.line.removeprefix("udp:").partition("#")[0]
        return int(number) if self.is_udp else self.client.home_port


class Server(Protocol):
    """What stands on the other side."""

    def take(self, pipe: Pipe, raw: bytes) -> None:
        """Bytes of a stream, or one datagram, have arrived."""

    def hung_up(self, pipe: Pipe) -> None:
        """The client has closed this connection."""


@dataclass(frozen=True)
class Said:
    """A frame or datagram that was sent: when, by whom, on which of the client's lines."""

    at_s: float
    by: str
    line: str
    raw: bytes

    @property
    def message(self) -> Message | None:
        frame = COURSE.decode_one(self.raw)
        return frame.message if isinstance(frame, Frame) else None

    @property
    def text(self) -> str:
        return self.message.text if isinstance(self.message, Chat | ErrorReply) else ""


class VirtualClient:
    """A client's engine with its connections. `start` it, then run the agenda."""

    def __init__(
        self,
        scenario: Scenario,
        server: Server,
        agenda: Agenda,
        *,
        uid: UserId = UID,
        rules: Rules = QUICK,
        network: Network | None = None,
        seed: str = "client",
    ) -> None:
        self.uid = uid
        self.said: list[Said] = []
        self.home_port = tcp_port(scenario.id)
        self._server = server
        self._agenda = agenda
        self._network = network or Network()
        self._dice = Random(self._network.chop)
        self._counts = {"up": 0, "down": 0}
        self._pipes: dict[str, Pipe] = {}
        self._opened = 0
        self._engine = Engine(scenario, Brief(scenario.id, uid, seed, rules, peer=SERVER))
        self._began_at = 0.0

    @property
    def outcome(self) -> Outcome | None:
        """How the client's own part ended."""
        return self._engine.outcome

    def heard(self) -> list[str]:
        """The texts that the server sent, in order."""
        return [said.text for said in self.said if said.by == "server"]

    def start(self) -> None:
        """Begin to play, now."""
        self._began_at = self._agenda.now
        self._on_reaction(self._engine.start())

    def down(self, pipe: Pipe, raw: bytes) -> None:
        """The server sends something to this client."""
        self.said.append(Said(self._agenda.now, "server", pipe.line, raw))
        self._carry(pipe, "down", raw, lambda part: self._deliver(pipe, part))

    def shut(self, pipe: Pipe) -> None:
        """The server has closed this connection."""
        if pipe.is_open:
            pipe.is_open = False
            arrival = self._arrival(pipe, "down")
            self._agenda.at(arrival, lambda: self._tell(Closed(pipe.line)))

    def _on_reaction(self, reaction: Reaction) -> None:
        for action in reaction.actions:
            match action:
                case Send(peer=peer, raw=raw):
                    self._up(self._pipe(peer), raw)
                case Close(peer=peer):
                    self._hang_up(self._pipes.pop(peer, None))
                case Ask():
                    raise AssertionError("a client has nobody to ask")
        if reaction.outcome is not None:
            for pipe in self._pipes.values():
                self._hang_up(pipe)
        elif reaction.wake_at is not None:
            self._agenda.at(self._began_at + reaction.wake_at + 1e-6, lambda: self._tell(Tick()))

    def _tell(self, event: Received | Undecodable | Closed | Tick) -> None:
        since = round(self._agenda.now - self._began_at, 6)
        self._on_reaction(self._engine.receive(event, since))

    def _pipe(self, peer: str) -> Pipe:
        if peer not in self._pipes:
            self._opened += 1
            self._pipes[peer] = Pipe(self, peer, self._opened)
        return self._pipes[peer]

    def _hang_up(self, pipe: Pipe | None) -> None:
        if pipe is None or not pipe.is_open or pipe.is_udp:
            return
        pipe.is_open = False
        self._agenda.at(self._arrival(pipe, "up"), lambda: self._server.hung_up(pipe))

    def _up(self, pipe: Pipe, raw: bytes) -> None:
        self.said.append(Said(self._agenda.now, "client", pipe.line, raw))
        self._carry(pipe, "up", raw, lambda part: self._server.take(pipe, part))

    def _carry(self, pipe: Pipe, way: str, raw: bytes, arrive: Callable[[bytes], None]) -> None:
        if pipe.is_udp:
            self._counts[way] += 1
            if not self._network.lose(way, self._counts[way] - 1):
                self._agenda.at(self._agenda.now + self._network.latency_s, lambda: arrive(raw))
            return
        parts = [raw] if self._network.chop is None else self._chopped(raw)
        for part in parts:
            self._agenda.at(self._arrival(pipe, way), partial(arrive, part))

    def _arrival(self, pipe: Pipe, way: str) -> float:
        jitter = 0.0 if self._network.chop is None else self._dice.random() * 0.01
        soonest = self._agenda.now + self._network.latency_s + jitter
        pipe.arrives_at[way] = max(soonest, pipe.arrives_at.get(way, 0.0))
        return pipe.arrives_at[way]

    def _chopped(self, raw: bytes) -> list[bytes]:
        size = self._dice.choice((1, 4, 7, 64, 4096))
        return [raw[at : at + size] for at in range(0, len(raw), size)]

    def _deliver(self, pipe: Pipe, raw: bytes) -> None:
        if self._pipes.get(pipe.line) is not pipe:
            return  # closed meanwhile
        found: list[Frame | Garbled]
        found = [COURSE.decode_datagram(raw)] if pipe.is_udp else pipe.inbound.feed(raw)
        for frame in found:
            match frame:
                case Frame():
                    self._tell(Received(pipe.line, frame))
                case Garbled(raw=bad, failure=failure):
                    self._tell(Undecodable(pipe.line, bad, failure.reason))
