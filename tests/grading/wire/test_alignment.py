"""Bytes outside of good frames are named by what they are."""

import pytest

from holdfast.grading.wire.alignment import left_over, misaligned, name_junk, swallowed
from holdfast.grading.wire.codec import Protocol
from holdfast.grading.wire.course import COURSE
from holdfast.grading.wire.diagnosis import GuessKind, Scored
from holdfast.grading.wire.framing import SelfDelimiting
from tests.support.wire_samples import (
    Named,
    chat_bytes,
    i32_bytes,
    register_bytes,
    u16_bytes,
    utf,
)

K = GuessKind
SCHEMA = COURSE.schema
CHAT = chat_bytes(b"hello")


def kinds(found: list[Scored]) -> list[GuessKind]:
    return [each.guess.kind for each in sorted(found, key=lambda each: -each.weight)]


def before(data: bytes, *, follows_frame: bool = True) -> list[GuessKind]:
    return kinds(list(misaligned(SCHEMA, data, follows_frame=follows_frame)))


@pytest.mark.parametrize(
    ("junk", "kind"),
    [
        (b"\n", K.TRAILING_NEWLINE),
        (b"\r\n", K.TRAILING_NEWLINE),
        (b"\0", K.NUL_TERMINATED),
        (b"\0\0\0", K.ZERO_PADDING),
        (b"\xef\xbb\xbf", K.BYTE_ORDER_MARK),
        (b"\xfe\xff", K.BYTE_ORDER_MARK),
        (utf(b"bare"), K.BARE_STRING),
        (b"some raw text", K.RAW_TEXT),
        (b"ESS", K.LENGTH_TOO_SMALL),
        (i32_bytes(15), K.FRAME_LENGTH),
        (u16_bytes(17), K.FRAME_LENGTH),
        (b"\x0f", K.FRAME_LENGTH),
        (b"\x0f\0\0\0", K.FRAME_LENGTH),
        (b"\xff\x99\x88", K.MISALIGNED),
        (b"\xff\x99", K.MISALIGNED),
    ],
)
def test_junk_before_a_good_frame_is_named(junk: bytes, kind: GuessKind) -> None:
    assert before(junk + CHAT)[0] == kind
    assert before(junk + CHAT + junk + CHAT)[0] == kind
    assert before(junk + CHAT + register_bytes())[0] == kind


@pytest.mark.parametrize(
    ("junk", "kind"),
    [
        (b"\n", K.TRAILING_NEWLINE),
        (b"\0", K.NUL_TERMINATED),
        (b"\0\0", K.ZERO_PADDING),
        (b"S", K.LENGTH_TOO_SMALL),
        (b"and a longer text", K.LENGTH_TOO_SMALL),
        (b"\xef\xbb\xbfx", K.BYTE_ORDER_MARK),
    ],
)
def test_junk_that_nothing_follows_is_named_too(junk: bytes, kind: GuessKind) -> None:
    assert before(junk)[0] == kind


def test_where_junk_stands_is_said() -> None:
    (behind,) = name_junk(b"\n", follows_frame=True, alone=True)
    (ahead,) = name_junk(b"\n", follows_frame=False, alone=True)

    assert "stands behind the frame" in behind.guess.text
    assert "stands before the frame" in ahead.guess.text


def test_without_a_good_frame_before_it_text_is_no_rest_of_a_text() -> None:
    assert before(b"S", follows_frame=False) == []


def test_noise_without_a_good_frame_gets_no_name() -> None:
    assert before(b"\xff\x99\x88\x77") == []
    assert before(b"\xff" + i32_bytes(4) + b"\xff" * 40) == []


def test_a_good_frame_with_noise_behind_it_is_not_believed() -> None:
    assert before(b"\xff\x99\x88" + CHAT + b"\xfe\xfd\xfc\xfb\xfa") == []


def test_an_empty_frame_is_no_good_frame() -> None:
    assert before(b"\xff\x99\x88" + chat_bytes(b"")) == []


def test_a_frame_that_swallows_the_next_one_was_too_long() -> None:
    cut = i32_bytes(4) + i32_bytes(7) + u16_bytes(300) + b"hello"

    assert before(cut + CHAT) == [K.LENGTH_TOO_BIG]


def test_a_good_frame_that_begins_in_the_frame_before_is_found() -> None:
    too_long = i32_bytes(4) + i32_bytes(7) + u16_bytes(8) + b"hello"
    stream = too_long + CHAT
    eaten, rest = stream[:18], stream[18:]

    (found,) = swallowed(SCHEMA, eaten, rest)

    assert found.guess.kind == K.LENGTH_TOO_BIG
    assert "byte 15" in found.guess.text
    assert list(swallowed(SCHEMA, register_bytes(), b"\xff")) == []


def test_what_is_left_of_a_datagram_is_named() -> None:
    stop = len(CHAT)

    assert kinds(list(left_over(SCHEMA, CHAT + register_bytes(), stop))) == [K.SEVERAL_FRAMES]
    assert kinds(list(left_over(SCHEMA, CHAT + bytes(40), stop))) == [K.ZERO_PADDING]
    assert kinds(list(left_over(SCHEMA, CHAT + b"\r\n", stop))) == [K.TRAILING_NEWLINE]
    assert kinds(list(left_over(SCHEMA, CHAT + b"\xff\xfe\xfd", stop))) == [K.BYTE_ORDER_MARK]


def test_messages_without_type_are_found_at_any_offset() -> None:
    names = Protocol("names", (Named,), SelfDelimiting())

    found = list(misaligned(names.schema, b"\xff\xff\5hello", follows_frame=True))

    assert kinds(found) == [K.MISALIGNED]
    assert "2 bytes later" in found[0].guess.text
