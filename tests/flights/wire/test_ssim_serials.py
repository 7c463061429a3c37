"""Serials tell whether records are missing, with the tolerances of real files."""

from holdfast.flights.wire.ssim_serials import Serials
from tests.flights.wire.season_files import carrier, flight, trailer


def told(*records: str, last: str) -> str | None:
    serials = Serials()
    for record in records:
        serials.count(record)
    return serials.fault_of_trailer(last)


def test_a_trailer_that_agrees_has_no_fault() -> None:
    assert told(carrier(), flight(3), flight(4), last=trailer(4)) is None


def test_a_block_may_begin_with_any_serial() -> None:
    assert told(carrier("000105"), flight(106), last=trailer(106)) is None


def test_the_carrier_may_have_no_serial() -> None:
    assert told(carrier("      "), flight(3), flight(4), last=trailer(4)) is None
    assert told(carrier("000000"), flight(3), last=trailer(3)) is None


def test_a_missing_record_is_seen() -> None:
    assert "checks serial 5, the records before it end with 000004" in str(
        told(carrier(), flight(3), flight(5), last=trailer(5))
    )
    assert "checks serial 3" in str(told(carrier(), flight(3), flight(4), last=trailer(3)))


def test_a_trailer_must_check_serials_that_there_are() -> None:
    blank = trailer(3)[:187] + " " * 6 + trailer(3)[193:]
    assert "checks no serial" in str(told(carrier(), flight(3), last=blank))


def test_a_trailer_with_another_serial_than_the_next_is_seen() -> None:
    fault = told(carrier(), flight(3), last=trailer(3, serial="000005"))
    assert "a record was lost or added before it" in str(fault)
    assert told(carrier(), flight(3), last=trailer(3, serial="      ")) is None


def test_without_serials_the_check_counts_records() -> None:
    none = [carrier("      "), *[flight(n)[:194] + " " * 6 for n in range(5)]]
    for count in (5, 6, 7):
        assert told(*none, last=trailer(count)) is None
    assert "checks serial 8" in str(told(*none, last=trailer(8)))
    assert "end with 000005 or 000006 or 000007" in str(told(*none, last=trailer(8)))
    blank = trailer(0)[:187] + " " * 13
    assert told(*none, last=blank) is None


def test_after_the_last_serial_the_count_begins_anew() -> None:
    for after in (1, 2):
        assert told(carrier("999999"), flight(after), last=trailer(after)) is None
    assert told(carrier("999999"), flight(3), last=trailer(3)) is not None
