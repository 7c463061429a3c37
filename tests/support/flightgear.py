"""The airline timetables of Debian's `flightgear-data-ai` as SSIM, one file for each airline.

The package is GPL data: it is fetched into a temporary folder when a bench or a scale test runs
and never becomes a part of this repository. Times there are UTC; a flight repeats daily or weekly.
What SSIM cannot carry is left out and counted: airports without an IATA code or a time zone,
flights that do not arrive after they depart.
"""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element
from zoneinfo import ZoneInfo

import airportsdata

from holdfast.flights.domain.schedule import ALL_DAYS, Designator, LegPattern, Period
from holdfast.flights.domain.schedule_rules import fault_of_leg
from holdfast.flights.wire.ssim_writer import write_ssim

PACKAGE = "flightgear-data-ai"
TRAFFIC = "usr/share/games/flightgear/AI/Traffic"
SEASON = Period(date(2026, 3, 29), date(2026, 10, 24))
CREATED = date(2026, 3, 1)
SUMMER = datetime(2026, 7, 1, 12, tzinfo=UTC)
"""Offsets are those of this moment."""
MAX_NUMBER = 9_999
SUFFIXES = ("", *"ABCDEFGH")

_TIME = re.compile(r"(?:([0-6])/)?([0-9]{1,2}):([0-9]{1,2}):[0-9]{1,2}")
_DIGITS = re.compile(r"([0-9]{1,4})[A-Z]?$")
_TYPES = {
    "737-800": "738", "737-900": "739", "A320": "320", "320-232": "320", "320-214": "320",
    "320-233": "320", "A320-200": "320", "A320-214": "320", "Airbus_A321": "321", "A310": "310",
    "A330-243": "332", "A330-341": "333", "300B2-203": "AB4", "300-605R": "AB6", "300B4-2C": "AB4",
    "767-383ER": "763", "ERJ145": "ER4", "B1900D": "BEH", "b1900d": "BEH", "beech200": "BE2",
    "c172": "CN1", "c177": "CN1", "c182": "CN1", "c182rg": "CN1", "c310": "CN2", "C208": "CN1",
    "pa28": "PA1", "Cub": "PA1", "CitationBravo": "CNJ", "centrair101": "CN1",
}  # fmt: skip
"""Types that are no IATA codes in the data."""
_SEATS = {"3": "J020Y150", "7": "J016Y160", "E": "Y076", "C": "Y070", "A": "Y068", "D": "Y050"}
"""Configurations by the first letter of the type: good enough for a load."""
_WIDE = frozenset(("332", "333", "339", "343", "346", "359", "35X", "388", "744", "748", "74Y"))


@dataclass(slots=True)
class Timetable:
    """One airline's week."""

    airline: str
    legs: list[LegPattern] = field(default_factory=list)
    left_out: int = 0

    def as_ssim(self) -> bytes:
        """Its season file, with times in UTC as the source has them."""
        return write_ssim(self.airline, self.legs, season=SEASON, created=CREATED, time_mode="U")


def fetch(folder: Path) -> Path:
    """Download the package and unpack it there; the folder of its timetables."""
    subprocess.run(["apt-get", "download", PACKAGE], cwd=folder, check=True, capture_output=True)
    (archive,) = folder.glob(f"{PACKAGE}_*.deb")
    subprocess.run(["dpkg-deb", "-x", archive, folder], check=True)
    archive.unlink()
    return folder / TRAFFIC


def timetables(traffic: Path) -> Iterator[Timetable]:
    """The airlines of a folder of traffic files; each file is an airline."""
    taken: set[str] = set()
    for path in sorted(traffic.rglob("*.xml")):
        letters = re.sub("[^A-Z]", "", path.stem.upper())
        airline = next(code for code in _codes(letters) if code not in taken)
        taken.add(airline)
        yield timetable(airline, path.read_bytes())


