"""The attempts that one session runs: opened, played, closed, and only then announced.

No I/O. Each attempt is written down twice: when it begins (the scenario goes on meanwhile) and when
it has ended. What the client is told about the verdict waits for the store's receipt.
"""

from dataclasses import dataclass, replace

from holdfast.errors import DefiniteError
from holdfast.grading.domain import events, transcript
from holdfast.grading.domain.attempt import (
    AttemptId,
    ClosedAttempt,
    OpenedAttempt,
    Receipt,
    TestId,
)
from holdfast.grading.domain.engine import Engine
from holdfast.grading.domain.events import Abandoned, Answered, Brief, Closed, Event, Reaction
from holdfast.grading.domain.lease import Lease
from holdfast.grading.domain.requests import Answer, Unanswered
from holdfast.grading.domain.roster import UserId
from holdfast.grading.domain.scenario import Scenario
from holdfast.grading.domain.seed import attempt_seed
from holdfast.grading.service import session_texts
from holdfast.grading.service.ledger_calls import Close, LeaseOf, Open
from holdfast.grading.service.session_exchange import (
    AskOutcome,
    Closing,
    Exchange,
    Inquiring,
    Moved,
    Opening,
)
from holdfast.grading.service.session_farewell import LastWord
from holdfast.grading.service.session_origin import Origin
from holdfast.grading.service.session_place import Channel, Place
from holdfast.grading.wire.connection import Frame
from holdfast.grading.wire.course import COURSE, ErrorReply

PEER = "client"
"""The name of a session's one peer, as scenarios see it."""


@dataclass(slots=True, eq=False)
class _Run:
    """One attempt from its beginning to its receipt."""

    number: int
    scenario: Scenario
    opened: OpenedAttempt
    engine: Engine
    began: float
    wake_at: float | None = None

    def elapsed(self, now: float) -> float:
        """Seconds since the beginning, in whole microseconds so that replay is exact."""
        return round(now - self.began, 6)

    @property
    def deadline(self) -> float | None:
        return None if self.wake_at is None else self.began + self.wake_at


