"""The law of live rows at a node: what running attempts have said, handed to the node's next beat.

No I/O, and nothing is done when a message comes: a beat looks at what engines have recorded anyway.
So nothing piles up here while the results API is away, and an attempt that is over before a beat
costs nothing. Rows count as told when the beat has arrived; told twice is told once.
"""

from dataclasses import dataclass
from typing import Protocol

from holdfast.grading.domain.attempt import AttemptId, Progress, ToldRow
from holdfast.grading.domain.live_row import TRIGGER_NUMBER, told_row, trigger_entry
from holdfast.grading.domain.transcript import Entry

MAX_ROWS = 500
"""Of one attempt on its way; a page says that the rest comes with the end."""
MAX_BYTES = 256 << 10
"""The same in bytes: a program that floods fills no table."""
ROWS_PER_BEAT = 32
"""Of one attempt; of more, the newest are told and the others come with the end."""
BEAT_ROWS = 256
"""Of one beat: at a beat a second some 1 % of a core for node, API and database each."""
BEAT_BYTES = 128 << 10
"""The same in bytes. Attempts for which there is no room come first with the next beat."""


class Record(Protocol):
    """What an engine has recorded, as `domain.recorder.Recorder` has it."""

    @property
    def size(self) -> int:
        """How many entries there are."""

    def told_from(self, first: int) -> list[int]:
        """Indexes of entries from `first` on that a reader is told."""

    def entry(self, index: int) -> Entry:
        """One entry."""


@dataclass(slots=True)
class _Talk:
    """How far one attempt was told. `looked`: entries; `place`: lines a reader is told of them."""

    record: Record
    trigger: Entry | None
    looked: int = 0
    place: int = 0
    rows: int = 0
    size: int = 0

    @property
    def has_news(self) -> bool:
        is_full = self.rows >= MAX_ROWS or self.size >= MAX_BYTES
        return not is_full and (self.trigger is not None or self.looked < self.record.size)


@dataclass(frozen=True, slots=True)
class Taken:
    """What a beat takes along; `confirm` it when the beat has arrived."""

    progress: tuple[Progress, ...]
    after: tuple[tuple[AttemptId, _Talk], ...] = ()


class LiveTalks:
    """The running attempts of a node, and how far each was told."""

    __slots__ = ("_talks",)

    def __init__(self) -> None:
        self._talks: dict[AttemptId, _Talk] = {}

    def begin(self, attempt: AttemptId, record: Record, trigger: bytes, peer: str) -> None:
        """An attempt is played here."""
        entry = trigger_entry(trigger, peer) if trigger else None
        self._talks[attempt] = _Talk(record, entry)

    def forget(self, attempt: AttemptId) -> None:
        """The attempt has ended; harmless twice."""
        self._talks.pop(attempt, None)

    def take(self) -> Taken:
        """New rows, at most a beat's worth; whoever has waited longest comes first."""
        progress, after = [], []
        rows_left, bytes_left = BEAT_ROWS, BEAT_BYTES
        for attempt, talk in self._talks.items():
            if rows_left < ROWS_PER_BEAT or bytes_left <= 0:
                break
            if talk.has_news:
                rows, told = _next(talk, bytes_left)
                rows_left -= len(rows)
                bytes_left -= told.size - talk.size
                progress.append(Progress(attempt, rows=rows, entries=talk.record.size))
                after.append((attempt, told))
        return Taken(tuple(one for one in progress if one.rows), tuple(after))

    def confirm(self, taken: Taken) -> None:
        """The beat has arrived: go on behind it."""
        for attempt, told in taken.after:
            if attempt in self._talks:
                del self._talks[attempt]
                self._talks[attempt] = told


def _next(talk: _Talk, room: int) -> tuple[tuple[ToldRow, ...], _Talk]:
    """The next rows of a talk, and the talk behind them. At least one row fits, whatever `room`."""
    rows = [] if talk.trigger is None else [told_row(TRIGGER_NUMBER, 0, talk.trigger)]
    place = talk.place + len(rows)
    fresh = talk.record.told_from(talk.looked)
    allowed = min(ROWS_PER_BEAT, MAX_ROWS - talk.rows) - len(rows)
    skipped = max(0, len(fresh) - allowed)
    looked, size = talk.record.size, sum(map(_size, rows))
    for nth, number in enumerate(fresh[skipped:]):
        row = told_row(number, place + skipped + nth, talk.record.entry(number))
        if rows and size + _size(row) > room:
            looked = number
            break
        rows.append(row)
        size += _size(row)
    place += sum(number < looked for number in fresh)
    told = _Talk(talk.record, None, looked, place, talk.rows + len(rows), talk.size + size)
    return tuple(rows), told


def _size(row: ToldRow) -> int:
    return len(row.line) + 60
