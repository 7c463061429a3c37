"""The frames of the course protocol, byte for byte as its description gives them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.grading.wire.codec import EncodeError, Frame, Garbled
from holdfast.grading.wire.course import (
    COURSE,
    MAX_TEXT_BYTES,
    Chat,
    ErrorReply,
    Register,
    Registered,
    java_utf,
)
from holdfast.grading.wire.diagnosis import GuessKind
from holdfast.grading.wire.message import Message
from tests.support.wire_samples import chat_bytes, error_bytes, register_bytes, utf

any_text = st.text(st.characters(codec="utf-16"), max_size=300)


@pytest.mark.parametrize(
    ("message", "raw"),
    [
        (
            Register(1234, "localhost", 4444),
            "00000001 000004d2 0009 6c6f63616c686f7374 0000115c",
        ),
        (Registered(), "00000002"),
        (ErrorReply("x"), "00000000 0001 78"),
        (
            Chat(1234, "TEST 1 USER ID CORRECTNESS"),
            "00000004 000004d2 001a" + b"TEST 1 USER ID CORRECTNESS".hex(),
        ),
        (Chat(0, ""), "00000004 00000000 0000"),
        (Chat(9999, "a\0b"), "00000004 0000270f 0004 61c08062"),
    ],
)
def test_a_message_has_the_bytes_of_the_description(message: Message, raw: str) -> None:
    frame = bytes.fromhex(raw)

    assert COURSE.encode(message) == frame
    assert COURSE.decode_datagram(frame) == Frame(message, frame)
    assert COURSE.stream().feed(frame) == [Frame(message, frame)]


@given(st.integers(-(2**31), 2**31 - 1), any_text, st.integers(-(2**31), 2**31 - 1))
def test_any_id_text_and_port_come_back(number: int, text: str, port: int) -> None:
    for sent in (Chat(number, text), ErrorReply(text), Register(number, text, port)):
        assert COURSE.decode_one(COURSE.encode(sent)) == Frame(sent, COURSE.encode(sent))


def test_the_longest_text_fits_and_one_byte_more_does_not() -> None:
    longest = Chat(1, "x" * MAX_TEXT_BYTES)
    frame = COURSE.encode(longest)

    assert len(frame) == 10 + 65_535
    assert COURSE.stream().feed(frame) == [Frame(longest, frame)]
    assert len(COURSE.encode(Register(1, "h" * MAX_TEXT_BYTES, 1))) == 14 + 65_535
    with pytest.raises(EncodeError):
        COURSE.encode(Chat(1, "x" * (MAX_TEXT_BYTES + 1)))


def test_a_lone_surrogate_survives() -> None:
    sent = Chat(1, "\ud800 and \udfff")

    assert COURSE.decode_one(COURSE.encode(sent)) == Frame(sent, COURSE.encode(sent))


def test_4_byte_utf_8_is_read_and_noted() -> None:
    frame = COURSE.decode_datagram(chat_bytes("hi \U0001f600".encode()))

    assert isinstance(frame, Frame)
    assert frame.message == Chat(1234, "hi \U0001f600")
    assert [note.kind for note in frame.notes] == [GuessKind.FOUR_BYTE_UTF_8]


def test_junk_in_a_register_request_is_read_without_a_note() -> None:
    for junk in (Register(7, "no.such.host.example", 73_874), Register(7, "10.0.0.1", 1)):
        frame = COURSE.decode_one(COURSE.encode(junk))
        assert isinstance(frame, Frame)
        assert frame.message == junk
        assert frame.notes == ()


def test_type_3_was_never_assigned() -> None:
    garbled = COURSE.decode_datagram(b"\0\0\0\3" + chat_bytes()[4:])

    assert isinstance(garbled, Garbled)
    assert garbled.failure.best is not None
    assert garbled.failure.best.kind == GuessKind.UNASSIGNED_TYPE


def test_a_bare_string_is_a_length_and_modified_utf_8() -> None:
    assert java_utf("hi") == utf(b"hi")
    assert java_utf("\0") == b"\0\2\xc0\x80"
    assert java_utf("x" * MAX_TEXT_BYTES)[:2] == b"\xff\xff"


def test_a_bare_string_that_is_too_long_is_refused() -> None:
    with pytest.raises(EncodeError, match="takes 65536 bytes, but at most 65535 fit"):
        java_utf("é" * 32_768)


def test_hand_written_frames_agree_with_the_encoder() -> None:
    assert register_bytes() == COURSE.encode(Register(1234, "localhost", 4444))
    assert chat_bytes(b"x") == COURSE.encode(Chat(1234, "x"))
    assert error_bytes(b"x") == COURSE.encode(ErrorReply("x"))
