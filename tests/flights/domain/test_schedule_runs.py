"""Dates become periods and back without loss; flights are cut where they change."""

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from holdfast.flights.domain.schedule import LegPattern, Period
from holdfast.flights.domain.schedule_runs import joined, minus_all, periods_of, runs
from tests.flights.domain.schedules import DATES, flown, full_periods, leg


def dates(periods: list[Period]) -> list[date]:
    return sorted(day for period in periods for day in period.dates())


@given(st.sets(st.sampled_from(DATES)).map(sorted))
def test_dates_become_periods_that_have_just_them(days: list[date]) -> None:
    found = periods_of(days)
    assert dates(found) == days
    assert all(period.trimmed() == period for period in found)


@given(full_periods())
def test_the_dates_of_one_period_become_one_period(period: Period) -> None:
    assert len(periods_of(list(period.dates()))) == 1


@given(st.lists(full_periods(), max_size=4), st.lists(full_periods(), max_size=4))
def test_minus_all_takes_the_dates_of_all_others(ones: list[Period], others: list[Period]) -> None:
    assert set(dates(minus_all(ones, others))) == set(dates(ones)) - set(dates(others))


@given(full_periods(), full_periods(), full_periods())
def test_a_run_is_flown_the_same_on_all_its_dates(
    first: Period, second: Period, third: Period
) -> None:
    legs = [
        leg(sequence=3, period=third, board="BOS"),
        leg(period=first),
        leg(sequence=2, period=second, board="JFK", off="BOS"),
    ]
    found = runs(legs)
    assert dates([period for period, _ in found]) == sorted({*dates([first, second, third])})
    for period, flight in found:
        assert [one.sequence for one in flight] == sorted(one.sequence for one in flight)
        for day in period.dates():
            assert flown([replace(one, period=period) for one in flight], day) == flown(legs, day)


def without_overlap(periods: list[Period]) -> list[LegPattern]:
    legs: list[LegPattern] = []
    for number, period in enumerate(periods):
        for piece in minus_all([period], [one.period for one in legs]):
            legs.append(leg(period=piece, aircraft="77W" if number % 2 else "789"))
    return legs


@given(st.lists(full_periods(), max_size=6).map(without_overlap))
def test_joining_changes_nothing_that_is_flown_and_never_needs_more_patterns(
    legs: list[LegPattern],
) -> None:
    found = joined(legs)
    assert len(found) <= len(legs)
    for day in DATES:
        assert flown(found, day) == flown(legs, day)


def test_pieces_of_one_period_are_joined_again() -> None:
    whole = leg()
    pieces = [
        replace(whole, period=piece)
        for piece in (
            *whole.period.minus(Period(DATES[9], DATES[9])),
            Period(DATES[9], DATES[9], 1 << DATES[9].weekday()),
        )
    ]
    assert joined(pieces) == [whole]
