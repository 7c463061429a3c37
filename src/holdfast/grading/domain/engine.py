"""The engine plays one scenario: events in, actions out, never I/O, never a clock.

PURE. Coroutines of the scenario are stepped by hand; each yields a request (see `requests`) and is
resumed when it is answered. Same brief and same events give the same actions, so a transcript can
be replayed. Whatever a scenario does, `receive` returns: what it raises or overruns becomes an
outcome of verdict *infrastructure*, with the traceback for the teacher only.

An event is taken in first and deadlines are looked at afterwards: a message that was there in time
but read late, because the machine was busy, still counts. Of one that is known to have waited, only
deadlines up to when it came are looked at: others that came in time may wait behind it.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from math import inf
from typing import assert_never

from holdfast.grading.domain.dice import SeededDice
from holdfast.grading.domain.ending import CRASHED, Ending, describe_error, ending_of, worsen
from holdfast.grading.domain.events import (
    Abandoned,
    Answered,
    Ask,
    Brief,
    Closed,
    Cut,
    Event,
    Joined,
    Moved,
    Outcome,
    Overheard,
    Reaction,
    Received,
    Stalled,
    Tick,
    Undecodable,
)
from holdfast.grading.domain.inbox import Arrival, Clue, Listener, Opinion, Taken
from holdfast.grading.domain.recorder import Line, Mark, Recorder, clean
from holdfast.grading.domain.requests import (
    AwaitClose,
    CpuOverrun,
    Diverged,
    Gather,
    Listen,
    Overrun,
    Pose,
    Race,
    ScenarioFault,
    Sleep,
    Unanswerable,
    Unanswered,
)
from holdfast.grading.domain.scenario import Context, Peer, Scenario
from holdfast.grading.domain.stage import EngineStage
from holdfast.grading.domain.tasks import Meeting, Pause, Reply, Task, Tasks, Wait, Yielded
from holdfast.grading.domain.transcript import VERSION, EntryKind, Result, Transcript
from holdfast.grading.domain.verdict import Verdict
from holdfast.grading.wire.codec import Protocol
from holdfast.grading.wire.connection import Frame
from holdfast.grading.wire.course import COURSE, Chat

Guard = Callable[[], AbstractContextManager[None]]
"""Around each step; raises `CpuOverrun` in it when it takes too much processor time."""

CUT = "This step of the test was stopped: it took too much processor time."

_NOTHING = Reaction()


class Engine:
    """One attempt being played. Not for several threads."""

    def __init__(
        self,
        scenario: Scenario,
        brief: Brief,
        *,
        protocol: Protocol = COURSE,
        guard: Guard = nullcontext,
    ) -> None:
        self._scenario = scenario
        self._brief = brief
        self._limits = brief.limits
        self._protocol = protocol
        self._guard = guard
        self._recorder = Recorder(scenario.checks, brief.limits)
        self._tasks = Tasks(brief.limits.tasks)
        self._stage = EngineStage(self._recorder, self._tasks, protocol, brief.limits)
        self._waited_s = 0.0
        self._asks = 0
        self._received_frames = 0
        self._received_bytes = 0
        self._overheard = 0
        self._joined = {brief.peer}
        self._ending: Ending | None = None
        self._outcome: Outcome | None = None

    @property
    def outcome(self) -> Outcome | None:
        """How it ended; None while it runs."""
        return self._outcome

    @property
    def record(self) -> Recorder:
        """What was recorded so far: to look at, for those who watch."""
        return self._recorder

    def start(self) -> Reaction:
        """Play up to the first wait. Call once, before any `receive`."""
        return self._guarded(self._begin)

    def receive(self, event: Event, now: float, waited_s: float = 0.0) -> Reaction:
        """Play on. `now` in seconds since the attempt began; going back in time is ignored.

        `waited_s`: so long before `now` it came, and waited to be read.
        """
        if self._outcome is not None:
            return _NOTHING
        self._stage.now = max(self._stage.now, float(now))
        self._waited_s = min(max(0.0, waited_s), self._stage.now)
        if self._means_nothing(event):
            # Only the time that has passed counts, and that must be in the transcript.
            event = Tick()
        if isinstance(event, Tick) and not self._is_due():
            return Reaction(wake_at=self._wake_at())
        return self._guarded(lambda: self._take_in(event))

    def transcript(self) -> Transcript:
        """Everything so far; with its result once there is an outcome."""
        brief, outcome = self._brief, self._outcome
        result = None
        if outcome is not None:
            announcement = outcome.announcement.hex()
            result = Result(outcome.verdict, outcome.reason, outcome.checks, announcement)
        return Transcript(
            version=VERSION,
            test=brief.test,
            uid=brief.uid,
            seed=brief.seed,
            protocol=self._protocol.name,
            peer=brief.peer,
            trigger=brief.trigger.hex(),
            rules=brief.rules,
            limits=brief.limits,
            entries=self._recorder.entries(),
            divergence=self._recorder.failure,
            result=result,
        )

    # One step: take something in, play until nobody can go on, answer with what happened.

    def _guarded(self, take_in: Callable[[], None]) -> Reaction:
        mark = self._recorder.mark()
        try:
            with self._guard():
                take_in()
                self._play()
        except CpuOverrun as overrun:
            self._cut(describe_error(overrun), mark)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # of the scenario, or of ours: either way not the peer's
            self._ending = ending_of(error, (), None)
        if self._ending is not None:
            self._finish(self._ending)
        return self._reaction()

    def _begin(self) -> None:
        brief, stage = self._brief, self._stage
        trigger = None
        if brief.trigger:
            decoded = self._protocol.decode_one(brief.trigger)
            if isinstance(decoded, Frame) and isinstance(decoded.message, Chat):
                trigger = decoded.message
        context = Context(stage, brief.uid, brief.rules, SeededDice(brief.seed), trigger)
        self._tasks.start(self._scenario.play(context, Peer(stage, brief.peer)))

    def _play(self) -> None:
        steps = 0
        while self._ending is None:
            if self._tasks.has_ready:
                steps += 1
                if steps > self._limits.steps_per_event:
                    raise Overrun(f"more than {self._limits.steps_per_event} awaits for one event")
                step = self._tasks.step()
                if isinstance(step, Yielded):
                    self._perform(step.task, step.request)
                elif step is not None:
                    self._end_by(step.error)
            elif not self._pump() and not self._expire():
                return

    def _reaction(self) -> Reaction:
        actions = tuple(self._stage.actions)
        self._stage.actions.clear()
        return Reaction(actions, self._recorder.take_new_checks(), self._wake_at(), self._outcome)

    # What comes in.

    def _take_in(self, event: Event) -> None:
        match event:
            case Received(peer=peer, frame=frame, note=text):
                self._joined.add(peer)
                now, text = self._stage.now, clean(text)
                kind = EntryKind.RECEIVED
                self._arrive(self._came(Line(kind, now, peer, frame.message, frame.raw, text)))
            case Undecodable(peer=peer, raw=raw, explanation=text):
                now, text = self._stage.now, clean(text)
                line = Line(EntryKind.UNDECODABLE, now, peer, raw=raw, text=text)
                self._arrive(self._came(line))
            case Stalled(peer=peer, raw=raw, explanation=text):
                text = clean(text)
                entry = self._note(EntryKind.STALLED, peer, raw=raw, text=text)
                self._stage.inbox(peer).stalled = Clue(text, entry)
                self._count(len(raw), entry)
            case Joined(peer=peer):
                self._note(EntryKind.JOINED, peer)
                self._joined.add(peer)
                self._let_meet()
            case Closed(peer=peer):
                self._note(EntryKind.CLOSED, peer)
                self._stage.inbox(peer).closed = True
            case Answered():
                self._answer(event)
            case Overheard():
                self._overhear(event)
            case Tick():
                self._note(EntryKind.TICK)
            case Abandoned(reason=reason):
                reason = clean(reason)
                self._note(EntryKind.ABANDONED, text=reason)
                self._ending = Ending(Verdict.INFRASTRUCTURE, reason)
            case Moved(text=text):
                self._note(EntryKind.MOVED, text=clean(text))
            case Cut(reason=reason):
                self._cut(reason)
            case _:
                assert_never(event)

    def _note(self, kind: EntryKind, peer: str = "", *, raw: bytes = b"", text: str = "") -> int:
        line = Line(kind, self._stage.now, peer, raw=raw, text=text)
        return self._recorder.add(self._came(line))

    def _came(self, line: Line) -> Line:
        return line._replace(waited_s=self._waited_s) if self._waited_s else line

    def _arrive(self, line: Line) -> None:
        entry = self._recorder.add(line)
        inbox = self._stage.inbox(line.peer)
        inbox.stalled = None
        if line.message is None or not self._tasks.take(line.peer, line.message):
            inbox.arrivals.append(Arrival(entry, line.message, line.text))
        self._count(len(line.raw), entry)

    def _count(self, size: int, entry: int) -> None:
        self._received_frames += 1
        self._received_bytes += size
        limits = self._limits
        if self._received_frames > limits.received_frames:
            hint = f"Your program sent more than {limits.received_frames} messages in one test."
        elif self._received_bytes > limits.received_bytes:
            hint = f"Your program sent more than {limits.received_bytes} bytes in one test."
        else:
            return
        self._recorder.fail(hint, entry)
        self._ending = Ending(Verdict.FAIL, hint)

    def _means_nothing(self, event: Event) -> bool:
        """True for an answer that nobody waits for any more, and for too much overheard."""
        if isinstance(event, Answered):
            return not self._askers(event.ask)
        return isinstance(event, Overheard) and self._overheard >= self._limits.overheard

    def _overhear(self, event: Overheard) -> None:
        self._overheard += 1
        kind = EntryKind.OVERHEARD if event.incoming else EntryKind.ANSWERED_FOR
        frame = event.frame
        line = Line(kind, self._stage.now, event.peer, frame.message, frame.raw)
        self._recorder.add(self._came(line))

    def _askers(self, ask: int) -> list[Task]:
        waiting = self._tasks.waiting()
        return [task for task, wait in waiting if isinstance(wait, Reply) and wait.ask == ask]

    def _answer(self, event: Answered) -> None:
        now, ask, answer = self._stage.now, event.ask, event.answer
        [asker] = self._askers(ask)
        if isinstance(answer, Unanswered):
            reason = clean(answer.reason) or "no reason was given"
            self._recorder.add(Line(EntryKind.ANSWERED, now, text=reason, ask=ask))
            self._tasks.resume(asker, error=Unanswerable(reason))
        else:
            self._recorder.add(Line(EntryKind.ANSWERED, now, ask=ask, lease=answer))
            self._tasks.resume(asker, answer)

    def _let_meet(self) -> None:
        for task, wait in self._tasks.waiting():
            if isinstance(wait, Meeting) and self._joined.issuperset(wait.roles):
                self._tasks.resume(task)

    # What a scenario wants.

    def _perform(self, task: Task, request: object) -> None:
        tasks, now = self._tasks, self._stage.now
        match request:
            case Listen() | AwaitClose():
                self._stage.inbox(request.peer)
                tasks.wait(task, Listener(request, _after(now, request.within_s)))
            case Sleep(seconds=seconds):
                tasks.wait(task, Pause(_after(now, seconds)))
            case Race(branches=branches) if branches:
                tasks.race(task, request)
            case Gather(roles=roles, within_s=within_s):
                tasks.wait(task, Meeting(roles, _after(now, within_s)))
                self._let_meet()
            case Pose(question=question):
                self._asks += 1
                name = type(question).__name__
                self._recorder.add(Line(EntryKind.ASKED, now, name=name, ask=self._asks))
                self._stage.actions.append(Ask(self._asks, question))
                tasks.wait(task, Reply(self._asks))
            case _:
                fault = ScenarioFault(f"a scenario cannot await {request!r}")
                tasks.resume(task, error=fault)

    def _pump(self) -> bool:
        """Offer what has come to those who wait; True as soon as somebody can go on."""
        for peer, inbox in self._stage.inboxes.items():
            waiting = self._listeners(peer) if inbox.arrivals or inbox.closed else ()
            if not waiting:
                continue
            listeners = [listener for _, listener in waiting]
            while inbox.arrivals:
                opinions = inbox.offer(inbox.arrivals.popleft(), listeners)
                if self._settle(waiting, opinions):
                    return True
            if inbox.closed and self._settle(waiting, list(map(inbox.on_close, listeners))):
                return True
        return False

    def _listeners(self, peer: str) -> list[tuple[Task, Listener]]:
        return [
            (task, wait)
            for task, wait in self._tasks.waiting()
            if isinstance(wait, Listener) and wait.request.peer == peer
        ]

    def _settle(
        self, waiting: Sequence[tuple[Task, Listener]], opinions: Sequence[Opinion]
    ) -> bool:
        for (task, _), opinion in zip(waiting, opinions, strict=True):
            if isinstance(opinion, Taken):
                self._tasks.resume(task, opinion.message)
            elif opinion is not None:
                self._tasks.resume(task, error=opinion)
        return self._tasks.has_ready

    # Time.

    def _wake_at(self) -> float | None:
        if self._outcome is not None:
            return None
        return min(self._next_deadline(), self._limits.wall_s)

    def _next_deadline(self) -> float:
        return min((wait.deadline_s for _, wait in self._tasks.waiting()), default=inf)

    def _is_due(self) -> bool:
        now = self._stage.now
        return now - self._waited_s >= self._next_deadline() or now >= self._limits.wall_s

    def _expire(self) -> bool:
        """Let the first task go on whose time is over; True if there is one."""
        now = self._stage.now
        if now >= self._limits.wall_s:
            raise Overrun(f"longer than {self._limits.wall_s:g} s")
        task, wait = min(self._tasks.waiting(), key=_deadline)
        if wait.deadline_s > now - self._waited_s:
            return False
        self._expired(task, wait)
        return True

    def _expired(self, task: Task, wait: Wait) -> None:
        match wait:
            case Listener():
                opinion = self._stage.inbox(wait.request.peer).on_deadline(wait)
                self._settle([(task, wait)], [opinion])
            case Meeting(roles=roles):
                missing = [role for role in roles if role not in self._joined]
                self._tasks.resume(task, error=Diverged(f"Nobody came as {', '.join(missing)}."))
            case _:
                self._tasks.resume(task)

    # The end.

    def _end_by(self, error: BaseException | None) -> None:
        recorder = self._recorder
        if isinstance(error, Diverged):
            last = recorder.mark().lines - 1
            entry = last if error.entry is None else error.entry
            recorder.fail(error.hint, entry, error.difference)
        self._ending = ending_of(error, recorder.checks(), recorder.failure)

    def _cut(self, reason: str, mark: Mark | None = None) -> None:
        """End because of the CPU guard: what happened in the step depends on the machine's speed,
        so none of it may have happened."""
        if mark is not None:
            self._recorder.rewind(mark)
            self._stage.actions.clear()
        self._recorder.add_last(Line(EntryKind.CUT, self._stage.now, text=CUT))
        self._ending = Ending(Verdict.INFRASTRUCTURE, CRASHED, reason)

    def _finish(self, ending: Ending) -> None:
        self._stage.is_over = True
        note = self._close_tasks()
        if note:
            ending = Ending(Verdict.INFRASTRUCTURE, CRASHED, f"{ending.teacher_note}\n{note}")
        checks = self._recorder.checks()
        ending = worsen(ending, checks)
        announcement = b""
        if self._scenario.announces:
            if ending.verdict is Verdict.PASS:
                announcement = self._stage.passed_announcement
            elif ending.verdict is Verdict.FAIL:
                announcement = self._stage.failed_announcement
        self._outcome = Outcome(
            ending.verdict, ending.reason, checks, announcement, ending.teacher_note
        )

    def _close_tasks(self) -> str:
        """End all coroutines; what their `finally` blocks raise, as a note for the teacher."""
        note = ""
        while self._tasks.is_alive:
            try:
                with self._guard():
                    self._tasks.close()
            except KeyboardInterrupt:
                raise
            except BaseException as error:
                note = describe_error(error)
        return note


def _deadline(waiting: tuple[Task, Wait]) -> float:
    return waiting[1].deadline_s


def _after(now: float, seconds: float) -> float:
    if not seconds >= 0:  # also not a number
        seconds = 0.0
    return now + seconds
