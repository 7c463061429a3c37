"""What SSM and ASM telegrams change, and what a flight is after it: dates in, patterns out.

`apply` is exact on dates: on those of the change the flight is as it says, on all others as it was,
and no leg of a designator is ever flown twice on a date. (IATA SSIM, chapters 4 and 5.)
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import islice, pairwise
from typing import TypeVar, assert_never

from holdfast.flights.domain.schedule import Designator, LegPattern, Period
from holdfast.flights.domain.schedule_clocks import (
    MAX_DATES,
    Clocks,
    Draft,
    UnknownStation,
    zoned,
)
from holdfast.flights.domain.schedule_rules import fault_of_leg
from holdfast.flights.domain.schedule_runs import Run, joined, minus_all, periods_of, runs

T = TypeVar("T")
MAX_DAYS = 4 * MAX_DATES
"""Days of all periods of one change (open ends count as three years): seconds of work."""
_NO_PERIOD = Period(date.min, date.min)

MAX_VARIATION = 3_599
"""The highest itinerary variation that SSIM can number."""


@dataclass(frozen=True, slots=True)
class Target:
    """The dates of a flight that a change is about (UTC dates of departure if `is_utc`).

    `points`: only the legs between these consecutive stations; empty: all legs.
    """

    designator: Designator
    periods: tuple[Period, ...]
    is_utc: bool = False
    points: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Equipment:
    """What a flight is flown with. Empty texts: as before."""

    service_type: str
    aircraft: str
    configuration: str = ""
    booking_classes: str = ""


@dataclass(frozen=True, slots=True)
class Timing:
    """A leg's stations and its times in minutes after 00:00 of the telegram's date."""

    board: str
    off: str
    departure_min: int
    arrival_min: int


@dataclass(frozen=True, slots=True)
class Element:
    """Data elements of the legs between two stations (empty texts: of all legs).

    None: nothing is said of it. `is_own`: no other airline's flight operates it any more.
    """

    board: str = ""
    off: str = ""
    operating: Designator | None = None
    is_own: bool = False
    marketed_as: tuple[Designator, ...] | None = None
    board_terminal: str | None = None
    off_terminal: str | None = None


@dataclass(frozen=True, slots=True)
class NewLeg:
    """A leg of a new flight."""

    timing: Timing
    equipment: Equipment | None


@dataclass(frozen=True, slots=True)
class Flown:
    """NEW, RPL and RRT: on the target's dates these legs are flown and no others.

    `only_existing` (RRT): dates on which the flight is not there stay without it.
    """

    target: Target
    legs: tuple[NewLeg, ...]
    elements: tuple[Element, ...] = ()
    is_new: bool = True
    only_existing: bool = False


@dataclass(frozen=True, slots=True)
class Cancelled:
    """CNL."""

    target: Target


@dataclass(frozen=True, slots=True)
class Reinstated:
    """RIN: what was cancelled is flown again, as on the nearest date on which it is flown.

    On a date on which a part of the flight is flown, only legs that are named come back.
    """

    target: Target


@dataclass(frozen=True, slots=True)
class Retimed:
    """TIM."""

    target: Target
    timings: tuple[Timing, ...]


@dataclass(frozen=True, slots=True)
class Reequipped:
    """EQT and CON (which leaves service and aircraft as they are)."""

    target: Target
    equipment: Equipment


@dataclass(frozen=True, slots=True)
class Administered:
    """ADM: other data elements."""

    target: Target
    elements: tuple[Element, ...]


@dataclass(frozen=True, slots=True)
class Renumbered:
    """FLT: another designator, on whose dates nothing else is flown then."""

    target: Target
    designator: Designator


_Direct = Flown | Cancelled | Retimed | Reequipped | Administered | Renumbered
Change = _Direct | Reinstated


@dataclass(frozen=True, slots=True)
class Exchange:
    """Patterns to take out and to put in. `unmatched`: dates of the change on which there was
    nothing to change. `fault`: why nothing at all is changed."""

    removed: tuple[LegPattern, ...] = ()
    added: tuple[LegPattern, ...] = ()
    unmatched: tuple[Period, ...] = ()
    fault: str = ""


def designators_of(change: Change) -> tuple[Designator, ...]:
    """The flights whose legs `apply` must be given."""
    if isinstance(change, Renumbered):
        return change.target.designator, change.designator
    return (change.target.designator,)


def apply(legs: Iterable[LegPattern], change: Change, clocks: Clocks) -> Exchange:
    """What becomes of the legs of a flight (all of `designators_of`)."""
    before = tuple(legs)
    target = change.target
    mine = [leg for leg in before if leg.designator == target.designator]
    if sum(min((one.last - one.first).days, MAX_DATES) for one in target.periods) > MAX_DAYS:
        return Exchange(fault=f"the periods have more than {MAX_DAYS} days in all")
    if isinstance(change, Reinstated):
        return _reinstated(before, mine, target)
    hits, unmatched = _hits(mine, change)
    try:
        added = _after(mine, hits, change, clocks)
    except UnknownStation as unknown:
        return Exchange(fault=str(unknown))
    for leg in added:
        reason = fault_of_leg(leg)
        if reason is not None:
            return Exchange(fault=f"{leg.board}-{leg.off}: {reason}")
    gone = {target.designator: [hit.period for hit in hits]}
    for leg in added:
        gone.setdefault(leg.designator, []).append(leg.period)
    is_new = isinstance(change, Flown) and change.is_new
    return _exchange(before, gone, added, [] if is_new else unmatched)


@dataclass(frozen=True, slots=True)
class _Hit:
    """Dates on which a flight is there and meant, by its flight date.

    `days`: by how many the telegram's date is later. `meant`: places in `flight`.
    """

    period: Period
    days: int
    flight: tuple[LegPattern, ...]
    meant: frozenset[int]

    @property
    def told(self) -> Period:
        """The dates as the telegram says them."""
        return self.period.shifted(self.days)


def _hits(mine: list[LegPattern], change: Change) -> tuple[list[_Hit], list[Period]]:
    """Where the change meets the flight, and its dates on which it does not."""
    target = change.target
    hits = []
    for run, flight in runs(mine):
        meant = _meant(flight, change)
        first = flight[0]
        days = (first.departure_min - first.departure_offset_min) // 1440 if target.is_utc else 0
        for period in target.periods if meant else ():
            told = run.shifted(days).cut(period)
            if told is not None:
                hits.append(_Hit(told.shifted(-days), days, flight, meant))
    return hits, minus_all(target.periods, [hit.told for hit in hits])


def _meant(flight: Sequence[LegPattern], change: Change) -> frozenset[int]:
    """The places of the legs that a change is about; none: it is not about this flight."""
    places = range(len(flight))
    if isinstance(change, Retimed):
        retimed = {(timing.board, timing.off) for timing in change.timings}
        return frozenset(n for n in places if (flight[n].board, flight[n].off) in retimed)
    points = change.target.points
    if not points:
        return frozenset(places)
    found: set[int] = set()
    for board, off in pairwise(points):
        for start in places:
            end = next((n for n in places[start:] if flight[n].off == off), None)
            if flight[start].board == board and end is not None:
                found.update(places[start : end + 1])
                break
    return frozenset(found)


def _after(
    mine: list[LegPattern], hits: list[_Hit], change: _Direct, clocks: Clocks
) -> list[LegPattern]:
    """The whole flights of the hits' dates, and new ones, as the change has them."""
    is_utc = change.target.is_utc
    match change:
        case Flown(only_existing=True):
            drafted = [(hit.told, _drafts(change, mine, hit.flight)) for hit in hits]
        case Flown():
            drafted = [(period, _drafts(change, mine, ())) for period in change.target.periods]
        case Retimed(_, timings):
            drafted = [(hit.told, _retimed(hit, timings)) for hit in hits]
        case Cancelled():
            return _each(hits, lambda leg: None)
        case Reequipped(_, equipment):
            return _each(hits, lambda leg: _equipped(leg, equipment))
        case Administered(_, elements):
            return _each(hits, lambda leg: _with_elements(leg, elements))
        case Renumbered(_, designator):
            return _each(hits, lambda leg: replace(leg, designator=designator))
        case _:
            assert_never(change)
    return [
        leg for period, drafts in drafted for leg in zoned(period, drafts, clocks, is_utc=is_utc)
    ]


