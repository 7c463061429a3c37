"""The words for each slip: what was seen, at which byte, and what to write instead.

PURE. One function for each kind of mistake; all numbers come from the reading that fitted.
Offsets count from the first byte of the frame.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from holdfast.grading.wire.diagnosis import GuessKind, in_hex, shorten
from holdfast.grading.wire.kinds import U16, Int, written
from holdfast.grading.wire.spelling import TAG_NAME, Counts, Piece, Story


@dataclass(frozen=True, slots=True)
class Told:
    """A story with the bytes it was read from, and the protocol's declared type field."""

    story: Story
    data: bytes
    tag: Int | None

    @property
    def head(self) -> Piece:
        """The frame's first piece: its type, or its first field when the type is missing."""
        return self.story.first.pieces[0]

    @property
    def number(self) -> Piece:
        """The number that is told about: the one written wrongly, else the first, else the type."""
        numbers = [piece for piece in self.story.first.pieces if isinstance(piece.kind, Int)]
        fields = [piece for piece in numbers if piece.name != TAG_NAME]
        wrong = [piece for piece in fields if piece.name == self.story.spelling.only]
        return (wrong or fields or numbers or [self.head])[0]

    @property
    def text(self) -> Piece | None:
        """The frame's first text, or bytes, that is declared with a length before it."""
        return next((piece for piece in self.story.first.pieces if piece.size), None)

    def hex_of(self, piece: Piece) -> str:
        """The bytes of a piece as they came."""
        return in_hex(self.data[piece.at : piece.stop])

    def length_hex(self, text: Piece) -> str:
        """The bytes of a text's length as they came."""
        return in_hex(self.data[text.at : text.first])


def sentence(kind: GuessKind, told: Told) -> str:
    """What to tell a student about this kind of mistake in this story; empty if nothing."""
    if kind in _ABOUT_NUMBERS:
        return _ABOUT_NUMBERS[kind](told)
    return _ABOUT_TEXT[kind](told, told.text) if told.text else ""


def _byte_order(told: Told) -> str:
    spelling = told.story.spelling
    piece = told.head if spelling.swap_tag else told.number
    if not (spelling.swap_tag or spelling.swap_ints or told.text is None):
        return _swapped_length(told, told.text)
    order = piece.kind.order if isinstance(piece.kind, Int) else "big"
    value = f"{piece.value} ({told.story.first.plan.name})" if spelling.swap_tag else piece.value
    first = "most" if order == "big" else "least"
    return (
        f"`{piece.name}` at byte {piece.at} is {told.hex_of(piece)}, which is {value} only in the "
        f"swapped byte order. Write every number {order}-endian, {first} significant byte first: "
        f"{_right(piece)}."
    )


def _swapped_length(told: Told, text: Piece) -> str:
    got = int.from_bytes(told.data[text.at : text.first], _length_field(text).order)
    order = _length_field(text).order
    return (
        f"The length of `{text.name}` at byte {text.at} is {told.length_hex(text)}: in "
        f"{order}-endian order that is {got}, but {text.length} bytes of text follow. Write "
        f"lengths {order}-endian: {_right_length(text)}."
    )


def _missing_type(told: Told) -> str:
    plan, piece = told.story.first.plan, told.head
    width = told.tag.least if told.tag else 0
    return (
        f"The frame begins with {told.hex_of(piece)}, which reads as {piece.name} = "
        f"{shorten(piece.value)} of {plan.name}; the {width}-byte type before it is missing. Write "
        f"{in_hex(written(told.tag, plan.tag))} (type {plan.tag}, {plan.name}) first."
    )


def _other_width(told: Told, piece: Piece) -> str:
    return (
        f"`{piece.name}` at byte {piece.at} takes {_bytes(piece.stop - piece.at)} "
        f"({told.hex_of(piece)}, value {piece.value}), but it must take "
        f"{_bytes(piece.kind.least)}: {_right(piece)}."
    )


def _type_width(told: Told) -> str:
    return _other_width(told, told.head)


def _int_width(told: Told) -> str:
    return _other_width(told, told.number)


def _ascii_number(told: Told) -> str:
    piece = told.number
    return (
        f"`{piece.name}` at byte {piece.at} is written as the digits {str(piece.value)!r} "
        f"({told.hex_of(piece)}), but it must be a {piece.kind.least}-byte number: "
        f"{_right(piece)}."
    )


def _field_order(told: Told) -> str:
    plan = told.story.first.plan
    return (
        f"The fields of {plan.name} come in the order {', '.join(told.story.spelling.order)}. "
        f"Write them in the order {', '.join(field.name for field in plan.fields)}."
    )


