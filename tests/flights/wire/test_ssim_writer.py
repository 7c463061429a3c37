"""What is written is read back as it was, in local times and in UTC."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.flights.domain.schedule import OPEN_END, Designator, LegPattern, Period
from holdfast.flights.wire.ssim import Season, read_season
from holdfast.flights.wire.ssim_writer import write_ssim
from tests.flights.domain.schedules import DATES, full_periods, leg
from tests.flights.wire.season_files import carrier, flight, header, segment, trailer

SEASON = Period(date(2026, 3, 29), date(2026, 10, 24))
CREATED = date(2026, 2, 1)
MODES: st.SearchStrategy[Literal["L", "U"]] = st.sampled_from(("L", "U"))


def back(airline: str, legs: Sequence[LegPattern], mode: Literal["L", "U"] = "L") -> Season:
    data = write_ssim(airline, legs, season=SEASON, created=CREATED, time_mode=mode)
    found = read_season([data])
    assert isinstance(found, Season), found
    return found


designators = st.builds(
    Designator,
    st.just("BA"),
    st.integers(0, 9999),
    st.sampled_from(("", "", "A", "Z")),
)
partners = st.builds(
    Designator,
    st.sampled_from(("AA", "U2", "9W", "QFA")),
    st.integers(1, 9999),
    st.sampled_from(("", "A")),
)
offsets = st.integers(-48, 56).map(lambda quarter: quarter * 15)


@st.composite
def flights(draw: st.DrawFn) -> list[LegPattern]:
    """One flight with one to three legs that join."""
    stations = ["LHR", "JFK", "BOS", "DOH"][: draw(st.integers(2, 4))]
    stations_offsets = [draw(offsets) for _ in stations]
    period = draw(full_periods())
    if draw(st.booleans()):
        period = Period(period.first, OPEN_END, period.days)
    designator, variation = draw(designators), draw(st.integers(1, 3599))
    found: list[LegPattern] = []
    local = draw(st.integers(0, 1439))
    utc = local - stations_offsets[0]
    for sequence in range(1, len(stations)):
        arrives = utc + draw(st.integers(1, 700))
        board_offset, off_offset = stations_offsets[sequence - 1 : sequence + 1]
        found.append(
            leg(
                designator=designator,
                variation=variation,
                sequence=sequence,
                service_type=draw(st.sampled_from("JFC")),
                period=period,
                board=stations[sequence - 1],
                off=stations[sequence],
                departure_min=utc + board_offset,
                departure_offset_min=board_offset,
                arrival_min=arrives + off_offset,
                arrival_offset_min=off_offset,
                aircraft=draw(st.sampled_from(("77W", "320", ""))),
                configuration=draw(st.sampled_from(("", "C028Y189", "F008J048Y183VV12"))),
                board_terminal=draw(st.sampled_from(("", "5", "2E"))),
                off_terminal=draw(st.sampled_from(("", "8"))),
                booking_classes=draw(st.sampled_from(("", "FAJCDYBHKMLVSNQOG"))),
                operating=draw(st.none() | partners),
                marketed_as=tuple(draw(st.lists(partners, unique=True, max_size=30))),
            )
        )
        utc = arrives + draw(st.integers(0, 200))
    return found


def is_sayable(flight: list[LegPattern]) -> bool:
    """SSIM has a day before the flight date and seven after."""
    minutes = [minute for one in flight for minute in (one.departure_min, one.arrival_min)]
    return min(minutes) >= -1440


@given(flights().filter(is_sayable), MODES)
def test_a_flight_is_read_as_it_was_written(
    flight: list[LegPattern], mode: Literal["L", "U"]
) -> None:
    utc = [one.arrival_min - one.arrival_offset_min for one in flight]
    first = flight[0].departure_min - flight[0].departure_offset_min
    assert all(minute - first < 7 * 1440 for minute in utc)
    found = back("BA", flight, mode)
    assert (found.faults, [filed.leg for filed in found.legs]) == ([], flight)


def test_many_flights_are_put_in_order_and_counted() -> None:
    legs = [leg(designator=Designator("BA", number)) for number in range(50, 0, -1)]
    found = back("BA", legs)
    assert [filed.leg for filed in found.legs] == legs[::-1]
    assert found.carriers[0].airline == "BA"
    assert (found.carriers[0].first, found.carriers[0].last) == (SEASON.first, SEASON.last)


def test_a_schedule_may_be_empty() -> None:
    assert back("BA", []).legs == []


def test_records_are_where_the_manual_has_them() -> None:
    made = leg(
        period=SEASON,
        departure_offset_min=60,
        arrival_min=670,
        board_terminal="5",
        off_terminal="8",
        configuration="F008J048Y183",
        booking_classes="FAJCDYBHKM",
        marketed_as=(Designator("AA", 6134), Designator("IB", 4218, "A")),
        operating=Designator("AA", 104),
    )
    lines = write_ssim("BA", [made], season=SEASON, created=CREATED).decode().split("\r\n")
    assert all(len(line) == 200 for line in lines[:-1])
    assert lines[0] == header()
    assert lines[5] == carrier().replace("S26", "   ")[:190] + "0000000002"
    assert lines[10] == flight(3)
    assert lines[11] == segment(4, "050", "AA  104")
    assert lines[12] == segment(5, "010", "AA 6134/IB 4218A")
    assert lines[15] == trailer(5)
    assert lines[1:5] == ["0" * 200] * 4
    assert lines[-1] == ""
    assert (len(lines) - 1) % 5 == 0


@pytest.mark.parametrize("newline", ["\n", ""])
def test_lines_may_end_otherwise(newline: str) -> None:
    data = write_ssim("BA", [leg()], season=SEASON, created=CREATED, newline=newline)
    found = read_season([data])
    assert isinstance(found, Season)
    assert len(found.legs) == 1


def test_in_utc_dates_move_over_midnight() -> None:
    night = leg(departure_min=30, departure_offset_min=60, arrival_min=200, period=SEASON)
    data = write_ssim("BA", [night], season=SEASON, created=CREATED, time_mode="U").decode()
    assert "28MAR2623OCT26" in data
    assert "LHR23302330+0100" in data


@pytest.mark.parametrize(
    "wrong",
    [
        leg(designator=Designator("LH", 1)),
        leg(departure_min=8 * 1440, arrival_min=9 * 1440),
        leg(variation=3600),
    ],
)
def test_what_ssim_cannot_say_is_a_mistake_of_the_caller(wrong: LegPattern) -> None:
    with pytest.raises(AssertionError):
        write_ssim("BA", [wrong], season=SEASON, created=CREATED)


def test_in_utc_a_flight_needs_its_first_leg() -> None:
    second = replace(leg(), sequence=2)
    with pytest.raises(AssertionError, match="begins with its first leg"):
        write_ssim("BA", [second], season=SEASON, created=CREATED, time_mode="U")


def test_more_records_than_serials_begin_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("holdfast.flights.wire.ssim_writer.LAST_SERIAL", 20)
    monkeypatch.setattr("holdfast.flights.wire.ssim_serials.LAST_SERIAL", 20)
    days = [DATES[0] + timedelta(days=n) for n in range(30)]
    legs = [leg(period=Period(day, day, 1 << day.weekday())) for day in days]
    assert len(back("BA", legs).legs) == 30


def test_more_partners_than_fit_on_a_record_go_on_with_the_next() -> None:
    partners = tuple(Designator("XY", number) for number in range(1000, 1040))
    filed = replace(leg(), marketed_as=partners)
    season = Period(date(2026, 1, 1), date(2027, 12, 31))
    written = write_ssim("BA", [filed], season=season, created=date(2026, 1, 1))
    records = [line for line in written.decode().splitlines() if line.startswith("4")]
    assert len(records) > 1
    read = read_season([written])
    assert isinstance(read, Season)
    (found,) = read.legs
    assert found.leg.marketed_as == partners
