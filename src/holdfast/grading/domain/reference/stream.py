"""The incoming bytes of a client, which must survive bytes that are no message.

PURE. A server never guesses where the next frame begins. A client of 2024-a1-t2 has to: it skips
four bytes, the size of a type, and tries again, as clients that ignore unknown types do.
"""

from holdfast.grading.wire.connection import Frame, Garbled
from holdfast.grading.wire.course import COURSE

SKIP_BYTES = 4


class ForgivingStream:
    """Frames out of bytes; what is skipped to find the next frame is reported once."""

    def __init__(self) -> None:
        self._decoder = COURSE.stream()

    @property
    def pending(self) -> bytes:
        """Bytes that are not yet a frame."""
        return self._decoder.pending

    def feed(self, data: bytes) -> list[Frame | Garbled]:
        """The frames, and the runs of skipped bytes, that these bytes complete."""
        found: list[Frame | Garbled] = []
        latest = self._decoder.feed(data)
        while latest and isinstance(garbled := latest[-1], Garbled):
            found += latest[:-1]
            rest = self._decoder.pending
            _skip(found, Garbled(rest[:SKIP_BYTES], garbled.failure))
            self._decoder = COURSE.stream()
            latest = self._decoder.feed(rest[SKIP_BYTES:])
        return found + latest


def _skip(found: list[Frame | Garbled], skipped: Garbled) -> None:
    """Add skipped bytes to the run at the end, or begin one."""
    if found and isinstance(run := found[-1], Garbled):
        found[-1] = Garbled(run.raw + skipped.raw, run.failure)
    else:
        found.append(skipped)
