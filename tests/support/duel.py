"""A duel: the engine of a graded check against the engine of a client, without service and store.

Registration and leases are a few lines here, because the domain is tested by itself.
"""

from dataclasses import dataclass, field
from functools import partial

from holdfast.grading.domain.engine import Engine
from holdfast.grading.domain.events import (
    Answered,
    Ask,
    Brief,
    Close,
    Closed,
    Outcome,
    Reaction,
    Received,
    Send,
    Stalled,
    Tick,
    Undecodable,
)
from holdfast.grading.domain.lease import Lease
from holdfast.grading.domain.roster import Source
from holdfast.grading.domain.rules import Rules
from holdfast.grading.domain.scenario import Scenario
from holdfast.grading.domain.scenarios import CATALOGUE
from holdfast.grading.domain.transcript import Transcript
from holdfast.grading.wire.connection import Frame, Garbled, StreamDecoder
from holdfast.grading.wire.course import COURSE, Chat, ErrorReply, Register, Registered
from holdfast.grading.wire.message import Message
from tests.support.virtual import QUICK, UID, Agenda, Network, Pipe, Said, VirtualClient

SOURCE = Source("192.0.2.7", 40_000)
REPEAT_S = 1.0
"""A UDP client that goes on after the end has missed the last word: say it again this often."""

__all__ = ["QUICK", "SOURCE", "UID", "Duel", "LeaseBook", "Network"]


@dataclass
class LeaseBook:
    """The leases of one user, by the rules of the store."""

    rules: Rules
    began_at: float = -1.0
    granted_at: float = -1.0
    renewals: int = 0

    def register(self, now: float) -> Message:
        """The answer to a register request."""
        rules = self.rules
        age_s = now - self.granted_at
        if self.granted_at >= 0 and age_s < rules.renew_min_scaled_s:
            left = rules.renew_min_scaled_s - age_s
            return ErrorReply(f"Lease renewal triggered too soon: {left:.1f} seconds left")
        if self.granted_at < 0 or age_s >= rules.lease_scaled_s:
            self.began_at, self.renewals = now, 0
        else:
            self.renewals += 1
        self.granted_at = now
        return Registered()

    def lease(self, now: float) -> Lease | None:
        """The lease as the store would tell it."""
        if self.granted_at < 0:
            return None
        ago = now - self.granted_at
        expires_in_s = self.rules.lease_scaled_s - ago
        return Lease(UID, SOURCE, now - self.began_at, ago, expires_in_s, self.renewals)


@dataclass
class Attempt:
    """The attempt on the server's side."""

    engine: Engine
    home: Pipe
    began_at: float
    announced_at: float = 0.0


