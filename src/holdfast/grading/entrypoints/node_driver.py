"""Drives sessions in an event loop: performs their commands, keeps their time, asks the ledger.

What TCP and UDP have in common. A session that raises is our mistake: it is logged and dropped, and
nobody else notices. Every question to the ledger is answered exactly once, in time.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import Literal, Protocol

from holdfast.errors import DefiniteError, IndefiniteError
from holdfast.grading.domain.attempt import Receipt
from holdfast.grading.entrypoints.node_settings import NodeLimits
from holdfast.grading.service import session_log
from holdfast.grading.service.ledger_calls import Close, Open, perform
from holdfast.grading.service.ports import Ledger
from holdfast.grading.service.session import Session
from holdfast.grading.service.session_exchange import (
    Answer,
    Ask,
    AskOutcome,
    CloseTransport,
    PauseReading,
    ResumeReading,
    SendBytes,
    SessionEvent,
    Tick,
)
from holdfast.grading.service.session_origin import RecordedOrigin, fresh_secret
from holdfast.grading.service.session_place import Channel, Place
from holdfast.grading.service.session_replay import Resumed
from holdfast.platform.balancer.handover_wire import Tag
from holdfast.platform.runtime.logs import Log

LEAST_DELAY_S = 0.001

_log = Log("node")


class Line(Protocol):
    """The network side of one session."""

    def send(self, raw: bytes) -> None:
        """Send one frame in one write or datagram."""

    def close(self) -> None:
        """Close behind what was sent."""

    def pause(self, paused: bool) -> None:
        """Take no bytes from the network, or again."""

    def over(self) -> None:
        """The session is over; forget it."""

    def note(self, note: bytes) -> None:
        """Have the balancer keep this, and only then what is sent behind it."""

    def rest(self) -> None:
        """Nothing happens in this session until its client speaks again."""

    def flush(self) -> None:
        """Let go what was noted and sent."""

    def catch_up(self) -> None:
        """Tell what has come already: the time is looked at after that."""


@dataclass(slots=True, eq=False)
class House:
    """What all sessions of a node share."""

    place: Place
    ledger: Ledger
    limits: NodeLimits
    loop: asyncio.AbstractEventLoop
    drivers: set["Driver"] = field(default_factory=set)
    asking: set[asyncio.Task[None]] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)
    sources: Counter[str] = field(default_factory=Counter)
    verdicts: Counter[str] = field(default_factory=Counter)
    """Attempts that the ledger has, by what they came to."""
    unanswered: Counter[str] = field(default_factory=Counter)
    """Questions to the ledger that failed, by their kind."""

    def now(self) -> float:
        """The sessions' time: monotonic seconds."""
        return self.loop.time()

    def refusal(self, channel: Channel) -> Literal["full", "crowd"] | None:
        """Why no session can begin for this client; None if it may."""
        limits, is_tcp = self.limits, channel.transport == "tcp"
        if self.counts[channel.transport] >= (limits.sessions if is_tcp else limits.flows):
            return "full"
        most = limits.sessions_per_source if is_tcp else limits.flows_per_source
        return "crowd" if self.sources[_key(channel)] >= most else None

    def enter(self, driver: "Driver", channel: Channel) -> None:
        """A session begins."""
        self.drivers.add(driver)
        self.counts[channel.transport] += 1
        self.sources[_key(channel)] += 1

    def leave(self, driver: "Driver", channel: Channel) -> None:
        """A session is over."""
        self.drivers.discard(driver)
        self.counts[channel.transport] -= 1
        key = _key(channel)
        self.sources[key] -= 1
        if not self.sources[key]:
            del self.sources[key]

    async def outcome_of(self, ask: Ask) -> AskOutcome:
        """What the ledger says; never raises but when cancelled."""
        outcome = await self._asked(ask)
        if isinstance(outcome, Receipt):
            self.verdicts[outcome.verdict.value] += 1
        elif isinstance(outcome, DefiniteError | IndefiniteError):
            self.unanswered[type(ask.call).__name__.lower()] += 1
        return outcome

    async def _asked(self, ask: Ask) -> AskOutcome:
        limits = self.limits
        within_s = limits.record_s if isinstance(ask.call, Open | Close) else limits.ask_s
        try:
            async with asyncio.timeout(within_s):
                return await perform(self.ledger, ask.call)
        except (DefiniteError, IndefiniteError) as error:
            return error
        except TimeoutError:
            return IndefiniteError(f"the store gave no answer within {within_s:g} s")
        except Exception as error:
            _log.exception("ledger_failed", call=type(ask.call).__name__)
            return IndefiniteError(f"the store failed: {type(error).__name__}")


