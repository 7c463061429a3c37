"""The classic bugs of clients are named, first of all guesses, with the numbers that matter.

Each bug is written by hand as the bytes its program would send, and is tried at once, in 1-byte
pieces, behind a good frame, twice in a row, and as a datagram.
"""

import json
import struct
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.grading.wire.codec import Frame, Garbled, Protocol
from holdfast.grading.wire.course import COURSE
from holdfast.grading.wire.diagnosis import Guess, GuessKind
from holdfast.grading.wire.framing import Datagram, LengthPrefix, SelfDelimiting
from holdfast.grading.wire.guessing import MOST_GUESSES
from holdfast.grading.wire.kinds import U8, U16
from holdfast.grading.wire.schema import Limits
from tests.support.wire_samples import (
    PLAIN,
    PREFIXED,
    Ping,
    Point,
    Sealed,
    chat_bytes,
    error_bytes,
    i32_bytes,
    register_bytes,
    u16_bytes,
    utf,
)

K = GuessKind
TEXT = "TEST 1 USER ID CORRECTNESS"
RAW = TEXT.encode()
UTF_16_BE, UTF_16_LE = TEXT.encode("utf-16-be"), TEXT.encode("utf-16-le")
CHAT = i32_bytes(4) + i32_bytes(1234)
REGISTER = i32_bytes(1) + i32_bytes(1234)


def le32(number: int) -> bytes:
    return struct.pack("<i", number)


def le16(number: int) -> bytes:
    return struct.pack("<H", number)


def i64(number: int) -> bytes:
    return struct.pack(">q", number)


@dataclass(frozen=True)
class Bug:
    """A client's bytes, the kind that must be named first, and words that must be in its text."""

    name: str
    raw: bytes
    kind: GuessKind
    words: tuple[str, ...]
    repeats: bool = True

    def __str__(self) -> str:
        return self.name


