"""The law of dumps: bytes as lines of sixteen, hexadecimal beside text, some of them marked.

Pure and bounded: at most so many bytes are shown and the rest is counted.
"""

from collections.abc import Iterator
from dataclasses import dataclass

PER_LINE = 16
LINES_BEFORE = 3
"""Lines shown before a mark that is far inside."""


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring characters of a line that are marked alike."""

    text: str
    marked: bool


@dataclass(frozen=True, slots=True)
class DumpLine:
    """Sixteen bytes: `offset` of the first, as hexadecimal and as characters."""

    offset: str
    hex: tuple[Run, ...]
    text: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Dump:
    """A dump of `size` bytes: `before` the lines and `hidden` behind them are not shown."""

    lines: tuple[DumpLine, ...]
    size: int
    hidden: int
    before: int = 0


def dump(raw: bytes, limit: int, marked: range = range(0)) -> Dump:
    """At most `limit` bytes of `raw` with the bytes at the offsets `marked` marked.

    They are the first ones, unless the mark would not be among them: then those around it.
    """
    start = 0
    if marked and marked.stop > limit:
        start = max(0, marked.start // PER_LINE - LINES_BEFORE) * PER_LINE
    shown = raw[: start + limit]
    lines = tuple(_line(shown, at, marked) for at in range(start, len(shown), PER_LINE))
    return Dump(lines, len(raw), len(raw) - len(shown), start)


def _line(raw: bytes, at: int, marked: range) -> DumpLine:
    piece = raw[at : at + PER_LINE]
    flags = [offset in marked for offset in range(at, at + len(piece))]
    cells = [f"{byte:02x}" for byte in piece]
    text = [chr(byte) if 0x20 <= byte < 0x7F else "·" for byte in piece]
    return DumpLine(f"{at:04x}", tuple(_hex_runs(cells, flags)), tuple(_runs(text, flags)))


def _hex_runs(cells: list[str], flags: list[bool]) -> Iterator[Run]:
    """Bytes are parted by a space, eights by two; spaces belong to the run before them."""
    spaced = [
        cell + ("" if index == PER_LINE - 1 else "  " if index == PER_LINE // 2 - 1 else " ")
        for index, cell in enumerate(cells)
    ]
    for run in _runs(spaced, flags):
        if run.marked:  # a mark ends with its last byte
            body = run.text.rstrip()
            yield Run(body, True)
            yield Run(run.text[len(body) :], False)
        else:
            yield run
    missing = PER_LINE - len(cells)
    if missing:
        width = 3 * PER_LINE - len("".join(spaced))
        yield Run(" " * width, False)


def _runs(parts: list[str], flags: list[bool]) -> Iterator[Run]:
    start = 0
    for index in range(1, len(parts) + 1):
        if index == len(parts) or flags[index] != flags[start]:
            yield Run("".join(parts[start:index]), flags[start])
            start = index
