"""Season files: what is sound loads, what is not is named by its line, what does not add up is not
taken at all."""

import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.flights.domain.filing import Fault, Rejected
from holdfast.flights.domain.schedule import OPEN_END, Designator, LegPattern, Period
from holdfast.flights.wire import ssim, ssim_fields
from holdfast.flights.wire.ssim import Carrier, Season, SeasonReader, read_season
from tests.flights.wire.season_files import (
    ZEROS,
    carrier,
    flight,
    header,
    place,
    season,
    segment,
    trailer,
)

FIRST_LINE = 7
"""Of the records of types 3 and 4 in `season`."""
BA117 = LegPattern(
    designator=Designator("BA", 117),
    variation=1,
    sequence=1,
    service_type="J",
    period=Period(date(2026, 3, 29), date(2026, 10, 24)),
    board="LHR",
    off="JFK",
    departure_min=500,
    departure_offset_min=60,
    arrival_min=670,
    arrival_offset_min=-240,
    aircraft="77W",
    configuration="F008J048Y183",
    board_terminal="5",
    off_terminal="8",
    booking_classes="FAJCDYBHKM",
)


def read(data: bytes) -> Season:
    found = read_season([data])
    assert isinstance(found, Season), found
    return found


def legs(data: bytes) -> list[LegPattern]:
    found = read(data)
    assert found.faults == []
    return [filed.leg for filed in found.legs]


def only(record: str, mode: str = "L") -> LegPattern:
    (leg,) = legs(season(record, mode=mode))
    return leg


def fault(*records: str, mode: str = "L") -> Fault:
    """The only fault, next to a record that loads."""
    sound = flight(3, number=" 999")
    more = [place(record, 195, f"{serial:06}") for serial, record in enumerate(records, start=4)]
    found = read(season(sound, *more, mode=mode))
    (one,) = found.faults
    assert found.legs[0].line == FIRST_LINE
    return one


def rejected(data: bytes) -> Rejected:
    found = read_season([data])
    assert isinstance(found, Rejected), found
    return found


# What records say


def test_a_leg_has_all_that_was_filed() -> None:
    found = read(season(flight()))
    assert [tuple(filed) for filed in found.legs] == [(FIRST_LINE, BA117)]
    assert found.records == 1
    assert found.carriers == (
        Carrier("BA", "L", date(2026, 3, 29), date(2026, 10, 24), "S26", "01FEB26"),
    )


def test_the_operational_suffix_and_a_three_letter_airline_are_read() -> None:
    assert only(flight(suffix="A")).designator == Designator("BA", 117, "A")
    data = season(flight(airline="BAW")).replace(b"2LBA ", b"2LBAW").replace(b"5 BA ", b"5 BAW")
    assert legs(data)[0].designator == Designator("BAW", 117)


def test_the_hundreds_of_the_variation_overflow() -> None:
    assert only(flight(variation="07", overflow="2")).variation == 207
    assert only(flight(variation="07", overflow="B")).variation == 1107


def test_passengers_times_count_and_aircraft_times_stand_in() -> None:
    leg = only(flight(departs="0815", arrives="1120"))
    assert (leg.departure_min, leg.arrival_min) == (495, 680)
    leg = only(flight(departs="    ", arrives="    "))
    assert (leg.departure_min, leg.arrival_min) == (500, 670)


def test_date_variations_move_times_past_midnight_of_the_flight_date() -> None:
    leg = only(flight(arrives="0110", date_variation="01"))
    assert leg.arrival_min == 1440 + 70
    leg = only(flight(sequence="02", departs="0820", date_variation="11"))
    assert (leg.departure_min, leg.arrival_min) == (1940, 2110)
    leg = only(flight(departs="0020", arrives="2310", date_variation="0A"))
    assert (leg.departure_min, leg.arrival_min) == (20, -50)


