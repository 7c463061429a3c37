"""The law of a reference client on real sockets: it drives one engine, and tells what it saw.

The same scenario plays on a virtual clock in tests. `play_client` runs one client, `play_clients`
many at once, as a load generator: it opens sockets only for clients that run, never more than
`at_once`.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from math import inf
from typing import Literal

from holdfast.errors import HoldfastError
from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.engine import Engine
from holdfast.grading.domain.events import (
    Ask,
    Brief,
    Close,
    Event,
    Outcome,
    Reaction,
    Received,
    Send,
    Tick,
    Undecodable,
)
from holdfast.grading.domain.reference.clients import SERVER, client, tcp_port
from holdfast.grading.domain.reference.greeting import verdict_in
from holdfast.grading.domain.reference.habits import USUAL, Habits
from holdfast.grading.domain.roster import UserId
from holdfast.grading.domain.rules import Rules
from holdfast.grading.domain.scenario import Scenario
from holdfast.grading.entrypoints.student_lines import (
    QUEUED_EVENTS,
    Events,
    Line,
    TcpLine,
    UdpLine,
)
from holdfast.grading.wire.connection import Frame, Garbled
from holdfast.grading.wire.course import COURSE, Chat
from holdfast.grading.wire.message import Message


@dataclass(frozen=True, slots=True)
class Target:
    """Where the server is; the offset is added to every port."""

    host: str = "127.0.0.1"
    port_offset: int = 0


@dataclass(frozen=True, slots=True)
class Seen:
    """A frame (or bytes that are none) that a client sent or got. Seconds since it began."""

    at_s: float
    line: str
    direction: Literal["out", "in"]
    raw: bytes
    message: Message | None
    note: str = ""


Watch = Callable[[Seen], None]


@dataclass(frozen=True, slots=True)
class Job:
    """One client to play: which test, as whom, with which habits (or a play of one's own)."""

    test: TestId
    uid: UserId
    habits: Habits = USUAL
    scenario: Scenario | None = None

    def player(self) -> Scenario:
        """The scenario of the client."""
        return self.scenario or client(self.test, self.habits)


@dataclass(slots=True)
class Report:
    """What became of one client. Times in seconds since it began; None if it never happened.

    `outcome` is the client's own; the verdict is the server's, `verdict` is what it told. `trouble`
    is why it could not play, empty when it could.
    """

    job: Job
    outcome: Outcome | None = None
    verdict: bool | None = None
    trouble: str = ""
    sent: int = 0
    received: int = 0
    last_sent_s: float | None = None
    verdict_s: float | None = None
    seconds: float = 0.0


def unwatched(_: Seen) -> None:
    """Look at nothing."""


async def play_client(
    job: Job, target: Target, rules: Rules, *, watch: Watch = unwatched
) -> Report:
    """Play one client to its end. Never raises for what server or network do."""
    player = _Player(job, target, rules, watch)
    try:
        await player.play()
    except HoldfastError as error:
        player.report.trouble = str(error)
    finally:
        await player.close()
    return player.report


async def play_clients(
    jobs: Iterable[Job],
    target: Target,
    rules: Rules,
    *,
    at_once: int = 100,
    watch: Watch = unwatched,
) -> AsyncIterator[Report]:
    """Play many clients, at most `at_once` at a time; reports come as they end."""
    waiting = iter(jobs)
    running: set[asyncio.Task[Report]] = set()
    try:
        while True:
            while len(running) < at_once and (job := next(waiting, None)) is not None:
                running.add(asyncio.create_task(play_client(job, target, rules, watch=watch)))
            if not running:
                return
            done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                yield task.result()
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


@dataclass(slots=True)
class _Player:
    """One client while it plays."""

    job: Job
    target: Target
    rules: Rules
    watch: Watch
    report: Report = field(init=False)
    _events: Events = field(init=False)
    _lines: dict[str, Line] = field(init=False, default_factory=dict)
    _began: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        self.report = Report(self.job)
        self._events = asyncio.Queue(QUEUED_EVENTS)
        self._began = asyncio.get_running_loop().time()

    @property
    def now(self) -> float:
        """Seconds since the client began, in whole microseconds."""
        return round(asyncio.get_running_loop().time() - self._began, 6)

    async def play(self) -> None:
        """From the first frame to the outcome."""
        job = self.job
        brief = Brief(job.test, job.uid, "client", self.rules, peer=SERVER)
        engine = Engine(job.player(), brief)
        reaction = engine.start()
        while True:
            await self._perform(reaction)
            if reaction.outcome is not None:
                break
            wake_at = inf if reaction.wake_at is None else reaction.wake_at
            event = await self._next_event(wake_at)
            now = max(self.now, wake_at) if isinstance(event, Tick) else self.now
            reaction = engine.receive(event, now)
        self.report.outcome = reaction.outcome
        self.report.seconds = self.now

    async def close(self) -> None:
        """Close all lines."""
        for line in self._lines.values():
            await line.close()
        self._lines.clear()

    async def _next_event(self, wake_at: float) -> Event:
        try:
            async with asyncio.timeout_at(self._began + wake_at):
                line, event = await self._events.get()
                while line not in self._lines.values():
                    line, event = await self._events.get()
        except TimeoutError:
            return Tick()
        match event:
            case Received(peer=peer, frame=frame):
                self._note_received(peer, frame)
            case Undecodable(peer=peer, raw=raw, explanation=text):
                self.watch(Seen(self.now, peer, "in", raw, None, text))
            case _:
                pass
        return event

    def _note_received(self, line: str, frame: Frame) -> None:
        report = self.report
        report.received += 1
        if isinstance(frame.message, Chat) and report.verdict is None:
            report.verdict = verdict_in(frame.message.text)
            report.verdict_s = None if report.verdict is None else self.now
        self.watch(Seen(self.now, line, "in", frame.raw, frame.message))

    async def _perform(self, reaction: Reaction) -> None:
        for action in reaction.actions:
            match action:
                case Send(peer=peer, raw=raw):
                    line = self._lines.get(peer) or await self._open(peer)
                    await line.send(raw)
                    self._note_sent(peer, raw)
                case Close(peer=peer):
                    if peer in self._lines:
                        await self._lines.pop(peer).close()
                case Ask():
                    raise AssertionError("a client has nobody to ask")

    async def _open(self, peer: str) -> Line:
        """`server` is the TCP port of the test, `udp:5005` (maybe with `#2`) a UDP socket."""
        target = self.target
        kind, _, number = peer.partition("#")[0].partition(":")
        if kind == "udp":
            address = (target.host, int(number) + target.port_offset)
            line: Line = await UdpLine.connect(peer, address, self._events)
        else:
            address = (target.host, tcp_port(self.job.test) + target.port_offset)
            line = await TcpLine.connect(peer, address, self._events)
        self._lines[peer] = line
        return line

    def _note_sent(self, peer: str, raw: bytes) -> None:
        self.report.sent += 1
        self.report.last_sent_s = self.now
        found = COURSE.decode_one(raw)
        match found:
            case Frame(message=message) if found.raw == raw:
                self.watch(Seen(self.now, peer, "out", raw, message))
            case Frame() | Garbled():
                self.watch(Seen(self.now, peer, "out", raw, None, "several frames in one write"))
