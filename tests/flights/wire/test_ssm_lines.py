"""Lines of telegrams, one by one."""

from datetime import date

import pytest

from holdfast.flights.domain.schedule import OPEN_END, Designator, Period
from holdfast.flights.domain.schedule_change import Element, Equipment, Timing
from holdfast.flights.wire import ssm_lines as lines
from holdfast.flights.wire.ssim_fields import BadField
from holdfast.flights.wire.ssm_lines import FlightLine

NEAR = date(2026, 11, 26)
LX544 = Designator("LX", 544)


@pytest.mark.parametrize(
    ("line", "flight"),
    [
        ("LX544", FlightLine(LX544, "")),
        ("LX0544A/12MAY03", FlightLine(Designator("LX", 544, "A"), "12MAY03")),
        ("U21234/12", FlightLine(Designator("U2", 1234), "12")),
        ("LX544/12 ZRH/GVA/LHR", FlightLine(LX544, "12", ("ZRH", "GVA", "LHR"))),
        ("LX544/12 LX644/13", FlightLine(LX544, "12", (), Designator("LX", 644))),
        (
            "LX544/12 ZRH/GVA LX644 10/LH5544/UA99 99/2E 7/M",
            FlightLine(
                LX544,
                "12",
                ("ZRH", "GVA"),
                Designator("LX", 644),
                (
                    Element(marketed_as=(Designator("LH", 5544), Designator("UA", 99))),
                    Element(board_terminal="2E"),
                ),
            ),
        ),
    ],
)
def test_a_flight_line_names_flight_date_legs_and_elements(line: str, flight: FlightLine) -> None:
    assert lines.read_flight_line(line) == flight


@pytest.mark.parametrize("line", ["", "LX", "HELLO WORLD", "LX544/1", "LX544/12MAY2003"])
def test_what_is_no_flight_line_is_not_read_as_one(line: str) -> None:
    assert lines.read_flight_line(line) is None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("12MAY03", date(2003, 5, 12)),
        ("00XXX00", OPEN_END),
        ("12MAY", date(2027, 5, 12)),
        ("30MAY", date(2026, 5, 30)),
        ("29FEB", date(2028, 2, 29)),
        ("26", date(2026, 11, 26)),
        ("01", date(2026, 12, 1)),
        ("15", date(2026, 11, 15)),
    ],
)
def test_what_a_date_does_not_say_is_as_near_as_can_be(text: str, day: date) -> None:
    near = date(2027, 11, 26) if text == "29FEB" else NEAR
    assert lines.read_day(text, near) == day


@pytest.mark.parametrize("text", ["31FEB", "31FEB26", "32", "XX", "1", "29FEB"])
def test_what_is_no_date_is_named(text: str) -> None:
    with pytest.raises(BadField, match="is no date"):
        lines.read_day(text, NEAR)


def test_a_period_line_has_dates_days_and_frequency() -> None:
    first, last = date(2027, 3, 29), date(2027, 10, 24)
    assert lines.read_period_line("29MAR27 24OCT27 17", NEAR) == (
        (Period(first, last, 0b1000001),),
        "",
    )
    assert lines.read_period_line("29MAR 24OCT 17 ZRH/GVA 99/2", NEAR) == (
        (Period(first, last, 0b1000001),),
        "ZRH/GVA 99/2",
    )
    winter = lines.read_period_line("25OCT 27MAR 7", NEAR)
    assert winter == ((Period(date(2026, 10, 25), date(2027, 3, 21), 0b1000000),), "")
    weeks, rest = lines.read_period_line("29MAR27 26APR27 1/W2", NEAR) or ((), "none")
    assert [week.first for week in weeks] == [first, date(2027, 4, 12), date(2027, 4, 26)]
    assert rest == ""
    assert lines.read_period_line("LX544", NEAR) is None


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("29MAR27 24MAR27 1", "before it begins"),
        ("00XXX00 00XXX00 1", "before it begins"),
        ("30MAR27 30MAR27 1", "no day 1 is in the period"),
        ("31FEB27 30MAR27 1", "is no date"),
    ],
)
def test_a_period_without_dates_is_named(line: str, reason: str) -> None:
    with pytest.raises(BadField, match=reason):
        lines.read_period_line(line, NEAR)


@pytest.mark.parametrize(
    ("line", "equipment"),
    [
        ("J 320", Equipment("J", "320")),
        ("G M80 FCYML.F8C12Y100", Equipment("G", "M80", "F8C12Y100", "FCYML")),
        ("J 320 .C028Y144 3/LX", Equipment("J", "320", "C028Y144", "")),
        ("J 320 FCY/FNCN", Equipment("J", "320", "", "FCY")),
        ("J 320 FCY/FN.Y180 5/X", Equipment("J", "320", "Y180", "FCY")),
    ],
)
def test_an_equipment_line_has_service_type_classes_and_seats(
    line: str, equipment: Equipment
) -> None:
    assert lines.read_equipment_line(line) == equipment
    assert lines.read_equipment_line(line[1:]) is None


@pytest.mark.parametrize(
    ("line", "departs", "arrives"),
    [
        ("ZRH0800 LHR0900", 480, 540),
        ("ZRH2330 LHR0030/1", 1410, 1470),
        ("ZRH0030/1/0045 LHR0130/1/0120", 1485, 1520),
        ("ZRH0030/0100 LHR0130", 60, 90),
        ("ZRH0030 LHR2350/M1", 30, -10),
        ("ZRH260800 LHR260900", 480, 540),
        ("ZRH262330 LHR270030", 1410, 1470),
        ("ZRH252330 LHR260030", -30, 30),
    ],
)
def test_a_leg_line_has_minutes_of_the_flight_date(line: str, departs: int, arrives: int) -> None:
    found = lines.read_leg_line(line, NEAR)
    assert found == (Timing("ZRH", "LHR", departs, arrives), ())


def test_a_leg_line_may_have_elements_of_its_own() -> None:
    read = lines.read_leg_line("ZRH0800 LHR0900 98/2 50/NIL", NEAR)
    assert read is not None
    assert read[1] == (
        Element("ZRH", "LHR", off_terminal="2"),
        Element("ZRH", "LHR", is_own=True),
    )


@pytest.mark.parametrize(
    ("line", "on", "reason"),
    [
        ("ZRH2500 LHR0900", NEAR, "no time of day"),
        ("ZRH100800 LHR100900", NEAR, "not within a week"),
        ("ZRH260800 LHR260900", None, "for ASM only"),
    ],
)
def test_a_leg_line_with_impossible_times_is_named(line: str, on: date | None, reason: str) -> None:
    with pytest.raises(BadField, match=reason):
        lines.read_leg_line(line, on)


def test_what_is_no_leg_line_is_not_read_as_one() -> None:
    assert lines.read_leg_line("LX544", NEAR) is None


def test_a_segment_line_has_elements_between_stations() -> None:
    assert lines.read_segment_line("ZRHLHR 10/NIL 99/NIL 98/NIL 6/LX545") == (
        Element("ZRH", "LHR", marketed_as=()),
        Element("ZRH", "LHR", board_terminal=""),
        Element("ZRH", "LHR", off_terminal=""),
    )
    assert lines.read_segment_line("QQQQQQ 50/LH5544") == (
        Element(operating=Designator("LH", 5544)),
    )
    assert lines.read_segment_line("ZRHLHR") is None
    with pytest.raises(BadField, match="no flight designator"):
        lines.read_segment_line("ZRHLHR 10/LH")


def test_points_are_stations_with_slashes() -> None:
    assert lines.is_points("ZRH/GVA")
    assert not lines.is_points("ZRH")
    assert not lines.is_points("")
