"""Framing: where one frame ends and the next begins, declared apart from the messages.

PURE. `cut` finds the body of the frame at `pos` and the offset behind the frame, or raises `Short`
(not all there) or `Unreadable` (no frame). `wrap` puts a body into a frame. A body is the type
field, if the protocol has one, and the message's fields.
"""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

from holdfast.grading.wire.kinds import (
    Buffer,
    DeclarationError,
    Int,
    Short,
    Unfit,
    Unreadable,
)


class Cut(NamedTuple):
    """A frame found: its body is `data[body:end]`, the next frame begins at `after`.

    Where the framing does not delimit, only reading the body tells where the frame ends.
    """

    body: int
    end: int
    after: int


class Framing(Protocol):
    """How frames stand in a stream; `str(framing)` says it in words."""

    @property
    def streams(self) -> bool:
        """False if frames cannot be told apart in a stream of bytes."""
        ...

    @property
    def delimits(self) -> bool:
        """True if a frame's end is known before its fields are read."""
        ...

    @property
    def pads(self) -> bool:
        """True if zero bytes may follow the last field."""
        ...

    def cut(self, data: Buffer, pos: int, searched: int, limit: int) -> Cut:
        """The frame at `pos`. `searched`: bytes from `pos` known to hold no end of it."""
        ...

    def wrap(self, body: bytes) -> bytes:
        """The whole frame. Raises `Unfit`."""
        ...


@dataclass(frozen=True, slots=True)
class SelfDelimiting:
    """No frame around it: the type knows which fields follow, and they know their end."""

    streams = True
    delimits = False
    pads = False

    def cut(self, data: Buffer, pos: int, searched: int, limit: int) -> Cut:
        return Cut(pos, len(data), len(data))

    def wrap(self, body: bytes) -> bytes:
        return body

    def __str__(self) -> str:
        return "none: the type knows its end"


@dataclass(frozen=True, slots=True)
class Datagram:
    """One datagram is one frame; there is no stream of them."""

    streams = False
    delimits = True
    pads = False

    def cut(self, data: Buffer, pos: int, searched: int, limit: int) -> Cut:
        return Cut(pos, len(data), len(data))

    def wrap(self, body: bytes) -> bytes:
        return body

    def __str__(self) -> str:
        return "one datagram each"


@dataclass(frozen=True, slots=True)
class LengthPrefix:
    """A length before the body. `includes_itself`: the length counts its own bytes too."""

    of: Int
    includes_itself: bool = False

    streams = True
    delimits = True
    pads = False

    def cut(self, data: Buffer, pos: int, searched: int, limit: int) -> Cut:
        length, body = self.of.take(data, pos, len(data), pos)
        if self.includes_itself:
            length -= self.of.least
        if length < 0:
            raise Unreadable(pos, f"the frame's length is too small: {length}")
        if length > limit:
            raise Unreadable(pos, f"the frame's length is {length}, but at most {limit} is allowed")
        end = body + length
        if end > len(data):
            raise Short(end)
        return Cut(body, end, end)

    def wrap(self, body: bytes) -> bytes:
        out = bytearray()
        self.of.put(len(body) + (self.of.least if self.includes_itself else 0), out, 0)
        return bytes(out) + body

    def __str__(self) -> str:
        itself = " that counts itself" if self.includes_itself else ""
        return f"length before it ({self.of}){itself}"


@dataclass(frozen=True, slots=True)
class Delimiter:
    """A mark after the body, for example a line end; the body cannot contain it.

    With `forgive_cr`, a carriage return before a line feed belongs to the mark.
    """

    mark: bytes
    forgive_cr: bool = False

    streams = True
    delimits = True
    pads = False

    def __post_init__(self) -> None:
        if not self.mark:
            raise DeclarationError("a delimiter has at least one byte")

    def cut(self, data: Buffer, pos: int, searched: int, limit: int) -> Cut:
        # The mark may have begun in the last bytes that were searched.
        first = pos + max(0, searched - len(self.mark) + 1)
        at = data.find(self.mark, first, pos + limit + len(self.mark))
        if at < 0:
            if len(data) - pos >= limit + len(self.mark):
                raise Unreadable(
                    pos + limit, f"no {self.mark!r} within {limit} bytes: the frame never ends"
                )
            raise Short(len(data) + 1)
        end = at - 1 if self.forgive_cr and at > pos and data[at - 1] == 0x0D else at
        return Cut(pos, end, at + len(self.mark))

    def wrap(self, body: bytes) -> bytes:
        if self.mark in body:
            raise Unfit(f"holds the frame's end mark {self.mark!r}")
        return body + self.mark

    def __str__(self) -> str:
        return f"{self.mark!r} after it"


@dataclass(frozen=True, slots=True)
class Fixed:
    """Every frame has the same size; shorter bodies are filled up with zero bytes."""

    size: int

    streams = True
    delimits = True
    pads = True

    def cut(self, data: Buffer, pos: int, searched: int, limit: int) -> Cut:
        end = pos + self.size
        if end > len(data):
            raise Short(end)
        return Cut(pos, end, end)

    def wrap(self, body: bytes) -> bytes:
        if len(body) > self.size:
            raise Unfit(f"takes {len(body)} bytes, but a frame has {self.size}")
        return body.ljust(self.size, b"\0")

    def __str__(self) -> str:
        return f"{self.size} bytes each"
