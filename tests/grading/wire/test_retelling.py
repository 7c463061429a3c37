"""Bytes are read under a spelling only if everything fits and every value is plausible."""

from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.grading.wire.codec import Protocol
from holdfast.grading.wire.compound import Array, Checksum
from holdfast.grading.wire.course import COURSE
from holdfast.grading.wire.framing import Datagram, SelfDelimiting
from holdfast.grading.wire.kinds import REST, U8, U16, Bytes, Int, Text
from holdfast.grading.wire.message import Message, message, u16
from holdfast.grading.wire.retelling import (
    FARTHEST_MISSING_BYTES,
    MAX_FRAMES,
    read_spelled,
    respell_int,
    retell,
)
from holdfast.grading.wire.slips import slips_of
from holdfast.grading.wire.spelling import AS_DECLARED, Counts, Reading, Spelling
from holdfast.grading.wire.text import Encoding
from tests.support.wire_samples import (
    PLAIN,
    Colour,
    Named,
    Point,
    chat_bytes,
    i32_bytes,
    register_bytes,
    u16_bytes,
    utf,
)

SCHEMA = COURSE.schema
HEAD = i32_bytes(4) + i32_bytes(7)
CHAT = chat_bytes(b"hello", 7)


@message(tag=1)
class Mixed(Message):
    """Kinds whose numbers are inside of something else."""

    colour: Annotated[Colour, U16]
    is_on: Annotated[bool, U16]
    numbers: Annotated[tuple[int, ...], Array(U16, count=U16)]
    pair: Annotated[tuple[int, ...], Array(U16, count=2)]
    small: Annotated[tuple[int, ...], Array(Text(U8), count=U8)]
    blob: Annotated[bytes, Bytes(U16)]
    fixed: Annotated[str, Text(3)]
    check: Annotated[int | None, Checksum(U16)] = None


@message(tag=2)
class Loose(Message):
    """Goes on to the end."""

    number: u16
    rest: Annotated[str, Text(REST)]


MIXED = Protocol("mixed", (Mixed,), SelfDelimiting(), tag=U8)
LOOSE = Protocol("loose", (Loose,), Datagram(), tag=U8)


def values(spelling: Spelling, data: bytes, protocol: Protocol = COURSE) -> list[object] | None:
    """The values under the spelling, None if it does not fit or is not whole."""
    reading = read_spelled(protocol.schema, spelling, data, 0)
    return [piece.value for piece in reading.pieces] if reading and reading.whole else None


@pytest.mark.parametrize(
    ("spelling", "data"),
    [
        (AS_DECLARED, CHAT),
        (Spelling(tag_bytes=1), b"\4" + CHAT[4:]),
        (Spelling(tag_bytes=8), i32_bytes(0) + CHAT),
        (Spelling(swap_tag=True), b"\4\0\0\0" + CHAT[4:]),
        (Spelling(swap_ints=True), i32_bytes(4) + b"\7\0\0\0" + utf(b"hello")),
        (Spelling(int_bytes=2), i32_bytes(4) + b"\0\7" + utf(b"hello")),
        (Spelling(int_bytes=2, only="recipient"), i32_bytes(4) + b"\0\7" + utf(b"hello")),
        (Spelling(int_bytes=2, only="port"), CHAT),
        (Spelling(digits="text"), i32_bytes(4) + utf(b"7") + utf(b"hello")),
        (Spelling(digits="raw"), i32_bytes(4) + b"7" + utf(b"hello")),
        (Spelling(length_bytes=4), HEAD + i32_bytes(5) + b"hello"),
        (Spelling(swap_lengths=True), HEAD + b"\5\0hello"),
        (Spelling(counts=Counts.ITSELF), HEAD + u16_bytes(7) + b"hello"),
        (Spelling(counts=Counts.FRAME), HEAD + u16_bytes(15) + b"hello"),
        (Spelling(counts=Counts.DOUBLE), HEAD + u16_bytes(10) + b"hello"),
        (Spelling(counts=Counts.CHARS), HEAD + u16_bytes(5) + b"hello"),
        (Spelling(length_bytes=0), HEAD + b"hello"),
        (Spelling(length_bytes=0, ending=b"\0"), HEAD + b"hello\0"),
        (Spelling(length_bytes=0, ending=b"\r\n"), HEAD + b"hello\r\n"),
        (Spelling(ending=b"\n"), CHAT + b"\n"),
        (Spelling(encoding=Encoding.UTF_16_BE), HEAD + utf("hello".encode("utf-16-be"))),
        (
            Spelling(encoding=Encoding.UTF_16_LE, counts=Counts.CHARS),
            HEAD + u16_bytes(5) + "hello".encode("utf-16-le"),
        ),
        (
            Spelling(encoding=Encoding.UTF_16_LE, length_bytes=0),
            HEAD + "hello".encode("utf-16-le"),
        ),
    ],
)
def test_a_chat_is_read_under_its_spelling(spelling: Spelling, data: bytes) -> None:
    assert values(spelling, data) == [4, 7, "hello"]


