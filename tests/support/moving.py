"""Virtual nodes that die in the middle: sessions move between them as between real ones.

After any event a dice decides whether the node of that session is lost, and how much of its last
words got through: everything, the note without the answer, or nothing. The next node plays the
session again from the journal. `wire.moves` counts.
"""

from dataclasses import dataclass, field, replace
from random import Random

from holdfast.grading.service import session_log
from holdfast.grading.service.session import Session
from holdfast.grading.service.session_exchange import (
    Ask,
    BytesIn,
    Command,
    DatagramIn,
    Moved,
    SendBytes,
    SessionEvent,
    Tick,
)
from holdfast.grading.service.session_origin import RecordedOrigin, fresh_secret
from holdfast.grading.service.session_place import Channel
from holdfast.grading.service.session_replay import Resumed, resume_session
from holdfast.platform.balancer.handover_wire import Tag
from holdfast.platform.balancer.journal import Journal, JournalBudget
from tests.support.virtual_node import EPOCH, VirtualNode, Wire

NOWHERE = Tag(bytes(16), 0.0)
BUDGET = JournalBudget(1 << 20, 1 << 30)


@dataclass
class MovingWire(Wire):
    """A client's end of a session that moves."""

    tag: Tag = NOWHERE
    moves: int = 0
    asked: dict[int, Ask] = field(default_factory=dict)
    """What the node that lives has asked."""

    def begin(self) -> None:
        """The first node takes it."""
        self.zero = self.node.now
        self.journal = Journal(BUDGET)
        opened_at = EPOCH.timestamp() + self.zero
        self.tag = Tag(bytes(16), opened_at)
        self.origin = RecordedOrigin(self.node.place, fresh_secret(self.node.place), opened_at)
        self.session = Session(self.node.place, self.channel, 0.0, self.origin)
        self.journal.noted(session_log.began(self.origin, opened_at))

    @property
    def now(self) -> float:
        return round(self.node.now - self.zero, 6)

    def tell(self, event: SessionEvent) -> None:
        node = self.node
        assert isinstance(node, MovingNode)
        if isinstance(event, BytesIn | DatagramIn):
            self.journal.heard(self.now, event.data)
        how = node.fate()
        if how == "unheard":
            self.move()
            return
        commands = self.session.receive(event, self.now)
        if how == "unsaid":
            self.move()
            return
        self.journal.noted(session_log.entry(event, self.now, self.origin))
        if how == "noted":
            self.move()
            return
        self._do(commands)
        if how == "said":
            self.move()

    def move(self) -> None:
        """Its node is lost: the next one goes on."""
        self.moves += 1
        self.asked.clear()
        place = replace(
            self.node.place, node=f"n{self.moves + 1}", incarnation=str(self.moves) * 32
        )
        resume = self.journal.resume(self.now, self.moves, f"n{self.moves}")
        self._take_over(resume_session(place, self.channel, self.tag, resume))

    def _take_over(self, resumed: Resumed) -> None:
        self.session, self.origin = resumed.session, resumed.origin
        left: list[Command] = [SendBytes(raw) for raw in resumed.unsent]
        self._do([*left, *resumed.asks.values()])
        for at, data in resumed.unheard:
            if self.channel.transport == "tcp":
                self._live(BytesIn(data), max(at, resumed.at))
            else:
                self._live(DatagramIn(data, max(0.0, self.now - at)), self.now)
        place = self.session._place
        self._live(Moved(place.node, place.incarnation, "moved"), self.now)
        self._live(Tick(), self.now)

    def _live(self, event: SessionEvent, at: float) -> None:
        commands = self.session.receive(event, at)
        self.journal.noted(session_log.entry(event, at, self.origin))
        self._do(commands)

    def _do(self, commands: list[Command]) -> None:
        is_stream = self.channel.transport == "tcp"
        for command in commands:
            if isinstance(command, Ask):
                self.asked[command.id] = command
            if isinstance(command, SendBytes):
                told = self.journal.told if is_stream else self.journal.told_datagram
                told(command.raw)
        self.node.perform(self, commands)


class MovingNode(VirtualNode):
    """A fleet in which `deaths` nodes die, each after some events."""

    def __init__(self, dice: Random, *, deaths: int, every: int = 12) -> None:
        super().__init__()
        self._dice = dice
        self._left = deaths
        self._every = every
        self.wires: list[MovingWire] = []

    def fate(self) -> str:
        """What becomes of a node with this event: empty for nothing."""
        if not self._left or self._dice.randrange(self._every):
            return ""
        self._left -= 1
        return self._dice.choice(["unheard", "unsaid", "noted", "said"])

    def _wire(self, channel: Channel) -> Wire:
        wire = MovingWire(self, channel, Session(self.place, channel, 0.0))
        wire.begin()
        self.wires.append(wire)
        self._watch(wire)
        return wire

    def _watch(self, wire: Wire) -> None:
        assert isinstance(wire, MovingWire)
        deadline = wire.session.next_deadline()
        if deadline is not None:
            self.at(deadline + wire.zero + 1e-6, lambda: self._tick(wire))

    def _tick(self, wire: Wire) -> None:
        assert isinstance(wire, MovingWire)
        deadline = wire.session.next_deadline()
        if deadline is not None and deadline <= wire.now:
            wire.tell(Tick())

    def answer(self, wire: Wire, ask: Ask) -> None:
        """The store's answer reaches only the node that asked."""
        assert isinstance(wire, MovingWire)
        if wire.asked.get(ask.id) is ask:
            super().answer(wire, ask)
