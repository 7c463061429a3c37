"""The kinds a message's fields may have, and how each one's value becomes bytes and comes back.

PURE. A kind is a frozen value that knows nothing of messages, framing or streams. `put` appends a
value to the outgoing bytes, `take` reads one from `data[pos:end]`; `start` is where the frame's
body began (a checksum covers from there). A kind never reads past `end` and never guesses: it
raises `Short` (more bytes are needed) or `Unreadable` (no bytes to come can help).
Integers, bytes and text stand here; kinds made of other kinds in `compound`.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal, Protocol, TypeAlias

from holdfast.errors import Mistake
from holdfast.grading.wire.text import BadText, Encoding, decode_text, encode_text

Buffer: TypeAlias = bytes | bytearray
ByteOrder: TypeAlias = Literal["big", "little"]


class DeclarationError(Mistake):
    """A message or protocol is declared wrongly; the sentence names it and what is wrong."""


class Short(Exception):
    """The bytes end before the value does: at least `need` bytes (counted from 0) are needed."""

    def __init__(self, need: int) -> None:
        super().__init__(need)
        self.need = need


class Unreadable(Exception):
    """The bytes at `offset` can be no such value, whatever follows. `reason` is for a student.

    `seen`: so many bytes (counted from 0) had to be there to say so.
    """

    def __init__(self, offset: int, reason: str, seen: int = 0) -> None:
        super().__init__(reason)
        self.offset = offset
        self.reason = reason
        self.seen = seen


class Unfit(Exception):
    """The value cannot be written as this kind. `reason` says why, without the field's name."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Rest(Enum):
    """A size: everything up to the end of the frame."""

    REST = "to the end of the frame"


REST: Final = Rest.REST


class Kind(Protocol):
    """What a field is on the wire; `str(kind)` says it in words."""

    @property
    def least(self) -> int:
        """Bytes that any value takes at least."""
        ...

    @property
    def exact(self) -> bool:
        """True if every value takes `least` bytes."""
        ...

    @property
    def open_ended(self) -> bool:
        """True if only the frame's end tells where the value ends."""
        ...

    def put(self, value: object, out: bytearray, start: int) -> None:
        """Append the value's bytes. Raises `Unfit`."""
        ...

    def take(self, data: Buffer, pos: int, end: int, start: int) -> tuple[object, int]:
        """The value at `pos` and the offset behind it. Raises `Short` or `Unreadable`."""
        ...


_CODES = {8: "b", 16: "h", 32: "i", 64: "q"}