@dataclass
class Duel:
    """One attempt, played by both sides; `run` plays it to the end. Implements `virtual.Server`."""

    player: Scenario
    seed: str = "seed"
    rules: Rules = QUICK
    network: Network = field(default_factory=Network)
    scenario: Scenario | None = None

    def __post_init__(self) -> None:
        self.graded = self.scenario or CATALOGUE[self.player.id]
        self.book = LeaseBook(self.rules)
        self.agenda = Agenda()
        self.client = VirtualClient(
            self.player, self, self.agenda, rules=self.rules, network=self.network
        )
        self.outcome: Outcome | None = None
        self.starts = 0
        self._attempt: Attempt | None = None
        self._decoders: dict[Pipe, StreamDecoder] = {}

    @property
    def said(self) -> list[Said]:
        """Everything that was sent, by either side."""
        return self.client.said

    @property
    def transcript(self) -> Transcript:
        """Of the server's side. There must have been an attempt."""
        assert self._attempt is not None
        return self._attempt.engine.transcript()

    def run(self) -> Outcome:
        """Play; the server's outcome. There must be one."""
        self.client.start()
        self.agenda.run(lambda: self.outcome is not None and self.client.outcome is not None)
        assert self.outcome is not None, "the test never began or never ended"
        return self.outcome

    def take(self, pipe: Pipe, raw: bytes) -> None:
        """See `virtual.Server`."""
        found: list[Frame | Garbled]
        found = [COURSE.decode_datagram(raw)] if pipe.is_udp else self._decoder(pipe).feed(raw)
        for frame in found:
            match frame:
                case Frame(message=Register()):
                    answer = COURSE.encode(self.book.register(self.agenda.now))
                    due_at = self.agenda.now + self.rules.register_hold_s
                    self.agenda.at(due_at, partial(pipe.client.down, pipe, answer))
                case Frame(message=Chat() as chat):
                    self._chat(pipe, frame, chat)
                case Garbled(raw=bad, failure=failure):
                    self._tell(pipe, Undecodable("client", bad, failure.describe()))
                case _:
                    self._tell(pipe, Received("client", frame, frame.suspicion))

    def hung_up(self, pipe: Pipe) -> None:
        """See `virtual.Server`."""
        decoder = self._decoder(pipe)
        failure = decoder.explain_pending()
        if failure is not None:
            self._tell(pipe, Stalled("client", decoder.pending, failure.describe()))
        self._tell(pipe, Closed("client"))

    def _decoder(self, pipe: Pipe) -> StreamDecoder:
        return self._decoders.setdefault(pipe, COURSE.stream())

    def _chat(self, pipe: Pipe, frame: Frame, chat: Chat) -> None:
        attempt, trigger = self._attempt, self.graded.trigger
        assert trigger is not None
        if attempt is None:
            if trigger.matches(chat):
                self._begin(pipe, frame)
        elif self.outcome is not None:
            self._repeat(attempt, pipe, frame.raw, self.outcome.announcement)
        elif not trigger.matches(chat):
            self._tell(pipe, Received("client", frame, frame.suspicion))

    def _begin(self, pipe: Pipe, frame: Frame) -> None:
        self.starts += 1
        brief = Brief(self.graded.id, UID, self.seed, self.rules, trigger=frame.raw)
        self._attempt = Attempt(Engine(self.graded, brief), pipe, self.agenda.now)
        self._on_reaction(self._attempt, self._attempt.engine.start())

    def _repeat(self, attempt: Attempt, pipe: Pipe, raw: bytes, announcement: bytes) -> None:
        is_late = self.agenda.now - attempt.announced_at >= REPEAT_S
        if announcement and raw != announcement and pipe.is_udp and is_late:
            attempt.announced_at = self.agenda.now
            pipe.client.down(pipe, announcement)

    def _tell(
        self,
        pipe: Pipe | None,
        event: Received | Undecodable | Stalled | Closed | Answered | Tick,
    ) -> None:
        """Let the attempt know, if the event is of its pipe (None: of no pipe)."""
        attempt = self._attempt
        if attempt is not None and self.outcome is None and pipe in (None, attempt.home):
            since = round(self.agenda.now - attempt.began_at, 6)
            self._on_reaction(attempt, attempt.engine.receive(event, since))

    def _tick(self) -> None:
        attempt = self._attempt
        assert attempt is not None
        if not attempt.home.is_udp:
            decoder = self._decoder(attempt.home)
            failure = decoder.explain_pending()
            if failure is not None:
                self._tell(None, Stalled("client", decoder.pending, failure.describe()))
        self._tell(None, Tick())

    def _on_reaction(self, attempt: Attempt, reaction: Reaction) -> None:
        agenda, home = self.agenda, attempt.home
        for action in reaction.actions:
            match action:
                case Send(raw=raw):
                    home.client.down(home, raw)
                case Ask(id=number):
                    agenda.at(agenda.now + 0.001, partial(self._answer, number))
                case Close():
                    raise AssertionError("no course test closes the connection")
        if reaction.outcome is not None:
            self.outcome = reaction.outcome
            attempt.announced_at = agenda.now
            if self.outcome.announcement:
                home.client.down(home, self.outcome.announcement)
        elif reaction.wake_at is not None:
            agenda.at(attempt.began_at + reaction.wake_at + 1e-6, self._tick)

    def _answer(self, ask: int) -> None:
        self._tell(None, Answered(ask, self.book.lease(self.agenda.now)))