def test_fields_are_read_in_another_order() -> None:
    data = i32_bytes(1) + utf(b"host") + i32_bytes(7) + i32_bytes(80)

    assert values(Spelling(order=("host", "user_id", "port")), data) == [1, "host", 7, 80]
    assert values(Spelling(order=("no", "such", "fields")), register_bytes()) is not None


def test_without_a_type_the_message_that_fits_best_is_taken() -> None:
    spelling = Spelling(tag_bytes=0)

    assert values(spelling, CHAT[4:]) == [7, "hello"]
    assert values(spelling, utf(b"oops")) == ["oops"]
    assert read_spelled(SCHEMA, spelling, b"\0", 0) is None


def test_an_unfinished_reading_knows_how_much_is_missing_unless_it_is_too_much() -> None:
    short = read_spelled(SCHEMA, AS_DECLARED, HEAD + u16_bytes(9) + b"hello", 0)
    hopeless = HEAD + u16_bytes(FARTHEST_MISSING_BYTES + 6) + b"hello"

    assert isinstance(short, Reading)
    assert (short.missing, short.stop, len(short.pieces)) == (4, 15, 2)
    assert read_spelled(SCHEMA, AS_DECLARED, hopeless, 0) is None


@pytest.mark.parametrize(
    ("spelling", "data"),
    [
        (AS_DECLARED, b"\0\0"),
        (AS_DECLARED, i32_bytes(3)),
        (AS_DECLARED, chat_bytes(b"hello", 12_345)),
        (AS_DECLARED, chat_bytes(b"he\0lo", 7)),
        (AS_DECLARED, chat_bytes(b"he\xfflo", 7)),
        (Spelling(counts=Counts.ITSELF), HEAD + u16_bytes(1) + b"hello"),
        (Spelling(counts=Counts.DOUBLE), HEAD + u16_bytes(9) + b"hello"),
        (Spelling(ending=b"\n"), CHAT + b"\0"),
        (Spelling(length_bytes=0), HEAD + b"\0hello"),
        (Spelling(length_bytes=0, ending=b"\0"), HEAD + b"hello\n"),
        (Spelling(digits="raw"), i32_bytes(4) + b"x" + utf(b"hello")),
        (Spelling(digits="text"), i32_bytes(4) + utf(b"x") + utf(b"hello")),
        (Spelling(digits="text"), i32_bytes(4) + utf(b"0" * 11) + utf(b"hello")),
        (Spelling(encoding=Encoding.UTF_16_BE), HEAD + utf(b"hell")),
        (Spelling(encoding=Encoding.LATIN_1), HEAD + utf("ü".encode())),
    ],
)
def test_what_does_not_fit_or_is_not_plausible_is_not_read(spelling: Spelling, data: bytes) -> None:
    assert values(spelling, data) is None


def test_a_text_that_lacks_its_ending_may_be_unfinished() -> None:
    reading = read_spelled(SCHEMA, Spelling(ending=b"\r\n"), CHAT + b"\r", 0)

    assert reading is not None
    assert reading.missing == 1


def test_characters_are_counted_by_their_first_bytes() -> None:
    spelling = Spelling(counts=Counts.CHARS)

    assert values(spelling, HEAD + u16_bytes(3) + "äöü".encode()) == [4, 7, "äöü"]
    short = read_spelled(SCHEMA, spelling, HEAD + u16_bytes(3_000) + "äöü".encode(), 0)
    assert short is not None
    assert short.missing == 3_000 - 3