@dataclass(frozen=True, slots=True)
class Int:
    """A whole number of 8, 16, 32 or 64 bits, two's complement if signed."""

    bits: int
    signed: bool = False
    order: ByteOrder = "big"

    exact = True
    open_ended = False

    def __post_init__(self) -> None:
        if self.bits not in _CODES:
            raise DeclarationError(f"an integer has 8, 16, 32 or 64 bits, not {self.bits}")

    @property
    def least(self) -> int:
        return self.bits // 8

    @property
    def code(self) -> str:
        """The `struct` code without its byte order."""
        return _CODES[self.bits] if self.signed else _CODES[self.bits].upper()

    @property
    def mark(self) -> str:
        """The `struct` byte order mark."""
        return ">" if self.order == "big" else "<"

    @property
    def lowest(self) -> int:
        return -(1 << (self.bits - 1)) if self.signed else 0

    @property
    def highest(self) -> int:
        return (1 << (self.bits - self.signed)) - 1

    def put(self, value: object, out: bytearray, start: int) -> None:
        if not isinstance(value, int):
            raise Unfit(f"is {type(value).__name__}, not a whole number")
        if not self.lowest <= value <= self.highest:
            raise Unfit(f"is outside {self.lowest}..{self.highest}")
        out += value.to_bytes(self.bits // 8, self.order, signed=self.signed)

    def take(self, data: Buffer, pos: int, end: int, start: int) -> tuple[int, int]:
        stop = pos + self.bits // 8
        if stop > end:
            raise Short(stop)
        return int.from_bytes(data[pos:stop], self.order, signed=self.signed), stop

    def __str__(self) -> str:
        sign = "signed" if self.signed else "unsigned"
        order = f", {self.order}-endian" if self.bits > 8 else ""
        return f"{self.least}-byte {sign} integer{order}"


Size: TypeAlias = Int | int | Rest
"""A length-prefix, a fixed number of bytes, or `REST`."""


@dataclass(frozen=True, slots=True)
class Bytes:
    """Raw bytes: with a length before them, of a fixed number, or up to the frame's end."""

    size: Size

    @property
    def least(self) -> int:
        return least_of(self.size)

    @property
    def exact(self) -> bool:
        return isinstance(self.size, int)

    @property
    def open_ended(self) -> bool:
        return self.size is REST

    def put(self, value: object, out: bytearray, start: int) -> None:
        if not isinstance(value, bytes):
            raise Unfit(f"is {type(value).__name__}, not bytes")
        put_sized(value, self.size, out)

    def take(self, data: Buffer, pos: int, end: int, start: int) -> tuple[bytes, int]:
        first, stop = span_of(self.size, data, pos, end)
        return bytes(data[first:stop]), stop

    def __str__(self) -> str:
        return f"bytes, {size_in_words(self.size)}"


@dataclass(frozen=True, slots=True)
class Text:
    """Text in a declared encoding; its size counts bytes. A fixed size is filled up with zeros."""

    size: Size
    encoding: Encoding = Encoding.UTF_8

    @property
    def least(self) -> int:
        return least_of(self.size)

    @property
    def exact(self) -> bool:
        return isinstance(self.size, int)

    @property
    def open_ended(self) -> bool:
        return self.size is REST

    def put(self, value: object, out: bytearray, start: int) -> None:
        if not isinstance(value, str):
            raise Unfit(f"is {type(value).__name__}, not text")
        try:
            raw = encode_text(value, self.encoding)
        except UnicodeEncodeError as error:
            wrong = f"U+{ord(value[error.start]):04X}"
            raise Unfit(f"has {wrong}, which {self.encoding} cannot carry") from error
        if isinstance(self.size, int) and len(raw) < self.size:
            raw = raw.ljust(self.size, b"\0")
        put_sized(raw, self.size, out)

    def take(self, data: Buffer, pos: int, end: int, start: int) -> tuple[str, int]:
        first, stop = span_of(self.size, data, pos, end)
        raw = data[first:stop]
        try:
            text = decode_text(raw, self.encoding)
        except BadText as error:
            raise Unreadable(first + error.at, error.reason, stop) from error
        return (text.rstrip("\0") if isinstance(self.size, int) else text), stop

    def __str__(self) -> str:
        return f"{self.encoding} text, {size_in_words(self.size)}"


def least_of(size: Size) -> int:
    """Bytes that something of this size takes at least, its length field included."""
    if isinstance(size, Int):
        return size.least
    return size if isinstance(size, int) else 0


def size_in_words(size: Size) -> str:
    """For example `2-byte length before it`."""
    if isinstance(size, Int):
        return f"{size.least}-byte length before it"
    return f"{size} bytes" if isinstance(size, int) else "to the end of the frame"


def put_sized(raw: bytes, size: Size, out: bytearray) -> None:
    """Append bytes with their length field, if any. Raises `Unfit`."""
    if isinstance(size, Int):
        if len(raw) > size.highest:
            raise Unfit(f"takes {len(raw)} bytes, but at most {size.highest} fit")
        size.put(len(raw), out, 0)
    elif isinstance(size, int) and len(raw) != size:
        raise Unfit(f"takes {len(raw)} bytes, but the field has exactly {size}")
    out += raw


def span_of(size: Size, data: Buffer, pos: int, end: int) -> tuple[int, int]:
    """Where the bytes of this size begin and end. Raises `Short` or `Unreadable`."""
    if isinstance(size, Int):
        count, pos = size.take(data, pos, end, pos)
        if count < 0:
            raise Unreadable(pos - size.least, f"the length is negative: {count}", pos)
        stop = pos + count
    else:
        stop = pos + size if isinstance(size, int) else end
    if stop > end:
        raise Short(stop)
    return pos, stop


def written(kind: Kind | None, value: object) -> bytes:
    """The value's bytes as they should be; empty where this kind cannot carry it."""
    out = bytearray()
    try:
        if kind is not None:
            kind.put(value, out, 0)
    except Unfit:
        return b""
    return bytes(out)


U8: Final = Int(8)
U16: Final = Int(16)
U32: Final = Int(32)
U64: Final = Int(64)
I8: Final = Int(8, signed=True)
I16: Final = Int(16, signed=True)
I32: Final = Int(32, signed=True)
I64: Final = Int(64, signed=True)
U16LE: Final = Int(16, order="little")
U32LE: Final = Int(32, order="little")
U64LE: Final = Int(64, order="little")
I16LE: Final = Int(16, signed=True, order="little")
I32LE: Final = Int(32, signed=True, order="little")
I64LE: Final = Int(64, signed=True, order="little")
