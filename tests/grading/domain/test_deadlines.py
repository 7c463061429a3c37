"""Late policy: in time, in grace, late by days; the best result stands whatever comes after."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.deadlines import (
    MAX_GRACE_S,
    Counted,
    Deadline,
    Extension,
    Milestone,
    Plan,
    count_results,
    days_late,
    kept_percent,
    plan_of,
)
from holdfast.grading.domain.roster import UserId

ANNA, BEN = UserId(1), UserId(2)
ECHO = TestId("2024-a1-t2")
DUE = datetime(2026, 12, 1, 23, 59, tzinfo=UTC)
DEADLINE = Deadline(ECHO, DUE, grace_s=600, late_percent_per_day=20)
PLAN = plan_of([DEADLINE], [])
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def milestone(at: datetime, points: int = 10, *, passed: bool = True) -> Milestone:
    return Milestone(ANNA, ECHO, passed, points, at)


def counted(*milestones: Milestone, plan: Plan = PLAN) -> Counted:
    return count_results(milestones, plan)[ANNA, ECHO]


@pytest.mark.parametrize(
    ("after", "days"),
    [
        (-DAY, 0),
        (timedelta(0), 0),
        (timedelta(minutes=10), 0),
        (timedelta(minutes=10) + SECOND, 1),
        (DAY, 1),
        (DAY + SECOND, 2),
        (5 * DAY, 5),
    ],
)
def test_a_begun_day_after_the_grace_is_a_day_late(after: timedelta, days: int) -> None:
    assert days_late(DEADLINE, DUE + after) == days


def test_without_a_deadline_nothing_is_late() -> None:
    assert days_late(None, DUE) == 0
    assert kept_percent(None, 0) == 100
    assert counted(milestone(DUE + 100 * DAY), plan=Plan()).counted == 10


@pytest.mark.parametrize(
    ("due_at", "is_late"),
    [(datetime.max.replace(tzinfo=UTC), False), (datetime.min.replace(tzinfo=UTC), True)],
)
def test_the_first_and_the_last_moment_there_is_can_be_due(due_at: datetime, is_late: bool) -> None:
    assert (days_late(Deadline(ECHO, due_at, grace_s=MAX_GRACE_S), DUE) > 0) is is_late


def test_each_day_takes_its_percentage_and_never_more_than_there_is() -> None:
    assert [kept_percent(DEADLINE, days) for days in (0, 1, 2, 5, 9)] == [100, 80, 60, 0, 0]


def test_an_extension_makes_a_deadline_later_for_one_and_never_earlier() -> None:
    plan = plan_of([DEADLINE], [Extension(ANNA, ECHO, DUE + DAY), Extension(BEN, ECHO, DUE - DAY)])
    longer = plan.deadline_of(ANNA, ECHO)
    assert longer is not None
    assert (longer.due_at, longer.grace_s, longer.late_percent_per_day) == (DUE + DAY, 600, 20)
    assert plan.deadline_of(BEN, ECHO) == DEADLINE
    assert plan_of([], [Extension(ANNA, ECHO, DUE)]).deadline_of(ANNA, ECHO) is None


def test_a_late_pass_is_a_pass_with_fewer_points() -> None:
    found = counted(milestone(DUE + DAY + SECOND))
    assert (found.passed, found.points, found.counted, found.days_late) == (True, 10, 6, 2)


def test_a_late_pass_does_not_take_the_points_of_a_failure_in_time() -> None:
    early = milestone(DUE - DAY, 7, passed=False)
    found = counted(early, milestone(DUE + 3 * DAY, 10))
    assert (found.passed, found.counted, found.days_late) == (True, 7, 0)


def test_of_equals_the_earlier_one_counts() -> None:
    first, second = milestone(DUE - DAY), milestone(DUE - DAY + SECOND)
    assert counted(second, first).reached_at == counted(first, second).reached_at == DUE - DAY


def test_the_points_are_rounded_to_hundredths() -> None:
    plan = plan_of([Deadline(ECHO, DUE, 0, 33)], [])
    assert counted(milestone(DUE + SECOND, 1), plan=plan).counted == 0.67


@pytest.mark.parametrize(("percent", "grace_s"), [(-1, 0), (101, 0), (0, -1), (0, MAX_GRACE_S + 1)])
def test_a_policy_that_makes_no_sense_is_refused(percent: int, grace_s: int) -> None:
    with pytest.raises(ValueError, match="from 0 to"):
        Deadline(ECHO, DUE, grace_s, percent)


MILESTONES = st.builds(
    milestone,
    st.timedeltas(-3 * DAY, 9 * DAY).map(lambda after: DUE + after),
    st.integers(0, 20),
    passed=st.booleans(),
)


@given(st.lists(MILESTONES, min_size=1, max_size=8), MILESTONES)
def test_one_more_attempt_never_takes_anything_away(
    before: list[Milestone], one: Milestone
) -> None:
    held, now = counted(*before), counted(*before, one)
    assert now.counted >= held.counted
    assert now.passed >= held.passed
