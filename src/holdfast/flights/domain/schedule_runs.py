"""Sets of flight dates as few periods: cutting flights into runs, and joining what is the same.

A *run* is a period on whose every date the same legs are flown. Legs that differ in nothing but
their period are the same leg.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from holdfast.flights.domain.schedule import LegPattern, Period

Run = tuple[Period, tuple[LegPattern, ...]]
"""Dates, and the legs flown on each of them by sequence."""
_DAY = timedelta(days=1)
_NO_PERIOD = Period(date.min, date.min)


def runs(legs: Iterable[LegPattern]) -> list[Run]:
    """The dates of these legs (of one flight) in runs; no date is in two."""
    found: list[Run] = []
    for leg in sorted(legs, key=lambda leg: leg.sequence):
        rest: list[Period] = [leg.period]
        cut: list[Run] = []
        for period, flight in found:
            both = period.cut(leg.period)
            if both is None:
                cut.append((period, flight))
                continue
            cut.append((both, (*flight, leg)))
            cut += [(piece, flight) for piece in period.minus(both)]
            rest = minus_all(rest, [both])
        found = cut + [(piece, (leg,)) for piece in rest]
    return sorted(found, key=lambda run: run[0])


def minus_all(periods: Iterable[Period], others: Iterable[Period]) -> list[Period]:
    """The dates of `periods` that are in none of the others."""
    left = list(periods)
    for other in others:
        left = [piece for period in left for piece in period.minus(other)]
    return left


def periods_of(days: Sequence[date]) -> list[Period]:
    """Sorted dates as periods: each begins with a week and goes on while that week repeats."""
    found: list[Period] = []
    place = 0
    while place < len(days):
        first = last = days[place]
        bits = 0
        for day in days[place : place + 7]:
            if day - first < timedelta(days=7):
                bits |= 1 << day.weekday()
        place += 1
        while place < len(days) and days[place] == _next(last, bits):
            last = days[place]
            place += 1
        found.append(Period(first, last, bits))
    return found


def _next(day: date, bits: int) -> date:
    """The first date after `day` on one of these weekdays."""
    while True:
        day += _DAY
        if bits >> day.weekday() & 1:
            return day


def joined(legs: Iterable[LegPattern]) -> list[LegPattern]:
    """The same legs on the same dates in fewer patterns where periods meet. No date is in two."""
    same: dict[LegPattern, list[Period]] = {}
    for leg in legs:
        same.setdefault(replace(leg, period=_NO_PERIOD), []).append(leg.period)
    return [
        replace(leg, period=period)
        for leg, periods in same.items()
        for period in _joined(sorted(periods))
    ]


def _joined(periods: list[Period]) -> list[Period]:
    found: list[Period] = []
    for period in periods:
        for place, other in enumerate(found):
            both = _union(other, period)
            if both is not None:
                found[place] = both
                break
        else:
            found.append(period)
    return found if len(found) == len(periods) else _joined(found)


def _union(one: Period, other: Period) -> Period | None:
    """One period with exactly the dates of both, which share none."""
    both = Period(min(one.first, other.first), max(one.last, other.last), one.days | other.days)
    return both if _count(both) == _count(one) + _count(other) else None


def _count(period: Period) -> int:
    """How many dates there are; of an open end, up to it."""
    days = (period.last - period.first).days + 1
    weeks, rest = divmod(days, 7)
    start = period.first.weekday()
    odd = sum(period.days >> (start + day) % 7 & 1 for day in range(rest))
    return weeks * period.days.bit_count() + odd