_ABOUT_NUMBERS: Mapping[GuessKind, Callable[[Told], str]] = {
    GuessKind.BYTE_ORDER: _byte_order,
    GuessKind.MISSING_TYPE: _missing_type,
    GuessKind.TYPE_WIDTH: _type_width,
    GuessKind.INT_WIDTH: _int_width,
    GuessKind.ASCII_NUMBER: _ascii_number,
    GuessKind.FIELD_ORDER: _field_order,
}


def _length_width(told: Told, text: Piece) -> str:
    return (
        f"The length of `{text.name}` at byte {text.at} takes {_bytes(text.first - text.at)} "
        f"({told.length_hex(text)}), but it must be a {_length_field(text).least}-byte number: "
        f"{_right_length(text)}."
    )


def _length_counts_too_much(told: Told, text: Piece) -> str:
    whole = told.story.spelling.counts is Counts.FRAME
    what = "the bytes of the whole frame" if whole else f"its own {_bytes(text.first - text.at)}"
    return (
        f"The length of `{text.name}` at byte {text.at} is {text.length}, but {_size(text)} bytes "
        f"of text follow: it counts {what} too. Count only the text's bytes: {_size(text)} "
        f"({_right_length(text)})."
    )


def _length_doubled(told: Told, text: Piece) -> str:
    return (
        f"The length of `{text.name}` at byte {text.at} is {text.length}, twice the {_size(text)} "
        f"bytes of text that follow (the factor 2). Count bytes, not two for each letter: "
        f"{_size(text)} ({_right_length(text)})."
    )


def _length_in_chars(told: Told, text: Piece) -> str:
    return (
        f"The length of `{text.name}` at byte {text.at} is {text.length}, the number of its "
        f"characters, but {shorten(text.value)} takes {_size(text)} bytes. Encode the text first, "
        f"then write the number of its bytes: {_size(text)} ({_right_length(text)})."
    )


def _no_length(told: Told, text: Piece) -> str:
    return (
        f"At byte {text.at} the letters of `{text.name}` begin at once: {shorten(text.value)}. "
        f"Their {_length_field(text).least}-byte length is missing: write {_right_length(text)} "
        f"({_size(text)}) before them, and nothing behind them."
    )


def _nul_terminated(told: Told, text: Piece) -> str:
    if text.length is None:
        return (
            f"`{text.name}` at byte {text.at} has no length and ends with a zero byte, as in C. "
            f"Write its {_length_field(text).least}-byte length {_right_length(text)} first and "
            "leave the zero byte out."
        )
    return (
        f"A zero byte follows `{text.name}` at byte {text.stop - 1}, as at the end of a string in "
        f"C. Its length {text.length} says where it ends: leave the zero byte out."
    )


def _trailing_newline(told: Told, text: Piece) -> str:
    ending = told.story.spelling.ending
    return (
        f"A line end ({in_hex(ending)}) follows `{text.name}` at byte {text.stop - len(ending)}. "
        f"Its length {text.length} says where it ends: leave the line end out."
    )


def _other_encoding(told: Told, text: Piece) -> str:
    raw = told.data[text.first : text.stop]
    return (
        f"`{text.name}` at byte {text.first} is {shorten(text.value)} in "
        f"{told.story.spelling.encoding} ({in_hex(raw, 6)}). Encode it as UTF-8, with "
        f"{_right_length(text)} ({_size(text)} bytes) as its length."
    )


_ABOUT_TEXT: Mapping[GuessKind, Callable[[Told, Piece], str]] = {
    GuessKind.LENGTH_WIDTH: _length_width,
    GuessKind.LENGTH_INCLUDES_PREFIX: _length_counts_too_much,
    GuessKind.LENGTH_INCLUDES_HEADER: _length_counts_too_much,
    GuessKind.LENGTH_DOUBLED: _length_doubled,
    GuessKind.LENGTH_IN_CHARS: _length_in_chars,
    GuessKind.NO_LENGTH: _no_length,
    GuessKind.NUL_TERMINATED: _nul_terminated,
    GuessKind.TRAILING_NEWLINE: _trailing_newline,
    GuessKind.UTF_16: _other_encoding,
    GuessKind.LATIN_1: _other_encoding,
}


def _right(piece: Piece) -> str:
    return in_hex(written(piece.kind, piece.value))


def _length_field(text: Piece) -> Int:
    return text.size or U16


def _right_length(text: Piece) -> str:
    return in_hex(written(text.kind, text.value)[: _length_field(text).least])


def _size(text: Piece) -> int:
    return max(0, len(written(text.kind, text.value)) - _length_field(text).least)


def _bytes(count: int) -> str:
    return "1 byte" if count == 1 else f"{count} bytes"
