"""Limits of a delta hold for their dates; the other dates keep what they had."""

from holdfast.flights.domain.fare import Cabin, ClassLimits
from holdfast.flights.domain.limits_plan import limits_after
from holdfast.flights.domain.schedule import Period
from tests.support.price_world import DAYS

WEEK = Period(DAYS[0], DAYS[6])


def limits(seats: int, first: int = 0, last: int = 6, number: int = 1) -> ClassLimits:
    period = Period(DAYS[first], DAYS[last])
    return ClassLimits("ZZ", number, "LHR", "JFK", Cabin.ECONOMY, period, (("Y", seats),))


def test_a_full_file_replaces_everything() -> None:
    assert limits_after([limits(1)], [limits(2, 3, 4)], [], full=True) == [limits(2, 3, 4)]


def test_a_delta_cuts_its_dates_out_of_what_stands() -> None:
    after = limits_after([limits(1), limits(1, number=2)], [limits(2, 3, 4)], [], full=False)
    assert after == [limits(1, 0, 2), limits(1, 5, 6), limits(1, number=2), limits(2, 3, 4)]


def test_a_withdrawal_takes_dates_back() -> None:
    assert limits_after([limits(1)], [], [limits(0, 0, 5)], full=False) == [limits(1, 6, 6)]
