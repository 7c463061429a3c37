"""What an airline files: legs that are flown on certain weekdays of a period.

A *flight* is a designator on a date; its *flight date* is the local date of departure of its first
leg. A *leg* is one take-off and landing. Periods and weekdays always mean flight dates. Times are
minutes after 00:00 of the flight date, local at the leg's own station (so they may be negative or
above 1440); with the UTC offsets that the airline filed they are moments. (IATA SSIM, chapter 7.)
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, make_dataclass
from datetime import date, timedelta
from functools import lru_cache
from types import MappingProxyType

ALL_DAYS = 0b1111111
OPEN_END = date(2099, 12, 31)
"""`00XXX00`: until further notice."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, order=True)
class Designator:
    """An airline's flight number: `carrier` (IATA, 2 or 3 characters), `number`, `suffix`."""

    carrier: str
    number: int
    suffix: str = ""

    def __str__(self) -> str:
        return f"{self.carrier}{self.number}{self.suffix}"


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """Dates from `first` to `last` (inclusive) on the weekdays in `days` (bit 0 is Monday)."""

    first: date
    last: date
    days: int = ALL_DAYS

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last and bool(self.days >> day.weekday() & 1)

    def dates(self) -> Iterator[date]:
        """Every date; of an open end without bound, so cut it first."""
        day = self.first
        while day <= self.last:
            if self.days >> day.weekday() & 1:
                yield day
            day += _DAY

    def trimmed(self) -> "Period | None":
        """The same dates, `first` and `last` among them; an open end stays. None: no date."""
        first, last = self.first, self.last
        for _ in range(7):
            if self.days >> first.weekday() & 1:
                break
            first += _DAY
        else:
            return None
        while last != OPEN_END and last > first and not self.days >> last.weekday() & 1:
            last -= _DAY
        return Period(first, last, self.days) if first <= last else None

    def shifted(self, days: int) -> "Period":
        """Each date so many days later (or earlier); an open end stays open."""
        if days == 0:
            return self
        by = timedelta(days=days)
        last = OPEN_END if self.last == OPEN_END else self.last + by
        turn = days % 7
        bits = (self.days << turn | self.days >> (7 - turn)) & ALL_DAYS
        return Period(self.first + by, last, bits)

    def cut(self, other: "Period") -> "Period | None":
        """The dates that are in both, trimmed; None if there are none."""
        days = self.days & other.days
        first, last = max(self.first, other.first), min(self.last, other.last)
        return Period(first, last, days).trimmed() if days and first <= last else None

    def minus(self, other: "Period") -> "tuple[Period, ...]":
        """The dates of this that are not in the other: up to three periods, in order."""
        if self.cut(other) is None:
            return (self,)
        pieces = (
            Period(self.first, min(self.last, other.first - _DAY), self.days),
            Period(
                max(self.first, other.first),
                min(self.last, other.last),
                self.days & ~other.days & ALL_DAYS,
            ),
            Period(max(self.first, other.last + _DAY), self.last, self.days),
        )
        whole = [piece.trimmed() for piece in pieces if piece.first <= piece.last]
        return tuple(piece for piece in whole if piece is not None)


@dataclass(frozen=True, slots=True)
class LegPattern:
    """One leg of a flight on the dates of `period`: a type 3 record of SSIM.

    `variation` and `sequence` are SSIM's itinerary variation identifier and leg sequence number (1
    is the first leg). `aircraft` is an IATA type, `configuration` as filed (`C028Y189`: cabin
    letter and seats). `operating` is the flight that really flies a codeshare; its seats are that
    flight's. `marketed_as`: other designators this leg is sold under (DEI 10). `booking_classes` is
    the PRBD as filed.
    """

    designator: Designator
    variation: int
    sequence: int
    service_type: str
    period: Period
    board: str
    off: str
    departure_min: int
    departure_offset_min: int
    arrival_min: int
    arrival_offset_min: int
    aircraft: str
    configuration: str = ""
    board_terminal: str = ""
    off_terminal: str = ""
    operating: Designator | None = None
    marketed_as: tuple[Designator, ...] = ()
    booking_classes: str = ""

    @property
    def duration_min(self) -> int:
        """From departure to arrival, in minutes."""
        departs = self.departure_min - self.departure_offset_min
        return self.arrival_min - self.arrival_offset_min - departs

    @property
    def flown_as(self) -> Designator:
        """The designator whose seats are sold: the operating one."""
        return self.operating or self.designator


_Draft = make_dataclass("_Draft", [field.name for field in fields(LegPattern)], slots=True)


def leg_of_values(*values: object) -> LegPattern:
    """A `LegPattern` of all its fields in order: for those who make a million of them.

    A frozen dataclass writes each field the long way, which takes four times as long as all the
    rest of reading a record; an open twin with the same slots is filled and then turned into one.
    """
    draft = _Draft(*values)
    draft.__class__ = LegPattern
    leg: LegPattern = draft
    return leg


@lru_cache(maxsize=4096)
def seats_of(configuration: str) -> Mapping[str, int]:
    """Seats by cabin letter: `C028Y189` is `{"C": 28, "Y": 189}`; unreadable parts are left out.

    What follows `VV` is the airline's name of the version, not seats.
    """
    found: dict[str, int] = {}
    letter, digits = "", ""
    for char in configuration.partition("VV")[0] + "|":
        if char.isascii() and char.isdigit():
            digits += char
            continue
        if letter and digits:
            found[letter] = found.get(letter, 0) + int(digits[:4])
        letter, digits = (char, "") if "A" <= char <= "Z" else ("", "")
    return MappingProxyType(found)
