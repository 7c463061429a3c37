"""Bytes that stand between, before or behind good frames: line ends, padding, bare strings.

PURE. When the declared reading works again some bytes later, the bytes before that are the
explanation; when it works and bytes are left, those are.
"""

from collections.abc import Iterator
from itertools import islice

from holdfast.grading.wire.diagnosis import GuessKind, Scored, in_hex, scored, shorten
from holdfast.grading.wire.foreign import bare_string
from holdfast.grading.wire.kinds import written
from holdfast.grading.wire.plausible import is_printable_ascii
from holdfast.grading.wire.retelling import read_spelled
from holdfast.grading.wire.schema import Schema
from holdfast.grading.wire.spelling import AS_DECLARED, Reading

CERTAIN = 92
FARTHEST_BYTES = 2_048
"""A good frame is looked for no farther than this behind the failure."""

MOST_STARTS = 64
"""So many beginnings of a good frame are tried."""
FEW_BYTES = 7
"""So much text behind a frame belongs to the text in it; more is rather a string of its own."""

_MARKS = {b"\xef\xbb\xbf": "UTF-8", b"\xfe\xff": "UTF-16", b"\xff\xfe": "UTF-16"}


def misaligned(schema: Schema, data: bytes, *, follows_frame: bool) -> Iterator[Scored]:
    """What stands at the beginning of `data`, if good frames follow it or nothing does."""
    found = _next_good_frame(schema, data)
    if found is None:
        yield from name_junk(data, follows_frame=follows_frame, alone=True)
        return
    junk = data[: found.start]
    frame_bytes = found.stop - found.start
    named = list(name_junk(junk, follows_frame=follows_frame, alone=False))
    named += _frame_length(junk, frame_bytes)
    yield from named
    if not named and read_spelled(schema, AS_DECLARED, data, 0):
        yield _too_long(found.plan.name, len(junk))
    elif not named:
        yield scored(
            55,
            GuessKind.MISALIGNED,
            f"A good frame ({found.plan.name}) begins {len(junk)} bytes later; the bytes before it "
            f"({in_hex(junk)}) belong to no frame. Something was written too much there, or a "
            "length before it was too small.",
        )


def swallowed(schema: Schema, before: bytes, data: bytes) -> Iterator[Scored]:
    """A good frame that begins inside the frame before: that one was too long."""
    both = before + data
    for start in _starts(schema, both, max(1, len(before) - FARTHEST_BYTES), len(before)):
        reading = read_spelled(schema, AS_DECLARED, both, start)
        if reading and reading.says_something and len(before) < reading.stop == len(both):
            yield _too_long(reading.plan.name, start)
            return


def _too_long(name: str, at: int) -> Scored:
    return scored(
        82,
        GuessKind.LENGTH_TOO_BIG,
        f"A good frame ({name}) begins at byte {at}, before the end of the one in front of it: a "
        "length there is too big, or the frame was not written to its end. A length counts the "
        "bytes of its text and nothing else.",
    )


def left_over(schema: Schema, data: bytes, stop: int) -> Iterator[Scored]:
    """What stands behind the one good frame of a datagram, which ended at `stop`."""
    rest = data[stop:]
    another = read_spelled(schema, AS_DECLARED, data, stop)
    if any(rest) and another and another.whole:
        yield scored(
            CERTAIN,
            GuessKind.SEVERAL_FRAMES,
            f"The first frame ends at byte {stop} and another one ({another.plan.name}) follows. "
            "A datagram carries exactly one frame: send each in its own.",
        )
    yield from name_junk(rest, follows_frame=True, alone=True)


