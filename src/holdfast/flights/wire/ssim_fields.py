"""The fields of SSIM records: short texts at fixed places, and the few values each can have.

The same times, periods and stations come again and again, so every kind of field has a memory of
what its texts mean; a text that means nothing raises `BadField`. (IATA SSIM, chapter 2 and 7.)
"""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Generic, TypeVar

from holdfast.flights.domain.schedule import OPEN_END, Designator, Period

T = TypeVar("T")

MAX_REMEMBERED = 200_000
"""Texts that one kind of field remembers: a hostile file that never repeats itself, no more."""
MAX_FORTNIGHTS = 60
"""A fortnightly period becomes one week after the other, at most so many (over two years)."""
MAX_OFFSET_MIN = 14 * 60 + 59
"""No place on earth is further from UTC."""
CENTURY = 2000

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_MONTH = {name: number for number, name in enumerate(MONTHS, 1)}
_CARRIER = re.compile(r"(?=.*[A-Z])[A-Z0-9]{2}[A-Z]?")
_FLIGHT = re.compile(r"([A-Z0-9]{2}[A-Z]?) *([0-9]{1,4})([A-Z]?)")
_DATE = re.compile(r"([0-9]{2})([A-Z]{3})([0-9]{2})")
_VARIATION_DAYS = {"0": 0, " ": 0, "A": -1, "J": -1, **{str(n): n for n in range(1, 8)}}


class BadField(ValueError):
    """A field that means nothing; its text is a clause such as `the off point is 'F4'`."""


class Remembered(dict[str, T], Generic[T]):
    """Meanings by text: looks like a dict that knows everything `parse` can read."""

    __slots__ = ("_parse",)

    def __init__(self, parse: Callable[[str], T]) -> None:
        super().__init__()
        self._parse = parse

    def __missing__(self, text: str) -> T:
        meaning = self._parse(text)
        if len(self) >= MAX_REMEMBERED:
            self.clear()
        self[text] = meaning
        return meaning


def read_date(text: str) -> date:
    """`05NOV26`; `00XXX00` is the open end. Years are of this century."""
    if text == "00XXX00":
        return OPEN_END
    match = _DATE.fullmatch(text)
    try:
        if match is not None:
            return date(CENTURY + int(match[3]), _MONTH[match[2]], int(match[1]))
    except (KeyError, ValueError):
        pass
    raise BadField(f"{text!r} is no date")


def write_date(day: date) -> str:
    """The inverse of `read_date`."""
    if day == OPEN_END:
        return "00XXX00"
    return f"{day.day:02}{MONTHS[day.month - 1]}{day.year % 100:02}"


def read_days(text: str) -> int:
    """Weekdays from seven characters: a digit counts wherever it stands; blanks and 0 do not."""
    days = 0
    for char in text:
        if "1" <= char <= "7":
            days |= 1 << int(char) - 1
        elif char not in " 0":
            raise BadField(f"the days of operation are {text!r}")
    if not days:
        raise BadField("there is no day of operation")
    return days


def write_days(days: int) -> str:
    """Seven characters: the digit of each day, or a blank."""
    return "".join(str(n + 1) if days >> n & 1 else " " for n in range(7))


def read_periods(text: str) -> tuple[Period, ...]:
    """Bytes 15 to 36: from, to, days, frequency rate. Fortnights come as single weeks."""
    first, last = read_date(text[:7]), read_date(text[7:14])
    if first == OPEN_END:
        raise BadField("the period has no first date")
    if last < first:
        raise BadField(f"the period ends on {text[7:14]}, before it begins on {text[:7]}")
    found = Period(first, last, read_days(text[14:21])).trimmed()
    if found is None or found.first > last:
        raise BadField(f"no day {text[14:21].strip()} is in the period {text[:7]} to {text[7:14]}")
    if text[21:] in (" ", "1", "0"):
        return (found,)
    if text[21:] != "2":
        raise BadField(f"the frequency rate is {text[21:]!r}")
    return fortnights(found)


def fortnights(period: Period) -> tuple[Period, ...]:
    """Every other week of a period, beginning with its first date."""
    weeks: list[Period] = []
    first = period.first
    while first <= period.last:
        if len(weeks) == MAX_FORTNIGHTS:
            raise BadField(f"a fortnightly period is longer than {2 * MAX_FORTNIGHTS} weeks")
        week = Period(first, min(first + timedelta(days=6), period.last), period.days).trimmed()
        assert week is not None, "the last date of a trimmed period is one of its days"
        weeks.append(week)
        first += timedelta(days=14)
    return tuple(weeks)


def read_carrier(text: str) -> str:
    """An airline designator: two characters, or three of which the last is a letter."""
    carrier = text.strip()
    if not _CARRIER.fullmatch(carrier):
        raise BadField(f"the airline is {text!r}")
    return carrier


