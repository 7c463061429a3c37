"""The side of the engine that a scenario touches without awaiting: it records, sends, starts.

PURE. Implements `scenario.Stage`. Everything a scenario emits is counted here against the limits
of the attempt and written to the record in the order in which it happened.
"""

from collections.abc import Callable, Coroutine
from typing import Any

from holdfast.grading.domain.events import Action, Close, EngineLimits, Send
from holdfast.grading.domain.inbox import Inbox
from holdfast.grading.domain.recorder import Line, Recorder
from holdfast.grading.domain.requests import Overrun
from holdfast.grading.domain.tasks import Divert, Tasks
from holdfast.grading.domain.templates import Difference, Like
from holdfast.grading.domain.transcript import EntryKind
from holdfast.grading.wire.codec import Protocol
from holdfast.grading.wire.message import Message


class EngineStage:
    """One attempt's stage. After `is_over` nothing that a scenario still does has an effect."""

    __slots__ = (
        "_limits",
        "_protocol",
        "_recorder",
        "_sent_bytes",
        "_sent_frames",
        "_tasks",
        "actions",
        "failed_announcement",
        "inboxes",
        "is_over",
        "now",
        "passed_announcement",
    )

    def __init__(
        self, recorder: Recorder, tasks: Tasks, protocol: Protocol, limits: EngineLimits
    ) -> None:
        self._recorder = recorder
        self._tasks = tasks
        self._protocol = protocol
        self._limits = limits
        self._sent_frames = 0
        self._sent_bytes = 0
        self.actions: list[Action | Any] = []
        self.inboxes: dict[str, Inbox] = {}
        self.now = 0.0
        self.is_over = False
        self.passed_announcement = b""
        self.failed_announcement = b""

    def inbox(self, peer: str) -> Inbox:
        """The peer's inbox, made when it is first asked for."""
        inbox = self.inboxes.get(peer)
        if inbox is None:
            inbox = self.inboxes[peer] = Inbox()
        return inbox

    def record(
        self,
        name: str,
        ok: bool,
        *,
        hint: str = "",
        entry: int | None = None,
        difference: Difference | None = None,
    ) -> None:
        if not self.is_over:
            self._recorder.check(self.now, name, ok, hint=hint, entry=entry, difference=difference)

    def entry_of(self, message: Message) -> int | None:
        found = self._recorder.find(message)
        return None if found is None else found[0]

    def suspicion(self, message: Message) -> str:
        found = self._recorder.find(message)
        return "" if found is None else found[1].text

    def came_at(self, message: Message) -> float:
        found = self._recorder.find(message)
        return self.now if found is None else found[1].at_s - found[1].waited_s

    def note(self, text: str) -> None:
        if not self.is_over:
            self._recorder.add(Line(EntryKind.NOTE, self.now, text=text))

    def send(self, peer: str, message: Message | bytes) -> None:
        if self.is_over:
            return
        if self.is_closed(peer):
            self.note(f"not sent: {peer} has closed")
            return
        if isinstance(message, Message):
            raw, known = self._protocol.encode(message), message
        else:
            raw, known = message, None
        self._sent_frames += 1
        self._sent_bytes += len(raw)
        if self._sent_frames > self._limits.sent_frames:
            raise Overrun(f"more than {self._limits.sent_frames} frames sent")
        if self._sent_bytes > self._limits.sent_bytes:
            raise Overrun(f"more than {self._limits.sent_bytes} bytes sent")
        self._recorder.add(Line(EntryKind.SENT, self.now, peer, known, raw))
        self.actions.append(Send(peer, raw))

    def close(self, peer: str) -> None:
        if not self.is_over:
            self._recorder.add(Line(EntryKind.CLOSE, self.now, peer))
            self.actions.append(Close(peer))

    def is_closed(self, peer: str) -> bool:
        inbox = self.inboxes.get(peer)
        return inbox is not None and inbox.closed

    def announce(self, passed: Message | None, failed: Message | None) -> None:
        encode = self._protocol.encode
        self.passed_announcement = b"" if passed is None else encode(passed)
        self.failed_announcement = b"" if failed is None else encode(failed)

    def spawn(self, body: Coroutine[Any, Any, None]) -> int:
        return self._tasks.spawn(body)

    def divert(
        self,
        peer: str,
        template: Message | Like[Any],
        handler: Callable[[Any], Coroutine[Any, Any, None]],
    ) -> int:
        number = self._tasks.divert(Divert(peer, template, handler))
        inbox = self.inbox(peer)
        waiting = list(inbox.arrivals)
        inbox.arrivals.clear()
        inbox.arrivals.extend(
            arrival
            for arrival in waiting
            if arrival.message is None or not self._tasks.take(peer, arrival.message)
        )
        return number

    def cancel(self, background: int) -> None:
        self._tasks.cancel(background)
