"""The law of two byte strings in a terminal: rows of sixteen, from the first that differs on."""

from collections.abc import Iterator

ROW = 16
MAX_ROWS = 8
"""A screen has room for other things; the file has all of it."""


def first_difference(one: bytes, other: bytes) -> int:
    """The first byte that differs; the shorter's end when it begins the longer."""
    pairs = zip(one, other, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def difference(one: bytes, other: bytes | None, names: tuple[str, str]) -> Iterator[str]:
    """Both as rows, the row before the first difference included; `other` None: one alone."""
    first = 0 if other is None else first_difference(one, other)
    begin = max(0, first // ROW - 1) * ROW
    longest = max(len(one), len(other or b""))
    wide = max(map(len, names))
    for at in range(begin, min(longest, begin + MAX_ROWS * ROW), ROW):
        yield f"    {at:04x}  {names[0]:<{wide}}  {_row(one, at)}"
        if other is not None and one[at : at + ROW] != other[at : at + ROW]:
            yield f"          {names[1]:<{wide}}  {_row(other, at)}"
    if longest > begin + MAX_ROWS * ROW:
        yield f"    ... {longest - begin - MAX_ROWS * ROW} more bytes"


def _row(data: bytes, at: int) -> str:
    piece = data[at : at + ROW]
    text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in piece)
    return f"{piece.hex(' '):<{3 * ROW}} {text}"
