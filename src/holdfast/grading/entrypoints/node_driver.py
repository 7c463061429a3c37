"""Drives sessions in an event loop: performs their commands, keeps their time, asks the ledger.

What TCP and UDP have in common. A session that raises is our mistake: it is logged and dropped, and
nobody else notices. Every question to the ledger is answered exactly once, in time.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import Literal, Protocol

from holdfast.errors import DefiniteError, IndefiniteError
from holdfast.grading.entrypoints.node_settings import NodeLimits
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
from holdfast.grading.service.session_place import Channel, Place
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

    __slots__ = ("_channel", "_house", "_line", "_timer", "_wake_at", "is_over", "session")

    def __init__(self, house: House, channel: Channel, line: Line) -> None:
        self._house = house
        self._channel = channel
        self._line = line
        self._timer: asyncio.TimerHandle | None = None
        self._wake_at = 0.0
        self.is_over = False
        self.session = Session(house.place, channel, house.now())
        house.enter(self, channel)
        _log.debug("session", source=channel.source, port=channel.port, trace=channel.trace)
        self._keep_time()

    def tell(self, event: SessionEvent) -> None:
        """Let the session know, do what it wants. Never raises."""
        if self.is_over:
            return
        try:
            for command in self.session.receive(event, self._house.now()):
                self._perform(command)
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
        self.tell(Answer(ask.id, outcome))

    def _keep_time(self) -> None:
        """One timer that may be early but is hardly ever moved: deadlines move with each frame."""
        deadline = self.session.next_deadline()
        if deadline is None or (self._timer is not None and self._wake_at <= deadline):
            return
        if self._timer is not None:
            self._timer.cancel()
        # Loops round to milliseconds: without a least distance an early timer would spin.
        self._wake_at = max(deadline, self._house.now() + LEAST_DELAY_S)
        self._timer = self._house.loop.call_at(self._wake_at, self._wake)

    def _wake(self) -> None:
        self._timer = None
        self.tell(Tick())


def _key(channel: Channel) -> str:
    return f"{channel.transport} {channel.source.host}"
