"""PURE. The law of log files: their names are numbers, and a row of them has no hole.

A name is 24 hex digits: timeline, and the position divided by the size of a file (16 MiB, as every
server of ours has it). A change of the timeline continues the same row of positions.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass

SEGMENT_BYTES = 16 * 1024 * 1024
PER_ROUND = 0x100000000 // SEGMENT_BYTES
_NAME = re.compile(r"[0-9A-F]{24}")
_HISTORY = re.compile(r"[0-9A-F]{8}\.history")
_LSN = re.compile(r"([0-9A-F]{1,8})/([0-9A-F]{1,8})")


@dataclass(frozen=True, slots=True)
class Row:
    """The log from a start on, without a hole: `last` is its last file, None when there is none.

    `missing` is the first file that is not there though later ones are.
    """

    last: str | None
    missing: str | None


def is_segment(name: str) -> bool:
    """Whether a file of this name holds log."""
    return _NAME.fullmatch(name) is not None


def is_history(name: str) -> bool:
    """Whether a file of this name tells where timelines begin."""
    return _HISTORY.fullmatch(name) is not None


def number_of(name: str) -> int:
    """The place of a file in the row, whatever its timeline."""
    return int(name[8:16], 16) * PER_ROUND + int(name[16:24], 16)


def name_of(timeline: int, number: int) -> str:
    """The name of the file at a place in the row."""
    return f"{timeline:08X}{number // PER_ROUND:08X}{number % PER_ROUND:08X}"


def position_of(lsn: str) -> int:
    """The number of bytes that PostgreSQL writes as `16/B374D848`; `ValueError` when it is none."""
    match = _LSN.fullmatch(lsn)
    if match is None:
        raise ValueError(f"{lsn!r} is no position in the log")
    return int(match.group(1), 16) << 32 | int(match.group(2), 16)


def segment_at(timeline: int, lsn: str) -> str:
    """The file that holds the position."""
    return name_of(timeline, position_of(lsn) // SEGMENT_BYTES)


def segments_of(timeline: int, start: str, stop: str) -> list[str]:
    """The files that hold the log from `start` up to, not including, `stop`."""
    first = position_of(start) // SEGMENT_BYTES
    last = max(first, (position_of(stop) - 1) // SEGMENT_BYTES)
    return [name_of(timeline, number) for number in range(first, last + 1)]


def row_from(start: str, available: Collection[str]) -> Row:
    """The row that begins with the file `start`. Files of other timelines than its own count when
    they are newer; names that are no log are passed over."""
    timeline, first = int(start[:8], 16), number_of(start)
    newest: dict[int, str] = {}
    for name in sorted(available):  # a newer timeline sorts behind, and wins
        if is_segment(name) and int(name[:8], 16) >= timeline and number_of(name) >= first:
            newest[number_of(name)] = name
    number = first
    while number in newest:
        number += 1
    is_hole = any(later > number for later in newest)
    return Row(
        newest[number - 1] if number > first else None,
        name_of(timeline, number) if is_hole else None,
    )
