"""The native status feed."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.flights.domain.delivery import BadRecord
from holdfast.flights.domain.status import LegFacts, LegState, StatusUpdate
from holdfast.flights.wire.status_fields import MAX_BAD, StatusFile
from holdfast.flights.wire.status_lines import read_status_lines, write_status_lines
from tests.flights.wire.test_aidx import KEY, SENT, UPDATES

LINE = (
    b'{"carrier":"BA","number":117,"date":"2026-12-01","board":"LHR","off":"JFK",'
    b'"told_at":"2026-12-01T05:00:00Z","departure":{"gate":"C57"},"state":"cancelled"}\n'
)


def read(data: bytes) -> StatusFile:
    return read_status_lines([data[:7], data[7:50], data[50:]], "BA", SENT)


def test_a_line_is_an_update() -> None:
    told_at = datetime(2026, 12, 1, 5, tzinfo=UTC)
    facts = LegFacts(state=LegState.CANCELLED, board_gate="C57")
    assert read(LINE) == StatusFile((StatusUpdate(KEY, told_at, facts),), ())


def test_an_empty_text_takes_back_what_was_told() -> None:
    found = read(LINE.replace(b"C57", b""))
    assert found.updates[0].facts.board_gate == ""


def test_what_is_null_is_not_told() -> None:
    found = read(LINE.replace(b'"state":"cancelled"', b'"state":null,"arrival":null'))
    assert found.updates[0].facts == LegFacts(board_gate="C57")


def test_empty_lines_and_other_line_ends_are_tolerated() -> None:
    assert len(read(b"\n\r\n" + LINE.replace(b"\n", b"\r\n") + b"  \n" + LINE[:-1]).updates) == 2


def test_the_trailer_counts_the_records_bad_ones_too() -> None:
    assert read(LINE + b"x\n" + b'{"records": 2}\n').fault is None
    assert read(LINE + b'{"records":3}\n').fault == BadRecord(
        2, "the trailer tells of 3 records, 1 are there"
    )
    assert read(b'{"records":0}\n' + LINE).fault == BadRecord(
        2, "there is a line after the trailer"
    )


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "the line is not an update: Input data was truncated"),
        (b"[]", "the line is not an update: Expected `object`"),
        (b"\xff\xfe", "the line is not an update: "),
        (b'{"records":"x"}', "the line is not an update: "),
        (LINE.replace(b'"gate"', b'"gaet"').strip(), "the line is not an update: Object contains"),
        (LINE.replace(b'"BA"', b'"AA"').strip(), "carrier AA is not BA"),
        (b"x" * 5000, "the line is longer than 4096 bytes"),
    ],
)
def test_a_bad_line_is_set_aside_with_its_number(line: bytes, reason: str) -> None:
    found = read(LINE + line + b"\n" + LINE)
    assert len(found.updates) == 2
    assert (found.bad[0].line, found.bad[0].reason[: len(reason)]) == (2, reason)
    assert len(found.bad[0].content) <= 200


def test_garbage_without_end_is_given_up_early() -> None:
    found = read(b"?\n" * (MAX_BAD * 2))
    assert found.fault
    assert found.fault.line == MAX_BAD


@given(st.lists(UPDATES, max_size=5))
def test_what_is_written_is_read_again(updates: list[StatusUpdate]) -> None:
    assert read(write_status_lines(updates)) == StatusFile(tuple(updates), ())


@given(st.binary(max_size=300))
def test_no_bytes_are_an_error_of_the_reader(data: bytes) -> None:
    read(data)
    read(LINE + data)
