"""Times without offsets get those of each date; a leg is cut where clocks change."""
# ruff: noqa: DTZ001  times at stations have no zone

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.flights.domain.flight import DatedLeg
from holdfast.flights.domain.schedule import OPEN_END, LegPattern, Period
from holdfast.flights.domain.schedule_clocks import MAX_DATES, Draft, UnknownStation, zoned
from tests.flights.domain.schedules import DATES, EuropeanClocks, flown, full_periods, leg

CLOCKS = EuropeanClocks()


def drafts(departure_min: int, arrival_min: int) -> list[Draft]:
    return [Draft(leg(departure_min=departure_min, arrival_min=arrival_min), is_open=True)]


def moments(legs: Sequence[LegPattern]) -> list[tuple[int, int]]:
    dated = [DatedLeg.of(one, day) for one in legs for day in one.period.dates()]
    return sorted((one.departing_utc_min, one.arriving_utc_min) for one in dated)


@given(full_periods(), st.integers(0, 1439))
def test_times_in_utc_are_the_same_moments_whatever_clocks_say(
    period: Period, departure_min: int
) -> None:
    legs = zoned(period, drafts(departure_min, departure_min + 420), CLOCKS, is_utc=True)
    epoch = date(1970, 1, 1)
    told = [(day - epoch).days * 1440 + departure_min for day in period.dates()]
    assert moments(legs) == [(minute, minute + 420) for minute in told]
    assert all(0 <= one.departure_min < 1440 for one in legs)


@given(full_periods(), st.integers(0, 1439))
def test_local_times_stay_the_same_whatever_clocks_say(period: Period, departure_min: int) -> None:
    legs = zoned(period, drafts(departure_min, departure_min + 180), CLOCKS, is_utc=False)
    for day in DATES:
        found = flown(legs, day)
        assert len(found) == (day in period)
        for one in found:
            at = datetime(day.year, day.month, day.day) + timedelta(minutes=departure_min)
            assert one.departure_min == departure_min
            assert one.departure_offset_min == CLOCKS.offset_min("LHR", at, is_utc=False)
            assert one.arrival_min == departure_min + 180
            assert one.arrival_offset_min == -240


def test_a_leg_is_cut_only_where_clocks_change() -> None:
    legs = zoned(Period(DATES[0], DATES[-1]), drafts(500, 680), CLOCKS, is_utc=False)
    assert [one.period.last for one in legs] == [date(2026, 3, 28), DATES[-1]]


def test_a_leg_with_offsets_of_its_own_keeps_them() -> None:
    fixed = leg(departure_offset_min=30)
    (found,) = zoned(fixed.period, [Draft(fixed, is_open=False)], CLOCKS, is_utc=True)
    assert found == replace(fixed, period=fixed.period)


def test_the_dates_after_three_years_are_as_the_last_one() -> None:
    period = Period(DATES[0], OPEN_END, 0b0000001)
    legs = zoned(period, drafts(500, 680), CLOCKS, is_utc=False)
    assert legs[-1].period.last == OPEN_END
    assert legs[-1].period.first == DATES[0] + timedelta(days=7 * MAX_DATES)
    assert legs[-1].departure_offset_min == 60
    assert legs[-2].period.last == legs[-1].period.first - timedelta(days=7)


def test_a_station_without_a_clock_is_named() -> None:
    unknown = [Draft(leg(off="XXQ"), is_open=True)]
    with pytest.raises(UnknownStation, match="XXQ"):
        zoned(Period(DATES[0], DATES[0]), unknown, CLOCKS, is_utc=True)
