"""A student's page: where they stand and what happened."""

from datetime import timedelta

from holdfast.grading.domain.attempt import AttemptId, Incident, TestId
from holdfast.grading.domain.roster import User, UserId
from holdfast.grading.domain.scenarios import CATALOGUE
from holdfast.grading.domain.standings import Cell, Row, Standing
from holdfast.grading.domain.verdict import Verdict
from holdfast.grading.pages.columns import columns_of
from holdfast.grading.pages.student import (
    ATTEMPTS_PER_PAGE,
    INCIDENT_BYTES,
    StudentSheet,
    build_student,
)
from holdfast.grading.service.ports import AttemptSummary
from tests.support.seeded_class import BEGIN, SOURCE

USER = User(UserId(1000), "Ada")
COLUMNS = columns_of(CATALOGUE)


def summary(number: int, verdict: Verdict | None = Verdict.PASS) -> AttemptSummary:
    return AttemptSummary(
        id=AttemptId(f"{number:032x}"),
        uid=USER.uid,
        test=TestId("2024-a1-t1"),
        verdict=verdict,
        checks=(),
        reason="",
        started_at=BEGIN,
        ended_at=None if verdict is None else BEGIN + timedelta(seconds=2),
        node="node-1",
        source=SOURCE,
    )


def sheet(*cells: Cell, attempts: int = 0, incidents: tuple[Incident, ...] = ()) -> StudentSheet:
    tries = [summary(number) for number in range(attempts)]
    return build_student(USER, Row(USER, cells), COLUMNS, tries, incidents)


def cell(test: str, standing: Standing) -> Cell:
    return Cell(USER.uid, TestId(test), standing, 1, 1, 1, None)


def test_each_test_says_where_the_student_stands() -> None:
    found = sheet(cell("2024-a1-t1", Standing.PASSED), cell("2024-a1-t2", Standing.FAILED))
    first = found.assignments[0]
    assert [place.standing for place in first.places[:3]] == [
        Standing.PASSED,
        Standing.FAILED,
        Standing.NOT_ATTEMPTED,
    ]
    assert (first.passed, first.places[0].tries, first.places[2].tries) == (1, 2, 0)


def test_years_in_which_nothing_was_attempted_are_left_to_the_class_grid() -> None:
    found = sheet(cell("2025-3_1", Standing.TRYING))
    assert {part.year for part in found.assignments} == {2025}


def test_a_student_without_attempts_sees_what_there_is() -> None:
    found = build_student(USER, None, COLUMNS, [], [])
    assert {part.year for part in found.assignments} >= {2024, 2025}
    assert (found.entries, found.older) == ((), None)


def test_a_page_of_attempts_goes_on_where_it_ends() -> None:
    assert sheet(attempts=ATTEMPTS_PER_PAGE).older is None
    found = sheet(attempts=ATTEMPTS_PER_PAGE + 1)
    assert len(found.entries) == ATTEMPTS_PER_PAGE
    assert found.older == found.entries[-1].attempt.id


def test_an_attempt_says_how_long_it_took_unless_it_runs() -> None:
    tries = [summary(1, None), summary(2, Verdict.INFRASTRUCTURE)]
    running, ended = build_student(USER, None, COLUMNS, tries, []).entries
    assert (running.words, running.mark, running.took_s) == ("running", "trying", None)
    assert (ended.words, ended.mark, ended.took_s) == ("our fault", "broken", 2.0)


def test_an_incidents_bytes_are_bounded() -> None:
    incident = Incident(BEGIN, "garbled", "why", SOURCE, "node-1", 4444, 1000, bytes(9999))
    ((kept, dump),) = sheet(incidents=(incident,)).incidents
    assert kept is incident
    assert dump.hidden == 9999 - INCIDENT_BYTES
