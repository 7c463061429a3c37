"""A connection's incoming bytes become frames, however the network split or merged them.

PURE. `feed` never raises and never keeps more than the protocol's limits allow. A byte is looked
at again only when the bytes that were known to be missing have come, so 1-byte pieces cost linear
time. After the first undecodable frame the stream is out of step: nobody can tell where the next
frame begins, so nothing more is delivered.
"""

from dataclasses import dataclass

from holdfast.grading.wire.diagnosis import DecodeFailure, Guess, GuessKind
from holdfast.grading.wire.guessing import explain
from holdfast.grading.wire.kinds import Buffer, Short, Unreadable
from holdfast.grading.wire.message import Message
from holdfast.grading.wire.oddities import review
from holdfast.grading.wire.schema import Schema


@dataclass(frozen=True, slots=True)
class Frame:
    """A decoded frame: its message, its bytes, and where it began in the stream."""

    message: Message
    raw: bytes
    offset: int = 0

    @property
    def notes(self) -> tuple[Guess, ...]:
        """What looks suspicious although it decoded, best first; worked out when asked."""
        return review(self.message, self.raw)

    @property
    def suspicion(self) -> str:
        """What probably went wrong in it and how to write it right; empty when nothing looks odd.

        That a number is out of range is a note, but explains nothing.
        """
        texts = (note.text for note in self.notes if note.kind is not GuessKind.OUT_OF_RANGE)
        return next(texts, "")


@dataclass(frozen=True, slots=True)
class Garbled:
    """Bytes that are no frame (at most `Limits.evidence_bytes` of them), where they began and why.

    `failure.offset` counts from the first of these bytes.
    """

    raw: bytes
    failure: DecodeFailure
    offset: int = 0


class StreamDecoder:
    """The incoming half of one connection. Make one with `Protocol.stream()`."""

    __slots__ = (
        "_before",
        "_buffer",
        "_garbled",
        "_most_evidence",
        "_need",
        "_offset",
        "_schema",
        "_searched",
    )

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._most_evidence = schema.limits.evidence_bytes
        self._buffer = bytearray()
        self._need = 0
        self._searched = 0
        self._offset = 0
        self._before = b""
        self._garbled: Unreadable | None = None

    @property
    def offset(self) -> int:
        """Bytes of the stream delivered as frames so far: where `pending` begins."""
        return self._offset

    @property
    def pending(self) -> bytes:
        """Bytes received but not delivered: an unfinished frame, or what was undecodable."""
        return bytes(self._buffer)

    def feed(self, data: bytes) -> list[Frame | Garbled]:
        """The frames that these bytes complete, in order; a `Garbled` is the last thing ever."""
        if self._garbled is not None:
            self._keep_evidence(data)
            return []
        buffer = self._buffer
        if not buffer:
            return self._deliver(data)
        buffer += data
        if len(buffer) < self._need:
            return []
        return self._deliver(buffer)

    def explain_pending(self) -> DecodeFailure | None:
        """What `pending` looks like, with guesses; None when nothing is pending.

        After a `Garbled` it is that failure again, judged with the bytes that came since.
        """
        if not self._buffer:
            return None
        pending = bytes(self._buffer)
        trouble = self._garbled or Short(self._need)
        return explain(self._schema, pending, trouble, before=self._before)

    def _deliver(self, block: Buffer) -> list[Frame | Garbled]:
        """Read all whole frames of `block`, which begins at a frame; keep the rest."""
        found: list[Frame | Garbled] = []
        read = self._schema.read
        size = len(block)
        pos = 0
        searched, self._searched, self._need = self._searched, 0, 0
        while pos < size:
            try:
                message, stop = read(block, pos, searched)
            except Short as short:
                self._need = short.need - pos
                self._searched = size - pos
                break
            except Unreadable as unreadable:
                self._garbled = Unreadable(unreadable.offset - pos, unreadable.reason)
                break
            raw = bytes(block[pos:stop])
            found.append(Frame(message, raw, self._offset + pos))
            searched = 0
            pos = stop
        self._offset += pos
        if found:
            # Kept for guesses, but no long one: thousands of idle peers may have sent it.
            self._before = found[-1].raw if len(found[-1].raw) <= self._most_evidence else b""
        if pos < size or block is self._buffer:
            self._keep_rest(block, pos)
        if self._garbled is not None:
            found.append(self._last_word(self._garbled))
        return found

    def _keep_rest(self, block: Buffer, pos: int) -> None:
        if block is self._buffer:
            del self._buffer[:pos]
        else:
            self._buffer += block[pos:]

    def _last_word(self, garbled: Unreadable) -> Garbled:
        del self._buffer[self._most_evidence :]
        raw = bytes(self._buffer)
        failure = explain(self._schema, raw, garbled, before=self._before)
        return Garbled(raw, failure, self._offset)

    def _keep_evidence(self, data: bytes) -> None:
        room = self._most_evidence - len(self._buffer)
        self._buffer += data[: max(0, room)]