def timetable(airline: str, content: bytes) -> Timetable:
    """One traffic file. Flights that share a number and a weekday get a suffix or a number."""
    found = Timetable(airline)
    weekdays: dict[tuple[int, str], int] = {}
    variations: dict[tuple[int, str], int] = {}
    for flight in ElementTree.fromstring(content).iter("flight"):
        leg = _leg(flight)
        if leg is None:
            found.left_out += 1
            continue
        days = leg.period.days
        name = _free(weekdays, _number(flight), days)
        weekdays[name] = weekdays.get(name, 0) | days
        variations[name] = variations.get(name, 0) + 1
        designator = Designator(airline, *name)
        found.legs.append(replace(leg, designator=designator, variation=variations[name]))
    return found


def _codes(letters: str) -> Iterator[str]:
    yield letters[:3].ljust(3, "X")
    for last in "XYZQ":
        yield letters[:2] + last


def _leg(flight: Element) -> LegPattern | None:
    departs, arrives = _moment(flight, "departure"), _moment(flight, "arrival")
    if departs is None or arrives is None:
        return None
    (board, day, departs_min), (off, to_day, arrives_min) = departs, arrives
    if day is not None and to_day is not None:
        arrives_min += (to_day - day) % 7 * 1440
    elif arrives_min < departs_min:
        arrives_min += 1440
    board_offset, off_offset = _offset_min(board), _offset_min(off)
    turn = (departs_min + board_offset) // 1440
    # The source's week begins on Sunday.
    days = ALL_DAYS if day is None else 1 << (day + 6 + turn) % 7
    period = Period(SEASON.first, SEASON.last, days).trimmed()
    assert period is not None
    aircraft = flight.findtext("required-aircraft", "").rpartition("-")[2]
    aircraft = _TYPES.get(aircraft, aircraft)[:3].upper()
    leg = LegPattern(
        designator=Designator("", 0),
        variation=1,
        sequence=1,
        service_type="J",
        period=period,
        board=board,
        off=off,
        departure_min=departs_min + board_offset - turn * 1440,
        departure_offset_min=board_offset,
        arrival_min=arrives_min + off_offset - turn * 1440,
        arrival_offset_min=off_offset,
        aircraft=aircraft,
        configuration="J042Y248" if aircraft in _WIDE else _SEATS.get(aircraft[:1], "Y120"),
    )
    return None if fault_of_leg(leg) else leg


def _moment(flight: Element, end: str) -> tuple[str, int | None, int] | None:
    """IATA code, day (0 is Sunday; None: daily) and minute in UTC."""
    place = flight.find(end)
    match = _TIME.fullmatch(place.findtext("time", "").strip()) if place is not None else None
    airport = _airports().get(place.findtext("port", "")) if place is not None else None
    if match is None or airport is None or not (airport["iata"] and airport["tz"]):
        return None
    minute = int(match[2]) * 60 + int(match[3])
    is_weekly = flight.findtext("repeat", "WEEK") == "WEEK"
    day = int(match[1] or 0) if is_weekly else None
    return (airport["iata"], day, minute) if minute < 1440 else None


@cache
def _airports() -> dict[str, airportsdata.Airport]:
    return airportsdata.load()


@cache
def _offset_min(iata: str) -> int:
    zone = _by_iata()[iata]["tz"]
    offset = SUMMER.astimezone(ZoneInfo(zone)).utcoffset()
    assert offset is not None
    return int(offset.total_seconds()) // 60


@cache
def _by_iata() -> dict[str, airportsdata.Airport]:
    return {airport["iata"]: airport for airport in _airports().values() if airport["iata"]}


def _number(flight: Element) -> int:
    match = _DIGITS.search(flight.findtext("callsign", "").strip())
    return int(match[1]) if match else 1


def _free(weekdays: dict[tuple[int, str], int], number: int, days: int) -> tuple[int, str]:
    """The first designator from this one on that is not flown on these weekdays."""
    for other in (*range(number, MAX_NUMBER + 1), *range(1, number)):
        for suffix in SUFFIXES:
            if not weekdays.get((other, suffix), 0) & days:
                return other, suffix
    raise AssertionError("no airline flies so much")