def test_a_first_leg_that_departs_the_day_after_moves_the_flight_date() -> None:
    data = season(
        flight(3, date_variation="11"),
        flight(4, sequence="02", board="JFK", off="BOS", departs_offset="-0400",
               departs="1200", arrives="1310", date_variation="11"),
        flight(5, number=" 118", date_variation="00"),
    )  # fmt: skip
    first, second, other = legs(data)
    assert first.period == BA117.period.shifted(1)
    assert (first.departure_min, first.arrival_min) == (500, 670)
    assert second.period == first.period
    assert second.departure_min == 720
    assert other.period == BA117.period


def test_every_other_week_is_filed_as_single_weeks() -> None:
    found = read(season(flight(last="17MAY26", days="1      ", rate="2")))
    starts = [filed.leg.period for filed in found.legs]
    assert starts == [
        Period(day, day, 1) for day in (date(2026, 3, 30), date(2026, 4, 13), date(2026, 4, 27),
                                        date(2026, 5, 11))
    ]  # fmt: skip
    assert {filed.line for filed in found.legs} == {FIRST_LINE}


def test_an_open_end_is_flown_until_further_notice() -> None:
    assert only(flight(last="00XXX00")).period == Period(date(2026, 3, 29), OPEN_END)


# Times in UTC


def test_times_in_utc_become_local() -> None:
    leg = only(flight(departs="0720", arrives="1510"), mode="U")
    assert leg == BA117


@pytest.mark.parametrize(
    ("departs", "offset", "moved", "days", "minute"),
    [
        ("2330", "+0100", 1, "23     ", 30),
        ("0030", "-0400", -1, "1     7", 1230),
        ("1200", "+0530", 0, "12     ", 1050),
    ],
)
def test_the_flight_date_is_the_local_one(
    departs: str, offset: str, moved: int, days: str, minute: int
) -> None:
    record = flight(
        days="12     ", departs=departs, departs_offset=offset, arrives=departs, date_variation="01"
    )
    leg = only(record, mode="U")
    told = only(flight(days="12     ")).period
    assert leg.period == told.shifted(moved)
    assert leg.period.days == only(flight(days=days)).period.days
    assert leg.departure_min == minute
    assert leg.duration_min == 1440


def test_all_legs_have_the_flight_date_of_the_first() -> None:
    second = {"sequence": "02", "board": "JFK", "off": "BOS", "departs_offset": "-0400"}
    data = season(
        flight(3, departs="2330", departs_offset="+0100", arrives="0700", date_variation="01"),
        flight(4, **second, departs="0900", arrives="1010", date_variation="11"),
        mode="U",
    )
    first, onward = legs(data)
    assert first.period == onward.period == BA117.period.shifted(1)
    assert (first.departure_min, first.arrival_min) == (30, 180)
    assert (onward.departure_min, onward.arrival_min) == (300, 370)


def test_a_later_leg_in_utc_is_nothing_without_the_first() -> None:
    second = flight(sequence="02", number=" 118")
    assert "the first leg of the flight is not there" in fault(second, mode="U").reason
    first = flight(number=" 118", off="LHR", arrives_offset="+0100", arrives="0900")
    data = season(flight(3), place(first, 195, "000004"), place(second, 195, "000005"), mode="U")
    assert [one.line for one in read(data).faults] == [FIRST_LINE + 1, FIRST_LINE + 2]


# Codeshares


def test_data_element_10_names_who_else_sells_the_leg() -> None:
    data = season(
        flight(3),
        segment(4, "010", "AA 6134/IB 4218A"),
        segment(5, "010", "/AY5502 /"),
        segment(6, "010", "AA 6134"),
    )
    (leg,) = legs(data)
    sold_as = (Designator("AA", 6134), Designator("IB", 4218, "A"), Designator("AY", 5502))
    assert leg == replace(BA117, marketed_as=sold_as)


def test_data_element_50_names_who_flies_it() -> None:
    (leg,) = legs(season(flight(3), segment(4, "050", "AA  104")))
    assert leg == replace(BA117, operating=Designator("AA", 104))


