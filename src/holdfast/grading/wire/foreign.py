"""Bytes that were never meant for this protocol: other programs, other formats, plain text.

PURE. Each recogniser looks only at the first bytes, so it also works on the first segment alone.
"""

import re
from collections.abc import Iterator

from holdfast.grading.wire.diagnosis import GuessKind, Scored, in_hex, scored, shorten
from holdfast.grading.wire.plausible import is_printable, is_printable_ascii

CERTAIN = 95
LIKELY = 86

_SIGNATURES = (
    (
        GuessKind.HTTP,
        rb"(GET|POST|PUT|HEAD|DELETE|OPTIONS|PATCH|CONNECT|TRACE)( |$)|HTTP/\d|PRI \* HTTP",
        "This is an HTTP message, as a browser, curl or an HTTP library sends it. Open a plain "
        "TCP socket to this port and write frames.",
    ),
    (
        GuessKind.TLS,
        rb"\x16\x03[\x00-\x04]",
        "This is the beginning of a TLS connection (https, SSLSocket). This port speaks plain "
        "TCP: use an ordinary socket without encryption.",
    ),
    (
        GuessKind.SSH,
        rb"SSH-",
        "This is an SSH client. Open a plain TCP socket to this port and write frames.",
    ),
    (
        GuessKind.TELNET,
        rb"\xff[\xfb-\xfe][\0-\x31](?!\0)",
        "This is the telnet program negotiating. It cannot write the binary frames of this "
        "protocol; write a program that opens a TCP socket.",
    ),
    (
        GuessKind.JAVA_OBJECTS,
        rb"\xac\xed\x00\x05",
        "These are the bytes ac ed 00 05 that Java's ObjectOutputStream writes first. Use a "
        "DataOutputStream (writeInt, writeUTF) directly on the socket's stream.",
    ),
    (
        GuessKind.PICKLE,
        rb"\x80[\x02-\x05][\x80-\x95}\]K(XcJ]",
        "This looks like a Python pickle. Write the fields themselves, for example with "
        "struct.pack.",
    ),
    (
        GuessKind.JSON,
        rb"\s*[{\[]\s*(\"|'|\d|\[|\{|\}|\]|$)",
        "This is JSON text. The protocol is binary: write the type and then each field as bytes.",
    ),
    (
        GuessKind.XML,
        rb"\s*<[?!a-zA-Z]",
        "This is XML or HTML text. The protocol is binary: write the type and then each field as "
        "bytes.",
    ),
    (
        GuessKind.HEX_TEXT,
        rb"(0x)?(00 ?){2,3}0[0-9a-fA-F][0-9a-fA-F\s]*$",
        "These are hex digits written as text. Send the bytes that the digits stand for: `00` "
        "is one zero byte, not two characters.",
    ),
)
_COMPILED = tuple((kind, re.compile(pattern), text) for kind, pattern, text in _SIGNATURES)


def foreign_guesses(data: bytes) -> Iterator[Scored]:
    """What else these bytes may be, if they do not belong to the protocol at all."""
    for kind, pattern, text in _COMPILED:
        if pattern.match(data):
            yield scored(CERTAIN, kind, text)
    yield from _bare_string(data)
    yield from _raw_text(data)
    yield from _raw_utf_16(data)


def bare_string(data: bytes) -> str | None:
    """The text when `data` begins with a 2-byte length and that much plain text."""
    count = int.from_bytes(data[:2], "big")
    raw = data[2 : 2 + count]
    if len(data) < 2 or not count or len(raw) < count:
        return None
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return text if is_printable(text) else None


def _bare_string(data: bytes) -> Iterator[Scored]:
    text = bare_string(data)
    if text is None:
        return
    # A length that is two letters would be above 8,000: then it is rather text without a length.
    sure = _all_bare_strings(data) and not is_printable_ascii(data[:2])
    yield scored(
        LIKELY + 7 if sure else LIKELY - 20,
        GuessKind.BARE_STRING,
        f"This is the string {shorten(text)} with its 2-byte length {in_hex(data[:2])}, but "
        "without a frame around it. Write the frame's type and its other fields first.",
    )
    for kind, pattern, advice in _COMPILED:
        if kind in (GuessKind.JSON, GuessKind.XML) and pattern.match(text.encode()):
            yield scored(CERTAIN, kind, advice)


def _all_bare_strings(data: bytes) -> bool:
    """True if nothing but such strings stands there; the last may be unfinished."""
    while data:
        count = int.from_bytes(data[:2], "big")
        if bare_string(data) is None and len(data) >= 2 + count:
            return False
        data = data[2 + count :]
    return True


def _raw_text(data: bytes) -> Iterator[Scored]:
    line = data.rstrip(b"\r\n\0")
    if len(line) < 2 or not is_printable_ascii(line[:4]):
        return
    whole = is_printable_ascii(line)
    ending = data[len(line) :]
    with_end = f" and {in_hex(ending)} behind it" if ending and whole else ""
    shown = shorten(line.decode("utf-8", "replace"))
    yield scored(
        LIKELY if whole else 40,
        GuessKind.RAW_TEXT,
        f"This is the plain text {shown}{with_end}, as println, telnet or netcat send it. Write a "
        "frame: the type, the other fields, the text's length, then the text without a line end.",
    )


def _raw_utf_16(data: bytes) -> Iterator[Scored]:
    order = None
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        order = "utf-16"
    elif len(data) >= 4 and not any(data[0:8:2]) and is_printable_ascii(data[1:8:2]):
        order = "utf-16-be"
    elif len(data) >= 4 and not any(data[1:8:2]) and is_printable_ascii(data[0:8:2]):
        order = "utf-16-le"
    if order is None:
        return
    text = data[: len(data) // 2 * 2].decode(order, "replace")
    yield scored(
        LIKELY if is_printable(text) else 45,
        GuessKind.UTF_16,
        f"This is the text {shorten(text)} in UTF-16 (two bytes for each letter: "
        f"{in_hex(data[:4])}) and without a frame. Write a frame, and encode its text as UTF-8.",
    )
