"""Live talks: what a beat takes along is bounded, in turn, and told again until it has arrived."""

from dataclasses import dataclass, field

from holdfast.grading.domain.attempt import AttemptId
from holdfast.grading.domain.live_row import live_row
from holdfast.grading.domain.transcript import SILENT, Entry, EntryKind
from holdfast.grading.service.live_talks import (
    BEAT_BYTES,
    BEAT_ROWS,
    MAX_BYTES,
    MAX_ROWS,
    ROWS_PER_BEAT,
    LiveTalks,
    Taken,
)

A, B = AttemptId("a" * 32), AttemptId("b" * 32)
TRIGGER = b"\x00\x00\x00\x04"


@dataclass
class Recorded:
    """A record that grows by hand."""

    entries: list[Entry] = field(default_factory=list)

    @property
    def size(self) -> int:
        return len(self.entries)

    def told_from(self, first: int) -> list[int]:
        return [at for at in range(first, self.size) if self.entries[at].kind not in SILENT]

    def entry(self, index: int) -> Entry:
        return self.entries[index]

    def says(self, count: int = 1, *, text: str = "", kind: EntryKind = EntryKind.NOTE) -> None:
        self.entries += [Entry(kind, 0.0, text=text)] * count


def begun(talks: LiveTalks, attempt: AttemptId = A, trigger: bytes = b"") -> Recorded:
    record = Recorded()
    talks.begin(attempt, record, trigger, "client")
    return record


def arrives(talks: LiveTalks) -> Taken:
    taken = talks.take()
    talks.confirm(taken)
    return taken


def numbers(taken: Taken) -> list[list[tuple[int, int]]]:
    """Number and place of each row, by attempt."""
    return [[(row.number, row.place) for row in one.rows] for one in taken.progress]


def test_the_trigger_comes_first_then_what_is_new_and_each_once() -> None:
    talks = LiveTalks()
    record = begun(talks, trigger=TRIGGER)
    record.says(2)
    taken = arrives(talks)
    assert numbers(taken) == [[(-1, 0), (0, 1), (1, 2)]]
    [progress] = taken.progress
    assert (progress.attempt, progress.checks, progress.entries) == (A, (), 2)
    first = live_row(progress.rows[0])
    assert first is not None
    assert (first.entry.raw, first.size) == (TRIGGER.hex(), 4)
    assert arrives(talks) == Taken(())
    record.says()
    assert numbers(arrives(talks)) == [[(2, 3)]]


def test_what_no_reader_is_told_takes_no_row_and_no_place() -> None:
    talks = LiveTalks()
    record = begun(talks)
    record.says(kind=EntryKind.TICK)
    assert arrives(talks).progress == ()
    record.says(kind=EntryKind.ASKED)
    record.says()
    assert numbers(arrives(talks)) == [[(2, 0)]]


def test_a_beat_that_is_lost_loses_nothing() -> None:
    talks = LiveTalks()
    record = begun(talks, trigger=TRIGGER)
    lost = talks.take()
    record.says()
    assert numbers(lost) == [[(-1, 0)]]
    assert numbers(talks.take()) == [[(-1, 0), (0, 1)]]


def test_nothing_piles_up_while_no_beat_arrives() -> None:
    talks = LiveTalks()
    record = begun(talks)
    for _ in range(50):
        record.says(100)
        taken = talks.take()
    [rows] = numbers(taken)
    assert rows[-1] == (4999, 4999)
    assert len(rows) == ROWS_PER_BEAT


def test_of_a_flood_the_newest_lines_are_told_and_the_hole_shows_in_their_places() -> None:
    talks = LiveTalks()
    record = begun(talks)
    record.says()
    arrives(talks)
    record.says(100)
    [rows] = numbers(arrives(talks))
    assert [number for number, _ in rows] == list(range(101 - ROWS_PER_BEAT, 101))
    assert all(number == place for number, place in rows)


def test_of_one_attempt_only_so_many_rows_are_told() -> None:
    talks = LiveTalks()
    record = begun(talks, trigger=TRIGGER)
    told = 0
    for _ in range(2 * MAX_ROWS // ROWS_PER_BEAT):
        record.says(ROWS_PER_BEAT)
        told += sum(map(len, numbers(arrives(talks))))
    assert told == MAX_ROWS


def test_of_one_attempt_only_so_many_bytes_are_told() -> None:
    talks = LiveTalks()
    record = begun(talks)
    told = 0
    for _ in range(200):
        record.says(ROWS_PER_BEAT, text="x" * 2_000)
        told += sum(len(row.line) for one in arrives(talks).progress for row in one.rows)
    assert MAX_BYTES / 2 < told < MAX_BYTES + BEAT_BYTES


def test_one_beat_takes_so_many_rows_and_the_others_come_first_with_the_next() -> None:
    talks = LiveTalks()
    attempts = [AttemptId(f"{number:032x}") for number in range(12)]
    for attempt in attempts:
        begun(talks, attempt).says(ROWS_PER_BEAT)
    first = arrives(talks)
    assert sum(map(len, numbers(first))) == BEAT_ROWS
    second = arrives(talks)
    seen = [one.attempt for taken in (first, second) for one in taken.progress]
    assert seen == attempts


def test_one_beat_takes_so_many_bytes_and_goes_on_where_it_stopped() -> None:
    talks = LiveTalks()
    record = begun(talks)
    record.says(ROWS_PER_BEAT, text="x" * 5_000)
    begun(talks, B).says(text="small")
    first = arrives(talks)
    size = sum(len(row.line) for one in first.progress for row in one.rows)
    assert size < BEAT_BYTES
    rows, small = numbers(first)
    assert len(rows) < ROWS_PER_BEAT
    assert len(small) == 1
    [rest] = arrives(talks).progress
    assert rest.attempt == A
    assert rest.rows[0].number == rows[-1][0] + 1
    assert rest.rows[0].place == rows[-1][1] + 1


def test_an_attempt_that_has_ended_is_forgotten_even_while_its_beat_is_on_the_way() -> None:
    talks = LiveTalks()
    record = begun(talks)
    record.says()
    taken = talks.take()
    talks.forget(A)
    talks.forget(A)
    talks.confirm(taken)
    record.says()
    assert talks.take() == Taken(())