def test_a_codeshare_holds_for_every_week_of_a_fortnightly_leg() -> None:
    found = legs(season(flight(3, rate="2"), segment(4, "050", "AA  104")))
    assert len(found) > 10
    assert {leg.operating for leg in found} == {Designator("AA", 104)}


@pytest.mark.parametrize("stations", ["QQQQQQ", "      ", "LHRQQQ"])
def test_a_codeshare_may_be_of_any_stations(stations: str) -> None:
    record = place(segment(4, "050", "AA104"), 34, stations)
    assert legs(season(flight(3), record))[0].operating == Designator("AA", 104)


def test_elements_of_other_stations_and_other_elements_say_nothing_of_the_leg() -> None:
    data = season(
        flight(3),
        place(segment(4, "050", "AA104"), 34, "LHRBOS"),
        place(segment(5, "050", "AA104"), 34, "BOSJFK"),
        segment(6, "109", "MS"),
    )
    assert legs(data) == [BA117]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (segment(4, "050", "AA104/IB7"), "names 2 flights instead of one"),
        (segment(4, "050", ""), "names 0 flights instead of one"),
        (segment(4, "010", "AA"), "'AA' is no flight designator"),
        (segment(4, "010", "AA104", number=" 118"), "belongs to another leg"),
        (segment(4, "010", "AA104")[:150], "it has 150 bytes"),
    ],
)
def test_a_bad_codeshare_is_left_out_and_the_leg_stays(record: str, reason: str) -> None:
    found = read(season(flight(3), record))
    assert reason in found.faults[0].reason
    assert len(found.legs) == 1


def test_a_leg_that_everybody_sells_is_not_believed() -> None:
    named = ["/".join(f"AA{n}" for n in range(start, start + 20)) for start in (1000, 2000, 3000)]
    records = [segment(serial, "010", data) for serial, data in enumerate(named, start=4)]
    found = read(season(flight(3), *records))
    assert "under more than 50 designators" in found.faults[0].reason
    assert len(found.legs[0].leg.marketed_as) == 40


def test_elements_of_a_leg_that_is_left_out_go_with_it() -> None:
    data = season(
        flight(3), flight(4, board="L1R"), segment(5, "010", "bad"), flight(6, days=" " * 7)
    )
    assert [one.line for one in read(data).faults] == [8, 10]


# Bad records


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"airline": "AF "}, "it is of the airline 'AF '"),
        ({"number": "1 17"}, "flight number is '1 17'"),
        ({"number": "    "}, "flight number"),
        ({"suffix": "1"}, "operational suffix"),
        ({"variation": "0A"}, "itinerary variation is '0A'"),
        ({"sequence": "00"}, "leg sequence number is '00'"),
        ({"sequence": "  "}, "leg sequence number"),
        ({"service": " "}, "service type"),
        ({"first": "31FEB26"}, "'31FEB26' is no date"),
        ({"first": "29MRZ26"}, "is no date"),
        ({"first": "00XXX00"}, "no first date"),
        ({"last": "28MAR26"}, "before it begins"),
        ({"days": "       "}, "no day of operation"),
        ({"days": "8      "}, "days of operation are"),
        ({"last": "29MAR26", "days": "1      "}, "no day 1 is in the period"),
        ({"rate": "3"}, "frequency rate is '3'"),
        ({"rate": "2", "last": "00XXX00"}, "longer than 120 weeks"),
        ({"board": "L R"}, "station is 'L R'"),
        ({"off": "jfk"}, "station is 'jfk'"),
        ({"departs": "2460"}, "'2460' is no time of day"),
        ({"departs": "08 0"}, "is no time of day"),
        ({"departs_offset": " 0100"}, "UTC variation is ' 0100'"),
        ({"arrives_offset": "+1500"}, "UTC variation is '+1500'"),
        ({"date_variation": "0X"}, "date variation is '0X'"),
        ({"overflow": "?"}, "overflow is '?'"),
        ({"aircraft": "7\x07W"}, "characters"),
        ({"off": "LHR"}, "departs from LHR and arrives there"),
        ({"arrives": "0310"}, "not after the departure"),
    ],
)
def test_a_bad_record_is_left_out_and_named(fields: dict[str, str], reason: str) -> None:
    found = fault(flight(4, **fields))
    assert reason in found.reason
    assert found.line == FIRST_LINE + 1
    assert found.record.startswith("3")


