"""The law of a student's page: where they stand at each test, and what happened, newest first.

Pure: answers of the `Results` port in, what the page shows out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from holdfast.grading.domain.attempt import AttemptId, Incident
from holdfast.grading.domain.roster import User
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


@dataclass(frozen=True, slots=True)
class StudentSheet:
    """The whole page. `older` continues the list, None at its end."""

    user: User
    assignments: tuple[Assignment, ...]
    entries: tuple[Entry, ...]
    older: AttemptId | None
    incidents: tuple[tuple[Incident, Dump], ...]


def build_student(
    user: User,
    row: Row | None,
    columns: Sequence[Column],
    attempts: Sequence[AttemptSummary],
    incidents: Sequence[Incident],
) -> StudentSheet:
    """Fold what is known of a student. `attempts` may hold one more than a page: then it goes on.

    An assignment nobody expects of this student (nothing attempted in its year, while they did
    something in another one) is left to the class grid.
    """
    titles = {column.test: column.title for column in columns}
    shown = attempts[:ATTEMPTS_PER_PAGE]
    more = len(attempts) > ATTEMPTS_PER_PAGE
    return StudentSheet(
        user=user,
        assignments=_assignments(row, columns),
        entries=tuple(_entry(attempt, titles.get(attempt.test, "")) for attempt in shown),
        older=shown[-1].id if more else None,
        incidents=tuple((one, dump(one.raw, INCIDENT_BYTES)) for one in incidents),
    )


def _assignments(row: Row | None, columns: Sequence[Column]) -> tuple[Assignment, ...]:
    cells = {cell.test: cell for cell in row.cells} if row else {}
    found = []
    for group in groups_of(columns):
        places = []
        for column in group.columns:
            cell = cells.get(column.test)
            if cell is None:
                places.append(Place(column, Standing.NOT_ATTEMPTED, 0, 0, None))
                continue
            tries = cell.attempts + cell.running
            places.append(Place(column, cell.standing, tries, cell.points, cell.attempt))
        found.append(Assignment(group.year, group.assignment, group.title, tuple(places)))
    busy = {part.year for part in found if any(place.tries for place in part.places)}
    return tuple(part for part in found if not busy or part.year in busy)


def _entry(attempt: AttemptSummary, title: str) -> Entry:
    words, mark = VERDICT_WORDS[attempt.verdict], VERDICT_MARKS[attempt.verdict]
    ended = attempt.ended_at
    took_s = (ended - attempt.started_at).total_seconds() if ended else None
    return Entry(attempt, title, words, mark, took_s)
