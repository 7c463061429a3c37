"""Deadlines: until when a test counts in full, for whom longer, and what being late costs.

PURE. An attempt is late by when it began, so that a test of twenty minutes is not a trap. Grace
forgives a little; after it, each day that has begun since the deadline takes its percentage. The
best result stands: an attempt can add to what counts and never take anything away.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.roster import UserId

MAX_DEADLINES = 200
"""Deadlines of a course: several times as many as there are tests."""
MAX_EXTENSIONS = 20_000
"""Extensions of a course: every student of a large class, for two tests."""
MAX_GRACE_S = 7 * 86_400
"""A longer grace is another deadline."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Deadline:
    """When a test is due. `late_percent_per_day`: what each begun day takes of the points."""

    test: TestId
    due_at: datetime
    grace_s: int = 0
    late_percent_per_day: int = 100

    def __post_init__(self) -> None:
        if not 0 <= self.late_percent_per_day <= 100:
            raise ValueError("late_percent_per_day must be from 0 to 100")
        if not 0 <= self.grace_s <= MAX_GRACE_S:
            raise ValueError(f"grace must be from 0 to {MAX_GRACE_S} seconds")


@dataclass(frozen=True, slots=True)
class Extension:
    """One student may take longer at one test."""

    uid: UserId
    test: TestId
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Plan:
    """All deadlines and extensions of a course."""

    deadlines: Mapping[TestId, Deadline] = field(default_factory=dict)
    extensions: Mapping[tuple[UserId, TestId], datetime] = field(default_factory=dict)

    def deadline_of(self, uid: UserId, test: TestId) -> Deadline | None:
        """The deadline of a student at a test, extension applied: it never makes one earlier."""
        general = self.deadlines.get(test)
        longer = self.extensions.get((uid, test))
        if general is None or longer is None or longer <= general.due_at:
            return general
        return Deadline(test, longer, general.grace_s, general.late_percent_per_day)


def plan_of(deadlines: Iterable[Deadline], extensions: Iterable[Extension]) -> Plan:
    """The plan made of its parts; the last one of several for the same counts."""
    return Plan(
        {one.test: one for one in deadlines},
        {(one.uid, one.test): one.due_at for one in extensions},
    )


@dataclass(frozen=True, slots=True)
class Milestone:
    """The first counted attempt of a student at a test that came to so many points."""

    uid: UserId
    test: TestId
    passed: bool
    points: int
    started_at: datetime


@dataclass(frozen=True, slots=True)
class Counted:
    """What counts of a student at a test. `points` as judged, `counted` after the late policy.

    `passed`: some attempt passed, however late. `days_late` is of the attempt that counts.
    """

    uid: UserId
    test: TestId
    passed: bool
    points: int
    counted: float
    days_late: int
    reached_at: datetime


def days_late(deadline: Deadline | None, started_at: datetime) -> int:
    """Days begun since the deadline when the attempt began; 0 when it is in time or in grace."""
    if deadline is None:
        return 0
    late_by = started_at - deadline.due_at  # no sum of moments: the last day there is may be due
    return 0 if late_by <= timedelta(seconds=deadline.grace_s) else -(-late_by // _DAY)


def kept_percent(deadline: Deadline | None, days: int) -> int:
    """What is left of the points after so many days, in percent."""
    return 100 if deadline is None else max(0, 100 - days * deadline.late_percent_per_day)


def count_results(
    milestones: Iterable[Milestone], plan: Plan
) -> dict[tuple[UserId, TestId], Counted]:
    """The best of each student at each test by what it counts; the earlier one of equals."""
    best: dict[tuple[UserId, TestId], Counted] = {}
    passed: set[tuple[UserId, TestId]] = set()
    for one in milestones:
        key = one.uid, one.test
        if one.passed:
            passed.add(key)
        found = _counted(one, plan.deadline_of(one.uid, one.test))
        if key not in best or _rank(found) > _rank(best[key]):
            best[key] = found
    return {key: _with_pass(one, key in passed) for key, one in best.items()}


def _counted(one: Milestone, deadline: Deadline | None) -> Counted:
    days = days_late(deadline, one.started_at)
    counted = round(one.points * kept_percent(deadline, days) / 100, 2)
    return Counted(one.uid, one.test, one.passed, one.points, counted, days, one.started_at)


def _rank(one: Counted) -> tuple[float, bool, int, float]:
    return one.counted, one.passed, one.points, -one.reached_at.timestamp()


def _with_pass(one: Counted, passed: bool) -> Counted:
    return Counted(
        one.uid, one.test, passed, one.points, one.counted, one.days_late, one.reached_at
    )
