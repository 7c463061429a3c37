"""Live rows: an entry on its way and back, bounded, and nothing for what cannot be read."""

from dataclasses import replace

from holdfast.grading.domain.attempt import ToldRow
from holdfast.grading.domain.live_row import (
    MAX_RAW_BYTES,
    LiveRow,
    live_row,
    live_rows,
    told_row,
    trigger_entry,
)
from holdfast.grading.domain.transcript import Entry, EntryKind

ENTRY = Entry(
    EntryKind.RECEIVED, 1.25, "client", "Chat", (("text", "Grüße \N{PILE OF POO}"),), "00ff", "odd"
)


def test_an_entry_arrives_as_it_was() -> None:
    assert live_row(told_row(7, 3, ENTRY)) == LiveRow(7, 3, 2, ENTRY)


def test_a_long_message_comes_without_its_bytes_rather_than_cut() -> None:
    most, more = (replace(ENTRY, raw="ab" * size) for size in (MAX_RAW_BYTES, MAX_RAW_BYTES + 1))
    assert live_row(told_row(0, 0, most)) == LiveRow(0, 0, MAX_RAW_BYTES, most)
    assert live_row(told_row(0, 0, more)) == LiveRow(0, 0, MAX_RAW_BYTES + 1, replace(more, raw=""))


def test_rows_come_by_number_without_those_of_another_version() -> None:
    unread = ToldRow(1, 1, 0, '{"kind":"thought","at_s":0}')
    assert live_row(unread) is None
    assert live_row(replace(unread, line="{")) is None
    rows = live_rows([told_row(2, 2, ENTRY), unread, told_row(0, 0, ENTRY)])
    assert [row.number for row in rows] == [0, 2]


def test_what_started_the_test_is_a_message_of_its_student() -> None:
    assert trigger_entry(b"\x01", "client") == Entry(EntryKind.RECEIVED, 0.0, "client", raw="01")
