"""Messages that decoded and still look wrong: the notes on a good frame.

PURE. A forgiving decoder reads a little-endian id as a huge number and UTF-16 as letters with
zeros between them; the comparison above then fails with a difference that nobody understands.
These notes name the mistake.
"""

import re
from collections.abc import Iterator

from holdfast.grading.wire.diagnosis import Guess, GuessKind, Scored, in_hex, scored, shorten
from holdfast.grading.wire.kinds import Int, Text
from holdfast.grading.wire.message import Field, Message, Usually
from holdfast.grading.wire.plausible import is_printable
from holdfast.grading.wire.text import Encoding, encode_text

_JAVA_OBJECT = re.compile(r"\[[BCILS][\w.;]*@[0-9a-f]+|[\w.$]+@[0-9a-f]{5,8}")
_PYTHON_BYTES = re.compile(r"b(['\"]).*\1", re.DOTALL)


def review(message: Message, raw: bytes) -> tuple[Guess, ...]:
    """What is suspicious about a message that did decode, best first; `raw` are its bytes."""
    found: list[Scored] = []
    if len(raw) > 4 and not any(raw):
        found.append(_only_zeros(raw))
    values = [(field, getattr(message, field.name)) for field in message.plan.fields]
    misread = any(
        isinstance(value, str) and not (value and is_printable(value)) for _, value in values
    )
    for field, value in values:
        if isinstance(field.kind, Int) and isinstance(value, int):
            is_last = field is message.plan.fields[-1]
            found += _number(field, field.kind, value, misread=misread, is_last=is_last)
        elif isinstance(field.kind, Text) and isinstance(value, str):
            found += _text(field, field.kind, value, raw)
    found.sort(key=lambda each: -each.weight)
    return tuple(each.guess for each in found)


def _only_zeros(raw: bytes) -> Scored:
    return scored(
        90,
        GuessKind.ZERO_PADDING,
        f"This frame is nothing but {len(raw)} zero bytes: the unused rest of a buffer, or "
        "the first half of a number that is too wide. Send only the bytes that were filled.",
    )


def _number(
    field: Field, kind: Int, value: int, *, misread: bool, is_last: bool
) -> Iterator[Scored]:
    """`misread`: a text of the message is no text, so probably all fields were cut wrongly.

    `is_last`: no other field follows.
    """
    usually = field.usually
    if usually is None or usually.holds(value):
        return
    came = value.to_bytes(kind.least, kind.order, signed=kind.signed)
    for weight, guess_kind, meant, how in (
        () if misread else _meant(kind, came, usually, is_last=is_last)
    ):
        right = in_hex(meant.to_bytes(kind.least, kind.order, signed=kind.signed))
        yield scored(
            weight,
            guess_kind,
            f"`{field.name}` came as {in_hex(came)}: that looks like {meant} {how}. Write it as "
            f"{right}.",
        )
    yield scored(
        30,
        GuessKind.OUT_OF_RANGE,
        f"`{field.name}` is {value} ({in_hex(came)}), outside of {usually.lowest}.."
        f"{usually.highest}.",
    )


