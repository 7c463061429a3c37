"""Arrays, enumerations, flags, optional tails and checksums follow their declaration."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.grading.wire.compound import (
    Algorithm,
    Array,
    Checksum,
    Choice,
    Flag,
    Tail,
    checksum,
)
from holdfast.grading.wire.kinds import (
    I8,
    REST,
    U8,
    U16,
    U16LE,
    U32,
    Bytes,
    DeclarationError,
    Kind,
    Short,
    Text,
    Unfit,
    Unreadable,
    written,
)
from tests.support.wire_samples import Colour


def read(kind: Kind, raw: bytes) -> object:
    value, stop = kind.take(raw, 0, len(raw), 0)
    assert stop == len(raw)
    return value


@pytest.mark.parametrize(
    ("kind", "value", "raw"),
    [
        (Array(U16, count=U8), (1, 2), "0200010002"),
        (Array(U16LE, count=2), (1, 2), "01000200"),
        (Array(U8, count=REST), (1, 2, 3), "010203"),
        (Array(U8, count=U16), (), "0000"),
        (Array(Text(U8), count=U8), ("a", "bc"), "020161026263"),
        (Array(Array(U8, count=U8), count=U8), ((1,), ()), "02010100"),
        (Choice(Colour, U16), Colour.GREEN, "0002"),
        (Flag(U8), True, "01"),
        (Flag(U8), False, "00"),
        (Tail(U16), 7, "0007"),
        (Tail(U16), None, ""),
    ],
)
def test_a_value_is_written_as_declared_and_comes_back(kind: Kind, value: object, raw: str) -> None:
    assert written(kind, value).hex() == raw
    assert read(kind, bytes.fromhex(raw)) == value


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        (Array(U8, count=U8), [1], "is list, not a tuple"),
        (Array(U8, count=U8), (1,) * 256, "has 256 items, but at most 255 fit"),
        (Array(U8, count=2), (1,), "has 1 items, but the field has exactly 2"),
        (Array(U8, count=REST), (1, 256), "has a wrong item 1: is outside 0..255"),
        (Choice(Colour, U8), 1, "is int, not Colour"),
        (Flag(U8), 1, "is int, not True or False"),
        (Tail(U8), 256, "is outside"),
        (Checksum(U8), 256, "is outside"),
    ],
)
def test_a_value_that_cannot_be_written_says_why(kind: Kind, value: object, reason: str) -> None:
    with pytest.raises(Unfit, match=reason):
        kind.put(value, bytearray(), 0)


@pytest.mark.parametrize(
    ("kind", "raw", "offset", "reason"),
    [
        (Array(U8, count=I8), "ff", 0, "the count is negative: -1"),
        (Choice(Colour, U8), "03", 0, "3 is no Colour; known are 1 .RED., 2 .GREEN."),
        (Flag(U8), "02", 0, "a flag is 0 or 1, not 2"),
        (Checksum(U8, Algorithm.XOR), "05", 0, "the checksum is 0x5, but .* 0 bytes .* is 0x0"),
    ],
)
def test_bytes_that_can_be_no_such_value_say_why(
    kind: Kind, raw: str, offset: int, reason: str
) -> None:
    with pytest.raises(Unreadable, match=reason) as caught:
        read(kind, bytes.fromhex(raw))

    assert caught.value.offset == offset


@pytest.mark.parametrize(
    ("kind", "raw", "need"),
    [
        (Array(U16, count=U8), b"\2\0\1", 5),
        (Array(Text(U8), count=U8), b"\3", 4),
        (Array(Text(U8), count=U8), b"\3\2a\0", 6),
        (Array(Text(U8), count=U8), b"\2\2ab", 5),
        (Array(Choice(Colour, U8), count=U8), b"\3\1\7", 4),
        (Array(Text(U8), count=2), b"\1", 2),
        (Array(Bytes(2), count=REST), b"abc", 4),
    ],
)
def test_an_array_that_is_not_all_there_counts_the_least_size_of_what_follows(
    kind: Kind, raw: bytes, need: int
) -> None:
    with pytest.raises(Short) as caught:
        kind.take(raw, 0, len(raw), 0)

    assert caught.value.need == need


def test_a_count_of_billions_asks_for_bytes_and_reserves_no_memory() -> None:
    with pytest.raises(Short) as caught:
        Array(U16, count=U32).take(b"\xff" * 4 + b"x" * 10, 0, 14, 0)

    assert caught.value.need == 4 + 2 * 0xFFFFFFFF


def test_a_wrong_item_is_reported_once_the_least_bytes_of_all_items_are_there() -> None:
    kind = Array(Text(U8), count=U8)

    with pytest.raises(Short):
        kind.take(b"\3\1a\1\xff", 0, 4, 0)
    with pytest.raises(Short) as caught:
        kind.take(b"\3\2ab\1\xff", 0, 6, 0)
    assert caught.value.need == 7
    with pytest.raises(Unreadable):
        kind.take(b"\3\2ab\1\xff\0", 0, 7, 0)


@pytest.mark.parametrize("of", [Bytes(REST), Bytes(0), Tail(U8)])
def test_items_must_take_a_byte_and_know_their_end(of: Kind) -> None:
    with pytest.raises(DeclarationError, match="at least one byte"):
        Array(of, count=U8)


def test_items_that_go_to_the_end_cannot_be_repeated() -> None:
    class Greedy:
        least = 1
        exact = False
        open_ended = True

        def put(self, value: object, out: bytearray, start: int) -> None:
            raise AssertionError

        def take(
            self, data: bytes | bytearray, pos: int, end: int, start: int
        ) -> tuple[object, int]:
            raise AssertionError

    with pytest.raises(DeclarationError, match="must know their end"):
        Array(Greedy(), count=U8)


def test_an_optional_tail_cannot_be_empty_when_it_is_there() -> None:
    with pytest.raises(DeclarationError, match="at least one byte"):
        Tail(Text(REST))


@given(st.binary(), st.sampled_from(Algorithm), st.sampled_from([U8, U16, U32]))
def test_a_checksum_covers_everything_before_it(
    before: bytes, algorithm: Algorithm, kind: Kind
) -> None:
    seal = Checksum(kind, algorithm)  # type: ignore[arg-type]
    out = bytearray(b"head" + before)
    seal.put(None, out, 4)

    assert seal.take(out, 4 + len(before), len(out), 4) == (None, len(out))


def test_a_wrong_checksum_can_be_sent_on_purpose_and_is_found() -> None:
    out = bytearray(b"abc")
    seal = Checksum(U32)
    seal.put(1, out, 0)

    with pytest.raises(Unreadable, match=f"CRC-32 of the 3 bytes .* 0x{zlib.crc32(b'abc'):x}"):
        seal.take(out, 3, 7, 0)


@pytest.mark.parametrize(
    ("algorithm", "raw", "right"),
    [
        (Algorithm.CRC_32, b"123456789", 0xCBF43926),
        (Algorithm.ADLER_32, b"Wikipedia", 0x11E60398),
        (Algorithm.SUM, b"\1\2\xff", 0x102),
        (Algorithm.XOR, b"\1\2\xff", 0xFC),
        # The worked example of RFC 1071: the sum is ddf2.
        (Algorithm.INTERNET, bytes.fromhex("0001f203f4f5f6f7"), 0x220D),
        (Algorithm.INTERNET, b"\xff\xff\x01", 0xFEFF),
    ],
)
def test_each_checksum_is_the_one_of_its_name(algorithm: Algorithm, raw: bytes, right: int) -> None:
    assert checksum(algorithm, raw) == right


@pytest.mark.parametrize(
    ("kind", "least", "exact", "open_ended", "words"),
    [
        (Array(U16, count=U8), 1, False, False, "1-byte count before them"),
        (Array(U16, count=3), 6, True, False, "3 of them"),
        (Array(Text(U8), count=3), 3, False, False, "3 of them"),
        (Array(U16, count=REST), 0, False, True, "to the end of the frame"),
        (Choice(Colour, U16), 2, True, False, "1=RED, 2=GREEN"),
        (Flag(U8), 1, True, False, "0=false, 1=true"),
        (Tail(U8), 0, False, True, "optional, 1-byte"),
        (Checksum(U32), 4, True, False, "CRC-32 as 4-byte"),
    ],
)
def test_a_kind_tells_its_size_and_itself_in_words(
    kind: Kind, least: int, exact: bool, open_ended: bool, words: str
) -> None:
    assert (kind.least, kind.exact, kind.open_ended) == (least, exact, open_ended)
    assert words in str(kind)
