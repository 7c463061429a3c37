"""Sets of dates as bits, and who had a date last."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from holdfast.flights.domain.refiling import (
    FIRST_DAY,
    LISTED_PERIODS,
    DateClaims,
    Holder,
    ancestry,
    date_bits,
    share_a_date,
)
from holdfast.flights.domain.schedule import OPEN_END, Period
from tests.support.price_world import period_of, settled

WEEKDAYS = st.integers(0, 127)


@st.composite
def periods(draw: st.DrawFn, earliest: date = FIRST_DAY - timedelta(days=20)) -> Period:
    first = draw(st.dates(earliest, FIRST_DAY + timedelta(days=60)))
    return Period(first, first + timedelta(days=draw(st.integers(-2, 40))), draw(WEEKDAYS))


def dates(period: Period) -> set[date]:
    return {day for day in period.dates() if day >= FIRST_DAY}


@given(periods())
def test_bits_are_the_dates_of_a_period(period: Period) -> None:
    days = {FIRST_DAY + timedelta(days=n) for n in range(2000) if date_bits(period) >> n & 1}
    assert days == dates(period)


@given(periods(FIRST_DAY), periods(FIRST_DAY))
def test_periods_share_a_date_if_their_sets_do(one: Period, other: Period) -> None:
    assert share_a_date(one, other) == bool(set(one.dates()) & set(other.dates()))


@given(st.lists(periods(), max_size=6), st.integers(0, 2))
def test_every_date_is_claimed_once(asked: list[Period], full: int) -> None:
    claims, taken = DateClaims(), set[date]()
    for n in range(LISTED_PERIODS * full):  # single dates far away: the long form
        assert claims.claim("P", Period(*2 * [date(2050, 1, 1) + timedelta(days=n)]))
    for period in asked:
        days = set(dates(period))
        if period.first < FIRST_DAY or not days:
            continue
        assert claims.claim("P", period) == (not days & taken)
        taken |= days if not days & taken else set()
    assert claims.claim("another product", Period(FIRST_DAY, OPEN_END))


def test_a_fare_on_sale_comes_before_one_that_is_not() -> None:
    found = ancestry(
        period_of([0, 1]),
        [
            Holder(period_of([0, 1, 2]), settled(50, sequence=9), withdrawn_at=7.0),
            Holder(period_of([0]), settled(100)),
        ],
    )
    assert [state.p.total for state in found.states] == [100, 50]
    assert not found.covered
    assert found.withdrawn_at is None


def test_of_fares_off_sale_the_one_of_the_newest_delivery_counts() -> None:
    found = ancestry(
        period_of([0]),
        [
            Holder(period_of([0]), settled(50, sequence=3), withdrawn_at=7.0),
            Holder(period_of([0]), settled(60, sequence=4), withdrawn_at=7.0),
        ],
    )
    assert [state.p.total for state in found.states] == [60]
    assert found.withdrawn_at == 7.0


def test_all_dates_on_sale_are_covered() -> None:
    found = ancestry(
        period_of([0, 4]),
        [Holder(period_of([0, 1]), settled(50)), Holder(period_of([4]), settled(60))],
    )
    assert found.covered
    assert len(found.states) == 2


def test_new_dates_have_nobody() -> None:
    found = ancestry(period_of([3]), [Holder(period_of([0]), settled(50))])
    assert found.states == ()
    assert found.withdrawn_at is None
