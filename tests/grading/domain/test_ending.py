"""How an attempt ends: the peer's fault fails, ours is infrastructure."""

import pytest

from holdfast.grading.domain.ending import (
    CRASHED,
    NOTE_FRAMES,
    PASSED,
    Ending,
    describe_error,
    ending_of,
    worsen,
)
from holdfast.grading.domain.requests import (
    Diverged,
    Overrun,
    ScenarioFault,
    Stopped,
    Unanswerable,
    Undecided,
)
from holdfast.grading.domain.transcript import Divergence
from holdfast.grading.domain.verdict import Check, CheckState, Verdict

FAILURE = Divergence(3, "the first failure")
FAILED = Check("a", CheckState.FAIL, 1)
PASSING = Check("a", CheckState.PASS, 1)
UNREACHED = Check("b", CheckState.NOT_REACHED, 1)


@pytest.mark.parametrize(
    ("error", "checks", "failure", "verdict", "reason"),
    [
        (None, (PASSING,), None, Verdict.PASS, PASSED),
        (None, (FAILED,), FAILURE, Verdict.FAIL, "the first failure"),
        (None, (PASSING, UNREACHED), None, Verdict.INCONCLUSIVE, "without reaching: b."),
        (Diverged("late"), (), FAILURE, Verdict.FAIL, "the first failure"),
        (Diverged("late"), (), None, Verdict.FAIL, "late"),
        (Stopped("x"), (), FAILURE, Verdict.FAIL, "the first failure"),
        (Stopped("x"), (), None, Verdict.FAIL, "A required check failed."),
        (Undecided("no loss"), (), None, Verdict.INCONCLUSIVE, "no loss"),
        (Unanswerable("away"), (), None, Verdict.INFRASTRUCTURE, "please try again"),
        (ScenarioFault("x"), (), None, Verdict.INFRASTRUCTURE, CRASHED),
        (Overrun("x"), (), FAILURE, Verdict.INFRASTRUCTURE, CRASHED),
    ],
)
def test_every_end_has_its_verdict_and_reason(
    error: BaseException | None,
    checks: tuple[Check, ...],
    failure: Divergence | None,
    verdict: Verdict,
    reason: str,
) -> None:
    ending = ending_of(error, checks, failure)
    assert ending.verdict is verdict
    assert reason in ending.reason


@pytest.mark.parametrize("verdict", list(Verdict))
def test_an_ending_is_never_better_than_its_checks(verdict: Verdict) -> None:
    worse = worsen(Ending(verdict, "reason"), (PASSING, FAILED))
    assert worse.verdict is (Verdict.FAIL if verdict is Verdict.PASS else verdict)
    assert worsen(Ending(verdict, "reason"), (PASSING,)).verdict is verdict


def test_a_traceback_names_places_and_is_bounded() -> None:
    def deep(depth: int) -> None:
        if depth:
            deep(depth - 1)
        raise ValueError("bottom")

    try:
        deep(100)
    except ValueError as error:
        note = describe_error(error)
    assert note.startswith("ValueError: bottom\n")
    assert len(note.splitlines()) == NOTE_FRAMES + 2
    assert "domain/test_ending.py:" in note
    assert note.endswith("(our mistake)")
    assert describe_error(Overrun("x")).endswith("(our limit)")


def test_an_error_that_cannot_be_shown_is_shown_by_its_type() -> None:
    class Nasty(Exception):
        def __str__(self) -> str:
            raise RuntimeError("not even this")

    assert describe_error(Nasty()).startswith("Nasty: ")