class Driver:
    """One session in the loop."""

    __slots__ = (
        "_channel",
        "_house",
        "_line",
        "_origin",
        "_timer",
        "_wake_at",
        "_zero",
        "is_over",
        "session",
    )

    def __init__(self, house: House, channel: Channel, line: Line, tag: Tag | None = None) -> None:
        """With a `tag` the session is logged with the balancer, so that it can move."""
        self._house = house
        self._channel = channel
        self._line = line
        self._timer: asyncio.TimerHandle | None = None
        self._wake_at = 0.0
        self.is_over = False
        self._zero = 0.0
        """The loop's time when the session's was 0."""
        self._origin: RecordedOrigin | None = None
        if tag is not None:
            self._zero = house.now()
            secret = fresh_secret(house.place)
            self._origin = RecordedOrigin(house.place, secret, tag.opened_at, self._zero)
            line.note(session_log.began(self._origin, tag.opened_at))
        self.session = Session(house.place, channel, self.now(), self._origin)
        house.enter(self, channel)
        _log.debug("session", source=channel.source, port=channel.port, trace=channel.trace)
        self._keep_time()

    @classmethod
    def resumed(
        cls, house: House, channel: Channel, line: Line, *, resumed: Resumed, tag: Tag, now: float
    ) -> "Driver":
        """Go on with a session of a lost node; the session's time is `now`."""
        driver = cls.__new__(cls)
        driver._house, driver._channel, driver._line = house, channel, line
        driver._timer, driver._wake_at, driver.is_over = None, 0.0, False
        driver._zero = resumed.origin.node_zero = house.now() - now
        driver._origin, driver.session = resumed.origin, resumed.session
        house.enter(driver, channel)
        if resumed.is_new:
            line.note(session_log.began(resumed.origin, tag.opened_at))
        for raw in resumed.unsent:
            line.send(raw)
        for ask in resumed.asks.values():
            driver._perform(ask)
        if resumed.is_closed:
            line.close()
        line.pause(resumed.is_paused)
        line.flush()
        return driver

    def now(self) -> float:
        """The session's time; whole microseconds where it is logged."""
        now = self._house.now() - self._zero
        return now if self._origin is None else round(max(0.0, now), 6)

    def tell(self, event: SessionEvent, at: float | None = None) -> None:
        """Let the session know, do what it wants. Never raises. `at`: when it was, if not now."""
        if self.is_over:
            return
        now = self.now() if at is None else at
        try:
            commands = self.session.receive(event, now)
            if self._origin is not None:
                self._line.note(session_log.entry(event, now, self._origin))
            for command in commands:
                self._perform(command)
            if self._origin is not None and self.session.is_idle:
                self._line.rest()
            self._line.flush()
            over = self.session.is_over
        except Exception:
            channel = self._channel
            _log.exception("session_failed", source=channel.source, trace=channel.trace)
            self._line.close()
            over = True
        if over:
            self.drop()
        else:
            self._keep_time()

    def drop(self) -> None:
        """Forget the session."""
        if self.is_over:
            return
        self.is_over = True
        if self._timer is not None:
            self._timer.cancel()
        self._house.leave(self, self._channel)
        self._line.over()

    def _perform(
        self, command: SendBytes | CloseTransport | PauseReading | ResumeReading | Ask
    ) -> None:
        match command:
            case SendBytes(raw=raw):
                self._line.send(raw)
            case Ask():
                task = self._house.loop.create_task(self._ask(command))
                self._house.asking.add(task)
                task.add_done_callback(self._house.asking.discard)
            case CloseTransport():
                self._line.close()
            case PauseReading():
                self._line.pause(True)
            case ResumeReading():
                self._line.pause(False)

    async def _ask(self, ask: Ask) -> None:
        outcome = await self._house.outcome_of(ask)
        self._line.catch_up()
        self.tell(Answer(ask.id, outcome))

    def _keep_time(self) -> None:
        """One timer that may be early but is hardly ever moved: deadlines move with each frame."""
        deadline = self.session.next_deadline()
        if deadline is not None:
            deadline += self._zero
        if deadline is None or (self._timer is not None and self._wake_at <= deadline):
            return
        if self._timer is not None:
            self._timer.cancel()
        # Loops round to milliseconds: without a least distance an early timer would spin.
        self._wake_at = max(deadline, self._house.now() + LEAST_DELAY_S)
        self._timer = self._house.loop.call_at(self._wake_at, self._wake)

    def _wake(self) -> None:
        self._timer = None
        self._line.catch_up()
        self.tell(Tick())


def _key(channel: Channel) -> str:
    return f"{channel.transport} {channel.source.host}"
