"""The law of a student's page: where they stand at each test, and what happened, newest first.

Pure: answers of the `Results` port in, what the page shows out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from holdfast.grading.domain.attempt import AttemptId, Incident, TestId
from holdfast.grading.domain.deadlines import Counted, Deadline, Plan, days_late, kept_percent
from holdfast.grading.domain.roster import User, UserId
from holdfast.grading.domain.standings import Row, Standing
from holdfast.grading.pages.columns import Column, groups_of
from holdfast.grading.pages.hexdump import Dump, dump
from holdfast.grading.pages.words import VERDICT_MARKS, VERDICT_WORDS
from holdfast.grading.service.ports import AttemptSummary

ATTEMPTS_PER_PAGE = 25
"""A page of attempts: a lesson's work of one student, some 20 kB."""
INCIDENTS_SHOWN = 20
INCIDENT_BYTES = 256
"""Raw bytes of an incident that are shown: where its guess is about the beginning, 16 lines."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a student stands at one test; `attempt` is the one that decides, if any."""

    column: Column
    standing: Standing
    tries: int
    points: int
    attempt: AttemptId | None
    deadline: Deadline | None = None
    counted: Counted | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """What counts of a student, by which plan, at which moment."""

    plan: Plan
    counted: Mapping[tuple[UserId, TestId], Counted]
    now: datetime


UNPLANNED = Schedule(Plan(), {}, datetime(2000, 1, 1, tzinfo=UTC))
"""No deadlines, so the moment does not matter."""


@dataclass(frozen=True, slots=True)
class Task:
    """A test that is still to be passed. `kept_percent`: what an attempt that begins now keeps."""

    column: Column
    deadline: Deadline
    is_extended: bool
    days_late: int
    kept_percent: int


@dataclass(frozen=True, slots=True)
class Assignment:
    """The tests of one assignment."""

    year: int
    number: int
    title: str
    places: tuple[Place, ...]

    @property
    def passed(self) -> int:
        return sum(place.standing is Standing.PASSED for place in self.places)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the attempt list. `took_s` is None while it runs."""

    attempt: AttemptSummary
    title: str
    words: str
    mark: str
    took_s: float | None
    days_late: int = 0


@dataclass(frozen=True, slots=True)
class StudentSheet:
    """The whole page. `older` continues the list, None at its end."""

    user: User
    assignments: tuple[Assignment, ...]
    entries: tuple[Entry, ...]
    older: AttemptId | None
    incidents: tuple[tuple[Incident, Dump], ...]
    tasks: tuple[Task, ...] = ()


def build_student(
    user: User,
    row: Row | None,
    columns: Sequence[Column],
    attempts: Sequence[AttemptSummary],
    incidents: Sequence[Incident],
    *,
    schedule: Schedule | None = None,
) -> StudentSheet:
    """Fold what is known of a student. `attempts` may hold one more than a page: then it goes on.

    An assignment nobody expects of this student (nothing attempted in its year, while they did
    something in another one) is left to the class grid.
    """
    titles = {column.test: column.title for column in columns}
    schedule = schedule or UNPLANNED
    assignments = _assignments(user, row, columns, schedule)
    shown = attempts[:ATTEMPTS_PER_PAGE]
    more = len(attempts) > ATTEMPTS_PER_PAGE
    return StudentSheet(
        user=user,
        assignments=assignments,
        entries=tuple(_entry(one, titles.get(one.test, ""), schedule.plan) for one in shown),
        older=shown[-1].id if more else None,
        incidents=tuple((one, dump(one.raw, INCIDENT_BYTES)) for one in incidents),
        tasks=_tasks(user, assignments, schedule),
    )


def _tasks(user: User, assignments: Sequence[Assignment], schedule: Schedule) -> tuple[Task, ...]:
    """What is left to do of what has a deadline, the most urgent first; what is over comes last."""
    found = []
    for place in (place for part in assignments for place in part.places):
        deadline = place.deadline
        if deadline is None or place.standing is Standing.PASSED:
            continue
        late = days_late(deadline, schedule.now)
        is_extended = (user.uid, place.column.test) in schedule.plan.extensions
        kept = kept_percent(deadline, late)
        found.append(Task(place.column, deadline, is_extended, late, kept))
    return tuple(sorted(found, key=lambda task: (task.kept_percent == 0, task.deadline.due_at)))


def _assignments(
    user: User, row: Row | None, columns: Sequence[Column], schedule: Schedule
) -> tuple[Assignment, ...]:
    cells = {cell.test: cell for cell in row.cells} if row else {}
    found = []
    for group in groups_of(columns):
        places = []
        for column in group.columns:
            cell = cells.get(column.test)
            due = schedule.plan.deadline_of(user.uid, column.test)
            if cell is None:
                places.append(Place(column, Standing.NOT_ATTEMPTED, 0, 0, None, due))
                continue
            tries = cell.attempts + cell.running
            counted = schedule.counted.get((user.uid, column.test))
            places.append(
                Place(column, cell.standing, tries, cell.points, cell.attempt, due, counted)
            )
        found.append(Assignment(group.year, group.assignment, group.title, tuple(places)))
    busy = {
        part.year for part in found if any(place.tries or place.deadline for place in part.places)
    }
    return tuple(part for part in found if not busy or part.year in busy)


def _entry(attempt: AttemptSummary, title: str, plan: Plan) -> Entry:
    words, mark = VERDICT_WORDS[attempt.verdict], VERDICT_MARKS[attempt.verdict]
    ended = attempt.ended_at
    took_s = (ended - attempt.started_at).total_seconds() if ended else None
    late = days_late(plan.deadline_of(attempt.uid, attempt.test), attempt.started_at)
    return Entry(attempt, title, words, mark, took_s, late)
