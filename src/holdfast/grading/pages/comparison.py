"""The law of comparisons: what was expected beside what came, with the first difference marked.

Pure. The engine says what differs; here it is cut into runs that the page can set under each other.
"""

from dataclasses import dataclass

from holdfast.grading.domain.transcript import Mismatch
from holdfast.grading.pages.hexdump import Run
from holdfast.grading.wire.connection import Frame
from holdfast.grading.wire.course import COURSE
from holdfast.grading.wire.kinds import Int, Kind, Text, written


@dataclass(frozen=True, slots=True)
class Comparison:
    """One field: `expected` and `got` with the first differing character marked.

    `first_byte` counts from 0 within the field, None where bytes say nothing.
    """

    field: str
    expected: tuple[Run, ...]
    got: tuple[Run, ...]
    first_byte: int | None
    comment: str


def comparison_of(mismatch: Mismatch) -> Comparison:
    """What differs, with the first differing character of both sides marked."""
    expected, got = mismatch.expected, mismatch.got
    at = None if mismatch.first_byte is None else _first_difference(expected, got)
    return Comparison(
        field=mismatch.field,
        expected=_runs(expected, at),
        got=_runs(got, at),
        first_byte=mismatch.first_byte,
        comment=mismatch.comment,
    )


def marked_bytes(comparison: Comparison, raw: bytes) -> range:
    """The offsets in a frame's bytes where it differs: one byte of a text, or a whole number."""
    frame = COURSE.decode_one(raw)
    if not isinstance(frame, Frame):
        return range(0)
    stop = COURSE.schema.tag.least if COURSE.schema.tag else 0
    for field in frame.message.plan.fields:
        start, stop = stop, stop + len(written(field.kind, getattr(frame.message, field.name)))
        if field.name == comparison.field:
            return _within(field.kind, start, stop, comparison.first_byte)
    return range(0)


def _within(kind: Kind, start: int, stop: int, first_byte: int | None) -> range:
    if first_byte is None:
        return range(start, stop) if isinstance(kind, Int) else range(0)
    length = kind.size.least if isinstance(kind, Text) and isinstance(kind.size, Int) else 0
    # A text that stops too early differs where it should have gone on: mark its last byte.
    at = min(start + length + first_byte, stop - 1)
    return range(at, at + 1)


def _first_difference(expected: str, got: str) -> int:
    pairs = zip(expected, got, strict=False)
    same = next((at for at, (left, right) in enumerate(pairs) if left != right), None)
    return min(len(expected), len(got)) if same is None else same


def _runs(text: str, at: int | None) -> tuple[Run, ...]:
    if at is None or at >= len(text):
        return (Run(text, False),) if text else ()
    parts = (Run(text[:at], False), Run(text[at], True), Run(text[at + 1 :], False))
    return tuple(part for part in parts if part.text)
