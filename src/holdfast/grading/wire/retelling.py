"""Reading the declared messages as if the client had written them in some other way.

PURE. Reading bytes under a `Spelling` is strict where the real decoder is forgiving (values must be
plausible), because a guess is only worth telling when everything fits.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import assert_never

from holdfast.grading.wire.compound import Array, Checksum, Choice, Flag
from holdfast.grading.wire.kinds import (
    U16,
    ByteOrder,
    Bytes,
    Int,
    Kind,
    Short,
    Text,
    Unreadable,
)
from holdfast.grading.wire.message import Field, Plan
from holdfast.grading.wire.plausible import is_plausible
from holdfast.grading.wire.schema import Schema
from holdfast.grading.wire.spelling import (
    AS_DECLARED,
    TAG_NAME,
    Counts,
    Piece,
    Reading,
    Spelling,
    Story,
)
from holdfast.grading.wire.text import BadText, Encoding, decode_text

MAX_FRAMES = 6
"""So many frames in a row are retold: more make no guess surer."""
FARTHEST_MISSING_BYTES = 4_096
"""An unfinished reading that waits for more than this is not believed."""
MOST_DIGITS = 10
"""A number written as digits has at most so many."""

_MISREAD_UTF_8 = re.compile("[\xc2-\xf4][\x80-\xbf]")
_LETTERS = re.compile(rb"[ -~\x80-\xff]+")
"""Typed text without a line end, which may be what ends it."""
_RUNS: Mapping[Encoding | None, re.Pattern[bytes]] = {
    Encoding.UTF_16_BE: re.compile(rb"(?:\0[ -\xff])+"),
    Encoding.UTF_16_LE: re.compile(rb"(?:[ -\xff]\0)+"),
}
_WIDE = (Encoding.UTF_16_BE, Encoding.UTF_16_LE)


def retell(schema: Schema, spelling: Spelling, data: bytes, start: int = 0) -> Story | None:
    """Read frames in a row from `start`: the first must fit, later ones may be as declared.

    None if the first does not fit, or ends where it does as declared: that explains nothing.
    """
    first = read_spelled(schema, spelling, data, start)
    if first is None:
        return None
    declared = read_spelled(schema, AS_DECLARED, data, start)
    if declared and declared.whole and declared.stop == first.stop:
        return None
    stories = (
        _continued(schema, first, data, tellings)
        for tellings in ((spelling, AS_DECLARED), (AS_DECLARED, spelling))
    )
    readings = min(stories, key=lambda each: len(data) - each[-1].stop)
    return Story(spelling, tuple(readings), len(data) - readings[-1].stop)


def _continued(
    schema: Schema, first: Reading, data: bytes, tellings: tuple[Spelling, ...]
) -> list[Reading]:
    """The frames from `first` on, each under the first of the spellings that it fits."""
    readings = [first]
    while readings[-1].stop < len(data) and len(readings) < MAX_FRAMES:
        pos = readings[-1].stop
        reading = _first_whole(read_spelled(schema, each, data, pos) for each in tellings)
        if reading is None:
            break
        readings.append(reading)
    return readings


def _first_whole(readings: Iterator[Reading | None]) -> Reading | None:
    found = [reading for reading in readings if reading]
    return next((reading for reading in found if reading.whole), found[0] if found else None)


def read_spelled(schema: Schema, spelling: Spelling, data: bytes, start: int) -> Reading | None:
    """The frame at `start` under the spelling; None if it does not fit or is not plausible."""
    found: list[Reading] = []
    if schema.tag is None or spelling.tag_bytes == 0:
        for plan in schema.plans.values():
            if plan.fields:
                found += _Reader(spelling, data, start).read(plan, start, ())
    else:
        width = (spelling.tag_bytes or schema.tag.least) * 8
        kind = respell_int(schema.tag, width, swap=spelling.swap_tag)
        try:
            tag, stop = kind.take(data, start, len(data), start)
        except Short:
            return None
        plan_of_tag = schema.plans.get(tag)
        if plan_of_tag is not None:
            head = (Piece(TAG_NAME, schema.tag, tag, start, stop),)
            found += _Reader(spelling, data, start).read(plan_of_tag, stop, head)
    return max(found, key=_surest, default=None)


def _surest(reading: Reading) -> tuple[bool, int, int]:
    return reading.whole and reading.says_something, len(reading.pieces), reading.stop


def respell_int(kind: Int, bits: int, *, swap: bool) -> Int:
    """The same integer with another width and possibly the other byte order."""
    other: ByteOrder = "little" if kind.order == "big" else "big"
    return replace(kind, bits=bits, order=other if swap else kind.order)


class _Misfit(Exception):
    """The bytes do not fit the spelling."""


class _Reader:
    """Reads one message's fields at one place under one spelling."""

    __slots__ = ("_data", "_spelling", "_start")

    def __init__(self, spelling: Spelling, data: bytes, start: int) -> None:
        self._spelling = spelling
        self._data = data
        self._start = start

    def read(self, plan: Plan, pos: int, head: tuple[Piece, ...]) -> Iterator[Reading]:
        """The reading of this plan's fields at `pos`, if they fit."""
        pieces = list(head)
        fields = self._ordered(plan)
        missing = 0
        for index, field in enumerate(fields):
            behind = sum(each.kind.least for each in fields[index + 1 :])
            try:
                piece = self._piece(field, pos, behind)
            except (_Misfit, Unreadable):
                return
            except Short as short:
                missing, pos = short.need - len(self._data), len(self._data)
                if missing > FARTHEST_MISSING_BYTES:
                    return
                break
            if not is_plausible(field, piece.value):
                return
            pieces.append(piece)
            pos = piece.stop
        if pieces:
            yield Reading(plan, self._start, pos, tuple(pieces), missing)

    def _ordered(self, plan: Plan) -> tuple[Field, ...]:
        named = {field.name: field for field in plan.fields}
        order = self._spelling.order
        if set(order) != set(named):
            return plan.fields
        return tuple(named[name] for name in order)

    def _piece(self, field: Field, pos: int, behind: int) -> Piece:
        kind = field.kind
        if isinstance(kind, Text | Bytes):
            return self._sized(field, kind, pos, behind)
        if isinstance(kind, Int) and self._spelling.digits:
            return self._digits(field, pos)
        value, stop = self._respell(kind, field.name).take(
            self._data, pos, len(self._data), self._start
        )
        return Piece(field.name, field.kind, value, pos, stop)

    def _respell(self, kind: Kind, name: str) -> Kind:
        match kind:
            case Int():
                return self._number(kind, name)
            case Choice() | Flag() | Checksum():
                return replace(kind, kind=self._number(kind.kind, name))
            case Array(of=Int() as of, count=count):
                count = self._length(count) if isinstance(count, Int) else count
                return replace(kind, of=self._number(of, name), count=count)
            case _:
                return kind

    def _number(self, kind: Int, name: str) -> Int:
        concerned = self._spelling.only in ("", name)
        width = self._spelling.int_bytes if concerned else None
        swap = self._spelling.swap_ints and concerned
        return respell_int(kind, (width or kind.least) * 8, swap=swap)

    def _length(self, size: Int) -> Int:
        width = (self._spelling.length_bytes or size.least) * 8
        return respell_int(size, width, swap=self._spelling.swap_lengths)

    def _digits(self, field: Field, pos: int) -> Piece:
        """A number written as ASCII digits, with a 2-byte length before them or without."""
        data = self._data
        first, stop = pos, pos
        if self._spelling.digits == "text":
            count, first = U16.take(data, pos, len(data), pos)
            stop = min(first + count, len(data))
        else:
            while stop < min(len(data), pos + MOST_DIGITS) and data[stop : stop + 1].isdigit():
                stop += 1
        raw = data[first:stop]
        if not raw.isdigit() or len(raw) > MOST_DIGITS:
            raise _Misfit
        return Piece(field.name, field.kind, int(raw), pos, stop)

    def _sized(self, field: Field, kind: Text | Bytes, pos: int, behind: int) -> Piece:
        if not isinstance(kind.size, Int):
            value, stop = kind.take(self._data, pos, len(self._data), self._start)
            return Piece(field.name, field.kind, value, pos, stop, first=pos)
        if self._spelling.length_bytes == 0:
            return self._unmeasured(field, kind, pos)
        length, first = self._length(kind.size).take(self._data, pos, len(self._data), pos)
        stop = self._stop(pos, first, length, behind)
        if stop < first:
            raise _Misfit
        if stop + len(self._spelling.ending) > len(self._data):
            raise Short(stop + len(self._spelling.ending))
        raw = self._data[first:stop]
        value = raw if isinstance(kind, Bytes) else self._text(kind, raw)
        return Piece(field.name, field.kind, value, pos, self._behind_ending(stop), length, first)

    def _stop(self, pos: int, first: int, length: int, behind: int) -> int:
        """Where the text ends that has this length, by what the length counts."""
        match self._spelling.counts:
            case Counts.BYTES:
                return first + length
            case Counts.ITSELF:
                return pos + length
            case Counts.FRAME:
                return self._start + length - behind
            case Counts.DOUBLE:
                return first + length // 2 if length % 2 == 0 else -1
            case Counts.CHARS:
                return self._stop_of_chars(first, length)
            case _:
                assert_never(self._spelling.counts)

    def _stop_of_chars(self, first: int, count: int) -> int:
        if self._spelling.encoding in _WIDE:
            return first + 2 * count
        stop = first
        for _ in range(min(count, len(self._data))):
            stop += 1
            while stop < len(self._data) and self._data[stop] & 0xC0 == 0x80:
                stop += 1
        return stop + max(0, count - len(self._data))

    def _unmeasured(self, field: Field, kind: Text | Bytes, pos: int) -> Piece:
        """Text without a length: it goes on while the bytes are text."""
        run = _RUNS.get(self._spelling.encoding, _LETTERS).match(self._data, pos)
        if run is None or isinstance(kind, Bytes):
            raise _Misfit
        text = self._text(kind, run[0])
        stop = self._behind_ending(run.end())
        return Piece(field.name, field.kind, text, pos, stop, first=pos)

    def _behind_ending(self, stop: int) -> int:
        ending = self._spelling.ending
        if not self._data.startswith(ending, stop):
            raise _Misfit
        return stop + len(ending)

    def _text(self, kind: Text, raw: bytes) -> str:
        try:
            text = decode_text(raw, self._spelling.encoding or kind.encoding)
        except BadText as error:
            raise _Misfit from error
        if self._spelling.encoding and not _is_believable(text, self._spelling.encoding):
            raise _Misfit
        return text


def _is_believable(text: str, encoding: Encoding) -> bool:
    """False for the strange letters that any bytes are in another encoding.

    UTF-8 read as UTF-16 is Chinese; read as Latin-1 it has the pairs of `_MISREAD_UTF_8`.
    """
    if encoding in _WIDE:
        return 4 * sum(char.isascii() for char in text) >= 3 * len(text)
    return not _MISREAD_UTF_8.search(text)
