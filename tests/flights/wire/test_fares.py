"""The fares feed as a whole: what stands, what is set aside, what refuses the file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.flights.domain.fares_load import FaresLoad
from holdfast.flights.domain.filing import Rejected
from holdfast.flights.wire import fares as module
from holdfast.flights.wire.fares import MAX_LINE_BYTES, read_fares
from holdfast.flights.wire.fares_forms import Form
from holdfast.flights.wire.fares_records import Header
from holdfast.flights.wire.fares_writer import write_fares_csv, write_fares_jsonl
from tests.flights.wire.fares_files import (
    FARE_LINE,
    FARES,
    KEY,
    LIMITS,
    TIERS,
    lines,
    loaded,
    read,
    reasons,
)

CONTENT = write_fares_jsonl(FARES, limits=LIMITS, tiers=TIERS)
TRAILER = b'{"kind":"trailer","records":%d}\n'


def with_field(line: bytes, name: bytes, content: bytes) -> bytes:
    return line[:-1] + b',"' + name + b'":' + content + b"}"


@pytest.mark.parametrize("cut", range(0, len(CONTENT) - 1, 7))
def test_a_file_that_was_cut_off_anywhere_is_refused(cut: int) -> None:
    assert isinstance(read(CONTENT[:cut]), Rejected)


@given(st.integers(1, 300))
def test_pieces_may_be_cut_anywhere(size: int) -> None:
    pieces = [CONTENT[at : at + size] for at in range(0, len(CONTENT), size)]
    load = read_fares(pieces, "jsonl", airline="ZZ", full=True)
    assert load == FaresLoad(FARES, LIMITS, TIERS, [], [], [])


@given(st.binary(max_size=400), st.sampled_from(["jsonl", "csv"]))
def test_garbage_never_raises(content: bytes, form: Form) -> None:
    assert isinstance(read(content, form), Rejected)


@given(st.integers(0, len(CONTENT) - 1), st.integers(0, 255))
def test_a_broken_byte_never_raises_and_sets_no_other_record_aside(at: int, byte: int) -> None:
    read_back = read(CONTENT[:at] + bytes([byte]) + CONTENT[at + 1 :])
    if isinstance(read_back, FaresLoad):
        assert len(read_back.faults) <= 2


def test_one_bad_record_is_set_aside_with_its_line_and_the_rest_stands() -> None:
    bad = with_field(FARE_LINE, b"totall", b"1")
    load = loaded(lines(bad, FARE_LINE))
    assert load.good == 1
    (fault,) = load.faults
    assert fault.line == 1
    assert "unknown field `totall`" in fault.reason
    assert fault.record.startswith('{"kind":"fare"')


def test_what_cannot_be_meant_is_set_aside_too() -> None:
    bad = with_field(FARE_LINE, b"tax", b"45001")
    assert reasons(lines(bad, FARE_LINE)) == [(1, "tax is more than total")]


def test_a_trailer_with_another_number_refuses_the_file() -> None:
    assert read(lines(FARE_LINE, count=2)) == Rejected(
        2, "its trailer counts 2 records, 1 are there"
    )


def test_what_follows_the_trailer_refuses_the_file_but_empty_lines_do_not() -> None:
    assert read(lines(FARE_LINE) + b"\r\n \n\n") == read(lines(FARE_LINE))
    assert read(lines(FARE_LINE) + FARE_LINE) == Rejected(3, "something follows the trailer")


def test_lines_may_end_as_they_do_elsewhere() -> None:
    assert loaded(lines(FARE_LINE).replace(b"\n", b"\r\n")).good == 1
    assert loaded(lines(FARE_LINE).rstrip()).good == 1


def test_a_line_without_end_is_one_bad_record() -> None:
    endless = b"x" * (3 * MAX_LINE_BYTES)
    assert reasons(lines(FARE_LINE, endless)) == [(2, f"longer than {MAX_LINE_BYTES} bytes")]
    assert isinstance(read(endless), Rejected)
    whole = read_fares([lines(endless)], "jsonl", airline="ZZ", full=True)
    assert isinstance(whole, FaresLoad)
    assert whole.good == 0


def test_the_same_dates_of_one_fare_are_filed_once() -> None:
    overlapping = FARE_LINE.replace(b"2026-12-01", b"2027-01-31")
    apart = FARE_LINE.replace(b"2026-12-01", b"2027-02-01").replace(b"2027-01-31", b"2027-02-28")
    assert reasons(lines(FARE_LINE, overlapping, apart)) == [
        (2, "the same fare is filed before for one of these dates")
    ]


def test_limits_and_tiers_are_filed_once() -> None:
    twice = write_fares_jsonl(limits=LIMITS * 2, tiers=TIERS[:1] * 2)
    assert [reason for _, reason in reasons(twice)] == [
        "this cabin has limits before for one of these dates",
        "the same tier is filed before",
    ]


def test_a_header_must_be_first_and_agree_with_the_delivery() -> None:
    header = Header("ZZ", 5, "full")
    content = write_fares_jsonl(FARES, header=header)
    assert isinstance(read(content), FaresLoad)
    assert isinstance(read(content, sequence=5), FaresLoad)
    assert read(content, sequence=6) == Rejected(1, "its header says 5, the delivery 6")
    assert read(content, full=False) == Rejected(1, "its header says full, the delivery delta")
    other = write_fares_jsonl(header=Header("YY", 5))
    assert read(other) == Rejected(1, "its header says YY, the delivery ZZ")
    late = lines(FARE_LINE, b'{"kind":"header","airline":"ZZ","sequence":5}')
    assert read(late) == Rejected(2, "the header is not at the beginning")


def test_a_delta_withdraws() -> None:
    content = write_fares_jsonl(withdrawn=[KEY, KEY._replace(number=None), KEY])
    load = loaded(content, full=False)
    assert load.withdrawn == [KEY, KEY._replace(number=None)]
    assert [fault.reason for fault in load.faults] == [
        "the same fare is withdrawn before for one of these dates"
    ]
    gone = b'{"kind":"limits","number":1,"board":"LHR","off":"JFK","cabin":"economy",'
    gone += b'"first_date":"2026-12-01","last_date":"2026-12-02","withdrawn":true}'
    tier = b'{"kind":"tier","aircraft":"320","cabin":"economy","tier":"exit","first_row":1,'
    tier += b'"last_row":2,"currency":"EUR","name":"Exit","withdrawn":true}'
    load = loaded(lines(gone, tier), full=False)
    assert (len(load.withdrawn_limits), len(load.withdrawn_tiers), load.good) == (1, 1, 2)


def test_a_full_file_does_not_withdraw() -> None:
    content = write_fares_jsonl(withdrawn=[KEY])
    assert reasons(content) == [(1, "withdrawn in a full file: leave it out")]


def test_files_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_RECORDS", 2)
    monkeypatch.setattr(module, "MAX_FAULTS", 1)
    assert read(CONTENT) == Rejected(3, "more than 2 records")
    assert read(lines(b"{}", b"{}")) == Rejected(2, "more than 1 bad records")


def test_both_forms_say_the_same() -> None:
    assert loaded(CONTENT) == loaded(write_fares_csv(FARES, limits=LIMITS, tiers=TIERS), "csv")
