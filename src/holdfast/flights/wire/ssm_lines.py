"""The lines of SSM and ASM sub-messages: what each means by itself.

Dates may come without month or year and are then the nearest to a given one. (IATA SSIM, chapters
4 and 5; of the data elements 10, 50, 98 and 99 are read, the others are passed over.)
"""

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta

from holdfast.flights.domain.schedule import OPEN_END, Designator, Period
from holdfast.flights.domain.schedule_change import Element, Equipment, Timing
from holdfast.flights.wire import ssim_fields as fields
from holdfast.flights.wire.ssim_fields import BadField

MAX_DAYS_AWAY = 7
"""A leg departs and arrives so close to its flight date."""

_HALF_A_YEAR = timedelta(days=182)
"""An end without a year is the next one after the beginning: the nearest to its middle."""
_FLIGHT = re.compile(r"([A-Z0-9]{2}[A-Z]?)([0-9]{1,4})([A-Z]?)(?:/([0-9]{2}[A-Z0-9]{0,5}))?")
_DAY = re.compile(r"([0-9]{2})([A-Z]{3})?([0-9]{2})?")
_PERIOD = re.compile(
    r"([0-9]{2}[A-Z]{3}(?:[0-9]{2})?) ([0-9]{2}[A-Z]{3}(?:[0-9]{2})?) ([1-7]{1,7})(/W2)?(?: (.*))?"
)
_EQUIPMENT = re.compile(
    r"([A-Z]) ([A-Z0-9]{3})(?: ([A-Z]*)(/[A-Z0-9]*)?(?:\.([A-Z0-9]+))?)?(?: .*)?"
)
_POINT = r"([A-Z]{3})([0-9]{4}|[0-9]{6})(?:/(M?[0-9]))?(?:/([0-9]{4}))?"
_LEG = re.compile(rf"{_POINT} {_POINT}(?: (.*))?")
_SEGMENT = re.compile(r"([A-Z]{3})([A-Z]{3}) (.+)")
_POINTS = re.compile(r"[A-Z]{3}(/[A-Z]{3})+")
_ELEMENT = re.compile(r"([0-9]{1,3})/(.*)")
_ANY_STATION = "QQQ"


@dataclass(frozen=True, slots=True)
class FlightLine:
    """A flight, in ASM with its date; the legs that are meant; in FLT its new designator."""

    designator: Designator
    on: str
    points: tuple[str, ...] = ()
    renamed: Designator | None = None
    elements: tuple[Element, ...] = ()


def read_flight_line(line: str) -> FlightLine | None:
    """`LX544A/12MAY03 ZRH/GVA 10/LH5544`, or None."""
    first, _, rest = line.partition(" ")
    match = _FLIGHT.fullmatch(first)
    if match is None:
        return None
    flight = FlightLine(_designator(match), match[4] or "")
    words: list[str] = []
    for word in rest.split():
        other = _FLIGHT.fullmatch(word)
        if _POINTS.fullmatch(word) and not words:
            flight = replace(flight, points=tuple(word.split("/")))
        elif other is not None and not words:
            flight = replace(flight, renamed=_designator(other))
        else:
            words.append(word)
    return replace(flight, elements=read_elements(" ".join(words), "", ""))


def _designator(match: re.Match[str]) -> Designator:
    return Designator(fields.read_carrier(match[1]), int(match[2]), match[3])


def read_period_line(line: str, near: date) -> tuple[tuple[Period, ...], str] | None:
    """`29MAR26 24OCT26 12345/W2 rest`: the periods and the rest, or None."""
    match = _PERIOD.fullmatch(line)
    if match is None:
        return None
    first = read_day(match[1], near)
    last = read_day(match[2], first + _HALF_A_YEAR)
    if last < first or first == OPEN_END:
        raise BadField(f"the period ends on {match[2]}, before it begins on {match[1]}")
    found = Period(first, last, fields.read_days(match[3])).trimmed()
    if found is None:
        raise BadField(f"no day {match[3]} is in the period {match[1]} to {match[2]}")
    return (fields.fortnights(found) if match[4] else (found,)), match[5] or ""


