"""Framing finds one frame at an offset, and puts one around a body."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.grading.wire.framing import (
    Cut,
    Datagram,
    Delimiter,
    Fixed,
    Framing,
    LengthPrefix,
    SelfDelimiting,
)
from holdfast.grading.wire.kinds import (
    I8,
    U8,
    U16,
    U16LE,
    DeclarationError,
    Short,
    Unfit,
    Unreadable,
)

LIMIT = 100

framings = st.sampled_from(
    [
        LengthPrefix(U16),
        LengthPrefix(U16LE),
        LengthPrefix(U8, includes_itself=True),
        Delimiter(b"\n"),
        Delimiter(b"\r\n"),
        Delimiter(b"\n", forgive_cr=True),
        Fixed(40),
    ]
)


@given(framings, st.binary(max_size=40).map(lambda raw: raw.translate(None, b"\r\n")), st.binary())
def test_what_is_wrapped_is_cut_out_again(framing: Framing, body: bytes, behind: bytes) -> None:
    frame = framing.wrap(body)
    data = b"###" + frame + behind

    cut = framing.cut(data, 3, 0, LIMIT)

    assert cut.after == 3 + len(frame)
    assert data[cut.body : cut.end].rstrip(b"\0") == body.rstrip(b"\0")


@given(framings, st.binary(min_size=1, max_size=30).map(lambda raw: raw.translate(None, b"\r\n")))
def test_an_unfinished_frame_asks_for_more(framing: Framing, body: bytes) -> None:
    frame = framing.wrap(body)
    for size in range(len(frame)):
        with pytest.raises(Short) as caught:
            framing.cut(frame[:size], 0, 0, LIMIT)
        assert size < caught.value.need <= len(frame)


@pytest.mark.parametrize("framing", [SelfDelimiting(), Datagram()])
def test_without_framing_all_that_is_there_is_the_body(framing: Framing) -> None:
    assert framing.cut(b"xxabc", 2, 0, LIMIT) == Cut(2, 5, 5)
    assert framing.wrap(b"abc") == b"abc"


def test_a_length_beyond_the_limit_is_no_frame() -> None:
    with pytest.raises(Unreadable, match="length is 101, but at most 100"):
        LengthPrefix(U8).cut(b"\x65", 0, 0, LIMIT)


@pytest.mark.parametrize("framing", [LengthPrefix(U16, includes_itself=True), LengthPrefix(I8)])
def test_a_length_that_is_too_small_is_no_frame(framing: Framing) -> None:
    with pytest.raises(Unreadable, match="too small: -"):
        framing.cut(b"\xff\0\0" if framing == LengthPrefix(I8) else b"\0\1\0", 0, 0, LIMIT)


def test_a_body_that_is_longer_than_its_length_can_say_is_unfit() -> None:
    with pytest.raises(Unfit, match=r"outside 0\.\.255"):
        LengthPrefix(U8, includes_itself=True).wrap(b"x" * 255)


def test_an_end_mark_is_found_although_it_began_in_bytes_already_searched() -> None:
    assert Delimiter(b"\r\n").cut(b"ab\r\ncd", 0, 3, LIMIT) == Cut(0, 2, 4)


def test_bytes_already_searched_are_not_searched_again() -> None:
    with pytest.raises(Short):
        Delimiter(b"\n").cut(b"a\nb", 0, 2, LIMIT)


def test_a_line_that_never_ends_is_no_frame() -> None:
    line = Delimiter(b"\n")

    assert line.cut(b"x" * LIMIT + b"\n", 0, 0, LIMIT).end == LIMIT
    with pytest.raises(Unreadable, match="never ends") as caught:
        line.cut(b"x" * (LIMIT + 1), 0, 0, LIMIT)
    assert caught.value.offset == LIMIT


@pytest.mark.parametrize(("raw", "end"), [(b"ab\r\n", 2), (b"ab\n", 2), (b"\n", 0), (b"\r\n", 0)])
def test_a_carriage_return_before_the_line_feed_is_forgiven(raw: bytes, end: int) -> None:
    assert Delimiter(b"\n", forgive_cr=True).cut(raw, 0, 0, LIMIT) == Cut(0, end, len(raw))


def test_a_body_cannot_hold_its_end_mark() -> None:
    with pytest.raises(Unfit, match="end mark"):
        Delimiter(b"\n").wrap(b"a\nb")


def test_an_end_mark_has_a_byte() -> None:
    with pytest.raises(DeclarationError):
        Delimiter(b"")


def test_a_body_that_is_longer_than_the_fixed_size_is_unfit() -> None:
    with pytest.raises(Unfit, match="takes 5 bytes, but a frame has 4"):
        Fixed(4).wrap(b"12345")


@pytest.mark.parametrize(
    ("framing", "streams", "delimits", "pads", "words"),
    [
        (SelfDelimiting(), True, False, False, "none: the type knows its end"),
        (Datagram(), False, True, False, "one datagram each"),
        (LengthPrefix(U16), True, True, False, "length before it (2-byte unsigned integer"),
        (LengthPrefix(U8, includes_itself=True), True, True, False, "that counts itself"),
        (Delimiter(b"\n"), True, True, False, "b'\\n' after it"),
        (Fixed(8), True, True, True, "8 bytes each"),
    ],
)
def test_a_framing_tells_what_it_can_and_itself_in_words(
    framing: Framing, streams: bool, delimits: bool, pads: bool, words: str
) -> None:
    assert (framing.streams, framing.delimits, framing.pads) == (streams, delimits, pads)
    assert words in str(framing)
