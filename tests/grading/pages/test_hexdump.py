"""Dumps: lines of sixteen, marks, bounds."""

from hypothesis import given
from hypothesis import strategies as st

from holdfast.grading.pages.hexdump import Run, dump


def test_sixteen_bytes_make_a_line_with_text_beside() -> None:
    line = dump(b"0123456789abcde\x00", 100).lines[0]
    assert line.offset == "0000"
    text = "".join(run.text for run in line.hex)
    assert text == "30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 00"
    assert line.text == (Run("0123456789abcde·", False),)


def test_a_short_line_is_as_wide_as_a_full_one() -> None:
    for size in range(1, 33):
        for line in dump(bytes(size), 100).lines:
            assert len("".join(run.text for run in line.hex)) == 48


def test_marked_bytes_are_runs_of_their_own() -> None:
    line = dump(b"abcd", 100, range(1, 3)).lines[0]
    assert [run.text for run in line.hex if run.marked] == ["62 63"]
    assert line.text == (Run("a", False), Run("bc", True), Run("d", False))


def test_at_most_so_many_bytes_are_shown_and_the_rest_is_counted() -> None:
    found = dump(bytes(100), 40)
    assert (len(found.lines), found.size, found.hidden) == (3, 100, 60)
    assert dump(b"", 40).lines == ()


def test_a_mark_far_inside_is_shown_with_a_few_lines_before() -> None:
    found = dump(bytes(1000), 64, range(500, 501))
    assert [line.offset for line in found.lines] == ["01c0", "01d0", "01e0", "01f0"]
    assert (found.before, found.hidden) == (448, 1000 - 448 - 64)
    assert any(run.marked for run in found.lines[-1].hex)


@given(st.binary(max_size=80), st.integers(0, 80), st.integers(0, 20))
def test_the_dump_holds_its_bytes_and_counts_the_others(raw: bytes, start: int, size: int) -> None:
    found = dump(raw, 64, range(start, start + size))
    text = "".join(run.text for line in found.lines for run in line.hex)
    shown = raw[found.before : len(raw) - found.hidden]
    assert bytes.fromhex(text) == shown
    assert len(shown) <= 64
    marked = "".join(run.text for line in found.lines for run in line.hex if run.marked)
    window = slice(max(start, found.before), max(start + size, found.before))
    assert bytes.fromhex(marked) == raw[: len(raw) - found.hidden][window]