def _each(hits: list[_Hit], changed: Callable[[LegPattern], LegPattern | None]) -> list[LegPattern]:
    """The flights of the hits, each leg that is meant changed (None: not flown)."""
    found = []
    for hit in hits:
        for place, leg in enumerate(hit.flight):
            after = changed(leg) if place in hit.meant else leg
            if after is not None:
                found.append(replace(after, period=hit.period))
    return found


def _drafts(change: Flown, mine: list[LegPattern], flight: tuple[LegPattern, ...]) -> list[Draft]:
    """The legs of a new flight; equipment that is not told is as on the flight before."""
    used = {leg.variation for leg in mine}
    variation = next((n for n in range(1, MAX_VARIATION + 1) if n not in used), 1)
    drafts = []
    for sequence, new in enumerate(change.legs, start=1):
        timing = new.timing
        before = flight[min(sequence, len(flight)) - 1] if flight else None
        leg = LegPattern(
            designator=change.target.designator,
            variation=variation,
            sequence=sequence,
            service_type=before.service_type if before else "J",
            period=change.target.periods[0],
            board=timing.board,
            off=timing.off,
            departure_min=timing.departure_min,
            departure_offset_min=0,
            arrival_min=timing.arrival_min,
            arrival_offset_min=0,
            aircraft=before.aircraft if before else "",
            configuration=before.configuration if before else "",
            booking_classes=before.booking_classes if before else "",
        )
        if new.equipment is not None:
            leg = _equipped(leg, new.equipment)
        drafts.append(Draft(_with_elements(leg, change.elements), is_open=True))
    return drafts