def test_numbers_inside_of_other_kinds_are_spelled_too() -> None:
    right = bytes.fromhex("01 0002 0001 0002 0003 0004 0005 0006 00 0002 6162 616263")
    swapped = bytes.fromhex("01 0200 0100 0200 0300 0400 0500 0600 00 0200 6162 616263")
    spelling = Spelling(swap_ints=True, swap_lengths=True)
    expected = [1, Colour.GREEN, True, (3, 4), (5, 6), (), b"ab", "abc"]

    as_declared = read_spelled(MIXED.schema, AS_DECLARED, right + b"\0", 0)
    respelled = read_spelled(MIXED.schema, spelling, swapped + b"\0", 0)

    for reading in (as_declared, respelled):
        assert reading is not None
        assert [piece.value for piece in reading.pieces] == expected
        assert reading.missing == 1


def test_raw_bytes_without_a_length_cannot_be_told_from_what_follows() -> None:
    data = bytes.fromhex("01 0002 0001 0000 0005 0006 00 6162")

    assert read_spelled(MIXED.schema, Spelling(length_bytes=0), data, 0) is None


def test_text_to_the_end_is_read_as_declared_under_any_spelling() -> None:
    assert values(Spelling(length_bytes=0), b"\2\0\7hello", LOOSE) == [2, 7, "hello"]


def test_without_a_type_field_the_one_message_is_read() -> None:
    points = Protocol("points", (Point,), SelfDelimiting())

    assert values(Spelling(swap_ints=True), b"\0\1\0\2", points) == [1, 2]


def test_a_story_goes_on_over_several_frames() -> None:
    data = b"\4\0\0\0" + CHAT[4:] + CHAT + b"\1\0\0\0" + register_bytes()[4:] + b"\xff"

    story = retell(SCHEMA, Spelling(swap_tag=True), data)

    assert story is not None
    assert [reading.plan.name for reading in story.readings] == ["Chat", "Chat", "Register"]
    assert story.left == 1


def test_a_story_may_go_on_as_declared_where_both_would_fit() -> None:
    data = HEAD + u16_bytes(10) + b"hello" + chat_bytes(b"as declared!", 7)

    story = retell(SCHEMA, Spelling(counts=Counts.DOUBLE), data)

    assert story is not None
    assert [reading.texts for reading in story.readings] == [("hello",), ("as declared!",)]
    assert story.left == 0


def test_a_story_stops_after_some_frames() -> None:
    story = retell(SCHEMA, Spelling(swap_tag=True), b"\2\0\0\0" * 20)

    assert story is not None
    assert len(story.readings) == MAX_FRAMES


def test_a_spelling_that_changes_nothing_explains_nothing() -> None:
    assert retell(SCHEMA, Spelling(counts=Counts.CHARS), CHAT) is None
    assert retell(SCHEMA, Spelling(swap_tag=True), CHAT) is None


def test_a_story_may_begin_inside_of_the_data() -> None:
    story = retell(SCHEMA, Spelling(tag_bytes=1), b"##\4" + CHAT[4:], 2)

    assert story is not None
    assert story.first.start == 2


def test_an_integer_is_respelled_in_width_and_order() -> None:
    assert respell_int(U16, 32, swap=True) == Int(32, order="little")
    assert respell_int(Int(8, order="little"), 8, swap=True) == Int(8)


@given(st.binary(max_size=120), st.sampled_from([COURSE, PLAIN, MIXED, LOOSE]), st.data())
def test_any_bytes_under_any_slip_are_read_without_error(
    data: bytes, protocol: Protocol, pick: st.DataObject
) -> None:
    slip = pick.draw(st.sampled_from(list(slips_of(protocol.schema))))

    story = retell(protocol.schema, slip.spelling, data)

    if story:
        assert 0 <= story.left <= len(data)
        assert story.first.pieces
        assert all(reading.stop <= len(data) for reading in story.readings)


def test_names_of_their_own_length_are_read_at_an_offset() -> None:
    names = Protocol("names", (Named,), SelfDelimiting())

    reading = read_spelled(names.schema, AS_DECLARED, b"##\2hi", 2)

    assert reading is not None
    assert reading.texts == ("hi",)
