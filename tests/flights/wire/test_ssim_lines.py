"""Bytes become records wherever they are cut; what is too long for one ends it."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.flights.wire.ssim_lines import MAX_LINE_BYTES, LineSplitter, normal


def split(*chunks: bytes) -> list[str]:
    splitter = LineSplitter()
    lines = [line for chunk in chunks for line in splitter.receive(chunk)]
    return lines + splitter.finish()


LONG = [f"3{n:<199}" for n in range(5)]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@given(cuts=st.lists(st.integers(0, 1020), max_size=8).map(sorted))
def test_lines_end_in_lf_cr_or_both_wherever_they_are_cut(newline: str, cuts: list[int]) -> None:
    data = newline.join([*LONG, "", "end"]).encode()
    assert split(*(data[a:b] for a, b in pairwise([0, *cuts, len(data)]))) == [*LONG, "", "end"]


@given(cuts=st.lists(st.integers(0, 1050), max_size=8).map(sorted))
def test_blocks_without_line_ends_are_cut_by_length(cuts: list[int]) -> None:
    blocks = [LONG[0], *["2" + line[1:] for line in LONG]]
    data = "".join(blocks).encode() + b"rest"
    assert split(*(data[a:b] for a, b in pairwise([0, *cuts, len(data)]))) == [*blocks, "rest"]


def test_a_short_file_without_line_ends_is_one_line() -> None:
    assert split(b"short") == ["short"]
    assert split(b"short\n") == ["short"]
    assert split(b"") == []


def test_an_overlong_line_is_seen_and_not_kept() -> None:
    splitter = LineSplitter()
    assert splitter.receive(b"a\n" + b"x" * MAX_LINE_BYTES) == ["a"]
    assert not splitter.is_overlong
    splitter.receive(b"x")
    assert splitter.is_overlong


def test_a_long_first_record_is_a_line() -> None:
    line = "1" + "x" * 250
    assert split((line + "\n" + line).encode()) == [line, line]


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("1AIRLINE", "1AIRLINE".ljust(200)),
        ("2LBA", "2LBA".ljust(200)),
        ("3".ljust(200) + "   ", "3".ljust(200)),
        ("3".ljust(194, "x") + "00000012", "3".ljust(194, "x") + "000012"),
        ("3".ljust(194, "x"), "3".ljust(194, "x") + " " * 6),
        ("4".ljust(192, "x"), "4".ljust(192, "x") + " " * 8),
        ("5".ljust(194, "x"), "5".ljust(194, "x") + " " * 6),
    ],
)
def test_what_is_blank_or_longer_only_in_its_serial_is_made_a_record(text: str, same: str) -> None:
    assert normal(text) == same


@pytest.mark.parametrize(
    "text",
    ["3".ljust(199), "3".ljust(150), "5".ljust(192), "5 BA", "3".ljust(201, "x"), "3" * 202 + "x"],
)
def test_a_record_that_was_cut_or_has_more_stays_so(text: str) -> None:
    assert normal(text) == text
    assert normal("3".ljust(194) + "0000001x") == "3".ljust(194) + "0000001x"
