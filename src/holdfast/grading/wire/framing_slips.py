"""Guesses for protocols with a frame around each message: lengths, end marks and fixed sizes.

PURE. The frame is taken off in the way the client may have put it on; the guess is believed when
the message inside then reads well.
"""

from collections.abc import Iterator
from dataclasses import replace

from holdfast.grading.wire.diagnosis import GuessKind, Scored, in_hex, scored
from holdfast.grading.wire.framing import Delimiter, Fixed, Framing, LengthPrefix
from holdfast.grading.wire.kinds import Short, Unreadable
from holdfast.grading.wire.retelling import read_spelled, respell_int
from holdfast.grading.wire.schema import Schema
from holdfast.grading.wire.spelling import AS_DECLARED, Reading

EXACT = 93
_OTHER_MARKS = (b"\r\n", b"\n", b"\r", b"\0", b";")


def framing_guesses(schema: Schema, data: bytes) -> Iterator[Scored]:
    """How the frame may have been put around the message, other than declared."""
    match schema.framing:
        case LengthPrefix() as framing:
            yield from _length_prefix(schema, framing, data)
        case Delimiter() as framing:
            yield from _delimiter(schema, framing, data)
        case Fixed() as framing:
            yield from _fixed(schema, framing, data)


def _length_prefix(schema: Schema, framing: LengthPrefix, data: bytes) -> Iterator[Scored]:
    for other in _other_prefixes(framing):
        if _fits(schema, other, data):
            width = other.of.least
            right = framing.of.least
            yield scored(
                EXACT,
                GuessKind.BYTE_ORDER
                if other.of.order != framing.of.order
                else (GuessKind.FRAME_LENGTH),
                f"The frame's length {in_hex(data[:width])} at byte 0 fits when it is read as "
                f"{other}. Write it as {framing}, so {right} bytes.",
            )
    yield from _miscounted(schema, framing, data)
    bare = _whole(schema, data, 0)
    if bare and bare.stop == len(data):
        yield scored(
            EXACT - 1,
            GuessKind.FRAME_LENGTH,
            f"The frame begins with the message itself ({bare.plan.name}, {bare.stop} bytes); its "
            f"{framing.of.least}-byte length before it is missing.",
        )


def _other_prefixes(framing: LengthPrefix) -> Iterator[LengthPrefix]:
    """The declared length with its other meaning, byte order or width; most likely first."""
    yield replace(framing, includes_itself=not framing.includes_itself)
    for width in (framing.of.least, 1, 2, 4, 8):
        for swap in (False, True):
            of = respell_int(framing.of, width * 8, swap=swap)
            if of != framing.of:
                yield replace(framing, of=of)


def _miscounted(schema: Schema, framing: LengthPrefix, data: bytes) -> Iterator[Scored]:
    """The length stands there, but it is another number than the message's bytes."""
    width = framing.of.least
    inside = _whole(schema, data, width)
    if inside is None or inside.stop != len(data):
        return
    length, _ = framing.of.take(data, 0, len(data), 0)
    right = inside.stop if framing.includes_itself else inside.stop - width
    if length != right:
        yield scored(
            EXACT - 2,
            GuessKind.FRAME_LENGTH,
            f"The frame's length at byte 0 is {length}, but the message ({inside.plan.name}) has "
            f"{inside.stop - width} bytes: the length must be {right}.",
        )


def _delimiter(schema: Schema, framing: Delimiter, data: bytes) -> Iterator[Scored]:
    for mark in _OTHER_MARKS:
        body = data.removesuffix(mark)
        if mark != framing.mark and body != data and _fits_whole(schema, body):
            yield scored(
                EXACT,
                GuessKind.MISSING_END_MARK,
                f"The frame ends with {in_hex(mark)}, but its end mark is {in_hex(framing.mark)}.",
            )
    if framing.mark not in data and _fits_whole(schema, data):
        yield scored(
            EXACT - 1,
            GuessKind.MISSING_END_MARK,
            f"The frame ({len(data)} bytes) has no end mark: write {in_hex(framing.mark)} behind "
            "it, and flush.",
        )


def _fixed(schema: Schema, framing: Fixed, data: bytes) -> Iterator[Scored]:
    if len(data) < framing.size and _fits_whole(schema, data):
        yield scored(
            EXACT,
            GuessKind.FRAME_LENGTH,
            f"The frame has {len(data)} bytes, but every frame has {framing.size}: fill it up "
            f"with {framing.size - len(data)} zero bytes.",
        )


def _fits(schema: Schema, framing: Framing, data: bytes) -> bool:
    """True if `data` is whole frames in this framing, each filled by its message."""
    pos = 0
    while pos < len(data):
        try:
            body, end, after = framing.cut(data, pos, 0, schema.limits.frame_bytes)
        except (Short, Unreadable):
            return False
        reading = _whole(schema, data[:end], body)
        if reading is None or reading.stop != end:
            return False
        pos = after
    return True


def _fits_whole(schema: Schema, data: bytes) -> bool:
    reading = _whole(schema, data, 0)
    return reading is not None and reading.stop == len(data)


def _whole(schema: Schema, data: bytes, start: int) -> Reading | None:
    reading = read_spelled(schema, AS_DECLARED, data, start)
    return reading if reading and reading.whole else None