def name_junk(junk: bytes, *, follows_frame: bool, alone: bool) -> Iterator[Scored]:
    """What bytes outside of frames are. `alone`: no good frame was found behind them."""
    behind = "behind the frame" if follows_frame else "before the frame"
    if junk in (b"\n", b"\r\n", b"\r"):
        yield scored(
            CERTAIN,
            GuessKind.TRAILING_NEWLINE,
            f"A line end ({in_hex(junk)}) stands {behind}, as println or sendline write it. "
            "A frame ends with its last field: write nothing behind it.",
        )
    if junk == b"\0":
        yield scored(
            66 if alone else CERTAIN,
            GuessKind.NUL_TERMINATED,
            f"A zero byte stands {behind}, as at the end of a string in C. The text's length says "
            "where it ends: leave the zero byte out.",
        )
    if len(junk) > 1 and not any(junk):
        yield scored(
            CERTAIN,
            GuessKind.ZERO_PADDING,
            f"{len(junk)} zero bytes stand {behind}: the unused rest of a buffer. Send only the "
            "bytes that were filled.",
        )
    for mark, encoding in _MARKS.items():
        if junk.startswith(mark) and (not alone or junk != mark):
            yield scored(
                CERTAIN,
                GuessKind.BYTE_ORDER_MARK,
                f"A byte order mark ({in_hex(mark)}) stands {behind}: the stream was opened as "
                f"{encoding} text. Write bytes, without a mark.",
            )
    if not alone:
        yield from _strings(junk)
    if follows_frame and junk.strip(b"\r\n") and is_printable_ascii(junk):
        yield scored(
            CERTAIN - 2 if len(junk) <= FEW_BYTES and junk.isalnum() else 70,
            GuessKind.LENGTH_TOO_SMALL,
            f"The text {shorten(junk.decode('ascii'))} goes on behind the frame: its length was "
            f"{len(junk)} too small. Encode the text first, then write the number of its bytes.",
        )


def _strings(junk: bytes) -> Iterator[Scored]:
    text = bare_string(junk)
    if text is not None and len(text.encode()) + 2 == len(junk):
        yield scored(
            CERTAIN,
            GuessKind.BARE_STRING,
            f"The string {shorten(text)} stands here with its 2-byte length {in_hex(junk[:2])} but "
            f"without a frame; a good frame follows {len(junk)} bytes later. If it came from the "
            "server without a type, do not echo it.",
        )
    elif len(junk) > 2 and is_printable_ascii(junk):
        yield scored(
            CERTAIN - 4,
            GuessKind.RAW_TEXT,
            f"The plain text {shorten(junk.decode('ascii'))} stands here without a frame; a good "
            f"frame follows {len(junk)} bytes later. Write only frames to this connection.",
        )


def _frame_length(junk: bytes, frame_bytes: int) -> Iterator[Scored]:
    if not _is_length_of(junk, frame_bytes):
        return
    yield scored(
        CERTAIN,
        GuessKind.FRAME_LENGTH,
        f"The bytes {in_hex(junk)} are the length of the frame ({frame_bytes} bytes follow), "
        "written before it. This protocol has no length around a frame: begin with the type.",
    )


def _is_length_of(junk: bytes, frame_bytes: int) -> bool:
    """True if `junk` is a number that says how long the frame behind it is."""
    if len(junk) not in (1, 2, 4, 8):
        return False
    numbers = int.from_bytes(junk, "big"), int.from_bytes(junk, "little")
    return frame_bytes in numbers or frame_bytes + len(junk) in numbers


def _next_good_frame(schema: Schema, data: bytes) -> Reading | None:
    """The nearest frame behind byte 0 that reads well, with good frames behind it to the end."""
    for start in _starts(schema, data, 1, min(len(data), FARTHEST_BYTES)):
        reading = read_spelled(schema, AS_DECLARED, data, start)
        if reading and reading.whole and _goes_on(schema, data, reading):
            return reading
    return None


def _starts(schema: Schema, data: bytes, first: int, last: int) -> Iterator[int]:
    """Offsets from `first` to before `last` where a known type stands, nearest first."""
    if schema.tag is None:
        yield from range(first, min(last, first + MOST_STARTS))
        return
    tags = {written(schema.tag, tag) for tag in schema.plans}
    width = schema.tag.least
    found = (start for start in range(first, last) if data[start : start + width] in tags)
    yield from islice(found, MOST_STARTS)


def _goes_on(schema: Schema, data: bytes, reading: Reading) -> bool:
    """True if the bytes behind a frame are no reason to doubt it."""
    junk, rest = data[: reading.start], data[reading.stop :]
    if not reading.says_something:
        return False
    if not rest or rest.startswith(junk) or _is_length_of(junk, reading.stop - reading.start):
        return True
    following = read_spelled(schema, AS_DECLARED, data, reading.stop)
    return following is not None or junk.startswith(rest)