BUGS = (
    Bug(
        "all numbers little-endian",
        le32(4) + le32(1234) + le16(26) + RAW,
        K.BYTE_ORDER,
        ("04 00 00 00", "4 (Chat)", "big-endian", "00 00 00 04"),
    ),
    Bug(
        "register all little-endian",
        le32(1) + le32(1234) + le16(9) + b"localhost" + le32(4444),
        K.BYTE_ORDER,
        ("01 00 00 00", "1 (Register)"),
    ),
    Bug(
        "little-endian integers, big-endian length",
        le32(4) + le32(1234) + utf(RAW),
        K.BYTE_ORDER,
        ("04 00 00 00",),
    ),
    Bug("little-endian type only", le32(4) + chat_bytes()[4:], K.BYTE_ORDER, ("04 00 00 00",)),
    Bug(
        "little-endian id only",
        i32_bytes(4) + le32(1234) + utf(RAW),
        K.BYTE_ORDER,
        ("d2 04 00 00", "1234", "00 00 04 d2"),
    ),
    Bug(
        "little-endian length only",
        CHAT + le16(26) + RAW,
        K.BYTE_ORDER,
        ("byte 8", "1a 00", "6656", "26 bytes", "00 1a"),
    ),
    Bug(
        "little-endian with 4-byte lengths",
        le32(4) + le32(1234) + le32(26) + RAW,
        K.BYTE_ORDER,
        ("04 00 00 00",),
    ),
    Bug(
        "little-endian with 1-byte lengths",
        le32(4) + le32(1234) + b"\x1a" + RAW,
        K.BYTE_ORDER,
        ("04 00 00 00",),
    ),
    Bug(
        "struct of C",
        le32(4) + le32(1234) + RAW + b"\0",
        K.BYTE_ORDER,
        ("04 00 00 00",),
    ),
    Bug("UTF-16 counted in bytes", CHAT + utf(UTF_16_BE), K.UTF_16, ("UTF-16", "UTF-8")),
    Bug("little-endian UTF-16", CHAT + utf(UTF_16_LE), K.UTF_16, ("UTF-16", "UTF-8")),
    Bug(
        "UTF-16 counted in characters",
        CHAT + u16_bytes(26) + UTF_16_BE,
        K.UTF_16,
        ("00 54 00 45", "00 1a (26 bytes)"),
    ),
    Bug(
        "little-endian UTF-16 counted in characters",
        CHAT + u16_bytes(26) + UTF_16_LE,
        K.UTF_16,
        ("54 00 45 00",),
    ),
    Bug("writeChars", CHAT + UTF_16_BE, K.UTF_16, ("byte 8", "00 54 00 45")),
    Bug(
        "length in characters",
        CHAT + u16_bytes(14) + "Grüße aus Köln".encode(),
        K.LENGTH_IN_CHARS,
        ("is 14", "17 bytes", "00 11"),
    ),
    Bug(
        "length in characters, cut between letters",
        CHAT + u16_bytes(3) + "äbc".encode(),
        K.LENGTH_IN_CHARS,
        ("is 3", "4 bytes"),
    ),
    Bug(
        "the factor 2",
        CHAT + u16_bytes(52) + RAW,
        K.LENGTH_DOUBLED,
        ("byte 8", "is 52", "26 bytes", "factor 2", "00 1a"),
    ),
    Bug(
        "the factor 2 in register",
        REGISTER + u16_bytes(18) + b"localhost" + i32_bytes(4444),
        K.LENGTH_DOUBLED,
        ("`host`", "is 18", "9 bytes"),
    ),
    Bug(
        "length counts itself",
        CHAT + u16_bytes(28) + RAW,
        K.LENGTH_INCLUDES_PREFIX,
        ("is 28", "26 bytes", "its own 2 bytes", "00 1a"),
    ),
    Bug(
        "length counts the frame",
        CHAT + u16_bytes(36) + RAW,
        K.LENGTH_INCLUDES_HEADER,
        ("is 36", "26 bytes", "whole frame"),
    ),
    Bug(
        "length counts the register frame",
        REGISTER + u16_bytes(23) + b"localhost" + i32_bytes(4444),
        K.LENGTH_INCLUDES_HEADER,
        ("`host`", "is 23", "9 bytes"),
    ),
    Bug(
        "4-byte length",
        CHAT + i32_bytes(26) + RAW,
        K.LENGTH_WIDTH,
        ("byte 8", "4 bytes (00 00 00 1a)", "2-byte", "00 1a"),
    ),
    Bug(
        "4-byte length in register",
        REGISTER + i32_bytes(9) + b"localhost" + i32_bytes(4444),
        K.LENGTH_WIDTH,
        ("`host`", "00 00 00 09", "00 09"),
    ),
    Bug("1-byte length", CHAT + b"\x1a" + RAW, K.LENGTH_WIDTH, ("1 byte (1a)", "00 1a")),
    Bug("raw string", RAW, K.RAW_TEXT, (TEXT,)),
    Bug("raw string with newline", RAW + b"\n", K.RAW_TEXT, ("0a",)),
    Bug("raw string from telnet", RAW + b"\r\n", K.RAW_TEXT, ("0d 0a", "telnet")),
    Bug("raw string with length", utf(RAW), K.BARE_STRING, (TEXT, "00 1a", "without a frame")),
    Bug(
        "chat without type",
        chat_bytes()[4:],
        K.MISSING_TYPE,
        ("00 00 04 d2", "recipient = 1234", "00 00 00 04 (type 4, Chat)"),
    ),
    Bug(
        "register without type",
        register_bytes()[4:],
        K.MISSING_TYPE,
        ("user_id = 1234", "00 00 00 01 (type 1, Register)"),
    ),
    Bug("1-byte type", chat_bytes()[3:], K.TYPE_WIDTH, ("1 byte (04", "4 bytes: 00 00 00 04")),
    Bug("1-byte type of register", register_bytes()[3:], K.TYPE_WIDTH, ("1 byte (01",)),
    Bug("2-byte type", chat_bytes()[2:], K.TYPE_WIDTH, ("2 bytes (00 04",)),
    Bug("8-byte type", b"\0\0\0\0" + chat_bytes(), K.TYPE_WIDTH, ("8 bytes",)),
    Bug("text without length", CHAT + RAW, K.NO_LENGTH, ("byte 8", TEXT, "2-byte length", "00 1a")),
    Bug("text without length, with newline", CHAT + RAW + b"\n", K.NO_LENGTH, ("00 1a (26)",)),
    Bug(
        "C string instead of a length",
        CHAT + RAW + b"\0",
        K.NUL_TERMINATED,
        ("no length", "zero byte", "00 1a"),
    ),
    Bug("zero byte behind the text", chat_bytes() + b"\0", K.NUL_TERMINATED, ("zero byte",)),
    Bug("zero byte counted", chat_bytes(RAW + b"\0"), K.NUL_TERMINATED, ("26 characters",)),
    Bug("newline behind the frame", chat_bytes() + b"\n", K.TRAILING_NEWLINE, ("0a",)),
    Bug("CRLF behind the frame", chat_bytes() + b"\r\n", K.TRAILING_NEWLINE, ("0d 0a",)),
    Bug("newline in the text", chat_bytes(RAW + b"\r\n"), K.TRAILING_NEWLINE, ("0d 0a",)),
    Bug(
        "out-of-band string echoed",
        utf(b"OUT OF BAND STRING") + chat_bytes(),
        K.BARE_STRING,
        ("'OUT OF BAND STRING'", "00 12", "20 bytes later", "do not echo"),
    ),
    Bug("JSON", json.dumps({"type": 4, "text": TEXT}).encode(), K.JSON, ("binary",)),
    Bug("JSON by writeUTF", utf(json.dumps({"type": 4}).encode()), K.JSON, ("binary",)),
    Bug("XML", b"<message type='4'/>", K.XML, ("binary",)),
    Bug("browser", b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", K.HTTP, ("plain TCP",)),
    Bug("https", bytes.fromhex("16030100c8010000c40303") + bytes(40), K.TLS, ("TLS",)),
    Bug("ssh", b"SSH-2.0-OpenSSH_9.6\r\n", K.SSH, ("SSH",)),
    Bug("telnet", bytes.fromhex("fffd03fffb18") + RAW + b"\r\n", K.TELNET, ("telnet",)),
    Bug(
        "ObjectOutputStream",
        bytes.fromhex("aced0005") + b"t" + utf(RAW),
        K.JAVA_OBJECTS,
        ("ac ed 00 05", "DataOutputStream"),
    ),
    Bug("pickle", b"\x80\x04\x95\x1e\0\0\0\0\0\0\0}\x94(", K.PICKLE, ("struct.pack",)),
    Bug("hex digits", chat_bytes().hex().encode(), K.HEX_TEXT, ("digits",)),
    Bug(
        "type 3",
        i32_bytes(3) + chat_bytes()[4:],
        K.UNASSIGNED_TYPE,
        ("is 3", "0 ErrorReply, 1 Register, 2 Registered, 4 Chat"),
        repeats=False,
    ),
    Bug(
        "ids by writeUTF",
        i32_bytes(4) + utf(b"1234") + utf(RAW),
        K.ASCII_NUMBER,
        ("byte 4", "'1234'", "00 00 04 d2"),
    ),
    Bug(
        "ids as 4 digits",
        i32_bytes(4) + b"1234" + utf(RAW),
        K.ASCII_NUMBER,
        ("31 32 33 34", "1234", "00 00 04 d2"),
    ),
    Bug("ids as 3 digits", i32_bytes(4) + b"123" + utf(RAW), K.ASCII_NUMBER, ("'123'",)),
    Bug(
        "8-byte ids",
        i32_bytes(4) + i64(1234) + utf(RAW),
        K.INT_WIDTH,
        ("`recipient`", "8 bytes", "4 bytes: 00 00 04 d2"),
    ),
    Bug("8-byte numbers", i64(4) + i64(1234) + utf(RAW), K.INT_WIDTH, ("8 bytes",)),
    Bug(
        "8-byte numbers in register",
        i64(1) + i64(1234) + utf(b"localhost") + i64(4444),
        K.INT_WIDTH,
        ("8 bytes",),
    ),
    Bug("2-byte id", i32_bytes(4) + u16_bytes(1234) + utf(RAW), K.INT_WIDTH, ("2 bytes (04 d2",)),
    Bug(
        "2-byte port",
        REGISTER + utf(b"localhost") + u16_bytes(4444),
        K.INT_WIDTH,
        ("`port`", "2 bytes (11 5c, value 4444)", "00 00 11 5c"),
        repeats=False,
    ),
    Bug(
        "text before the id",
        i32_bytes(4) + utf(RAW) + i32_bytes(1234),
        K.FIELD_ORDER,
        ("text, recipient.", "recipient, text."),
    ),
    Bug(
        "port before the host",
        REGISTER + i32_bytes(4444) + utf(b"localhost"),
        K.FIELD_ORDER,
        ("user_id, port, host.", "user_id, host, port."),
    ),
    Bug(
        "host before the id",
        i32_bytes(1) + utf(b"localhost") + i32_bytes(1234) + i32_bytes(4444),
        K.FIELD_ORDER,
        ("host, user_id, port.",),
    ),
    Bug("chat cut off", chat_bytes()[:-5], K.TRUNCATED, ("31 bytes", "5 more"), repeats=False),
    Bug(
        "register cut off",
        register_bytes()[:-3],
        K.TRUNCATED,
        ("20 bytes", "3 more"),
        repeats=False,
    ),
    Bug(
        "byte order mark before the frame",
        b"\xef\xbb\xbf" + chat_bytes(),
        K.BYTE_ORDER_MARK,
        ("ef bb bf",),
    ),
    Bug(
        "byte order mark in the text",
        chat_bytes(b"\xef\xbb\xbf" + RAW),
        K.BYTE_ORDER_MARK,
        ("ef bb bf",),
    ),
    Bug(
        "4-byte UTF-8",
        chat_bytes("hi \U0001f600".encode()),
        K.FOUR_BYTE_UTF_8,
        ("f0 9f 98 80", "ed a0 bd ed b8 80"),
    ),
    Bug(
        "Latin-1",
        chat_bytes("Grüße".encode("latin-1")),
        K.LATIN_1,
        ("'Grüße'", "fc df", "00 07"),
    ),
    Bug(
        "4-byte length around the frame",
        i32_bytes(36) + chat_bytes(),
        K.FRAME_LENGTH,
        ("00 00 00 24", "36 bytes"),
    ),
    Bug(
        "2-byte length around the frame",
        u16_bytes(36) + chat_bytes(),
        K.FRAME_LENGTH,
        ("00 24", "36 bytes"),
    ),
    Bug(
        "whole buffer sent",
        chat_bytes().ljust(64, b"\0"),
        K.ZERO_PADDING,
        ("zero bytes",),
        repeats=False,
    ),
    Bug("writeUTF of a writeUTF", chat_bytes(utf(RAW)), K.DOUBLE_LENGTH, ("00 1a",)),
    Bug("array instead of text", chat_bytes(b"[B@1b6d3586"), K.OBJECT_AS_TEXT, ("[B@1b6d3586",)),
    Bug("repr of bytes", chat_bytes(b"b'hello'"), K.OBJECT_AS_TEXT, ("b'hello'",)),
    Bug(
        "length one too small",
        CHAT + u16_bytes(25) + RAW,
        K.LENGTH_TOO_SMALL,
        ("'S'", "1 too small"),
    ),
    Bug(
        "length five too big",
        CHAT + u16_bytes(31) + RAW + chat_bytes(),
        K.LENGTH_TOO_BIG,
        ("byte 36", "too big"),
        repeats=False,
    ),
)


def explained(protocol: Protocol, data: bytes, size: int) -> tuple[Guess, ...]:
    """What a student would read once all of `data` has come in pieces of `size` bytes."""
    decoder = protocol.stream()
    last: Frame | Garbled | None = None
    for start in range(0, len(data), size):
        last = next(reversed(decoder.feed(data[start : start + size])), last)
    failure = decoder.explain_pending()
    if failure is not None:
        return tuple(failure.guesses)
    assert isinstance(last, Frame)
    return last.notes


def told(guesses: tuple[Guess, ...], bug: Bug) -> None:
    assert guesses
    assert guesses[0].kind == bug.kind
    for words in bug.words:
        assert words in guesses[0].text


@pytest.mark.parametrize("bug", BUGS, ids=str)
def test_a_classic_bug_is_named_first_with_its_numbers(bug: Bug) -> None:
    told(explained(COURSE, bug.raw, len(bug.raw)), bug)
    told(explained(COURSE, bug.raw, 1), bug)


@pytest.mark.parametrize("bug", BUGS, ids=str)
def test_a_classic_bug_is_named_behind_a_good_frame_too(bug: Bug) -> None:
    guesses = explained(COURSE, register_bytes() + bug.raw, 4096)

    assert guesses[0].kind == bug.kind


@pytest.mark.parametrize("bug", [bug for bug in BUGS if bug.repeats], ids=str)
def test_a_classic_bug_that_is_made_twice_is_named(bug: Bug) -> None:
    guesses = explained(COURSE, bug.raw * 2, 4096)

    assert guesses[0].kind == bug.kind


@pytest.mark.parametrize(
    "bug",
    [bug for bug in BUGS if bug.name not in {"out-of-band string echoed", "length five too big"}],
    ids=str,
)
def test_a_classic_bug_is_named_in_a_datagram(bug: Bug) -> None:
    decoded = COURSE.decode_datagram(bug.raw)

    found = decoded.notes if isinstance(decoded, Frame) else decoded.failure.guesses
    assert found[0].kind == bug.kind


def test_there_are_many_classic_bugs_and_kinds() -> None:
    assert len(BUGS) >= 75
    assert len({bug.kind for bug in BUGS}) >= 30


@pytest.mark.parametrize("bug", BUGS, ids=str)
def test_a_text_is_plain_and_short(bug: Bug) -> None:
    for guess in explained(COURSE, bug.raw, 4096):
        assert guess.text.isprintable()
        assert guess.text.endswith(".")
        assert len(guess.text) < 420


def test_two_frames_in_a_datagram_are_named() -> None:
    decoded = COURSE.decode_datagram(chat_bytes() + register_bytes())

    assert isinstance(decoded, Garbled)
    assert decoded.failure.guesses[0].kind == K.SEVERAL_FRAMES
    assert "(Register)" in decoded.failure.guesses[0].text


def test_a_pair_of_mistakes_is_told_in_order() -> None:
    raw = le32(4) + le32(1234) + le32(26) + RAW

    kinds = [guess.kind for guess in explained(COURSE, raw, 4096)]

    assert kinds[:2] == [K.BYTE_ORDER, K.LENGTH_WIDTH]


def test_a_mistake_in_every_message_is_named_although_each_differs() -> None:
    register = i32_bytes(1) + utf(b"localhost") + i32_bytes(4444) + i32_bytes(1234)
    chat = i32_bytes(4) + utf(RAW) + i32_bytes(1234)

    assert explained(COURSE, register + chat, 4096)[0].kind == K.FIELD_ORDER


def test_a_good_client_that_is_only_slow_hears_nothing_but_that() -> None:
    for size in (5, 12, 30, 200, 3_000):
        guesses = explained(COURSE, register_bytes() + chat_bytes(b"x" * 4_000)[:size], 4096)
        assert [guess.kind for guess in guesses] == [K.TRUNCATED]


def test_a_mistake_that_began_in_the_frame_before_says_so() -> None:
    guesses = explained(COURSE, CHAT + i32_bytes(26) + RAW, 4096)

    assert guesses[0].text.startswith("It began in the frame before.")


def test_one_zero_byte_behind_a_frame_may_be_either_and_both_are_told() -> None:
    kinds = [guess.kind for guess in explained(COURSE, chat_bytes() + b"\0", 4096)]

    assert kinds[:2] == [K.NUL_TERMINATED, K.TRUNCATED]


def test_the_first_bytes_alone_are_already_judged() -> None:
    for raw, kind in (
        (b"POST", K.HTTP),
        (b"\x16\x03\x01\x00", K.TLS),
        (le32(4), K.BYTE_ORDER),
        (i32_bytes(1234), K.MISSING_TYPE),
        (b'{"ty', K.JSON),
        (b"TEST", K.RAW_TEXT),
        (b"\xac\xed\0\5", K.JAVA_OBJECTS),
    ):
        (garbled,) = COURSE.stream().feed(raw)
        assert isinstance(garbled, Garbled)
        assert garbled.failure.guesses[0].kind == kind


def test_a_long_frame_before_is_not_read_again() -> None:
    long = chat_bytes(b"x" * 60_000)

    guesses = explained(COURSE, long + i32_bytes(9) + b"\1\2\3", 100_000)

    assert guesses[0].kind == K.UNASSIGNED_TYPE
    assert not any("frame before" in guess.text for guess in guesses)


def test_noise_gets_no_bold_guess() -> None:
    noise = bytes((7 * index * index + 131) % 256 for index in range(500))

    kinds = {guess.kind for guess in explained(COURSE, noise, 4096)}

    assert kinds <= {K.UNASSIGNED_TYPE, K.MISALIGNED}


def test_a_wrong_checksum_is_named_where_it_stands() -> None:
    raw = bytearray(PLAIN.encode(Sealed("hello")))
    raw[-1] ^= 0xFF

    for protocol, data in ((PLAIN, bytes(raw)), (PREFIXED, utf(bytes(raw)))):
        guesses = explained(protocol, data, 4096)
        assert guesses[0].kind == K.CHECKSUM
        assert "`seal`" in guesses[0].text


def test_slips_inside_of_a_frame_are_named() -> None:
    guesses = explained(PREFIXED, b"\0\6\2\0\0\0\7\1", 4096)
    swapped = explained(PREFIXED, utf(b"\5\5\0hello\2\x1e"), 4096)

    assert guesses[0].kind == K.INT_WIDTH
    assert swapped[0].kind == K.BYTE_ORDER
    assert "byte 3 is 05 00" in swapped[0].text


def test_a_frame_without_end_is_not_finished() -> None:
    guesses = explained(PREFIXED, b"\0\x30\2\0", 4096)

    assert guesses[0].kind == K.TRUNCATED


def test_a_frame_length_beyond_the_limit_is_judged() -> None:
    small = Protocol("small", (Sealed,), LengthPrefix(U16), Limits(frame_bytes=100), tag=U8)

    guesses = explained(small, b"\x09\0" + small.encode(Sealed("hello"))[2:], 4096)

    assert guesses[0].kind in (K.FRAME_LENGTH, K.BYTE_ORDER)


def test_messages_without_a_type_field_are_judged_too() -> None:
    points = Protocol("points", (Point,), Datagram())
    stream = Protocol("points", (Point,), SelfDelimiting())

    decoded = points.decode_datagram(b"\1\0")

    assert isinstance(decoded, Garbled)
    assert decoded.failure.describe()
    assert explained(stream, b"\1\0\2", 4096)[0].kind == K.TRUNCATED


@given(st.binary(max_size=300), st.sampled_from([COURSE, PLAIN, PREFIXED]))
def test_any_bytes_get_few_guesses_and_no_error(data: bytes, protocol: Protocol) -> None:
    decoded = protocol.decode_datagram(data)
    if isinstance(decoded, Garbled):
        assert len(decoded.failure.guesses) <= MOST_GUESSES
        assert all(guess.text for guess in decoded.failure.guesses)
    decoder = protocol.stream()
    decoder.feed(data)
    pending = decoder.explain_pending()
    assert pending is None or pending.describe()


@given(st.binary(min_size=1, max_size=40), st.integers(0, 60), st.integers(0, 255))
def test_a_damaged_good_stream_is_explained(junk: bytes, at: int, byte: int) -> None:
    good = bytearray(register_bytes() + chat_bytes() + error_bytes(b"oops"))
    good[at] = byte
    decoder = COURSE.stream()

    decoder.feed(bytes(good) + junk)

    pending = decoder.explain_pending()
    assert pending is None or pending.describe()


def test_an_unlikely_second_guess_is_not_told() -> None:
    kinds = [guess.kind for guess in explained(COURSE, b"GET / HTTP/1.1\r\n", 4096)]

    assert kinds == [K.HTTP, K.RAW_TEXT]


def test_a_small_message_misread_as_another_type_is_told() -> None:
    small = Protocol("small", (Ping,), SelfDelimiting(), tag=U8)

    (garbled,) = small.stream().feed(b"\1\0\7\1")

    assert isinstance(garbled, Garbled)
    assert garbled.failure.guesses[0].kind == K.UNASSIGNED_TYPE
