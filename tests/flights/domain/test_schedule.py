"""Periods are sets of dates, whatever is done with them; legs and configurations are read right."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.flights.domain.schedule import (
    OPEN_END,
    Designator,
    Period,
    leg_of_values,
    seats_of,
)
from tests.flights.domain.schedules import BA117, DATES, leg, periods

MONDAY = DATES[0]


def dates(*found: Period | None) -> set[date]:
    return {day for period in found if period is not None for day in period.dates()}


@given(periods())
def test_trimming_changes_no_date_and_begins_and_ends_with_one(period: Period) -> None:
    trimmed = period.trimmed()
    assert dates(trimmed) == dates(period)
    assert (trimmed is None) == (not dates(period))
    if trimmed is not None:
        assert trimmed.first in trimmed
        assert trimmed.last in trimmed


@given(periods(), st.integers(-20, 20))
def test_a_shifted_period_has_each_date_shifted(period: Period, days: int) -> None:
    moved = {day + timedelta(days=days) for day in dates(period)}
    assert dates(period.shifted(days)) == moved


@given(periods(), periods())
def test_cut_and_minus_share_the_dates_out(one: Period, other: Period) -> None:
    cut, left = one.cut(other), one.minus(other)
    assert dates(cut) == dates(one) & dates(other)
    assert dates(*left) == dates(one) - dates(other)
    assert sum(len(dates(piece)) for piece in left) == len(dates(*left))
    assert len(left) <= 3


def test_what_shares_no_date_stays_itself() -> None:
    period = Period(MONDAY, DATES[10], 0b0000011)
    assert period.minus(Period(MONDAY, DATES[10], 0b1111100)) == (period,)
    assert period.minus(Period(DATES[12], DATES[13])) == (period,)
    assert period.cut(Period(DATES[2], DATES[3])) is None


def test_an_open_end_stays_open() -> None:
    period = Period(MONDAY, OPEN_END, 1)
    assert period.trimmed() == period
    assert period.shifted(1) == Period(DATES[1], OPEN_END, 2)
    assert period.shifted(0) is period
    assert period.minus(Period(DATES[7], DATES[7])) == (
        Period(MONDAY, MONDAY, 1),
        Period(DATES[14], OPEN_END, 1),
    )


def test_a_period_knows_its_dates() -> None:
    period = Period(MONDAY, DATES[8], 0b0000101)
    assert list(period.dates()) == [MONDAY, DATES[2], DATES[7]]
    assert DATES[2] in period
    assert DATES[1] not in period
    assert DATES[9] not in period


def test_a_duration_is_told_by_the_offsets() -> None:
    assert leg().duration_min == 420


def test_a_codeshare_is_flown_as_its_operating_flight() -> None:
    assert leg().flown_as == BA117
    partner = leg(designator=Designator("AA", 6134), operating=BA117)
    assert partner.flown_as == BA117


def test_a_leg_of_values_is_the_leg() -> None:
    usual = leg()
    made = leg_of_values(*(getattr(usual, name) for name in type(usual).__slots__))
    assert made == usual
    assert type(made) is type(usual)
    assert hash(made) == hash(usual)
    with pytest.raises(AttributeError):
        made.variation = 2  # type: ignore[misc]


def test_a_designator_is_written_as_people_do() -> None:
    assert str(Designator("BA", 117)) == "BA117"
    assert str(Designator("U2", 9, "A")) == "U29A"


@pytest.mark.parametrize(
    ("filed", "seats"),
    [
        ("C028Y189", {"C": 28, "Y": 189}),
        ("Y189VV1A", {"Y": 189}),
        ("F8C12Y100Y20", {"F": 8, "C": 12, "Y": 120}),
        ("", {}),
        ("VVT12", {}),
        ("12Y", {}),
        ("CY", {}),
        ("Y 12", {}),
        ("Y99999", {"Y": 9999}),
    ],
)
def test_seats_are_read_from_configurations(filed: str, seats: dict[str, int]) -> None:
    assert seats_of(filed) == seats