def read_day(text: str, near: date) -> date:
    """`12`, `12MAY` or `12MAY03`: what is not said is as near to `near` as it can be."""
    match = _DAY.fullmatch(text)
    if match is None:
        raise BadField(f"{text!r} is no date")
    if match[3] is not None:
        return fields.read_date(text)
    if match[2] is not None:
        years = (near.year - 1, near.year, near.year + 1)
        guesses = [_date(f"{text}{year % 100:02}") for year in years]
    else:
        span = (near + timedelta(days=days) for days in range(-15, 16))
        guesses = [day for day in span if day.day == int(match[1])]
    known = [day for day in guesses if day is not None]
    if not known:
        raise BadField(f"{text!r} is no date")
    return min(known, key=lambda day: abs((day - near).days))


def _date(text: str) -> date | None:
    try:
        return fields.read_date(text)
    except BadField:
        return None


def read_equipment_line(line: str) -> Equipment | None:
    """`J 320 CDYM.C028Y144`: service type, aircraft, booking designators, configuration."""
    match = _EQUIPMENT.fullmatch(line)
    if match is None:
        return None
    return Equipment(match[1], match[2], match[5] or "", match[3] or "")


def read_leg_line(line: str, on: date | None) -> tuple[Timing, tuple[Element, ...]] | None:
    """`LHR0800 JFK1100/1 rest`, or with days of the month as ASM has them (`on`: its date)."""
    match = _LEG.fullmatch(line)
    if match is None:
        return None
    board, off = match[1], match[5]
    timing = Timing(
        board,
        off,
        _minutes(match[2], match[3], match[4], on),
        _minutes(match[6], match[7], match[8], on),
    )
    return timing, read_elements(match[9] or "", board, off)


def _minutes(clock: str, variation: str | None, passengers: str | None, on: date | None) -> int:
    days = 0
    if len(clock) == 6:
        days = _days_after(clock[:2], on)
        clock = clock[2:]
    if variation is not None:
        days = -int(variation[1:]) if variation[0] == "M" else int(variation)
    return days * 1440 + fields.read_clock(passengers or clock)


def _days_after(day_of_month: str, on: date | None) -> int:
    if on is None:
        raise BadField("a day of the month before a time is for ASM only")
    for days in sorted(range(-MAX_DAYS_AWAY, MAX_DAYS_AWAY + 1), key=abs):
        if (on + timedelta(days=days)).day == int(day_of_month):
            return days
    raise BadField(f"the day {day_of_month} is not within a week of the flight date")


def is_points(text: str) -> bool:
    """Whether it names consecutive stations: `ORD/LAS`."""
    return _POINTS.fullmatch(text) is not None


def read_segment_line(line: str) -> tuple[Element, ...] | None:
    """`LHRJFK 10/AA6134 99/5`; `QQQ` is any station."""
    match = _SEGMENT.fullmatch(line)
    if match is None:
        return None
    board, off = (text.replace(_ANY_STATION, "") for text in match.groups()[:2])
    return read_elements(match[3], board, off)


def read_elements(text: str, board: str, off: str) -> tuple[Element, ...]:
    """Data elements `number/data` with blanks between them."""
    return tuple(
        element
        for word in text.split()
        if (match := _ELEMENT.fullmatch(word))
        and (element := _element(int(match[1]), match[2], Element(board, off)))
    )


def _element(number: int, data: str, where: Element) -> Element | None:
    is_nil = data == "NIL"
    match number:
        case 10:
            flights = () if is_nil else tuple(map(fields.read_flight, data.split("/")))
            return replace(where, marketed_as=flights)
        case 50:
            flight = None if is_nil else fields.read_flight(data)
            return replace(where, operating=flight, is_own=is_nil)
        case 98:
            return replace(where, off_terminal="" if is_nil else data[:2])
        case 99:
            return replace(where, board_terminal="" if is_nil else data[:2])
        case _:
            return None
