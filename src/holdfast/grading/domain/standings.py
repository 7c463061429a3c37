"""Standings: what each student has reached in each test, from best results and running attempts.

PURE. *Not attempted* is a state of its own and never looks like *failed*.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from holdfast.grading.domain.attempt import AttemptId, TestId
from holdfast.grading.domain.roster import User, UserId


class Standing(StrEnum):
    """A cell of the class grid."""

    PASSED = "passed"
    FAILED = "failed"
    TRYING = "trying"
    NOT_ATTEMPTED = "not attempted"


@dataclass(frozen=True, slots=True)
class BestResult:
    """The best counted attempt of a student at a test. A later failure never replaces a pass."""

    uid: UserId
    test: TestId
    passed: bool
    points: int
    attempt: AttemptId
    reached_at: datetime


@dataclass(frozen=True, slots=True)
class Cell:
    """One student and one test: where they stand and how often they tried.

    `attempts` counts closed attempts; `running` those still open. `attempt` is the one to show:
    the best one, else the newest.
    """

    uid: UserId
    test: TestId
    standing: Standing
    attempts: int
    running: int
    points: int
    attempt: AttemptId | None


@dataclass(frozen=True, slots=True)
class Row:
    """A student's line of the class grid; cells only for tests with at least one attempt."""

    user: User
    cells: tuple[Cell, ...]


def standing(passed: bool | None, running: int, attempts: int) -> Standing:
    """Fold what is known of a cell. `passed` is None while no attempt has counted."""
    if passed:
        return Standing.PASSED
    if running:
        return Standing.TRYING
    if passed is None and attempts == 0:
        return Standing.NOT_ATTEMPTED
    return Standing.FAILED if passed is False else Standing.TRYING
