"""Fares, class limits and seat tiers as files of the fares feed, in both forms."""

import csv
from collections.abc import Iterable, Iterator
from io import StringIO

import msgspec

from holdfast.flights.domain.fare import ClassLimits, FareKey, FiledFare, SeatTier
from holdfast.flights.domain.schedule import Period
from holdfast.flights.wire.fares_forms import COLUMNS, LIST_SEPARATOR
from holdfast.flights.wire.fares_records import (
    EVERY_DAY,
    AnyRecord,
    CabinName,
    Fare,
    Header,
    Limits,
    PassengerName,
    Tier,
    Trailer,
)

_cabins: dict[str, CabinName] = {
    "first": "first",
    "business": "business",
    "premium_economy": "premium_economy",
    "economy": "economy",
}
_passengers: dict[str, PassengerName] = {
    "adult": "adult",
    "child": "child",
    "infant_without_seat": "infant_without_seat",
}


def write_fares_jsonl(
    fares: Iterable[FiledFare] = (),
    *,
    limits: Iterable[ClassLimits] = (),
    tiers: Iterable[SeatTier] = (),
    withdrawn: Iterable[FareKey] = (),
    header: Header | None = None,
) -> bytes:
    """A file of JSON Lines, with its trailer; the carrier is the airline of the delivery."""
    encode = msgspec.json.Encoder().encode
    records = _records(fares, limits, tiers, withdrawn)
    return b"".join(encode(record) + b"\n" for record in _framed(records, header))


def write_fares_csv(
    fares: Iterable[FiledFare] = (),
    *,
    limits: Iterable[ClassLimits] = (),
    tiers: Iterable[SeatTier] = (),
    withdrawn: Iterable[FareKey] = (),
    header: Header | None = None,
) -> bytes:
    """The same file as CSV."""
    text = StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for record in _framed(_records(fares, limits, tiers, withdrawn), header):
        writer.writerow(_cells(record))
    return text.getvalue().encode()


def _framed(records: Iterable[AnyRecord], header: Header | None) -> Iterator[AnyRecord]:
    if header is not None:
        yield header
    count = 0
    for record in records:
        count += 1
        yield record
    yield Trailer(count)


def _records(
    fares: Iterable[FiledFare],
    limits: Iterable[ClassLimits],
    tiers: Iterable[SeatTier],
    withdrawn: Iterable[FareKey],
) -> Iterator[AnyRecord]:
    yield from map(fare_record, fares)
    yield from map(_withdrawal, withdrawn)
    yield from map(_limits_record, limits)
    yield from map(_tier_record, tiers)


def fare_record(fare: FiledFare) -> Fare:
    """One fare as its record."""
    key, terms = fare.key, fare.terms
    return Fare(
        board=key.board,
        off=key.off,
        cabin=_cabins[key.cabin],
        booking_class=key.booking_class,
        basis=key.basis,
        currency=key.currency,
        first_date=key.period.first,
        last_date=key.period.last,
        days=_days(key.period),
        number=key.number,
        passenger_type=_passengers[key.passenger_type],
        total=fare.price.total,
        tax=fare.price.tax,
        brand=terms.brand,
        changeable=terms.changeable,
        change_penalty=terms.change_penalty,
        refundable=terms.refundable,
        refund_penalty=terms.refund_penalty,
        checked_bags=terms.checked_bags,
        carry_on_bags=terms.carry_on_bags,
        seat_included=terms.seat_included,
        hold_space_h=terms.hold_space_h,
        hold_price_h=terms.hold_price_h,
    )


def _withdrawal(key: FareKey) -> Fare:
    return Fare(
        board=key.board,
        off=key.off,
        cabin=_cabins[key.cabin],
        booking_class=key.booking_class,
        basis=key.basis,
        currency=key.currency,
        first_date=key.period.first,
        last_date=key.period.last,
        days=_days(key.period),
        number=key.number,
        passenger_type=_passengers[key.passenger_type],
        withdrawn=True,
    )


def _limits_record(limits: ClassLimits) -> Limits:
    return Limits(
        number=limits.number,
        board=limits.board,
        off=limits.off,
        cabin=_cabins[limits.cabin],
        first_date=limits.period.first,
        last_date=limits.period.last,
        days=_days(limits.period),
        limits=limits.limits,
        capacity=limits.capacity,
        overbooking=limits.overbooking,
    )


def _tier_record(tier: SeatTier) -> Tier:
    return Tier(
        aircraft=tier.aircraft,
        cabin=_cabins[tier.cabin],
        tier=tier.tier,
        first_row=tier.first_row,
        last_row=tier.last_row,
        currency=tier.currency,
        name=tier.name,
        columns=tier.columns,
        total=tier.price.total,
        tax=tier.price.tax,
        disclosures=tier.disclosures,
    )


def _days(period: Period) -> str:
    return "".join(digit for place, digit in enumerate(EVERY_DAY) if period.days >> place & 1)


def _cells(record: AnyRecord) -> dict[str, str]:
    """The cells of a row; what is a default is left empty."""
    plain = msgspec.to_builtins(record)
    return {name: _cell(name, content) for name, content in plain.items()}


def _cell(name: str, content: object) -> str:
    match content:
        case bool():
            return "true" if content else "false"
        case list() | tuple() if name == "limits":
            return " ".join(f"{letter}{seats}" for letter, seats in content)
        case list() | tuple():
            return LIST_SEPARATOR.join(content)
        case _:
            return str(content)
