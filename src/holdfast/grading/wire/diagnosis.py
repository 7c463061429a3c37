"""What a decoding failure says: where, why, what had been read, and what it probably is.

PURE. Only the vocabulary stands here; how guesses are found is in `guessing`. The texts are read
by students: one or two plain sentences with the numbers (offset, expected, got) and the fix.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import overload


class GuessKind(StrEnum):
    """What the bytes probably are; each kind is one classic mistake."""

    # Numbers
    BYTE_ORDER = "byte order swapped"
    INT_WIDTH = "number of another width"
    ASCII_NUMBER = "number written as digits"
    OUT_OF_RANGE = "number out of range"
    # The type field
    MISSING_TYPE = "type field missing"
    TYPE_WIDTH = "type field of another width"
    UNASSIGNED_TYPE = "type that does not exist"
    # Lengths of text
    LENGTH_WIDTH = "text length of another width"
    LENGTH_INCLUDES_PREFIX = "text length counts itself"
    LENGTH_INCLUDES_HEADER = "text length counts the header"
    LENGTH_DOUBLED = "text length has the factor 2"
    LENGTH_IN_CHARS = "text length counts characters"
    LENGTH_TOO_SMALL = "text longer than its length"
    LENGTH_TOO_BIG = "text shorter than its length"
    NO_LENGTH = "text without its length"
    DOUBLE_LENGTH = "text with its length written twice"
    # Text itself
    UTF_16 = "UTF-16 text"
    LATIN_1 = "Latin-1 text"
    FOUR_BYTE_UTF_8 = "4-byte UTF-8"
    BYTE_ORDER_MARK = "byte order mark"
    NUL_TERMINATED = "zero byte after the text"
    TRAILING_NEWLINE = "line end after the frame"
    OBJECT_AS_TEXT = "an object's name instead of its text"
    # Frames
    FIELD_ORDER = "fields in another order"
    TRUNCATED = "frame not finished"
    MISALIGNED = "stream out of step"
    ZERO_PADDING = "zero bytes after the frame"
    SEVERAL_FRAMES = "several frames in one datagram"
    FRAME_LENGTH = "length around the frame"
    MISSING_END_MARK = "end mark missing"
    CHECKSUM = "checksum wrong"
    EMPTY = "nothing at all"
    # Something else altogether
    RAW_TEXT = "plain text instead of a frame"
    BARE_STRING = "string without a frame"
    HEX_TEXT = "hex digits instead of bytes"
    JSON = "JSON"
    XML = "XML"
    HTTP = "HTTP"
    TLS = "TLS"
    SSH = "SSH"
    TELNET = "telnet"
    JAVA_OBJECTS = "Java object stream"
    PICKLE = "Python pickle"


@dataclass(frozen=True, slots=True)
class Guess:
    """One explanation: its kind, and what was seen and how to fix it in a sentence or two."""

    kind: GuessKind
    text: str


@dataclass(frozen=True, slots=True)
class Scored:
    """A guess with its weight: 0 is worthless, 100 certain."""

    weight: int
    guess: Guess


def scored(weight: int, kind: GuessKind, text: str) -> Scored:
    """A guess with its weight."""
    return Scored(weight, Guess(kind, text))


class LateGuesses(Sequence[Guess]):
    """Guesses that are only worked out when somebody looks, then kept.

    Looking costs about a millisecond, and nobody looks at most hostile datagrams.
    """

    __slots__ = ("_found", "_work_out")

    def __init__(self, work_out: Callable[[], tuple[Guess, ...]]) -> None:
        self._work_out = work_out
        self._found: tuple[Guess, ...] | None = None

    @property
    def found(self) -> tuple[Guess, ...]:
        """All guesses, best first."""
        if self._found is None:
            self._found = self._work_out()
        return self._found

    @overload
    def __getitem__(self, index: int) -> Guess: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Guess, ...]: ...
    def __getitem__(self, index: int | slice) -> Guess | tuple[Guess, ...]:
        return self.found[index]

    def __len__(self) -> int:
        return len(self.found)

    def __iter__(self) -> Iterator[Guess]:
        return iter(self.found)

    def __repr__(self) -> str:
        return "LateGuesses(...)" if self._found is None else f"LateGuesses({self._found!r})"


@dataclass(frozen=True, slots=True)
class DecodeFailure:
    """Why bytes are no frame. `offset` counts from the first byte of that frame.

    `message` is the message's name when its type was readable, `fields` those read before the
    failure, `guesses` ranked, best first.
    """

    message: str | None
    fields: tuple[tuple[str, object], ...]
    offset: int
    reason: str
    guesses: Sequence[Guess] = field(default=(), compare=False)

    @property
    def best(self) -> Guess | None:
        """The likeliest explanation, if there is one."""
        return self.guesses[0] if self.guesses else None

    def describe(self) -> str:
        """One paragraph for a student: the likely cause with its fix first, then what is certain.

        Who has little room cuts the end off.
        """
        probably = f"Probably: {self.best.kind}. {self.best.text} " if self.best else ""
        return f"{probably}{self.outline()}"

    def outline(self) -> str:
        """What is certain, in a sentence or two: nothing is guessed, so it costs nothing."""
        where = f"in {self.message} at byte" if self.message else "at byte"
        failed = f"Reading failed {where} {self.offset}: {self.reason}."
        if not self.fields:
            return failed
        read = ", ".join(f"{name} = {shorten(value)}" for name, value in self.fields)
        return f"{failed} Read before that: {read}."


def shorten(value: object, chars: int = 40) -> str:
    """A value as a reader needs it: quoted, and cut when it is long."""
    is_quoted = isinstance(value, str | bytes)
    shown = repr(value[: 2 * chars] if isinstance(value, str | bytes) else value)
    ending = f"...{shown[-1]}" if is_quoted else "..."
    return shown if len(shown) <= chars else f"{shown[: chars - len(ending)]}{ending}"


def in_hex(raw: bytes | bytearray, count: int = 8) -> str:
    """The first bytes as hex digits, for example `00 00 04 d2`."""
    return raw[:count].hex(" ") + (" ..." if len(raw) > count else "")
