"""A node without a network: sessions on a virtual clock, with a memory store behind.

Bytes go in by `Wire`, come out in `Wire.frames`; the store answers after a latency. The same calls
give the same course, so whole tests of twenty minutes take milliseconds.
"""

import heapq
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from holdfast.errors import DefiniteError, IndefiniteError
from holdfast.grading.domain.engine import Engine
from holdfast.grading.domain.events import Brief, Close, Received, Send, Undecodable
from holdfast.grading.domain.events import Closed as PeerClosed
from holdfast.grading.domain.events import Reaction as EngineReaction
from holdfast.grading.domain.events import Tick as EngineTick
from holdfast.grading.domain.reference.stream import ForgivingStream
from holdfast.grading.domain.roster import Source, User, UserId
from holdfast.grading.domain.rules import Rules
from holdfast.grading.domain.scenario import Scenario
from holdfast.grading.domain.scenarios import CATALOGUE
from holdfast.grading.service.course_policy import CoursePolicy
from holdfast.grading.service.ledger_calls import Report, perform
from holdfast.grading.service.session import Session
from holdfast.grading.service.session_exchange import (
    Abandon,
    Answer,
    Ask,
    AskOutcome,
    BytesIn,
    CloseTransport,
    Command,
    DatagramIn,
    Eof,
    Gone,
    PauseReading,
    ResumeReading,
    SendBytes,
    SessionEvent,
    Tick,
)
from holdfast.grading.service.session_place import Channel, Place
from holdfast.grading.store.memory import MemoryStore
from holdfast.grading.wire.connection import Frame
from holdfast.grading.wire.course import COURSE
from holdfast.grading.wire.message import Message

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
UID = UserId(1234)
OTHER = UserId(2345)
HOST = "192.0.2.7"
QUICK = Rules(time_scale=0.01)
MOST_EVENTS = 200_000

Answering = Callable[[Ask, AskOutcome], AskOutcome]


@dataclass
class Wire:
    """A client's end of one session."""

    node: "VirtualNode"
    channel: Channel
    session: Session
    sent: list[tuple[float, bytes]] = field(default_factory=list)
    is_closed: bool = False
    is_reading: bool = True
    on_frame: Callable[[bytes], None] = lambda _: None

    def send(self, *messages: Message | bytes) -> None:
        """Each in one segment (or datagram)."""
        for message in messages:
            raw = COURSE.encode(message) if isinstance(message, Message) else message
            is_udp = self.channel.transport == "udp"
            self.tell(DatagramIn(raw) if is_udp else BytesIn(raw))

    def tell_all(self, *messages: Message) -> None:
        """All in one segment."""
        self.send(b"".join(map(COURSE.encode, messages)))

    def tell(self, event: SessionEvent) -> None:
        self.node.perform(self, self.session.receive(event, self.node.now))

    def tell_abandon(self, reason: str) -> None:
        self.tell(Abandon(reason))

    def eof(self) -> None:
        self.tell(Eof())

    def reset(self) -> None:
        self.is_closed = True
        self.tell(Gone())

    @property
    def messages(self) -> list[Message]:
        """What the node sent, decoded."""
        decoded = (COURSE.decode_one(raw) for _, raw in self.sent)
        return [each.message for each in decoded if isinstance(each, Frame)]

    @property
    def texts(self) -> list[str]:
        return [str(getattr(message, "text", "")) for message in self.messages]