def read_designator(text: str) -> Designator:
    """Bytes 2 to 9: operational suffix, airline, flight number with blanks or zeros before it."""
    suffix, digits = text[0].strip(), text[4:8].strip()
    if not (digits.isascii() and digits.isdigit()):
        raise BadField(f"the flight number is {text[4:8]!r}")
    if suffix and not "A" <= suffix <= "Z":
        raise BadField(f"the operational suffix is {suffix!r}")
    return Designator(read_carrier(text[1:4]), int(digits), suffix)


def read_flight(text: str) -> Designator:
    """A flight as DEIs name it: `LH 400`, `LH0400`, `LH400A`."""
    match = _FLIGHT.fullmatch(text.strip())
    if match is None:
        raise BadField(f"{text.strip()!r} is no flight designator")
    return Designator(read_carrier(match[1]), int(match[2]), match[3])


def read_leg_number(text: str) -> tuple[int, int, str]:
    """Bytes 10 to 14: itinerary variation (without its overflow), leg sequence, service type."""
    variation, sequence, service = text[:2].strip() or "0", text[2:4].strip(), text[4]
    if not (variation.isascii() and variation.isdigit()):
        raise BadField(f"the itinerary variation is {text[:2]!r}")
    if not (sequence.isascii() and sequence.isdigit() and int(sequence)):
        raise BadField(f"the leg sequence number is {text[2:4]!r}")
    if not "A" <= service <= "Z":
        raise BadField(f"the service type is {service!r}")
    return int(variation), int(sequence), service


def read_overflow(text: str) -> int:
    """Byte 128: the hundreds of the itinerary variation, 1 to 9, then A (10) to Z (35)."""
    if text in " 0":
        return 0
    if "1" <= text <= "9":
        return 100 * int(text)
    if "A" <= text <= "Z":
        return 100 * (ord(text) - ord("A") + 10)
    raise BadField(f"the itinerary variation overflow is {text!r}")


def write_overflow(variation: int) -> str:
    """The inverse of `read_overflow`."""
    hundreds = variation // 100
    assert hundreds < 36, "an itinerary variation has at most 3599"
    return " 123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[hundreds]


def read_station(text: str) -> str:
    """An IATA location: three letters."""
    if len(text) == 3 and text.isascii() and text.isalpha() and text.isupper():
        return text
    raise BadField(f"the station is {text!r}")


def read_departure(text: str) -> tuple[int, int]:
    """Bytes 40 to 52: minutes of the passengers' (else the aircraft's) time; the UTC offset."""
    passengers = text[:4]
    return read_clock(passengers if passengers.strip() else text[4:8]), read_offset(text[8:])


def read_arrival(text: str) -> tuple[int, int]:
    """Bytes 58 to 70: the same with the aircraft's time first."""
    passengers = text[4:8]
    return read_clock(passengers if passengers.strip() else text[:4]), read_offset(text[8:])


def read_clock(text: str) -> int:
    """`hhmm` in minutes; `2400` is the end of the day."""
    if len(text) == 4 and text.isascii() and text.isdigit():
        minutes = int(text[:2]) * 60 + int(text[2:])
        if int(text[2:]) < 60 and minutes <= 1440:
            return minutes
    raise BadField(f"{text!r} is no time of day")


def read_offset(text: str) -> int:
    """`+0530` or `-0800` in minutes."""
    digits = text[1:]
    if text[:1] in ("+", "-") and len(digits) == 4 and digits.isascii() and digits.isdigit():
        minutes = int(digits[:2]) * 60 + int(digits[2:])
        if minutes <= MAX_OFFSET_MIN and int(digits[2:]) < 60:
            return minutes if text[0] == "+" else -minutes
    raise BadField(f"the UTC variation is {text!r}")


def write_offset(minutes: int) -> str:
    """The inverse of `read_offset`."""
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours:02}{rest:02}"


def read_variation_days(text: str) -> tuple[int, int]:
    """Bytes 193 and 194 in minutes: days of departure and arrival after the flight date."""
    try:
        return _VARIATION_DAYS[text[0]] * 1440, _VARIATION_DAYS[text[1]] * 1440
    except KeyError:
        raise BadField(f"the date variation is {text!r}") from None


def write_variation_day(days: int) -> str:
    """One of the two characters: `A` is the day before."""
    assert -1 <= days <= 7, "a leg departs and arrives from one day before to seven after"
    return "A" if days < 0 else str(days)


def read_text(text: str) -> str:
    """Free text without blanks around it; no control characters."""
    if text.isascii() and text.isprintable():
        return text.strip()
    raise BadField(f"{text!r} has characters that SSIM does not know")
