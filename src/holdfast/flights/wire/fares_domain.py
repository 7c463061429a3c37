"""Records of the fares feed into what they mean, and what no type can check.

Terms, periods and weekdays repeat over thousands of records, so each is made once for a file.
"""

import re
from datetime import date
from functools import lru_cache
from typing import TypeAlias

from holdfast.flights.domain.fare import (
    Cabin,
    ClassLimits,
    FareKey,
    FareTerms,
    FiledFare,
    PassengerType,
    Price,
    SeatTier,
)
from holdfast.flights.domain.refiling import FIRST_DAY
from holdfast.flights.domain.schedule import OPEN_END, Period
from holdfast.flights.wire.fares_records import (
    BASIS,
    CURRENCY,
    DAYS,
    LETTER,
    POINT,
    Fare,
    Limits,
    Tier,
)

KNOWN_CODES = 20_000
"""Codes that are not looked at again: all airports, currencies and fare bases of an airline."""
_CABINS = {cabin.value: cabin for cabin in Cabin}
_PASSENGERS = {kind.value: kind for kind in PassengerType}
_Terms: TypeAlias = tuple[str, bool, int | None, bool, int | None, int, int, bool, int, int]

_Market: TypeAlias = tuple[str, str, Cabin, str, str, PassengerType, str]


class BadRecord(Exception):
    """A record that cannot stand; the message says why."""


class RecordReader:
    """The records of one airline's file as the domain's objects; all methods raise `BadRecord`."""

    def __init__(self, airline: str) -> None:
        self._airline = airline
        self._periods: dict[tuple[date, date, str], Period] = {}
        self._markets: dict[tuple[str, ...], _Market] = {}
        self._terms: dict[_Terms, FareTerms] = {}

    def key(self, record: Fare) -> FareKey:
        """Which fare it is."""
        raw = (
            record.board,
            record.off,
            record.cabin,
            record.booking_class,
            record.basis,
            record.passenger_type,
            record.currency,
        )
        market = self._markets.get(raw)
        if market is None:
            market = self._markets[raw] = market_of(record)
        board, off, cabin, letter, basis, passenger, currency = market
        period = self._period(record.first_date, record.last_date, record.days)
        return FareKey(
            self._airline,
            record.number,
            board,
            off,
            cabin,
            letter,
            basis,
            passenger,
            currency,
            period,
        )

    def fare(self, record: Fare) -> FiledFare:
        """A fare that is on sale."""
        return FiledFare(
            self.key(record), self._terms_of(record), price_of(record.total, record.tax)
        )

    def limits(self, record: Limits) -> ClassLimits:
        """The limits of a cabin; on a withdrawal only its identity counts."""
        check_points(record.board, record.off)
        letters = [letter for letter, _ in record.limits]
        seats = [most for _, most in record.limits]
        for letter in letters:
            check(LETTER, "booking class", letter)
        if len(set(letters)) != len(letters):
            raise BadRecord("a class is limited twice")
        if seats != sorted(seats, reverse=True):
            raise BadRecord("a class may sell more than the one before it")
        if not letters and not record.withdrawn:
            raise BadRecord("no class is limited")
        return ClassLimits(
            self._airline,
            record.number,
            record.board,
            record.off,
            _CABINS[record.cabin],
            self._period(record.first_date, record.last_date, record.days),
            record.limits,
            record.capacity,
            record.overbooking,
        )

    def tier(self, record: Tier) -> SeatTier:
        """A tier of seats; on a withdrawal its price does not count."""
        check(CURRENCY, "currency", record.currency)
        if record.first_row > record.last_row:
            raise BadRecord("first_row is after last_row")
        price = Price(0) if record.withdrawn else price_of(record.total, record.tax)
        return SeatTier(
            self._airline,
            record.aircraft,
            _CABINS[record.cabin],
            record.tier,
            record.name,
            record.first_row,
            record.last_row,
            record.columns,
            record.currency,
            price,
            record.disclosures,
        )

    def _period(self, first: date, last: date, days: str) -> Period:
        key = (first, last, days)
        found = self._periods.get(key)
        if found is None:
            found = self._periods[key] = period_of(first, last, days)
        return found

    def _terms_of(self, record: Fare) -> FareTerms:
        key: _Terms = (
            record.brand,
            record.changeable,
            record.change_penalty,
            record.refundable,
            record.refund_penalty,
            record.checked_bags,
            record.carry_on_bags,
            record.seat_included,
            record.hold_space_h,
            record.hold_price_h,
        )
        found = self._terms.get(key)
        if found is None:
            found = self._terms[key] = terms_of(record)
        return found


def market_of(record: Fare) -> _Market:
    """What thousands of fare keys have in common."""
    check_points(record.board, record.off)
    check(LETTER, "booking_class", record.booking_class)
    check(BASIS, "basis", record.basis)
    check(CURRENCY, "currency", record.currency)
    return (
        record.board,
        record.off,
        _CABINS[record.cabin],
        record.booking_class,
        record.basis,
        _PASSENGERS[record.passenger_type],
        record.currency,
    )


def check_points(board: str, off: str) -> None:
    """Both are airport codes, and two of them."""
    check(POINT, "board", board)
    check(POINT, "off", off)
    if board == off:
        raise BadRecord("board and off are the same point")


def check(pattern: str, name: str, text: str) -> None:
    """`text` is of this form."""
    if not _fits(pattern, text):
        raise BadRecord(f"{name} {text!r} is not of the form {pattern}")


@lru_cache(KNOWN_CODES)
def _fits(pattern: str, text: str) -> bool:
    return re.fullmatch(pattern, text, re.ASCII) is not None


def price_of(total: int | None, tax: int) -> Price:
    """The price of a record that is not a withdrawal."""
    if total is None:
        raise BadRecord("total is missing")
    if tax > total:
        raise BadRecord("tax is more than total")
    return Price(total, tax)


def terms_of(record: Fare) -> FareTerms:
    """What a fare includes."""
    if record.change_penalty is not None and not record.changeable:
        raise BadRecord("change_penalty of a fare that is not changeable")
    if record.refund_penalty is not None and not record.refundable:
        raise BadRecord("refund_penalty of a fare that is not refundable")
    return FareTerms(
        brand=record.brand,
        changeable=record.changeable,
        change_penalty=record.change_penalty,
        refundable=record.refundable,
        refund_penalty=record.refund_penalty,
        checked_bags=record.checked_bags,
        carry_on_bags=record.carry_on_bags,
        seat_included=record.seat_included,
        hold_space_h=record.hold_space_h,
        hold_price_h=record.hold_price_h,
    )


def period_of(first: date, last: date, days: str) -> Period:
    """Dates as the domain has them: trimmed, so the same dates are always the same period."""
    check(DAYS, "days", days)
    if first > last:
        raise BadRecord("first_date is after last_date")
    if first < FIRST_DAY or last > OPEN_END:
        raise BadRecord(f"dates must be from {FIRST_DAY} to {OPEN_END}")
    bits = 0
    for digit in days:
        bits |= 1 << (int(digit) - 1)
    period = Period(first, last, bits).trimmed()
    if period is None:
        raise BadRecord("no date of the period is one of its weekdays")
    return period