class Attempts:
    """The running attempts of one session."""

    __slots__ = (
        "_channel",
        "_closing",
        "_exchange",
        "_incarnation",
        "_last_word",
        "_node",
        "_origin",
        "_place",
        "_running",
        "last_number",
    )

    def __init__(self, place: Place, origin: Origin, channel: Channel, exchange: Exchange) -> None:
        self._place = place
        self._origin = origin
        self._node, self._incarnation = place.node, place.incarnation
        self._channel = channel
        self._exchange = exchange
        self._running: dict[int, _Run] = {}
        self._closing: dict[int, _Run] = {}
        self._last_word = LastWord()
        self.last_number = 0
        """The number of the attempt that began last; also how many there were."""

    @property
    def running(self) -> int:
        """How many are being played."""
        return len(self._running)

    @property
    def unfinished(self) -> bool:
        """True while one is played or waits for its receipt."""
        return bool(self._running or self._closing)

    def is_running(self, test: TestId) -> bool:
        """True if this test is being played here."""
        return any(run.scenario.id == test for run in self._running.values())

    def next_deadline(self) -> float | None:
        """When the first scenario wants to go on, in the session's time."""
        return min(
            (run.deadline for run in self._running.values() if run.deadline is not None),
            default=None,
        )

    def start(self, scenario: Scenario, uid: UserId, trigger: Frame, now: float) -> None:
        """Begin an attempt."""
        place = self._place
        attempt = AttemptId(self._origin.new_id())
        is_practice = self._origin.is_practice()
        seed = attempt_seed(self._origin.secret, uid, scenario.id, attempt)
        opened = OpenedAttempt(
            id=attempt,
            uid=uid,
            test=scenario.id,
            seed=seed,
            source=self._channel.source,
            node=self._node,
            incarnation=self._incarnation,
            started_at=self._origin.wall(now),
            is_practice=is_practice,
        )
        brief = Brief(
            test=scenario.id,
            uid=uid,
            seed=seed,
            rules=place.rules.in_practice if is_practice else place.rules,
            trigger=trigger.raw,
            peer=PEER,
            limits=place.engine_limits,
        )
        self.last_number += 1
        self._last_word.forget()
        engine = Engine(scenario, brief, protocol=COURSE, guard=place.guard)
        run = _Run(self.last_number, scenario, opened, engine, now)
        self._running[run.number] = run
        place.census.enter(uid)
        place.talks.begin(attempt, engine.record, trigger.raw, PEER)
        self._exchange.ask(Open(opened), Opening(run.number))
        self._react(run, engine.start(), now)

    def tell(self, event: Event, now: float, after: int = 0, *, waited_s: float = 0.0) -> None:
        """Let all attempts that began after number `after` know. `waited_s`: of a message, see
        `Engine.receive`."""
        for run in tuple(self._running.values()):
            if run.number > after and run.number in self._running:
                self._play(run.number, event, now, waited_s)

    def tick(self, now: float, stalled: events.Stalled | None) -> None:
        """Wake those whose time has come; before that tell what is unfinished on the stream."""
        for run in tuple(self._running.values()):
            if run.wake_at is None or run.deadline is None or now < run.deadline:
                continue
            elapsed = max(run.elapsed(now), run.wake_at)
            if stalled is not None:
                self._react(run, run.engine.receive(stalled, elapsed), now)
            if run.number in self._running:
                self._react(run, run.engine.receive(events.Tick(), elapsed), now)

    def answered(
        self, purpose: Opening | Closing | Inquiring, outcome: AskOutcome, now: float
    ) -> None:
        """An attempt's question to the store was answered."""
        number = purpose.attempt
        if isinstance(purpose, Closing):
            self._announce(self._closing.pop(number), outcome, now)
        elif number not in self._running:
            return  # it has ended meanwhile: nobody waits for this any more
        elif isinstance(purpose, Inquiring):
            self._play(number, Answered(purpose.ask, _as_answer(outcome)), now)
        elif isinstance(outcome, DefiniteError):
            reason = f"The attempt could not be recorded: {outcome}"
            self._play(number, Abandoned(reason), now)

    def remind(self, frame: Frame, now: float) -> None:
        """A frame came that no test expects: over UDP, the client may have missed the verdict."""
        raw = self._last_word.again(frame.raw, now)
        if raw:
            self._exchange.send(raw, now)

    def moved(self, move: Moved, now: float) -> None:
        """The session goes on at another node, which runs its attempts from now on."""
        self._node, self._incarnation = move.node, move.incarnation
        for run in (*self._running.values(), *self._closing.values()):
            run.opened = replace(
                run.opened, node=move.node, incarnation=move.incarnation, moves=run.opened.moves + 1
            )
        for run in tuple(self._running.values()):
            self._exchange.ask(Open(run.opened), Opening(run.number))
        self.tell(events.Moved(move.told), now)

    def _play(self, number: int, event: Event, now: float, waited_s: float = 0.0) -> None:
        run = self._running[number]
        self._react(run, run.engine.receive(event, run.elapsed(now), waited_s), now)

    def _react(self, run: _Run, reaction: Reaction, now: float) -> None:
        run.wake_at = reaction.wake_at
        was_open = self._exchange.is_open
        for action in reaction.actions:
            match action:
                case events.Send(raw=raw):
                    self._exchange.send(raw, now)
                case events.Ask(id=ask):
                    self._exchange.ask(LeaseOf(run.opened.uid), Inquiring(run.number, ask))
                case events.Close():
                    self._exchange.close()
        if reaction.outcome is not None:
            self._close(run, reaction.outcome, now)
        else:
            self._place.ticks.note(run.opened.id, reaction.checks)
        if was_open and not self._exchange.is_open:
            self.tell(Closed(PEER), now)

    def _close(self, run: _Run, outcome: events.Outcome, now: float) -> None:
        del self._running[run.number]
        self._closing[run.number] = run
        self._place.census.leave(run.opened.uid)
        self._place.ticks.forget(run.opened.id)
        self._place.talks.forget(run.opened.id)
        closed = ClosedAttempt(
            opened=run.opened,
            ended_at=self._origin.wall(now),
            verdict=outcome.verdict,
            reason=outcome.reason,
            checks=outcome.checks,
            transcript=transcript.encode(run.engine.transcript()),
            teacher_note=outcome.teacher_note,
        )
        self._exchange.ask(Close(closed), Closing(run.number))

    def _announce(self, run: _Run, outcome: AskOutcome, now: float) -> None:
        found = run.engine.outcome
        if found is None or not run.scenario.announces:
            return
        if not isinstance(outcome, Receipt):
            self._tell_client(session_texts.NOT_RECORDED, now)
        elif outcome.verdict is not found.verdict:
            self._tell_client(session_texts.recorded_otherwise(outcome.verdict), now)
        elif found.announcement:
            self._exchange.send(found.announcement, now)
            if self._channel.transport == "udp":
                self._last_word.keep(found.announcement, now)
        elif not found.verdict.counts:
            self._tell_client(found.reason, now)

    def _tell_client(self, text: str, now: float) -> None:
        self._exchange.send(COURSE.encode(ErrorReply(session_texts.bounded(text))), now)


def _as_answer(outcome: AskOutcome) -> Answer | Unanswered:
    if outcome is None or isinstance(outcome, Lease):
        return outcome
    return Unanswered(str(outcome))
