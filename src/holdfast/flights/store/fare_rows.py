"""Rows of fares, tiers and limits, and what they are in the domain."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache
from typing import TypeAlias

import msgspec

from holdfast.flights.domain.fare import (
    Cabin,
    ClassLimits,
    FareKey,
    FareTerms,
    PassengerType,
    Price,
    PriceState,
    PublishedFare,
    Rise,
    SeatTier,
    TierKey,
)
from holdfast.flights.domain.price_plan import Held
from holdfast.flights.domain.schedule import Period
from holdfast.flights.service.ports.catalogue import PublishedTier
from holdfast.platform.data.database import Row

KNOWN_TERMS = 4096
"""Texts of terms that are not read again; an airline has some dozens."""
Values: TypeAlias = tuple[object, ...]
_CABINS = {cabin.value: cabin for cabin in Cabin}
_PASSENGERS = {kind.value: kind for kind in PassengerType}
_json = msgspec.json.Encoder().encode


def state_of(row: Row) -> PriceState:
    """The price rule's state in a row."""
    return PriceState(
        p=Price(row["p_total"], row["p_tax"]),
        p_since=row["p_since"],
        s=Price(row["s_total"], row["s_tax"]),
        s_at=row["s_at"],
        s_seq=row["s_seq"],
    )


def state_values(state: PriceState, withdrawn_at: float | None) -> Values:
    """A state as columns: `p_total` to `withdrawn_at`."""
    p, s = state.p, state.s
    return p.total, p.tax, state.p_since, s.total, s.tax, state.s_at, state.s_seq, withdrawn_at


def fare_key(row: Row) -> FareKey:
    """The key of a row of `fares`."""
    return FareKey(
        row["carrier"],
        row["number"],
        row["board"],
        row["off_point"],
        _CABINS[row["cabin"]],
        row["booking_class"],
        row["basis"],
        _PASSENGERS[row["passenger_type"]],
        row["currency"],
        _period(row),
    )


def fare_values(key: FareKey) -> Values:
    """A key as columns: `carrier` to `days`."""
    *names, period = key
    return *names, *_dates(period)


@lru_cache(KNOWN_TERMS)
def terms_of(text: str) -> FareTerms:
    """Terms as they are stored."""
    return msgspec.json.decode(text, type=FareTerms)


@lru_cache(KNOWN_TERMS)
def terms_text(terms: FareTerms) -> str:
    """Terms to be stored."""
    return _json(terms).decode()


def fare_words(row: Row) -> Values:
    """What a row of `fares` tells besides its key and price; equal if it means the same."""
    return (terms_text(terms_of(row["terms"])),)


def held_fare(row: Row) -> Held[FareKey]:
    """A row of `held_fares`."""
    return Held(row["id"], fare_key(row), state_of(row), row["withdrawn_at"], _parked(row))


def fare_digest(key: FareKey, words: Values, filed: Price) -> bytes:
    """Of what is filed of a fare: its key, its terms as text, the supplier's price (16 bytes)."""
    period = key.period
    dates = f"{period.first.toordinal()}-{period.last.toordinal()}-{period.days}"
    text = "\x1f".join(map(str, (*key[:-1], dates, filed.total, filed.tax, *words)))
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


class FareReading:
    """Rows -> fares; what many fares share (points, periods, terms) is there once."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._periods: dict[tuple[date, date, int], Period] = {}

    def fares(self, rows: Iterable[Row]) -> list[PublishedFare]:
        """Rows of `published_fares`."""
        return list(map(self._fare, rows))

    def _fare(self, row: Row) -> PublishedFare:
        (
            id_,
            carrier,
            number,
            board,
            off,
            cabin,
            letter,
            basis,
            passenger,
            currency,
            first,
            last,
            days,
            terms,
            p_total,
            p_tax,
            p_since,
            s_total,
            s_tax,
            s_at,
            s_seq,
        ) = row
        text = self._texts.setdefault
        dates = (first, last, days)
        period = self._periods.get(dates)
        if period is None:
            period = self._periods[dates] = Period(*dates)
        key = FareKey(
            text(carrier, carrier),
            number,
            text(board, board),
            text(off, off),
            _CABINS[cabin],
            text(letter, letter),
            text(basis, basis),
            _PASSENGERS[passenger],
            text(currency, currency),
            period,
        )
        p = Price(p_total, p_tax)
        s = p if (s_total, s_tax) == (p_total, p_tax) else Price(s_total, s_tax)
        return PublishedFare(id_, key, terms_of(terms), PriceState(p, p_since, s, s_at, s_seq))


def tier_of(row: Row) -> SeatTier:
    """A row of `seat_tiers`; the price is the supplier's."""
    return SeatTier(
        carrier=row["carrier"],
        aircraft=row["aircraft"],
        cabin=_CABINS[row["cabin"]],
        tier=row["tier"],
        name=row["name"],
        first_row=row["first_row"],
        last_row=row["last_row"],
        columns=row["columns"],
        currency=row["currency"],
        price=Price(row["s_total"], row["s_tax"]),
        disclosures=tuple(row["disclosures"]),
    )


def tier_words(tier: SeatTier) -> tuple[str, str, str]:
    """What is told of a tier besides its key and price: columns `name` to `disclosures`."""
    return tier.name, tier.currency, _json(tier.disclosures).decode()


def held_tier(row: Row) -> Held[TierKey]:
    """A row of `held_tiers`."""
    return Held(row["id"], tier_of(row).key(), state_of(row), row["withdrawn_at"], _parked(row))


def published_tier(row: Row) -> PublishedTier:
    """A row of `seat_tiers` that is on sale."""
    rise = None
    if row["rose_at"] is not None:
        rise = Rise(Price(row["was_total"], row["was_tax"]), row["rose_at"])
    return PublishedTier(row["id"], tier_of(row), state_of(row), rise)


def limits_of_row(row: Row) -> ClassLimits:
    """A row of `class_limits`."""
    return ClassLimits(
        carrier=row["carrier"],
        number=row["number"],
        board=row["board"],
        off=row["off_point"],
        cabin=_CABINS[row["cabin"]],
        period=_period(row),
        limits=tuple(zip(row["classes"], row["limits"], strict=True)),
        capacity=row["capacity"],
        overbooking=row["overbooking"],
    )


def limits_values(limits: ClassLimits) -> Values:
    """Limits as columns: `carrier` to `overbooking`."""
    pairs = " ".join(f"{letter}{seats}" for letter, seats in limits.limits)
    return (
        limits.carrier,
        limits.number,
        limits.board,
        limits.off,
        limits.cabin,
        *_dates(limits.period),
        pairs,
        limits.capacity,
        limits.overbooking,
    )


def columns_of(rows: Sequence[Values]) -> list[list[object]]:
    """Rows as the arrays that `unnest` takes; there must be rows."""
    return [list(column) for column in zip(*rows, strict=True)]


def _period(row: Row) -> Period:
    return Period(row["first_date"], row["last_date"], row["days"])


def _dates(period: Period) -> Values:
    return period.first, period.last, period.days


def _parked(row: Row) -> Price | None:
    total = row["parked_total"]
    return None if total is None else Price(total, row["parked_tax"])
