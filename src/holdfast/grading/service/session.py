"""A session: one TCP connection or one UDP flow, from its first byte to its last receipt.

No I/O and no clock: events in, commands out. Frames have their turn one after the other, because a
register request or a trigger must first be looked up in the store; attempts that already run get
their messages at once. Nothing that a peer sends makes it raise, and nothing makes it grow without
bound: what it cannot take yet stays in the network.
"""

from collections import deque
from dataclasses import dataclass
from typing import assert_never

from holdfast.grading.domain.events import (
    Abandoned,
    Closed,
    Overheard,
    Received,
    Stalled,
    Undecodable,
)
from holdfast.grading.domain.trigger_table import Match
from holdfast.grading.service import session_texts as texts
from holdfast.grading.service.session_attempts import PEER, Attempts
from holdfast.grading.service.session_desk import Desk
from holdfast.grading.service.session_exchange import (
    Abandon,
    Answer,
    AskOutcome,
    BytesIn,
    Closing,
    Command,
    DatagramIn,
    Eof,
    Exchange,
    Gone,
    Identifying,
    Inquiring,
    Locating,
    Moved,
    Opening,
    PauseReading,
    Registering,
    Reporting,
    ResumeReading,
    SessionEvent,
    Tick,
)
from holdfast.grading.service.session_intake import Intake
from holdfast.grading.service.session_origin import NodeOrigin, Origin
from holdfast.grading.service.session_place import Channel, Place
from holdfast.grading.wire.connection import Frame, Garbled
from holdfast.grading.wire.course import COURSE, Chat, Register


@dataclass(frozen=True, slots=True)
class _Turn:
    """Something that waits for its turn; `item` None is the end of the stream.

    `seen`: number of the last attempt that already knows it.
    """

    item: Frame | Garbled | None
    match: Match | None
    arrived: float
    seen: int


