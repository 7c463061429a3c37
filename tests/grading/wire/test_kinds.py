"""Integers, bytes and text are written as declared, and read no farther than they may."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.grading.wire.kinds import (
    I16,
    I32LE,
    REST,
    U8,
    U16,
    U16LE,
    Bytes,
    DeclarationError,
    Int,
    Kind,
    Short,
    Text,
    Unfit,
    Unreadable,
    written,
)
from holdfast.grading.wire.text import Encoding

every_int = st.builds(
    Int, st.sampled_from([8, 16, 32, 64]), st.booleans(), st.sampled_from(["big", "little"])
)


def read(kind: Kind, raw: bytes) -> object:
    value, stop = kind.take(raw, 0, len(raw), 0)
    assert stop == len(raw)
    return value


@given(every_int, st.data())
def test_any_number_comes_back_in_its_declared_width(kind: Int, data: st.DataObject) -> None:
    number = data.draw(st.integers(kind.lowest, kind.highest))

    raw = written(kind, number)

    assert len(raw) == kind.least == kind.bits // 8
    assert read(kind, raw) == number
    assert int.from_bytes(raw, kind.order, signed=kind.signed) == number


@given(every_int)
def test_a_number_outside_of_its_width_is_unfit(kind: Int) -> None:
    for number in (kind.lowest - 1, kind.highest + 1):
        with pytest.raises(Unfit, match=r"is outside "):
            kind.put(number, bytearray(), 0)


def test_an_integer_has_a_usual_width() -> None:
    with pytest.raises(DeclarationError, match="not 24"):
        Int(24)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (U8, "1-byte unsigned integer"),
        (I32LE, "4-byte signed integer, little-endian"),
        (Bytes(4), "bytes, 4 bytes"),
        (Bytes(U16), "bytes, 2-byte length before it"),
        (Text(REST), "UTF-8 text, to the end of the frame"),
    ],
)
def test_a_kind_says_itself_in_words(kind: Kind, words: str) -> None:
    assert str(kind) == words


@pytest.mark.parametrize(
    ("kind", "value", "raw"),
    [
        (Bytes(U16), b"ab", "00026162"),
        (Bytes(U16LE), b"ab", "02006162"),
        (Bytes(3), b"abc", "616263"),
        (Bytes(REST), b"abc", "616263"),
        (Text(U8), "ü", "02c3bc"),
        (Text(4), "ab", "61620000"),
        (Text(REST, Encoding.LATIN_1), "ü", "fc"),
    ],
)
def test_bytes_and_text_are_written_in_their_size(kind: Kind, value: object, raw: str) -> None:
    assert written(kind, value).hex() == raw
    assert read(kind, bytes.fromhex(raw)) == value


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        (U8, "1", "is str, not a whole number"),
        (Bytes(U8), "text", "is str, not bytes"),
        (Text(U8), b"raw", "is bytes, not text"),
        (Text(U8, Encoding.ASCII), "aü", "has U\\+00FC, which ASCII cannot carry"),
        (Text(U8), "x" * 256, "takes 256 bytes, but at most 255 fit"),
        (Bytes(2), b"abc", "takes 3 bytes, but the field has exactly 2"),
        (Bytes(2), b"a", "takes 1 bytes, but the field has exactly 2"),
        (Text(2), "abc", "takes 3 bytes, but the field has exactly 2"),
    ],
)
def test_a_value_that_cannot_be_written_says_why(kind: Kind, value: object, reason: str) -> None:
    with pytest.raises(Unfit, match=reason):
        kind.put(value, bytearray(), 0)


@pytest.mark.parametrize(
    ("kind", "raw", "need"),
    [
        (U16, b"\0", 2),
        (Bytes(U16), b"\0", 2),
        (Bytes(U16), b"\0\5abc", 7),
        (Bytes(4), b"abc", 4),
        (Text(U8), b"", 1),
    ],
)
def test_a_value_that_is_not_all_there_tells_how_many_bytes_it_needs(
    kind: Kind, raw: bytes, need: int
) -> None:
    with pytest.raises(Short) as caught:
        kind.take(raw, 0, len(raw), 0)

    assert caught.value.need == need


def test_a_value_is_not_read_past_the_end_it_is_given() -> None:
    with pytest.raises(Short):
        U16.take(b"\0\0\0", 0, 1, 0)
    with pytest.raises(Short):
        Bytes(U8).take(b"\2abc", 0, 2, 0)


def test_a_negative_length_is_unreadable_where_it_stands() -> None:
    with pytest.raises(Unreadable, match="the length is negative: -1") as caught:
        Bytes(I16).take(b"xx\xff\xffabc", 2, 7, 0)

    assert caught.value.offset == 2


def test_bytes_that_are_no_text_are_unreadable_where_they_stand() -> None:
    with pytest.raises(Unreadable) as caught:
        Text(U8).take(b"\3ab\xff", 0, 4, 0)

    assert caught.value.offset == 3


def test_only_kinds_up_to_the_end_are_open_ended_and_only_fixed_ones_exact() -> None:
    for sized in (Bytes, Text):
        assert [sized(size).open_ended for size in (U8, 4, REST)] == [False, False, True]
        assert [sized(size).exact for size in (U8, 4, REST)] == [False, True, False]
        assert [sized(size).least for size in (U16, 4, REST)] == [2, 4, 0]
    assert U8.exact
    assert not U8.open_ended


def test_what_cannot_be_written_has_no_bytes() -> None:
    assert written(U8, 300) == b""
    assert written(None, 1) == b""
