"""Who had these dates before: a fare filed under other dates takes over from older fares.

Airlines split, merge and shift the periods of a product from one delivery to the next. The price
rule is about single dates, so what matters for each date is who had it last: the fare that is on
sale for it, else the one that was withdrawn last. Sets of dates are integers, one bit for a day.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from holdfast.flights.domain.fare import PriceState
from holdfast.flights.domain.schedule import Period

FIRST_DAY = date(2000, 1, 1)
"""Bit 0 of a set of dates; nothing earlier is for sale."""
_BASE = FIRST_DAY.toordinal()


@dataclass(frozen=True, slots=True)
class Holder:
    """A fare of a product: its dates, its state, and since when it is off sale (None: on sale)."""

    period: Period
    state: PriceState
    withdrawn_at: float | None = None


@dataclass(frozen=True, slots=True)
class Ancestry:
    """From whom a period takes over; whether all its dates are on sale now (`covered`); since when
    all of them are off sale (None: at least one is on sale, or there is none)."""

    states: tuple[PriceState, ...]
    covered: bool
    withdrawn_at: float | None


def date_bits(period: Period) -> int:
    """The dates of a period as bits, from `FIRST_DAY` on; 0 if there is none."""
    start = max(0, period.first.toordinal() - _BASE)
    length = period.last.toordinal() - _BASE + 1 - start
    if length <= 0:
        return 0
    turn = (_BASE + start - 1) % 7  # the weekday of bit `start`; ordinal 1 was a Monday
    week = (period.days >> turn | period.days << (7 - turn)) & 0x7F
    weeks = -(-length // 7)
    repeated = ((1 << 7 * weeks) - 1) // 0x7F * week
    return (repeated & ((1 << length) - 1)) << start


def share_a_date(one: Period, other: Period) -> bool:
    """Whether any date is in both periods."""
    if one.first > other.last or other.first > one.last:
        return False
    first, last = max(one.first, other.first), min(one.last, other.last)
    days = one.days & other.days
    if not days:
        return False
    length = last.toordinal() - first.toordinal() + 1
    return length >= 7 or date_bits(Period(first, last, days)) != 0


def ancestry(period: Period, holders: Iterable[Holder]) -> Ancestry:
    """From whom `period` takes over, of all fares of its product.

    Fares on sale come first, then the withdrawn ones, those of the newest delivery first; each
    counts if it has a date of the period that nobody before it had.
    """
    wanted = date_bits(period)
    taken = on_sale = 0
    found: list[Holder] = []
    for holder in sorted(holders, key=_newest_first):
        mine = date_bits(holder.period) & wanted & ~taken
        if mine:
            taken |= mine
            on_sale |= mine if holder.withdrawn_at is None else 0
            found.append(holder)
    offs = [holder.withdrawn_at for holder in found if holder.withdrawn_at is not None]
    return Ancestry(
        states=tuple(holder.state for holder in found),
        covered=on_sale == wanted,
        withdrawn_at=max(offs) if found and len(offs) == len(found) else None,
    )


def _newest_first(holder: Holder) -> tuple[bool, int]:
    return (holder.withdrawn_at is not None, -holder.state.s_seq)


LISTED_PERIODS = 32
"""Periods of one product that are compared one by one; more become a set of dates."""


class DateClaims:
    """Which dates of which products are taken, while a file is read."""

    __slots__ = ("_listed", "_sets")

    def __init__(self) -> None:
        self._listed: dict[object, list[Period]] = {}
        self._sets: dict[object, int] = {}

    def claim(self, product: object, period: Period) -> bool:
        """Take the dates; False if one is taken, then none is."""
        listed = self._listed.get(product)
        if listed is None:
            self._listed[product] = [period]
            return True
        if len(listed) < LISTED_PERIODS:
            for other in listed:
                if share_a_date(period, other):
                    return False
            listed.append(period)
            return True
        if product not in self._sets:
            self._sets[product] = sum(date_bits(other) for other in listed)
        bits = date_bits(period)
        if self._sets[product] & bits:
            return False
        self._sets[product] |= bits
        return True