@pytest.mark.parametrize("length", [1, 150, 193, 199, 201, 300])
def test_a_record_of_the_wrong_length_is_left_out_and_named(length: int) -> None:
    record = flight(4, number=" 118").ljust(300, "x")[:length]
    found = read(season(flight(3), record))
    (one,) = found.faults
    assert f"it has {length} bytes instead of 200" in one.reason
    assert (one.line, len(found.legs)) == (FIRST_LINE + 1, 1)


def test_a_record_of_an_unknown_type_is_left_out_and_named() -> None:
    assert "no record type '7'" in fault("7".ljust(200)).reason


def test_a_leg_that_contradicts_an_earlier_one_is_left_out() -> None:
    found = read(season(flight(3), flight(4, variation="02"), flight(5, number="  9")[:200]))
    assert [one.line for one in found.faults] == [FIRST_LINE + 1]
    assert "flown twice: see line 7" in found.faults[0].reason


def test_faults_come_in_the_order_of_lines() -> None:
    data = season(flight(3), flight(4), flight(5, board="L1R"))
    assert [one.line for one in read(data).faults] == [8, 9]


# Whole files


@pytest.mark.parametrize("data", [b"", b"\n\n", b"\x00" * 50, b"\x1a"])
def test_an_empty_file_is_refused(data: bytes) -> None:
    assert rejected(data).reason == "the file is empty"


@pytest.mark.parametrize(
    "data",
    [
        b"hello\n",
        b"<xml/>" * 1000,
        b"\x00" * 5000,
        b"\xff" * 300,
        (carrier() + "\n" + flight() + "\n").encode(),
        place(header(), 2, "AIRPORT").encode(),
    ],
)
def test_what_is_no_season_file_is_refused(data: bytes) -> None:
    found = rejected(data)
    assert found.line == 1
    assert found.reason.startswith("this is no SSIM file")


def test_a_file_without_its_trailer_is_refused() -> None:
    data = season(flight(3), flight(4, number=" 118"))
    lines = data.split(b"\r\n")
    assert "ends before its trailer" in rejected(b"\r\n".join(lines[:-2])).reason
    assert "the file ends before" in rejected(data[:-300]).reason


@given(st.integers(0, 2030))
def test_a_file_that_is_cut_anywhere_is_refused_or_lacks_only_what_is_behind_its_trailer(
    length: int,
) -> None:
    data = season(flight(3), flight(4, number=" 118"))
    whole = read(data)
    found = read_season([data[:length]])
    if isinstance(found, Season):
        assert found == whole
        assert length >= len(data.rstrip()) - 6  # the trailer's own serial may be missing


def test_a_header_alone_is_no_schedule() -> None:
    assert rejected(header().encode()).reason == "there is no schedule"


def test_a_trailer_that_checks_another_serial_is_refused() -> None:
    lines = [header(), carrier(), flight(3), trailer(4)]
    found = rejected("\n".join(lines).encode())
    assert found == Rejected(
        4, "the trailer checks serial 4, the records before it end with 000003"
    )


def test_a_file_that_lost_a_record_is_refused() -> None:
    lines = [header(), carrier(), flight(3), flight(5, number=" 118"), trailer(5)]
    assert "the trailer checks serial 5" in rejected("\n".join(lines).encode()).reason


