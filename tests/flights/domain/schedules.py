"""Strategies and simple truths of schedules: what is flown on a date, without cleverness."""
# ruff: noqa: DTZ001  times at stations have no zone

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from hypothesis import assume
from hypothesis import strategies as st

from holdfast.flights.domain.schedule import Designator, LegPattern, Period

START = date(2026, 3, 9)
DATES = [START + timedelta(days=n) for n in range(42)]
"""Six weeks, over the beginning of summer time in Europe."""
SUMMER = datetime(2026, 3, 29, 1)
"""Clocks change at this moment of UTC."""
BA117 = Designator("BA", 117)
NOWHEN = Period(START, START)


def leg(**changes: object) -> LegPattern:
    """A leg LHR-JFK all the time, changed."""
    usual = LegPattern(
        designator=BA117,
        variation=1,
        sequence=1,
        service_type="J",
        period=Period(DATES[0], DATES[-1]),
        board="LHR",
        off="JFK",
        departure_min=500,
        departure_offset_min=0,
        arrival_min=680,
        arrival_offset_min=-240,
        aircraft="77W",
        configuration="J048Y183",
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


def periods(dates: list[date] = DATES) -> st.SearchStrategy[Period]:
    """Periods that begin and end on these dates; some have no date at all."""
    ends = st.tuples(st.sampled_from(dates), st.sampled_from(dates)).map(sorted)
    return st.builds(lambda pair, days: Period(pair[0], pair[1], days), ends, st.integers(1, 127))


@st.composite
def full_periods(draw: st.DrawFn) -> Period:
    """Periods with dates, `first` and `last` among them."""
    period = draw(periods()).trimmed()
    assume(period is not None)
    assert period is not None
    return period


def flown(legs: Iterable[LegPattern], day: date) -> list[LegPattern]:
    """The legs of a date by designator and sequence, without their periods."""
    found = [replace(one, period=NOWHEN, variation=1) for one in legs if day in one.period]
    return sorted(found, key=lambda one: (one.designator, one.sequence))


def is_flown_once(legs: Iterable[LegPattern], day: date) -> bool:
    """Whether no leg of a designator is there twice."""
    keys = [(one.designator, one.sequence) for one in flown(legs, day)]
    return len(set(keys)) == len(keys)


@dataclass(frozen=True)
class EuropeanClocks:
    """LHR and CDG change to summer time in these weeks, JFK did before; nobody knows `XXQ`."""

    def offset_min(self, station: str, at: datetime, *, is_utc: bool) -> int | None:
        winter = {"LHR": 0, "CDG": 60}.get(station)
        if winter is None:
            return {"JFK": -240, "BOS": -240}.get(station)
        utc = at if is_utc else at - timedelta(minutes=winter)
        return winter + 60 if utc >= SUMMER else winter
