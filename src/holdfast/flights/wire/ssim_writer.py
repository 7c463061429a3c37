"""Legs -> an SSIM chapter 7 file that `ssim` reads back as the same legs.

Written as the manual asks: blocks of five records filled up with zeros, serials from 000001 and a
trailer that checks them. Used for generated feeds and for tests.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from holdfast.flights.domain.schedule import Designator, LegPattern, Period
from holdfast.flights.wire import ssim_fields as fields
from holdfast.flights.wire.ssim import TITLE
from holdfast.flights.wire.ssim_serials import LAST_SERIAL

_BLOCK_RECORDS = 5
_ZEROS = "0" * 200
_DATA = 155
"""Characters of a type 4 record for its data."""


def write_ssim(
    airline: str,
    legs: Iterable[LegPattern],
    *,
    season: Period,
    created: date,
    time_mode: Literal["L", "U"] = "L",
    newline: str = "\r\n",
) -> bytes:
    """One airline's season file; `season` bounds the validity, its weekdays do not matter.

    Legs are put into the order of the manual. In UTC (`U`) the legs of an itinerary variation must
    have their first leg among them. Raises AssertionError for what SSIM cannot say (a leg that
    departs more than a day before or seven after its flight date).
    """
    sheet = _Sheet()
    sheet.add(f"1{TITLE}".ljust(191) + "001")
    sheet.fill()
    sheet.add(
        f"2{time_mode}{airline:<3}".ljust(14)
        + fields.write_date(season.first)
        + fields.write_date(season.last)
        + f"{fields.write_date(created):<43}C".ljust(162)
        + "0000"
    )
    sheet.fill()
    last = sheet.serial
    turn: tuple[Designator, int] | None = None
    days = 0
    for leg in sorted(legs, key=_order):
        assert leg.designator.carrier == airline, "a file is of one airline"
        if time_mode == "U":
            if leg.sequence == 1:
                days = (leg.departure_min - leg.departure_offset_min) // 1440
                turn = (leg.designator, leg.variation)
            assert turn == (leg.designator, leg.variation), "a flight begins with its first leg"
        for record in _leg_records(_in_utc(leg, days) if time_mode == "U" else leg):
            sheet.add(record)
        last = sheet.serial
    sheet.fill()
    sheet.add(f"5 {airline:<3}".ljust(187) + f"{_wrapped(last):06}E")
    sheet.fill()
    return (newline.join(sheet.records) + newline).encode("ascii")


@dataclass(slots=True)
class _Sheet:
    records: list[str] = field(default_factory=list)
    serial: int = 0

    def add(self, data: str) -> None:
        """A record's 194 bytes; the serial is put behind them."""
        self.serial += 1
        assert len(data) == 194, data
        self.records.append(f"{data}{_wrapped(self.serial):06}")

    def fill(self) -> None:
        """Zeros up to the end of a block of five records."""
        self.records += [_ZEROS] * (-len(self.records) % _BLOCK_RECORDS)


def _wrapped(serial: int) -> int:
    return (serial - 1) % LAST_SERIAL + 1


def _order(leg: LegPattern) -> tuple[Designator, int, date, int]:
    return leg.designator, leg.variation, leg.period.first, leg.sequence


def _in_utc(leg: LegPattern, days: int) -> LegPattern:
    return replace(
        leg,
        period=leg.period.shifted(days),
        departure_min=leg.departure_min - leg.departure_offset_min - days * 1440,
        arrival_min=leg.arrival_min - leg.arrival_offset_min - days * 1440,
    )


def _leg_records(leg: LegPattern) -> Iterator[str]:
    designator = leg.designator
    head = (
        f"{designator.suffix or ' '}{designator.carrier:<3}{designator.number:>4}"
        f"{leg.variation % 100:02}{leg.sequence:02}{leg.service_type}"
    )
    overflow = fields.write_overflow(leg.variation)
    departs, arrives = _clock(leg.departure_min), _clock(leg.arrival_min)
    period = leg.period
    record = (
        f"3{head}{fields.write_date(period.first)}{fields.write_date(period.last)}"
        f"{fields.write_days(period.days)} "
        f"{leg.board}{departs}{departs}{fields.write_offset(leg.departure_offset_min)}"
        f"{leg.board_terminal:<2}"
        f"{leg.off}{arrives}{arrives}{fields.write_offset(leg.arrival_offset_min)}"
        f"{leg.off_terminal:<2}{leg.aircraft:<3}{leg.booking_classes:<20}"
    )
    variation = "".join(
        fields.write_variation_day(minute // 1440)
        for minute in (leg.departure_min, leg.arrival_min)
    )
    yield f"{record:<127}{overflow}".ljust(172) + f"{leg.configuration:<20}{variation}"
    points = f"{_point(leg.sequence)}{_point(leg.sequence + 1)}"
    start = f"4{head:<26}{overflow}{points}"
    if leg.operating is not None:
        yield f"{start}050{leg.board}{leg.off}{_flight(leg.operating)}".ljust(194)
    for data in _wrap(map(_flight, leg.marketed_as)):
        yield f"{start}010{leg.board}{leg.off}{data}".ljust(194)


def _clock(minute: int) -> str:
    hours, minutes = divmod(minute % 1440, 60)
    return f"{hours:02}{minutes:02}"


def _point(number: int) -> str:
    """The indicator of a station: A is the first of the flight."""
    return chr(ord("A") + min(number, 26) - 1)


def _flight(designator: Designator) -> str:
    return f"{designator.carrier:<3}{designator.number:>4}{designator.suffix}"


def _wrap(flights: Iterable[str]) -> Iterator[str]:
    """Flights with slashes between them, as many as fit on a record."""
    line = ""
    for flight in flights:
        if line and len(line) + 1 + len(flight) > _DATA:
            yield line
            line = ""
        line += f"/{flight}" if line else flight
    if line:
        yield line
