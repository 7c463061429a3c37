"""Traffic files become season files: nothing of a week is lost but what SSIM cannot carry."""

from datetime import date
from pathlib import Path

from holdfast.flights.domain.schedule import Designator
from holdfast.flights.wire.ssim import Season, read_season
from tests.support.flightgear import timetable, timetables


def flight(
    callsign: str = "LH400",
    *,
    departs: str = "1/09:00:00",
    arrives: str = "1/17:30:00",
    ports: tuple[str, str] = ("EDDF", "KJFK"),
    repeat: str = "WEEK",
    aircraft: str = "DLH-744",
) -> str:
    return f"""<flight>
        <callsign>{callsign}</callsign><required-aircraft>{aircraft}</required-aircraft>
        <departure><port>{ports[0]}</port><time>{departs}</time></departure>
        <arrival><port>{ports[1]}</port><time>{arrives}</time></arrival>
        <repeat>{repeat}</repeat></flight>"""


def traffic(*flights: str) -> bytes:
    return f"<trafficlist>{''.join(flights)}</trafficlist>".encode()


def test_a_flight_has_local_times_dates_and_a_type() -> None:
    found = timetable("DLH", traffic(flight()))
    (leg,) = found.legs
    assert leg.designator == Designator("DLH", 400)
    assert (leg.board, leg.off, leg.aircraft) == ("FRA", "JFK", "744")
    assert (leg.departure_min, leg.departure_offset_min) == (660, 120)
    assert (leg.arrival_min, leg.arrival_offset_min) == (810, -240)
    assert leg.period.days == 0b0000001
    assert leg.period.first == date(2026, 3, 30)
    assert found.left_out == 0


def test_days_move_with_the_local_date() -> None:
    late = flight(departs="6/23:00:00", arrives="0/07:00:00", aircraft="DLH-737-800")
    (leg,) = timetable("DLH", traffic(late)).legs
    assert leg.period.days == 0b1000000
    assert (leg.departure_min, leg.arrival_min) == (60, 180)
    daily = flight(departs="23:00:00", arrives="07:00:00", repeat="24Hr")
    (leg,) = timetable("DLH", traffic(daily)).legs
    assert (leg.period.days, leg.departure_min) == (0b1111111, 60)


def test_a_number_is_flown_once_on_a_day() -> None:
    same = [
        flight(),
        flight(departs="1/10:00:00"),
        flight(departs="2/09:00:00", arrives="2/17:30:00"),
    ]
    found = timetable("DLH", traffic(*same))
    assert [(leg.designator.suffix, leg.variation) for leg in found.legs] == [
        ("", 1),
        ("A", 1),
        ("", 2),
    ]


def test_what_ssim_cannot_carry_is_left_out_and_counted() -> None:
    odd = [
        flight(ports=("EDDF", "ZZZZ")),
        flight(departs="1/09:00"),
        flight(departs="1/25:00:00"),
        flight(ports=("EDDF", "EDDF")),
        flight(arrives="1/08:00:00"),
        "<flight/>",
    ]
    found = timetable("DLH", traffic(*odd))
    assert (found.legs, found.left_out) == ([], len(odd))


def test_a_folder_becomes_files_that_are_read_back(tmp_path: Path) -> None:
    (tmp_path / "D").mkdir()
    (tmp_path / "D" / "DLH.xml").write_bytes(
        traffic(flight(), flight("LH401", departs="3/22:30:00", arrives="4/06:00:00"))
    )
    (tmp_path / "D" / "dlh-cargo.xml").write_bytes(traffic(flight("no number")))
    first, second = timetables(tmp_path)
    assert (first.airline, second.airline) == ("DLH", "DLX")
    for table in (first, second):
        season = read_season([table.as_ssim()])
        assert isinstance(season, Season)
        assert season.faults == []
        assert [filed.leg for filed in season.legs] == table.legs
