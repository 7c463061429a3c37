"""A message that decoded and still looks wrong gets a note with what was probably meant."""

from typing import Annotated

import pytest

from holdfast.grading.wire.course import COURSE, Chat, ErrorReply, Register, Registered
from holdfast.grading.wire.diagnosis import GuessKind
from holdfast.grading.wire.kinds import U16, Bytes, Text
from holdfast.grading.wire.message import Message, Usually, message, u8
from holdfast.grading.wire.oddities import review
from tests.support.wire_samples import PLAIN, Ping, chat_bytes

K = GuessKind


def notes(sent: Message) -> list[tuple[GuessKind, str]]:
    protocol = PLAIN if isinstance(sent, Ping) else COURSE
    return [(note.kind, note.text) for note in review(sent, protocol.encode(sent))]


@pytest.mark.parametrize(
    "sent",
    [
        Chat(1234, "hello"),
        Chat(0, "Grüße"),
        Chat(1, ""),
        Registered(),
        Register(9999, "localhost", 65_535),
        ErrorReply("oops"),
        Ping(999, 255),
    ],
)
def test_a_usual_message_gets_no_note(sent: Message) -> None:
    assert notes(sent) == []


@pytest.mark.parametrize(
    ("sent", "kind", "words"),
    [
        (
            Chat(-771_489_792, "x"),
            K.BYTE_ORDER,
            "came as d2 04 00 00: that looks like 1234 in little-endian order",
        ),
        (Chat(0x03040000, "x"), K.BYTE_ORDER, "looks like 1027 in little"),
        (Register(0x03040000, "h", 1), K.BYTE_ORDER, "looks like 1027 in little"),
        (Chat(0x31323334, "x"), K.ASCII_NUMBER, "1234 in ASCII digits. Write it as 00 00 04 d2"),
        (Register(1, "h", 0x115C0000), K.INT_WIDTH, "4444 as a number of 2 bytes"),
        (Register(1, "h", 0x5C110000), K.BYTE_ORDER, "looks like 4444 in little"),
        (Chat(10_000, "x"), K.OUT_OF_RANGE, "is 10000 (00 00 27 10), outside of 0..9999"),
        (Chat(-1, ""), K.OUT_OF_RANGE, "is -1"),
        (Ping(0x0700, 1), K.BYTE_ORDER, "looks like 7 in "),
        (Chat(1, "h\0i\0"), K.UTF_16, "begins 'hi'"),
        (Chat(1, "\0h\0i"), K.UTF_16, "begins 'hi'"),
        (Chat(1, "h\0i"), K.UTF_16, "begins 'hi'"),
        (Chat(1, "hi\0"), K.NUL_TERMINATED, "Send 2 characters"),
        (Chat(1, "hi\0\0"), K.LENGTH_INCLUDES_PREFIX, "2 too big"),
        (Chat(1, "hi\0\0\0"), K.ZERO_PADDING, "ends with 3 zero bytes"),
        (Chat(1, "\ufeffhi"), K.BYTE_ORDER_MARK, "ef bb bf"),
        (Chat(1, "hi\n"), K.TRAILING_NEWLINE, "(0a)"),
        (Chat(1, "hi\r\n"), K.TRAILING_NEWLINE, "(0d 0a)"),
        (Chat(1, "\0\2hi"), K.DOUBLE_LENGTH, "00 02"),
        (Chat(1, "[C@5acf9800"), K.OBJECT_AS_TEXT, "[C@5acf9800"),
        (Chat(1, "edu.Message@5acf9800"), K.OBJECT_AS_TEXT, "edu.Message@5acf9800"),
        (Chat(1, "b'hi'"), K.OBJECT_AS_TEXT, "b'hi'"),
        (ErrorReply(""), K.ZERO_PADDING, "6 zero bytes"),
    ],
)
def test_an_odd_message_gets_a_note_with_what_was_meant(
    sent: Message, kind: GuessKind, words: str
) -> None:
    found, text = notes(sent)[0]

    assert found == kind
    assert words in text


def test_numbers_of_a_misread_message_are_only_out_of_range() -> None:
    for sent in (Register(1, "", 0x00096C6F), Register(1, "local\0\1", 0x115C0000)):
        assert {kind for kind, _ in notes(sent)} <= {K.OUT_OF_RANGE}


def test_a_byte_of_its_own_is_only_out_of_range() -> None:
    @message(tag=9)
    class Small(Message):
        number: Annotated[u8, Usually(0, 9)]

    assert [note.kind for note in review(Small(77), b"\x09\x4d")] == [K.OUT_OF_RANGE]


def test_fields_of_other_kinds_are_passed_over() -> None:
    @message(tag=9)
    class Raw(Message):
        blob: Annotated[bytes, Bytes(U16)]
        text: Annotated[str, Text(U16)]

    found = review(Raw(b"x\n", "y\n"), b"\0\2x\n\0\2y\n")

    assert [(note.kind, note.text[:6]) for note in found] == [(K.TRAILING_NEWLINE, "`text`")]


def test_4_byte_utf_8_is_noted_only_in_java_text() -> None:
    @message(tag=9)
    class Modern(Message):
        text: Annotated[str, Text(U16)]

    wide = "\U0001f600"

    assert review(Modern(wide), b"\x09\0\4" + wide.encode()) == ()
    assert [note.kind for note in review(Chat(1, wide), chat_bytes(wide.encode()))] == [
        K.FOUR_BYTE_UTF_8
    ]
    assert notes(Chat(1, wide)) == []
