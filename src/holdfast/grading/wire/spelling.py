"""Ways in which a beginner's program writes the declared messages, and what reading them gave.

PURE data: a `Spelling` is one such way (little-endian, without the type, with a length that counts
itself); `Reading` and `Story` say what the bytes are under it. `retelling` does the reading.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal

from holdfast.grading.wire.kinds import Bytes, Int, Kind, Text
from holdfast.grading.wire.message import Plan
from holdfast.grading.wire.text import Encoding


class Counts(Enum):
    """What the length of a text counts."""

    BYTES = "its bytes"
    ITSELF = "its bytes and itself"
    FRAME = "the whole frame"
    DOUBLE = "each byte twice"
    CHARS = "characters"


@dataclass(frozen=True, slots=True)
class Spelling:
    """How the fields are written; the defaults mean *as declared*.

    `tag_bytes` 0 leaves the type out; `length_bytes` 0 leaves lengths out, and text then goes on
    while it is text. `int_bytes` concerns all numbers, or the field named `only`. `ending` follows
    each text without being counted. `order` are the names of a message's fields as written.
    """

    tag_bytes: int | None = None
    swap_tag: bool = False
    swap_ints: bool = False
    swap_lengths: bool = False
    int_bytes: int | None = None
    only: str = ""
    digits: Literal["", "text", "raw"] = ""
    length_bytes: int | None = None
    counts: Counts = Counts.BYTES
    encoding: Encoding | None = None
    ending: bytes = b""
    order: tuple[str, ...] = ()


AS_DECLARED: Final = Spelling()
TAG_NAME: Final = "type"


@dataclass(frozen=True, slots=True)
class Piece:
    """One field, or the type, as it was read; `at` and `stop` are offsets in the data.

    `kind` is the declared one. `length` is what a text's length field said, None if there was
    none, and `first` where the text's own bytes begin.
    """

    name: str
    kind: Kind
    value: object
    at: int
    stop: int
    length: int | None = None
    first: int = 0

    @property
    def size(self) -> Int | None:
        """The declared length field of a text; None where it has none."""
        size = self.kind.size if isinstance(self.kind, Text | Bytes) else None
        return size if isinstance(size, Int) else None


@dataclass(frozen=True, slots=True)
class Reading:
    """One frame as it was read; at least `missing` bytes were missing at its end."""

    plan: Plan
    start: int
    stop: int
    pieces: tuple[Piece, ...]
    missing: int

    @property
    def whole(self) -> bool:
        return self.missing == 0

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts that were read."""
        return tuple(piece.value for piece in self.pieces if isinstance(piece.value, str))

    @property
    def says_something(self) -> bool:
        """False if all its texts are empty: zero bytes read as almost anything."""
        return any(self.texts) or not self.texts


@dataclass(frozen=True, slots=True)
class Story:
    """Several frames in a row under one spelling, and how many bytes stayed unexplained."""

    spelling: Spelling
    readings: tuple[Reading, ...]
    left: int

    @property
    def first(self) -> Reading:
        return self.readings[0]

    @property
    def has_text(self) -> bool:
        """True if some letters were read: numbers alone are weak evidence."""
        return any(any(reading.texts) for reading in self.readings)