def test_a_trailer_of_another_airline_or_length_is_refused() -> None:
    lines = [header(), carrier(), flight(3), trailer(3, airline="AF")]
    assert "the trailer is of the airline 'AF '" in rejected("\n".join(lines).encode()).reason
    lines[-1] = trailer(3) + "x"
    assert "the trailer has 201 bytes" in rejected("\n".join(lines).encode()).reason


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (carrier(mode="X"), "time mode is 'X'"),
        (carrier(airline="??"), "the airline is"),
        (place(carrier(), 15, "25OCT26"), "ends before it begins"),
        (place(carrier(), 15, "       "), "is no date"),
        (carrier() + "x", "it has 201 bytes"),
    ],
)
def test_a_carrier_record_that_is_not_valid_is_refused(record: str, reason: str) -> None:
    found = rejected("\n".join([header(), record, flight(), trailer(3)]).encode())
    assert found.line == 2
    assert reason in found.reason


@pytest.mark.parametrize("record", [flight(), segment(3, "010", ""), trailer(3), "9".ljust(200)])
def test_records_outside_of_a_schedule_are_refused(record: str) -> None:
    found = rejected("\n".join([header(), record]).encode())
    assert found == Rejected(2, "this record stands outside of a schedule (record types 2 to 5)")


@pytest.mark.parametrize("record", [header(), carrier()])
def test_a_schedule_that_begins_before_the_other_has_ended_is_refused(record: str) -> None:
    found = rejected("\n".join([header(), carrier(), flight(), record]).encode())
    assert (found.line, "the trailer" in found.reason) == (4, True)


def test_a_file_whose_last_trailer_says_that_more_follows_is_refused() -> None:
    lines = [header(), carrier(), flight(), trailer(3, end="C")]
    assert "says that it continues" in rejected("\n".join(lines).encode()).reason


def test_a_file_without_one_good_record_is_refused() -> None:
    found = rejected(season(flight(3)[:180], flight(4)[:180]))
    assert found == Rejected(7, "no record can be read: it has 180 bytes instead of 200")


def test_a_file_with_too_many_faults_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ssim, "MAX_FAULTS", 2)
    bad = [flight(n, board="L1R") for n in (4, 5, 6)]
    found = rejected(season(flight(3), *bad, flight(7)))
    assert found.line == 10
    assert "more than 2 records are faulty, the first in line 8" in found.reason
    assert read(season(flight(3), *bad[:2])).faults


def test_a_file_with_too_many_records_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ssim, "MAX_RECORDS", 1)
    assert "more than 1 records" in rejected(season(flight(3), flight(4, number="   1"))).reason


def test_a_file_with_too_many_schedules_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ssim, "MAX_BLOCKS", 1)
    lines = [header(), carrier(), flight(), trailer(3), carrier(), flight(), trailer(3)]
    assert "more than 1 schedules" in rejected("\n".join(lines).encode()).reason


def test_a_file_without_a_legible_schedule_is_not_read_on() -> None:
    reader = SeasonReader()
    assert reader.receive(b"x\n" * 1000) == []
    assert reader.rejected is not None
    assert reader.receive(season(flight())) == []
    assert reader.finish() == []


def test_endless_garbage_is_refused_at_once() -> None:
    def garbage() -> Iterator[bytes]:
        yield header().encode() + b"\n"
        while True:
            yield b"y" * 65536

    found = read_season(garbage())
    assert found == Rejected(2, "line 2 does not end")


# What real files do


def test_blank_serials_in_headers_and_stripped_headers_are_taken() -> None:
    lines = [header("      ").rstrip(), carrier("      ").rstrip(), flight(3), trailer(3)]
    assert legs("\n".join(lines).encode()) == [BA117]


def test_a_file_without_any_serials_is_taken() -> None:
    lines = [header(""), carrier(""), flight()[:194], place(trailer(3), 188, " " * 6)[:194]]
    assert legs("\n".join(lines).encode()) == [BA117]


def test_serials_of_eight_digits_are_taken() -> None:
    lines = [header(), carrier()]
    lines += [flight(3)[:194] + "00000003", trailer(3)[:194] + "00000004"]
    assert legs("\n".join(lines).encode()) == [BA117]


@pytest.mark.parametrize("blank", ["  ", "00", " 0"])
def test_blanks_and_zeros_in_date_variations_are_the_same(blank: str) -> None:
    assert only(flight(date_variation=blank)) == BA117


