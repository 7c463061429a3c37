"""Plays a scenario by hand: what came, what was sent, how it ended."""

from dataclasses import dataclass, field
from typing import Any

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.engine import Engine
from holdfast.grading.domain.events import (
    Action,
    Ask,
    Brief,
    Close,
    EngineLimits,
    Event,
    Outcome,
    Reaction,
    Received,
    Send,
    Tick,
    Undecodable,
)
from holdfast.grading.domain.replay import replay
from holdfast.grading.domain.roster import UserId
from holdfast.grading.domain.rules import Rules
from holdfast.grading.domain.scenario import Context, Peer, Play, Scenario, Trigger
from holdfast.grading.domain.transcript import Mismatch, encode
from holdfast.grading.domain.verdict import Check, CheckSpec, CheckState
from holdfast.grading.wire.connection import Frame
from holdfast.grading.wire.course import COURSE, Chat
from holdfast.grading.wire.message import Message

UID = UserId(1234)
GO = Chat(UID, "GO")


def chat(text: str, recipient: int = UID) -> Chat:
    """A chat of the test's student."""
    return Chat(recipient, text)


def scenario_of(play: Play, *checks: str, announces: bool = True) -> Scenario:
    """A scenario with these checks, triggered by `GO` on TCP 4444."""
    return Scenario(
        id=TestId("test"),
        title="A test",
        year=2026,
        assignment=1,
        transport="tcp",
        ports=(4444,),
        trigger=Trigger("GO"),
        checks=tuple(CheckSpec(name, f"{name} is right") for name in checks),
        play=play,
        announces=announces,
    )


def frame_of(message: Message) -> Frame:
    """The message as it comes in."""
    return Frame(message, COURSE.encode(message))


def mismatch_of(expected: Message, got: Message) -> Mismatch:
    """What a transcript keeps when `got` came instead of `expected`."""

    async def play(ctx: Context, peer: Peer) -> None:
        await peer.expect(expected, within=1)

    stage = Stageplay.of(play)
    stage.got(got, 0.5)
    divergence = stage.engine.transcript().divergence
    assert divergence is not None
    assert divergence.mismatch is not None
    return divergence.mismatch


@dataclass
class Stageplay:
    """An engine with everything that came out of it."""

    scenario: Scenario
    engine: Engine
    actions: list[Action] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    wake_at: float | None = None

    @classmethod
    def of(cls, play: Play, *checks: str, **options: Any) -> "Stageplay":
        """Start a scenario. Options: limits, rules, trigger, peer, announces, guard."""
        scenario = scenario_of(play, *checks, announces=options.get("announces", True))
        brief = Brief(
            test=scenario.id,
            uid=UID,
            seed=options.get("seed", "seed"),
            rules=options.get("rules", Rules()),
            trigger=options.get("trigger", COURSE.encode(GO)),
            peer=options.get("peer", "client"),
            limits=options.get("limits", EngineLimits()),
        )
        guard = {"guard": options["guard"]} if "guard" in options else {}
        made = cls(scenario, Engine(scenario, brief, **guard))
        made._note(made.engine.start())
        return made

    def _note(self, reaction: Reaction) -> Reaction:
        self.actions += reaction.actions
        self.checks += reaction.checks
        self.wake_at = reaction.wake_at
        return reaction

    def tell(self, event: Event, at: float, waited_s: float = 0.0) -> Reaction:
        return self._note(self.engine.receive(event, at, waited_s))

    def got(
        self, message: Message, at: float, peer: str = "client", waited_s: float = 0.0
    ) -> Reaction:
        frame = frame_of(message)
        return self.tell(Received(peer, frame, frame.suspicion), at, waited_s)

    def got_garbage(self, explanation: str, at: float, raw: bytes = b"????") -> Reaction:
        return self.tell(Undecodable("client", raw, explanation), at)

    def tick(self, at: float) -> Reaction:
        return self.tell(Tick(), at)

    @property
    def outcome(self) -> Outcome:
        assert self.engine.outcome is not None, "the attempt still runs"
        return self.engine.outcome

    @property
    def is_running(self) -> bool:
        return self.engine.outcome is None

    @property
    def sent(self) -> list[Message | bytes]:
        """What was sent to anyone, decoded where it is a frame."""
        return [_message(action.raw) for action in self.actions if isinstance(action, Send)]

    @property
    def texts(self) -> list[str]:
        return [str(getattr(message, "text", message)) for message in self.sent]

    @property
    def asks(self) -> list[Ask]:
        return [action for action in self.actions if isinstance(action, Ask)]

    @property
    def closes(self) -> list[Close]:
        return [action for action in self.actions if isinstance(action, Close)]

    def state(self, check: str) -> CheckState:
        return next(each.state for each in self.outcome.checks if each.name == check)

    def hint(self, check: str) -> str:
        return next(each.hint for each in self.outcome.checks if each.name == check)

    def replays(self) -> bool:
        """True if its transcript, played again, gives the same transcript."""
        transcript = self.engine.transcript()
        return encode(replay(transcript, self.scenario)) == encode(transcript)


def _message(raw: bytes) -> Message | bytes:
    decoded = COURSE.decode_one(raw)
    return decoded.message if isinstance(decoded, Frame) and decoded.raw == raw else raw
