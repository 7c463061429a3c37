"""Names of log files are numbers in a row, and a hole in the row is seen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.platform.data.backup.segments import (
    PER_ROUND,
    SEGMENT_BYTES,
    Row,
    is_history,
    is_segment,
    name_of,
    number_of,
    position_of,
    row_from,
    segment_at,
    segments_of,
)

numbers = st.integers(0, 2**40)
timelines = st.integers(1, 2**32 - 1)


@given(timelines, numbers)
def test_a_name_is_its_number(timeline: int, number: int) -> None:
    name = name_of(timeline, number % (PER_ROUND * 2**32))
    assert is_segment(name)
    assert number_of(name) == number % (PER_ROUND * 2**32)


def test_files_of_other_kinds_are_told_apart() -> None:
    assert is_history("00000002.history")
    for name in ("00000002.history", "0" * 23, "0" * 25, "g" * 24, "0" * 24 + ".partial", ""):
        assert not is_segment(name)
    assert not is_history("2.history")


def test_a_position_lies_in_its_file() -> None:
    assert position_of("1/00000010") == 2**32 + 16
    assert segment_at(3, "0/3000028") == "000000030000000000000003"
    assert segment_at(1, "1/0") == "000000010000000100000000"


@pytest.mark.parametrize("text", ["", "1", "1/", "/1", "x/1", "1/123456789", "1/1 "])
def test_what_is_no_position_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no position"):
        position_of(text)


def test_a_range_ends_before_its_stop() -> None:
    first, second = name_of(1, 3), name_of(1, 4)
    assert segments_of(1, "0/3000028", "0/3000100") == [first]
    assert segments_of(1, "0/3000028", "0/4000000") == [first]
    assert segments_of(1, "0/3000028", "0/4000001") == [first, second]
    assert segments_of(1, "0/3000000", "0/3000000") == [first]


@given(st.integers(0, 1000), st.sets(st.integers(0, 1030), max_size=40))
def test_a_row_ends_at_its_first_hole(first: int, there: set[int]) -> None:
    row = row_from(name_of(1, first), [name_of(1, number) for number in there])
    length = 0
    while first + length in there:
        length += 1
    assert row.last == (name_of(1, first + length - 1) if length else None)
    later = any(number > first + length for number in there)
    assert row.missing == (name_of(1, first + length) if later else None)


def test_a_newer_timeline_continues_the_row_and_an_older_one_does_not() -> None:
    there = [name_of(2, 5), name_of(2, 6), name_of(3, 6), name_of(3, 7), name_of(1, 8), "other"]
    assert row_from(name_of(2, 5), there) == Row(name_of(3, 7), None)
    assert SEGMENT_BYTES * PER_ROUND == 2**32
