"""Ticked checks: told once, in order, bounded, and forgotten with their attempt."""

from holdfast.grading.domain.attempt import AttemptId, Progress
from holdfast.grading.domain.verdict import Check, CheckState
from holdfast.grading.service.ticked_checks import (
    MAX_CHECKS,
    MAX_HINT_CHARS,
    MAX_TAKEN,
    TickedChecks,
)

A, B = AttemptId("a" * 32), AttemptId("b" * 32)
ONE, TWO = Check("one", CheckState.PASS, 1), Check("two", CheckState.FAIL, 1, "why")


def test_what_was_noted_is_told_once_with_all_that_was_before() -> None:
    ticks = TickedChecks()
    ticks.note(A, [ONE])
    assert ticks.take() == (Progress(A, (ONE,)),)
    assert ticks.take() == ()
    ticks.note(A, [TWO])
    assert ticks.take() == (Progress(A, (ONE, TWO)),)


def test_nothing_new_is_not_told() -> None:
    ticks = TickedChecks()
    ticks.note(A, [])
    assert ticks.take() == ()


def test_an_attempt_that_has_ended_is_forgotten() -> None:
    ticks = TickedChecks()
    ticks.note(A, [ONE])
    ticks.forget(A)
    ticks.forget(A)
    assert ticks.take() == ()


def test_what_is_too_much_for_one_beat_comes_with_the_next() -> None:
    ticks = TickedChecks()
    for number in range(MAX_TAKEN + 1):
        ticks.note(AttemptId(f"{number:032x}"), [ONE])
    assert len(ticks.take()) == MAX_TAKEN
    assert len(ticks.take()) == 1
    ticks.note(A, [ONE])
    ticks.note(B, [TWO])
    assert [one.attempt for one in ticks.take(1)] == [A]


def test_checks_and_hints_on_the_way_are_bounded() -> None:
    ticks = TickedChecks()
    ticks.note(A, [Check(str(number), CheckState.FAIL, 1, "x" * 9999) for number in range(99)])
    (progress,) = ticks.take()
    assert len(progress.checks) == MAX_CHECKS
    assert {len(check.hint) for check in progress.checks} == {MAX_HINT_CHARS}