def _meant(
    kind: Int, came: bytes, usually: Usually, *, is_last: bool
) -> Iterator[tuple[int, GuessKind, int, str]]:
    """What a number that is out of range may have meant."""
    swapped = int.from_bytes(came[::-1], kind.order, signed=kind.signed)
    # Behind half a last number stands the next frame's type, which begins with zeros; behind half
    # of another one its own message went on, and would have been misread.
    is_half = is_last and not any(came[kind.least // 2 :])
    half = int.from_bytes(came[: kind.least // 2], kind.order) if is_half else 0
    if came.isdigit():
        yield 90, GuessKind.ASCII_NUMBER, int(came), "in ASCII digits"
    # Both may be possible; small numbers are the more usual ones.
    if usually.holds(swapped):
        weight = 60 if 0 < half < swapped else 88
        yield weight, GuessKind.BYTE_ORDER, swapped, f"in {_other_order(kind)}-endian order"
    if half and usually.holds(half):
        yield 70, GuessKind.INT_WIDTH, half, f"as a number of {kind.least // 2} bytes"


def _other_order(kind: Int) -> str:
    return "little" if kind.order == "big" else "big"


def _text(field: Field, kind: Text, text: str, raw: bytes) -> Iterator[Scored]:
    name = field.name
    yield from _zeros_in(name, text)
    if text.startswith("\ufeff"):
        yield scored(
            85,
            GuessKind.BYTE_ORDER_MARK,
            f"`{name}` begins with a byte order mark (U+FEFF, ef bb bf in UTF-8). Encode the text "
            "without a mark, for example as `utf-8` and not as `utf-8-sig`.",
        )
    ending = text[len(text.rstrip("\r\n")) :]
    if ending:
        yield scored(
            80,
            GuessKind.TRAILING_NEWLINE,
            f"`{name}` ends with a line end ({in_hex(ending.encode())}). Take it off before you "
            "send the text: reading a line may keep it.",
        )
    if len(text) > 2 and text[0] == "\0" and ord(text[1]) == len(text) - 2:
        yield scored(
            87,
            GuessKind.DOUBLE_LENGTH,
            f"`{name}` begins with its own length again (00 {ord(text[1]):02x}): the length was "
            "written twice. writeUTF already writes it.",
        )
    if _JAVA_OBJECT.fullmatch(text) or _PYTHON_BYTES.fullmatch(text):
        yield scored(
            84,
            GuessKind.OBJECT_AS_TEXT,
            f"`{name}` is {shorten(text)}: what a program prints for an array or bytes object, not "
            "its content. Decode the bytes to text first.",
        )
    yield from _beyond_the_bmp(name, kind, text, raw)


def _zeros_in(name: str, text: str) -> Iterator[Scored]:
    first = 1 if text[:1] == "\0" else 0
    letters, zeros = text[first::2], text[1 - first :: 2]
    if zeros and not zeros.strip("\0") and "\0" not in letters and len(text) > 2:
        yield scored(
            91,
            GuessKind.UTF_16,
            f"`{name}` has a zero byte beside each letter: it is UTF-16 and begins "
            f"{shorten(letters)}. Encode it as UTF-8, and count those bytes.",
        )
    elif text.endswith("\0") and is_printable(text.rstrip("\0")):
        yield _zeros_behind(name, len(text.rstrip("\0")), len(text))


def _zeros_behind(name: str, letters: int, chars: int) -> Scored:
    zeros = chars - letters
    if zeros == 1:
        return scored(
            85,
            GuessKind.NUL_TERMINATED,
            f"`{name}` ends with a zero byte, as a string in C, and its length counts it. Send "
            f"{letters} characters, without the zero byte.",
        )
    if zeros == 2:
        return scored(
            85,
            GuessKind.LENGTH_INCLUDES_PREFIX,
            f"`{name}` ends with 2 zero bytes, probably the beginning of your next number: its "
            "length is 2 too big. Count only the text's bytes, not the length itself.",
        )
    return scored(
        85,
        GuessKind.ZERO_PADDING,
        f"`{name}` ends with {zeros} zero bytes: a buffer was sent whole, or the length is "
        f"{zeros} too big. Send {letters} characters.",
    )


def _beyond_the_bmp(name: str, kind: Text, text: str, raw: bytes) -> Iterator[Scored]:
    if text.isascii() or kind.encoding is not Encoding.JAVA:
        return
    wide = next((char for char in text if char > "\uffff"), None)
    if wide and wide.encode() in raw:
        yield scored(
            70,
            GuessKind.FOUR_BYTE_UTF_8,
            f"`{name}` has {wide!r} as 4-byte UTF-8 ({in_hex(wide.encode())}). Java's modified "
            f"UTF-8 writes its two surrogates with 3 bytes each: "
            f"{in_hex(encode_text(wide, kind.encoding))}.",
        )