class VirtualNode:
    """One node's sessions, its clock, and the store behind it."""

    def __init__(
        self,
        *,
        rules: Rules = QUICK,
        latency_s: float = 0.002,
        answering: Answering = lambda _, outcome: outcome,
        place: Callable[[Place], Place] = lambda place: place,
        policy: CoursePolicy | None = None,
    ) -> None:
        self.now = 100.0
        self.latency_s = latency_s
        self.answering = answering
        self.asked: list[Ask] = []
        self.held: list[tuple[Wire, Ask]] = []
        self.hold: Callable[[Ask], bool] = lambda _: False
        self.store = MemoryStore(
            self.wall, policy or CoursePolicy.of(rules, course="course", identity="open")
        )
        self.do(self.store.import_roster([User(UID, "Ada"), User(OTHER, "Bob")]))
        self._ids = 0
        self.place = place(
            Place("n1", "1" * 32, CATALOGUE, rules, b"secret", self._new_id, lambda _: self.wall())
        )
        self._queue: list[tuple[float, int, Callable[[], None]]] = []
        self._counter = 0

    def wall(self) -> datetime:
        return EPOCH + timedelta(seconds=self.now)

    def _new_id(self) -> str:
        self._ids += 1
        return f"{self._ids:032x}"

    def do(self, call: Coroutine[Any, Any, Any]) -> Any:
        """The result of a store's method, which never really waits."""
        try:
            call.send(None)
        except StopIteration as stop:
            return stop.value
        raise AssertionError("the memory store waited")

    def connect(self, port: int = 4444, *, host: str = HOST, source_port: int = 40_000) -> Wire:
        return self._wire(Channel("tcp", Source(host, source_port), port))

    def flow(self, port: int = 5005, *, host: str = HOST, source_port: int = 50_000) -> Wire:
        return self._wire(Channel("udp", Source(host, source_port), port))

    def _wire(self, channel: Channel) -> Wire:
        wire = Wire(self, channel, Session(self.place, channel, self.now))
        self._watch(wire)
        return wire

    def perform(self, wire: Wire, commands: list[Command]) -> None:
        for command in commands:
            match command:
                case SendBytes(raw=raw):
                    wire.sent.append((self.now, raw))
                    wire.on_frame(raw)
                case Ask():
                    self.asked.append(command)
                    if self.hold(command):
                        self.held.append((wire, command))
                    else:
                        self.at(self.now + self.latency_s, lambda a=command: self.answer(wire, a))
                case CloseTransport():
                    wire.is_closed = True
                    self.at(self.now, lambda: wire.tell(Gone()))
                case PauseReading():
                    wire.is_reading = False
                case ResumeReading():
                    wire.is_reading = True
        self._watch(wire)

    def answer(self, wire: Wire, ask: Ask) -> None:
        """Let the store answer now."""
        try:
            outcome: AskOutcome = self.do(perform(self.store, ask.call))
        except (DefiniteError, IndefiniteError) as error:
            outcome = error
        wire.tell(Answer(ask.id, self.answering(ask, outcome)))

    def release(self) -> None:
        """Let the store answer what was held."""
        held, self.held = self.held, []
        for wire, ask in held:
            self.answer(wire, ask)

    def at(self, when: float, act: Callable[[], None]) -> None:
        self._counter += 1
        heapq.heappush(self._queue, (max(when, self.now), self._counter, act))

    def _watch(self, wire: Wire) -> None:
        deadline = wire.session.next_deadline()
        if deadline is not None:
            self.at(deadline, lambda: self._tick(wire))

    def _tick(self, wire: Wire) -> None:
        deadline = wire.session.next_deadline()
        if deadline is not None and deadline <= self.now:
            wire.tell(Tick())

    def run(self, for_s: float = 60.0, until: Callable[[], bool] = lambda: False) -> None:
        """Let time pass: at most so many seconds, and no longer than `until`."""
        end_at = self.now + for_s
        events = 0
        while self._queue and self._queue[0][0] <= end_at:
            when, _, act = heapq.heappop(self._queue)
            self.now = max(self.now, when)  # it is past when somebody has let the node stall
            act()
            events += 1
            assert events < MOST_EVENTS, "events without end"
            if until():
                return
        self.now = end_at

    @property
    def incidents(self) -> list[str]:
        """Kinds of what was reported."""
        calls = (ask.call for ask in self.asked)
        return [call.incident.kind for call in calls if isinstance(call, Report)]

    def attempts(self, uid: UserId = UID) -> list[Any]:
        """What the store holds, newest first."""
        found: list[Any] = self.do(self.store.attempts(uid, 100))
        return found


Split = Callable[[bytes], list[bytes]]


class Student:
    """A client scenario played by an engine against a virtual node."""

    def __init__(
        self,
        node: VirtualNode,
        client: Scenario,
        *,
        uid: UserId = UID,
        split: Split = lambda raw: [raw],
        delay_s: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self._node = node
        self._host = f"192.0.2.{uid % 250}"
        self._split = split
        self._delay_s = delay_s
        self._arrives_at = node.now
        self._port = client.ports[0] if client.transport == "tcp" else 4444
        self._wires: dict[str, Wire] = {}
        self._began = node.now
        self._due: float | None = None
        brief = Brief(client.id, uid, "client", node.place.rules, peer="server")
        self.engine = Engine(client, brief)
        self._react(self.engine.start())

    def _tell(self, event: Received | Undecodable | PeerClosed | EngineTick) -> None:
        now = round(self._node.now - self._began, 6)
        self._react(self.engine.receive(event, now))

    def _react(self, reaction: EngineReaction) -> None:
        for action in reaction.actions:
            match action:
                case Send(peer=peer, raw=raw):
                    wire = self._wire(peer)
                    is_udp = wire.channel.transport == "udp"
                    for piece in [raw] if is_udp else self._split(raw):
                        self._later(lambda w=wire, p=piece: w.send(p))
                case Close(peer=peer):
                    self._later(self._wires.pop(peer).eof)
                case _:
                    raise AssertionError("a client has nobody to ask")
        if reaction.wake_at is not None:
            due = self._began + reaction.wake_at + 1e-6
            self._node.at(due, lambda: self._tell(EngineTick()))

    def _later(self, act: Callable[[], None]) -> None:
        """Do it after a delay, in order with all before it."""
        self._arrives_at = max(self._arrives_at, self._node.now + self._delay_s())
        self._node.at(self._arrives_at, act)

    def _wire(self, peer: str) -> Wire:
        wire = self._wires.get(peer)
        if wire is None:
            if peer.startswith("udp:"):
                wire = self._node.flow(int(peer[4:]), host=self._host)
                decode = self._datagram
            else:
                wire = self._node.connect(self._port, host=self._host)
                stream = ForgivingStream()
                decode = stream.feed
            self._wires[peer] = wire

            def deliver(raw: bytes) -> None:
                for item in decode(raw):
                    if isinstance(item, Frame):
                        event: Received | Undecodable = Received(peer, item)
                    else:
                        event = Undecodable(peer, item.raw, item.failure.describe())
                    self._node.at(self._node.now + 0.001, lambda e=event: self._tell(e))

            wire.on_frame = deliver
        return wire

    @staticmethod
    def _datagram(raw: bytes) -> list[Any]:
        return [COURSE.decode_datagram(raw)]
