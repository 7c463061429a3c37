"""How a terminal shows things: tables, times, durations, and nothing that could take it over."""

import re
from collections.abc import Sequence
from datetime import date

_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?")


def plain(text: str) -> str:
    """The text without control characters."""
    return "".join(char if char.isprintable() else "?" for char in text)


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of a table; columns are as wide as their widest text. Heads that end in `>` are aligned
    to the right."""
    names = [head.removesuffix(">") for head in heads]
    cells = [names, *([plain(cell) for cell in row] for row in rows)]
    wide = [max(len(row[column]) for row in cells) for column in range(len(heads))]
    lines = []
    for row in cells:
        parts = [
            cell.rjust(width) if head.endswith(">") else cell.ljust(width)
            for head, cell, width in zip(heads, row, wide, strict=True)
        ]
        lines.append("  ".join(parts).rstrip())
    return lines


def clock(local: str) -> str:
    """`07:30` of `2026-12-01T07:30:00`."""
    return local[11:16]


def duration(iso: str | None) -> str:
    """`1 h 25` of `PT1H25M`; days are counted as hours."""
    match = _DURATION.fullmatch(iso or "")
    if match is None:
        return "?"
    days, hours, minutes = (int(part or 0) for part in match.groups())
    return f"{days * 24 + hours} h {minutes:02d}"


def days_later(departing: str, arriving: str) -> str:
    """`+1` when a flight arrives on the date after; empty on the same date."""
    first, last = departing[:10], arriving[:10]
    if first == last or len(first) != len(last):
        return ""
    later = _ordinal(last) - _ordinal(first)
    return f"{later:+d}"


def moment(iso: str | None) -> str:
    """`2026-12-01 07:30` of a moment; a dash without one."""
    return iso[:16].replace("T", " ") if iso else "-"


def _ordinal(day: str) -> int:
    try:
        return date.fromisoformat(day).toordinal()
    except ValueError:
        return 0