@pytest.mark.parametrize("days", ["13     ", "1 3    ", "1030000", "     13"])
def test_days_are_taken_wherever_they_stand(days: str) -> None:
    assert only(flight(days=days)).period.days == 0b101


@pytest.mark.parametrize("number", ["0117", " 117", "117 "])
def test_flight_numbers_are_taken_with_blanks_or_zeros(number: str) -> None:
    assert only(flight(number=number)) == BA117


@pytest.mark.parametrize("newline", ["\r\n", "\n", "\r", "", "   \r\n"])
def test_any_line_ends_are_taken_or_none(newline: str) -> None:
    records = [flight(n, number=f"{n:>4}") for n in range(3, 12)]
    found = read(season(*records, newline=newline))
    assert (len(found.legs), found.faults) == (9, [])
    assert [filed.line for filed in found.legs] == list(range(7, 16))


def test_blank_lines_and_zeros_and_control_z_are_passed_over() -> None:
    lines = [header(), "", ZEROS, carrier(), "", flight(3), "   ", trailer(3), ZEROS, "\x1a"]
    found = read("\n".join(lines).encode())
    assert [filed.line for filed in found.legs] == [6]


def test_several_seasons_and_several_files_in_one_are_taken() -> None:
    winter = {"first": "25OCT26", "last": "27MAR27"}
    lines = [header(), carrier(), flight(3), trailer(3, end="C")]
    lines += [place(carrier("000005"), 15, "25OCT2627MAR27"), flight(6, **winter), trailer(6)]
    found = read("\n".join(lines).encode())
    assert len(found.legs) == len(found.carriers) == 2
    lines[3] = trailer(3)
    lines.insert(4, header())
    assert len(read("\n".join(lines).encode()).legs) == 2


def test_serials_begin_anew_after_the_last_one() -> None:
    lines = [header(), carrier("999999"), flight(1), flight(2, number=" 118"), trailer(2)]
    assert len(read("\n".join(lines).encode()).legs) == 2


# However it is cut


@given(st.lists(st.integers(0, 3000), max_size=12).map(sorted), st.sampled_from(["\r\n", "\n", ""]))
def test_bytes_are_the_same_file_however_they_are_cut(cuts: list[int], newline: str) -> None:
    records = [
        flight(3),
        segment(4, "010", "AA6134"),
        flight(5, board="L1R"),
        segment(6, "010", "IB1"),
        flight(7, number=" 118", rate="2", last="01MAY26"),
        segment(8, "050", "AA7"),
    ]
    data = season(*records, newline=newline)
    ends = [0, *cuts, len(data)]
    chunks = [data[a:b] for a, b in pairwise(ends)]
    assert read_season(chunks) == read_season([data])
    assert read(data).faults[0].line == 9


@given(st.binary(max_size=3000), st.integers(0, 2000))
def test_no_garbage_breaks_the_reader(garbage: bytes, at: int) -> None:
    data = season(flight(3), segment(4, "010", "AA6134"), flight(5, number=" 118"))
    found = read_season([data[:at] + garbage + data[at + len(garbage) :]])
    assert isinstance(found, Season | Rejected)


def test_a_file_that_repeats_nothing_is_read_without_remembering_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    records = [
        flight(n, number=f"{n:>4}", departs="2330", days=f"{n}      ", date_variation="01")
        for n in range(3, 8)
    ]
    whole = read(season(*records, mode="U"))
    monkeypatch.setattr(ssim_fields, "MAX_REMEMBERED", 1)
    assert read(season(*records, mode="U")) == whole


def test_what_the_reader_holds_is_bounded() -> None:
    record = (flight(4, board="L1R") + "\n").encode()
    reader = SeasonReader()
    reader.receive("\n".join([header(), carrier(), flight(3), ""]).encode())
    reader.receive(record * 10)
    tracemalloc.start()
    for number in range(5_000):
        reader.receive((flight(number, number=f"{number:>4}") + "\n").encode())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert reader.rejected is None
    assert peak < 5_000_000
