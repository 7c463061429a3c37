"""An attempt counts the points of the checks that passed."""

from datetime import UTC, datetime

from holdfast.grading.domain.attempt import AttemptId, ClosedAttempt, OpenedAttempt, TestId
from holdfast.grading.domain.roster import Source, UserId
from holdfast.grading.domain.verdict import Check, CheckState, Verdict

BEGIN = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


def test_points_are_those_of_passed_checks_only() -> None:
    opened = OpenedAttempt(
        id=AttemptId("0" * 32),
        uid=UserId(1),
        test=TestId("2024-a1-t1"),
        seed="00",
        source=Source("127.0.0.1", 1),
        node="n1",
        incarnation="1",
        started_at=BEGIN,
    )
    checks = (
        Check("a", CheckState.PASS, 2),
        Check("b", CheckState.FAIL, 3, "wrong"),
        Check("c", CheckState.NOT_REACHED, 4),
    )
    closed = ClosedAttempt(opened, BEGIN, Verdict.FAIL, "wrong", checks, b"{}")
    assert closed.points == 2
