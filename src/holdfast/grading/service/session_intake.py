"""The incoming stream of a TCP session: bytes not decoded yet, and the frame that is unfinished.

No I/O. Decodes in slices, so that a flood of tiny frames never becomes a flood of objects. After
bytes that are no frame nothing more is delivered: nobody knows where the next frame begins. What
they are is judged a little later, for a program that writes 4-byte pieces has then said more.
"""

from holdfast.grading.domain.events import Stalled
from holdfast.grading.service.session_place import SessionLimits
from holdfast.grading.wire.connection import Frame, Garbled
from holdfast.grading.wire.course import COURSE

EVIDENCE_BYTES = 256
"""Of an unfinished frame, for a transcript: it may come again at every deadline."""


class Intake:
    """Mutable; one for each TCP session."""

    __slots__ = (
        "_decoder",
        "_fed",
        "_limits",
        "_told",
        "_unread",
        "doubted_since",
        "is_broken",
        "pending_since",
    )

    def __init__(self, limits: SessionLimits) -> None:
        self._limits = limits
        self._decoder = COURSE.stream()
        self._unread = bytearray()
        self._fed = 0
        self._told = 0
        self.pending_since: float | None = None
        """When the unfinished frame began to come; None when there is none."""
        self.doubted_since: float | None = None
        """When bytes came that are no frame and were not judged yet."""
        self.is_broken = False
        """True once the stream is out of step."""

    @property
    def unread(self) -> int:
        """Bytes that wait to be decoded."""
        return len(self._unread)

    def take(self, data: bytes) -> bool:
        """Keep bytes for decoding; False when that is far more than was asked for."""
        if self.is_broken:
            if self.doubted_since is not None:
                self._decoder.feed(data)  # kept as evidence, so much of it
            return True
        self._unread += data
        return len(self._unread) <= 4 * self._limits.unread_bytes

    def decode(self, now: float) -> list[Frame]:
        """The frames of the next slice."""
        size = self._limits.slice_bytes
        if len(self._unread) <= size:
            piece = bytes(self._unread)
            self._unread.clear()
        else:
            piece = bytes(self._unread[:size])
            del self._unread[:size]
        found = self._decoder.feed(piece)
        self._fed += len(piece)
        if found or self.pending_since is None:
            self.pending_since = now if self._fed > self._decoder.offset else None
        if found and isinstance(found[-1], Garbled):
            self._decoder.feed(bytes(self._unread))
            self.break_off()
            self.doubted_since = now
        return [frame for frame in found if isinstance(frame, Frame)]

    def judge(self) -> Garbled | None:
        """The bytes that are no frame, with those that came since; only once."""
        failure = None if self.doubted_since is None else self._decoder.explain_pending()
        self.doubted_since = None
        if failure is None:
            return None
        return Garbled(self._decoder.pending, failure, self._decoder.offset)

    def break_off(self) -> None:
        """Decode nothing more."""
        self.is_broken = True
        self.pending_since = None
        self.doubted_since = None
        self._unread.clear()

    def stalled(self) -> Stalled | None:
        """The unfinished frame with its explanation, unless it was told already."""
        if self.pending_since is None or self._told == self._fed:
            return None
        self._told = self._fed
        return Stalled("client", self._decoder.pending[:EVIDENCE_BYTES], self.explain())

    def explain(self) -> str:
        """What the unfinished frame looks like."""
        failure = self._decoder.explain_pending()
        return failure.describe() if failure is not None else ""

    def evidence(self) -> bytes:
        """The beginning of the unfinished frame."""
        return self._decoder.pending[:EVIDENCE_BYTES]
