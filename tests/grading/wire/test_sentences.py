"""Each slip has its sentence; all numbers come from the bytes."""

from typing import Annotated

import pytest

from holdfast.grading.wire.codec import Protocol
from holdfast.grading.wire.course import COURSE
from holdfast.grading.wire.diagnosis import GuessKind
from holdfast.grading.wire.framing import SelfDelimiting
from holdfast.grading.wire.kinds import U16, U16LE, Bytes, Text
from holdfast.grading.wire.message import Message, message, u16le
from holdfast.grading.wire.retelling import retell
from holdfast.grading.wire.sentences import Told, sentence
from holdfast.grading.wire.slips import slips_of
from holdfast.grading.wire.spelling import Counts, Spelling
from tests.support.wire_samples import Ping, chat_bytes, i32_bytes, u16_bytes, utf

HEAD = i32_bytes(4) + i32_bytes(7)


@message(tag=1)
class Little(Message):
    """A little-endian protocol, to be written big-endian by mistake."""

    number: u16le
    blob: Annotated[bytes, Bytes(U16LE)]


LITTLE = Protocol("little", (Little,), SelfDelimiting(), tag=U16LE)


def told(protocol: Protocol, spelling: Spelling, data: bytes) -> Told:
    story = retell(protocol.schema, spelling, data)
    assert story is not None
    return Told(story, data, protocol.schema.tag)


@pytest.mark.parametrize(
    ("kind", "spelling", "data", "expected"),
    [
        (
            GuessKind.BYTE_ORDER,
            Spelling(swap_lengths=True),
            HEAD + b"\2\0hi",
            "The length of `text` at byte 8 is 02 00: in big-endian order that is 512, but 2 bytes "
            "of text follow. Write lengths big-endian: 00 02.",
        ),
        (
            GuessKind.TYPE_WIDTH,
            Spelling(tag_bytes=1),
            b"\4" + chat_bytes(b"hi", 7)[4:],
            "`type` at byte 0 takes 1 byte (04, value 4), but it must take 4 bytes: 00 00 00 04.",
        ),
        (
            GuessKind.LENGTH_INCLUDES_PREFIX,
            Spelling(counts=Counts.ITSELF),
            HEAD + u16_bytes(4) + b"hi",
            "The length of `text` at byte 8 is 4, but 2 bytes of text follow: it counts its own "
            "2 bytes too. Count only the text's bytes: 2 (00 02).",
        ),
        (
            GuessKind.TRAILING_NEWLINE,
            Spelling(ending=b"\n"),
            chat_bytes(b"hi", 7) + b"\n",
            "A line end (0a) follows `text` at byte 12. Its length 2 says where it ends: leave the "
            "line end out.",
        ),
        (
            GuessKind.NUL_TERMINATED,
            Spelling(ending=b"\0"),
            chat_bytes(b"hi", 7) + b"\0",
            "A zero byte follows `text` at byte 12, as at the end of a string in C. Its length 2 "
            "says where it ends: leave the zero byte out.",
        ),
    ],
)
def test_a_sentence_has_the_numbers(
    kind: GuessKind, spelling: Spelling, data: bytes, expected: str
) -> None:
    assert sentence(kind, told(COURSE, spelling, data)) == expected


def test_a_little_endian_protocol_asks_for_little_endian_numbers() -> None:
    spelling = Spelling(swap_tag=True, swap_ints=True, swap_lengths=True)

    text = sentence(GuessKind.BYTE_ORDER, told(LITTLE, spelling, b"\0\1\0\7\0\1x"))

    assert "little-endian, least significant byte first: 01 00." in text


def test_a_swapped_number_is_told_where_the_type_is_right() -> None:
    text = sentence(
        GuessKind.BYTE_ORDER,
        told(LITTLE, Spelling(swap_ints=True, int_bytes=4), b"\1\0\0\0\0\7\1\0x"),
    )

    assert text.startswith("`number` at byte 2 is 00 00 00 07, which is 7 only in the swapped")


def test_a_message_without_text_has_no_sentence_about_text() -> None:
    one = Protocol("one", (Ping,), SelfDelimiting(), tag=U16)
    swapped = told(one, Spelling(swap_tag=True, length_bytes=4), b"\2\0\0\7\1")

    assert sentence(GuessKind.LENGTH_WIDTH, swapped) == ""
    assert sentence(GuessKind.BYTE_ORDER, swapped).startswith("`type` at byte 0 is 02 00")


def test_a_frame_without_type_and_numbers_is_told_by_its_first_field() -> None:
    @message(tag=3)
    class Only(Message):
        text: Annotated[str, Text(U16)]

    only = Protocol("only", (Only,), SelfDelimiting(), tag=U16)
    missing = told(only, Spelling(tag_bytes=0), utf(b"hello"))

    assert missing.number.name == "text"
    assert "reads as text = 'hello' of Only; the 2-byte type" in sentence(
        GuessKind.MISSING_TYPE, missing
    )


def test_a_missing_length_is_told_with_the_right_one() -> None:
    text = sentence(GuessKind.NO_LENGTH, told(COURSE, Spelling(length_bytes=0), HEAD + b"hi"))

    assert "letters of `text` begin at once: 'hi'" in text
    assert "2-byte length is missing: write 00 02 (2) before them" in text


def test_every_kind_that_a_slip_names_has_a_sentence() -> None:
    some = told(COURSE, Spelling(length_bytes=4), HEAD + i32_bytes(2) + b"hi")

    for slip in slips_of(COURSE.schema):
        for kind in slip.kinds:
            assert sentence(kind, some)