class Session:
    """The mutable machine of one connection or flow. Perform its commands in order.

    Call `receive` with what happened, and with `Tick` when `next_deadline` has come. Over when
    `is_over`; its attempts may outlive the connection.
    """

    def __init__(
        self, place: Place, channel: Channel, now: float, origin: Origin | None = None
    ) -> None:
        self._place = place
        self._origin = origin or NodeOrigin(place)
        self._limits = place.limits
        self._channel = channel
        self._exchange = Exchange()
        self._attempts = Attempts(place, self._origin, channel, self._exchange)
        self._desk = Desk(place, self._origin, channel, self._exchange, self._attempts)
        self._intake = Intake(place.limits)
        self._turns: deque[_Turn] = deque()
        self._waiting_bytes = 0
        self._active_at = now
        self._broken_at: float | None = None
        self._is_ending = False
        self._has_ended = False
        self._is_gone = channel.transport == "udp"
        self._is_paused = False
        self._waited_since: float | None = None
        self._explained = 0
        self._has_complained = False

    @property
    def running(self) -> int:
        """Attempts being played."""
        return self._attempts.running

    @property
    def is_over(self) -> bool:
        """True when nothing is left to do; drop the session."""
        return (
            self._is_gone
            and not self._exchange.is_open
            and not self._is_at_work
            and not self._exchange.is_waiting
        )

    @property
    def is_idle(self) -> bool:
        """True while nothing would be lost with it but an open line."""
        return not self._is_at_work and self._intake.doubted_since is None

    @property
    def _is_full(self) -> bool:
        limits = self._limits
        return (
            len(self._turns) >= limits.waiting_frames or self._waiting_bytes >= limits.waiting_bytes
        )

    @property
    def _is_at_work(self) -> bool:
        return bool(self._turns) or self._desk.is_busy or self._attempts.unfinished

    def receive(self, event: SessionEvent, now: float) -> list[Command]:
        """Take in what happened. `now` in seconds, never going back."""
        if self._is_at_work:
            self._active_at = now
        self._exchange.flush(now)
        match event:
            case BytesIn(data=data):
                if not self._intake.take(data):
                    self._break_off(texts.TOO_FAST, b"", now)
            case DatagramIn(data=data, waited_s=waited_s):
                self._datagram(data, now, waited_s)
            case Eof():
                self._is_ending = True
            case Gone():
                self._exchange.cut()
                self._is_gone = True
                self._is_ending = True
            case Answer(ask=ask, outcome=outcome):
                self._answered(ask, outcome, now)
            case Abandon(reason=reason):
                self._turns.clear()
                self._waiting_bytes = 0
                self._attempts.tell(Abandoned(reason), now)
            case Moved():
                self._attempts.moved(event, now)
            case Tick():
                self._tick(now)
            case _:
                assert_never(event)
        self._advance(now)
        self._settle(now)
        return self._exchange.take()

    def next_deadline(self) -> float | None:
        """When to come with a `Tick`, in the session's time; None while only events matter."""
        if self._turns and not self._desk.is_busy:
            return self._active_at  # others had their turn, now go on
        times = [self._exchange.held_until, self._attempts.next_deadline()]
        times.append(self._desk.looks_again_at)
        if self._exchange.is_open:
            times += (self._judged_at, self._wondering_at, self._unfinished_at)
            times += (self._closes_at, self._idle_at)
        return min((time for time in times if time is not None), default=None)

    @property
    def _judged_at(self) -> float | None:
        """When bytes that are no frame have waited long enough for those behind them."""
        since = self._intake.doubted_since
        return None if since is None else since + self._limits.judge_s

    @property
    def _wondering_at(self) -> float | None:
        """When a frame that is coming in begins to look like a mistake."""
        since = self._intake.pending_since
        if since is None or since == self._waited_since or self._channel.is_seed:
            return None
        return since + self._limits.waiting_s

    @property
    def _unfinished_at(self) -> float | None:
        """When the frame that is coming in has taken too long."""
        since = self._intake.pending_since
        return None if since is None else since + self._limits.unfinished_s

    @property
    def _closes_at(self) -> float | None:
        """When a connection that is out of step is closed."""
        if self._broken_at is None:
            return None
        limits = self._limits
        return self._broken_at + (limits.linger_s if self._is_at_work else limits.farewell_s)

    @property
    def _idle_at(self) -> float | None:
        """When nothing has happened for so long that nobody seems to be there."""
        if self._is_at_work or self._broken_at is not None:
            return None  # a broken stream has its own end, and was given its reason
        is_flow = self._channel.transport == "udp"
        return self._active_at + (self._limits.flow_idle_s if is_flow else self._limits.idle_s)

    # What comes in.

    def _datagram(self, data: bytes, now: float, waited_s: float) -> None:
        if not self._is_full:  # else lost, as datagrams may be
            self._arrive(COURSE.decode_datagram(data), now, waited_s)

    def _arrive(self, item: Frame | Garbled, now: float, waited_s: float = 0.0) -> None:
        """Let running attempts know at once; the rest when its turn has come."""
        self._active_at = now
        seen = self._attempts.last_number
        match = None
        if isinstance(item, Garbled):
            if self._attempts.running:
                self._attempts.tell(self._undecodable(item), now, waited_s=waited_s)
        else:
            message = item.message
            if isinstance(message, Chat):
                channel = self._channel
                match = self._place.triggers.find(message, channel.transport, channel.port)
            if match is not None:
                again = Overheard(PEER, item, incoming=True)
                self._attempts.tell(again, now, waited_s=waited_s)
            elif not isinstance(message, Register) and self._attempts.running:
                received = Received(PEER, item, item.suspicion)
                self._attempts.tell(received, now, waited_s=waited_s)
        self._turns.append(_Turn(item, match, now, seen))
        self._waiting_bytes += len(item.raw)

    def _answered(self, ask: int, outcome: AskOutcome, now: float) -> None:
        purpose = self._exchange.answered(ask)
        match purpose:
            case Registering() | Locating() | Identifying():
                self._desk.answered(purpose, outcome, now)
            case Opening() | Closing() | Inquiring():
                self._attempts.answered(purpose, outcome, now)
            case Reporting() | None:
                pass
            case _:
                assert_never(purpose)

    def _tick(self, now: float) -> None:
        due_at = self._attempts.next_deadline()
        if due_at is not None and now >= due_at:
            self._judge(now)
            self._attempts.tick(now, self._intake.stalled())
        again_at = self._desk.looks_again_at
        if again_at is not None and now >= again_at:
            self._desk.look_again()
        if not self._exchange.is_open:
            return
        if self._wondering_at is not None and now >= self._wondering_at:
            self._wonder_at_frame(now)
        if self._unfinished_at is not None and now >= self._unfinished_at:
            self._give_up_on_frame(now)
        if self._idle_at is not None and now >= self._idle_at:
            if self._channel.transport == "tcp":
                self._desk.refuse(texts.idle(self._limits.idle_s), now)
                self._exchange.close()
            else:
                self._exchange.cut()

    # Turns.

    def _advance(self, now: float) -> None:
        for _ in range(self._limits.frames_per_event):
            self._decode(now)
            if not self._turns or self._desk.is_busy:
                return
            self._serve(self._turns.popleft(), now)
        self._decode(now)

    def _decode(self, now: float) -> None:
        intake = self._intake
        while intake.unread and not self._is_full:
            for frame in intake.decode(now):
                self._arrive(frame, now)
        if self._is_ending or (self._judged_at is not None and now >= self._judged_at):
            self._judge(now)
        if self._is_ending and not self._has_ended and not intake.unread:
            self._has_ended = True
            self._end(now)

    def _judge(self, now: float) -> None:
        """Look at bytes that are no frame, if there are any, with all that came behind them."""
        garbled = self._intake.judge()
        if garbled is not None:
            self._arrive(garbled, now)

    def _end(self, now: float) -> None:
        """All that came has been decoded, and nothing more will come."""
        if self._intake.pending_since is not None:
            explanation, raw = self._intake.explain(), self._intake.evidence()
            self._attempts.tell(Stalled(PEER, raw, explanation), now)
            self._break_off(texts.garbled(explanation), raw, now)
        seen = self._attempts.last_number
        self._attempts.tell(Closed(PEER), now)
        self._turns.append(_Turn(None, None, now, seen))

    def _serve(self, turn: _Turn, now: float) -> None:
        if turn.item is not None:
            self._waiting_bytes -= len(turn.item.raw)
        match turn.item:
            case None:
                self._attempts.tell(Closed(PEER), now, after=turn.seen)
            case Frame() as frame:
                if turn.match is None and self._attempts.last_number > turn.seen:
                    late = Received(PEER, frame, frame.suspicion)
                    self._attempts.tell(late, now, after=turn.seen)
                if turn.match is None and not self._attempts.running:
                    self._attempts.remind(frame, now)
                self._desk.serve(frame, turn.match, turn.arrived, now)
            case Garbled() as garbled:
                self._serve_garbled(garbled, turn.seen, now)

    def _serve_garbled(self, garbled: Garbled, seen: int, now: float) -> None:
        if self._attempts.last_number > seen and self._attempts.running:
            self._attempts.tell(self._undecodable(garbled), now, after=seen)
        if self._channel.transport == "tcp":
            self._break_off(self._explain(garbled, now), garbled.raw, now)
        elif not self._attempts.running and not self._has_complained:
            self._has_complained = True
            text = self._explain(garbled, now)
            if text:
                incident = ("garbled", text, self._desk.uid)
                self._desk.refuse(text, now, incident=incident, raw=garbled.raw)

    def _break_off(self, text: str, raw: bytes, now: float) -> None:
        """Nothing on this stream can be understood from here on: say so, and close it soon."""
        self._intake.break_off()
        if self._broken_at is None:
            self._broken_at = now
            incident = ("garbled", text, self._desk.uid)
            answer = texts.UNKNOWN_TYPE if self._channel.is_seed else text
            self._desk.refuse(answer, now, incident=incident, raw=raw)

    def _wonder_at_frame(self, now: float) -> None:
        """Say once what is missing, and go on waiting: else a wrong length is a silent hang."""
        self._waited_since = self._intake.pending_since
        if self._origin.may_explain(now):
            text = texts.waiting(self._intake.explain(), self._limits.waiting_s)
            incident = ("unfinished", text, self._desk.uid)
            self._desk.refuse(text, now, incident=incident, raw=self._intake.evidence())

    def _give_up_on_frame(self, now: float) -> None:
        explanation = self._intake.explain()
        raw = self._intake.evidence()
        self._attempts.tell(Undecodable(PEER, raw, explanation), now)
        self._break_off(texts.unfinished(explanation, self._limits.unfinished_s), raw, now)

    def _explain(self, garbled: Garbled, now: float) -> str:
        """Why it is no frame; without analysis when the node has done much of that just now."""
        if self._origin.may_explain(now):
            return texts.garbled(garbled.failure.describe())
        return texts.garbled(garbled.failure.outline())

    def _undecodable(self, garbled: Garbled) -> Undecodable:
        self._explained += 1
        failure = garbled.failure
        is_dear = self._explained > self._limits.explained_garbage
        return Undecodable(PEER, garbled.raw, failure.outline() if is_dear else failure.describe())

    # What follows from it for the connection.

    def _settle(self, now: float) -> None:
        exchange = self._exchange
        if not exchange.is_open or self._channel.transport == "udp":
            return
        if self._closes_at is not None and now >= self._closes_at:
            exchange.close()
            self._attempts.tell(Closed(PEER), now)
            return
        if self._has_ended and not self._is_at_work and exchange.held_until is None:
            exchange.close()
            return
        wants_pause = self._is_full or self._intake.unread > 0
        if wants_pause != self._is_paused:
            self._is_paused = wants_pause
            exchange.command(PauseReading() if wants_pause else ResumeReading())
