"""PURE. Live rows: lines of a conversation that goes on, as a node tells them before the end.

A row is an entry of the transcript to be, known by its number in it, so telling one twice is
telling it once, and the durable transcript has the same line in the same place. Long messages come
without their bytes: cut in the middle, an id in them could not be masked.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import msgspec

from holdfast.grading.domain.attempt import ToldRow
from holdfast.grading.domain.transcript import Entry, EntryKind

MAX_RAW_BYTES = 512
"""Of a message that is told with its bytes; longer ones are told by their fields."""
TRIGGER_NUMBER = -1
"""The message that started the test stands before all entries."""


@dataclass(frozen=True, slots=True)
class LiveRow:
    """One line. `number`: of the entry; `place`: how many lines a reader is told before it (so a
    hole in the places is lines that were not told); `size`: bytes of the message."""

    number: int
    place: int
    size: int
    entry: Entry


def told_row(number: int, place: int, entry: Entry) -> ToldRow:
    """The row of an entry, on its way."""
    size = len(entry.raw) // 2
    if size > MAX_RAW_BYTES:
        entry = replace(entry, raw="")
    return ToldRow(number, place, size, _encode(entry).decode())


def live_row(told: ToldRow) -> LiveRow | None:
    """The row that was told; None for one that cannot be read (another version's)."""
    try:
        return LiveRow(told.number, told.place, told.size, _decode(told.line))
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def live_rows(told: Iterable[ToldRow]) -> tuple[LiveRow, ...]:
    """What was told, by number, without what cannot be read."""
    found = (live_row(one) for one in sorted(told, key=lambda one: one.number))
    return tuple(one for one in found if one is not None)


def trigger_entry(raw: bytes, peer: str) -> Entry:
    """What started the test, as an entry."""
    return Entry(EntryKind.RECEIVED, 0.0, peer, raw=raw.hex())


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Entry).decode
