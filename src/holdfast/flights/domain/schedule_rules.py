"""What a schedule may not say: flights twice on a date, legs that do not join, time that runs back.

Legs are judged in the order of their lines; of two that contradict each other the later one is left
out, named by its line, so that what was accepted never changes by what follows.
"""

from bisect import bisect_right, insort
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from holdfast.flights.domain.filing import Fault, FiledLeg
from holdfast.flights.domain.schedule import Designator, LegPattern, Period

MAX_DURATION_MIN = 36 * 60
"""A leg longer than this is a wrong date variation: the longest flights take some 19 hours."""

_FEW = 16
"""Up to so many legs, comparing with each is faster than an index."""


def fault_of_leg(leg: LegPattern) -> str | None:
    """Why this leg cannot be flown as filed, or None."""
    if leg.board == leg.off:
        return f"it departs from {leg.board} and arrives there"
    duration_min = leg.duration_min
    if duration_min <= 0:
        return "the arrival is not after the departure (by the filed UTC offsets)"
    if duration_min > MAX_DURATION_MIN:
        return f"it takes {duration_min} minutes; {MAX_DURATION_MIN} are possible"
    return None


def vet(legs: Sequence[FiledLeg]) -> tuple[list[FiledLeg], list[Fault]]:
    """Legs that stand together, and a fault for each one that contradicts an earlier one."""
    faults: list[Fault] = []
    once = _flown_once(legs, faults)
    joined = _joined(once, faults)
    faults.sort(key=lambda fault: fault.line)
    return joined, faults


def describe(leg: LegPattern) -> str:
    """A leg in words for a fault whose record is not at hand any more."""
    return f"{leg.designator} {leg.sequence} {leg.board}-{leg.off} from {leg.period.first}"


def _flown_once(legs: Iterable[FiledLeg], faults: list[Fault]) -> list[FiledLeg]:
    """Without legs whose designator and sequence are flown already on one of their dates."""
    kept: list[FiledLeg] = []
    taken: dict[tuple[Designator, int], _Calendar] = {}
    for filed in legs:
        leg = filed.leg
        key = (leg.designator, leg.sequence)
        calendar = taken.get(key)
        if calendar is None:
            calendar = taken[key] = _Calendar()
        is_later = leg.period.first > calendar.latest
        before = None if is_later else next(calendar.on(leg.period), None)
        if before is None:
            calendar.add(filed)
            kept.append(filed)
        else:
            reason = (
                f"leg {leg.sequence} of {leg.designator} is flown twice: see line {before.line}"
            )
            faults.append(Fault(filed.line, reason, describe(leg)))
    return kept


def _joined(legs: list[FiledLeg], faults: list[Fault]) -> list[FiledLeg]:
    """Without legs that do not depart, later, from where the leg before them arrives."""
    chains: dict[tuple[Designator, int], list[FiledLeg]] = {}
    for filed in legs:
        if filed.leg.sequence > 1:
            chains[(filed.leg.designator, filed.leg.variation)] = []
    if not chains:
        return legs
    for filed in legs:
        chain = chains.get((filed.leg.designator, filed.leg.variation))
        if chain is not None:
            chain.append(filed)
    broken: set[int] = set()
    for chain in chains.values():
        for filed, reason in _breaks(chain):
            faults.append(Fault(filed.line, reason, describe(filed.leg)))
            broken.add(id(filed.leg))
    return [filed for filed in legs if id(filed.leg) not in broken] if broken else legs


def _breaks(chain: list[FiledLeg]) -> Iterator[tuple[FiledLeg, str]]:
    """Legs of one itinerary variation that do not follow, with the reason."""
    by_sequence: dict[int, _Calendar] = {}
    for filed in sorted(chain, key=lambda filed: filed.leg.sequence):
        leg = filed.leg
        reason = None
        for sequence in sorted(by_sequence, reverse=True):
            before = [one.leg for one in by_sequence[sequence].on(leg.period)]
            if sequence < leg.sequence and before:
                reason = next(filter(None, (_gap(one, leg) for one in before)), None)
                break
        if reason is not None:
            yield filed, reason
        else:
            by_sequence.setdefault(leg.sequence, _Calendar()).add(filed)


def _gap(before: LegPattern, leg: LegPattern) -> str | None:
    if before.off != leg.board:
        return (
            f"leg {leg.sequence} departs from {leg.board}, the leg before arrives in {before.off}"
        )
    arrives = before.arrival_min - before.arrival_offset_min
    if leg.departure_min - leg.departure_offset_min < arrives:
        return f"leg {leg.sequence} departs before the leg before it arrives"
    return None


class _Calendar:
    """Legs that share no date, found by date.

    Few legs, or a date after all of them, need no search. Many are kept for each weekday as
    intervals of dates (day numbers), sorted, for they do not overlap.
    """

    __slots__ = ("_legs", "_weekdays", "latest")

    def __init__(self) -> None:
        self.latest = date.min
        """No leg here has a date after it."""
        self._legs: list[FiledLeg] = []
        self._weekdays: list[list[tuple[int, int, FiledLeg]]] = []

    def add(self, filed: FiledLeg) -> None:
        """Keep a leg that shares no date with any other here."""
        self._legs.append(filed)
        self.latest = max(self.latest, filed.leg.period.last)
        if self._weekdays:
            self._insert(filed)

    def on(self, period: Period) -> Iterator[FiledLeg]:
        """The legs that share a date with `period` (one may come for several weekdays)."""
        if len(self._legs) <= _FEW:
            days = period.days
            for filed in self._legs:
                other = filed.leg.period
                if other.days & days and other.cut(period) is not None:
                    yield filed
            return
        if not self._weekdays:
            self._weekdays = [[] for _ in range(7)]
            for filed in self._legs:
                self._insert(filed)
        for weekday, first, last in _by_weekday(period):
            intervals = self._weekdays[weekday]
            place = bisect_right(intervals, last, key=_start) - 1
            while place >= 0 and intervals[place][1] >= first:
                yield intervals[place][2]
                place -= 1

    def _insert(self, filed: FiledLeg) -> None:
        for weekday, first, last in _by_weekday(filed.leg.period):
            insort(self._weekdays[weekday], (first, last, filed), key=_start)


def _start(interval: tuple[int, int, FiledLeg]) -> int:
    return interval[0]


def _by_weekday(period: Period) -> Iterator[tuple[int, int, int]]:
    """For each weekday that has dates: the day numbers of its first and its last one."""
    start, end = period.first.toordinal(), period.last.toordinal()
    for weekday in range(7):
        if period.days >> weekday & 1:
            # Day number 1 was a Monday.
            first = start + (weekday + 1 - start) % 7
            last = end - (end - 1 - weekday) % 7
            if first <= last:
                yield weekday, first, last
