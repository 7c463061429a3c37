"""Two byte strings in a terminal."""

import pytest

from holdfast.grading.entrypoints.hex_diff import MAX_ROWS, ROW, difference, first_difference


@pytest.mark.parametrize(
    ("one", "other", "at"),
    [(b"abc", b"abd", 2), (b"ab", b"abc", 2), (b"", b"a", 0), (b"ab", b"ab", 2)],
)
def test_the_first_difference(one: bytes, other: bytes, at: int) -> None:
    assert first_difference(one, other) == at


def test_only_rows_that_differ_are_shown_twice_and_control_bytes_as_dots() -> None:
    same = bytes(range(16))
    rows = list(difference(same + b"hello", same + b"help!", ("attempt", "now")))
    assert len(rows) == 3
    assert rows[0].startswith("    0000  attempt  00 01")
    assert rows[0].endswith("................")
    assert "attempt  68 65 6c 6c 6f" in rows[1]
    assert rows[2].split() == ["now", "68", "65", "6c", "70", "21", "help!"]


def test_long_ones_are_cut_behind_the_difference() -> None:
    one, other = bytes(5000), bytes(3000) + b"x" + bytes(1999)
    rows = list(difference(one, other, ("a", "b")))
    assert rows[0].startswith(f"    {3000 // ROW * ROW - ROW:04x}")
    assert len(rows) == MAX_ROWS + 2
    assert rows[-1].endswith("more bytes")


def test_one_alone_is_a_dump() -> None:
    assert list(difference(b"ab", None, ("got", ""))) == [
        "    0000  got  " + "61 62".ljust(48) + " ab"
    ]