def _retimed(hit: _Hit, timings: tuple[Timing, ...]) -> list[Draft]:
    told = {(timing.board, timing.off): timing for timing in timings}
    drafts = []
    for leg in hit.flight:
        timing = told.get((leg.board, leg.off))
        minutes = (
            (timing.departure_min, timing.arrival_min)
            if timing is not None
            else (leg.departure_min - hit.days * 1440, leg.arrival_min - hit.days * 1440)
        )
        moved = replace(leg, departure_min=minutes[0], arrival_min=minutes[1])
        drafts.append(Draft(moved, is_open=timing is not None))
    return drafts


def _equipped(leg: LegPattern, equipment: Equipment) -> LegPattern:
    return replace(
        leg,
        service_type=equipment.service_type or leg.service_type,
        aircraft=equipment.aircraft or leg.aircraft,
        configuration=equipment.configuration or leg.configuration,
        booking_classes=equipment.booking_classes or leg.booking_classes,
    )


def _with_elements(leg: LegPattern, elements: Iterable[Element]) -> LegPattern:
    for element in elements:
        if element.board not in ("", leg.board) or element.off not in ("", leg.off):
            continue
        leg = replace(
            leg,
            operating=None if element.is_own else element.operating or leg.operating,
            marketed_as=_told(element.marketed_as, leg.marketed_as),
            board_terminal=_told(element.board_terminal, leg.board_terminal),
            off_terminal=_told(element.off_terminal, leg.off_terminal),
        )
    return leg


def _told(told: T | None, before: T) -> T:
    return before if told is None else told


def _reinstated(before: tuple[LegPattern, ...], mine: list[LegPattern], target: Target) -> Exchange:
    """Legs that are not flown on a date, as on the nearest date (of that weekday, if there is one)
    on which they are."""
    flown = runs(mine)
    found: dict[LegPattern, list[date]] = {}
    unmatched: list[date] = []
    dates, rest = _dates(target.periods)
    for told in dates:
        model = _nearest(flown, told, target)
        if model is None:
            unmatched.append(told)
            continue
        day, legs = model
        there = {leg.sequence for leg in mine if day in leg.period}
        for leg in legs:
            if leg.sequence not in there:
                found.setdefault(leg, []).append(day)
    added = [
        replace(leg, period=piece)
        for leg, days in found.items()
        for piece in periods_of(sorted(set(days)))
    ]
    return _exchange(before, {}, added, [*periods_of(sorted(set(unmatched))), *rest])


def _dates(periods: Iterable[Period]) -> tuple[list[date], list[Period]]:
    """The dates of periods, of each up to `MAX_DATES`, and what is left of longer ones."""
    dates: list[date] = []
    rest: list[Period] = []
    for period in periods:
        days = period.dates()
        dates += islice(days, MAX_DATES)
        following = next(days, None)
        if following is not None:
            rest.append(Period(following, period.last, period.days))
    return dates, rest


def _nearest(
    flown: Sequence[Run], told: date, target: Target
) -> tuple[date, tuple[LegPattern, ...]] | None:
    """The flight date that a telegram's date is, and the legs to fly on it."""
    best: tuple[bool, int] | None = None
    found = None
    for period, flight in flown:
        first = flight[0]
        days = (first.departure_min - first.departure_offset_min) // 1440 if target.is_utc else 0
        day = told - timedelta(days=days)
        meant = _meant(flight, Cancelled(target))
        away = max((period.first - day).days, (day - period.last).days, 0)
        rank = (not period.days >> day.weekday() & 1, away)
        if meant and (best is None or rank < best):
            best, found = rank, (day, tuple(flight[place] for place in sorted(meant)))
    return found


def _exchange(
    before: tuple[LegPattern, ...],
    gone: Mapping[Designator, list[Period]],
    added: list[LegPattern],
    unmatched: list[Period],
) -> Exchange:
    """Take the dates in `gone` out, put the new legs in, in as few patterns as there can be."""
    untouched: list[LegPattern] = []
    pieces: list[LegPattern] = []
    for leg in before:
        left = minus_all([leg.period], gone.get(leg.designator, ()))
        if left == [leg.period]:
            untouched.append(leg)
        else:
            pieces += [replace(leg, period=period) for period in left]
    taken: dict[tuple[Designator, int], list[Period]] = {}
    for leg in added:
        key = (leg.designator, leg.sequence)
        left = minus_all([leg.period], taken.setdefault(key, []))
        taken[key] += left
        pieces += [replace(leg, period=period) for period in left]
    changed = {replace(leg, period=_NO_PERIOD) for leg in pieces}
    near = [leg for leg in untouched if replace(leg, period=_NO_PERIOD) in changed]
    after = set(joined([*near, *pieces])) | (set(untouched) - set(near))
    return Exchange(
        removed=tuple(leg for leg in before if leg not in after),
        added=tuple(sorted(after - set(before), key=_order)),
        unmatched=tuple(sorted(unmatched)),
    )


def _order(leg: LegPattern) -> tuple[Designator, date, int]:
    return leg.designator, leg.period.first, leg.sequence
