"""The seed of an attempt depends on the secret, the student, the test and the attempt."""

from holdfast.grading.domain.attempt import AttemptId, TestId
from holdfast.grading.domain.roster import UserId
from holdfast.grading.domain.seed import attempt_seed

USER, TEST, ATTEMPT = UserId(7), TestId("2024-a1-t1"), AttemptId("a" * 32)


def test_the_same_attempt_has_the_same_seed() -> None:
    seed = attempt_seed(b"secret", USER, TEST, ATTEMPT)
    assert seed == attempt_seed(b"secret", USER, TEST, ATTEMPT)
    assert len(bytes.fromhex(seed)) == 32


def test_anything_else_has_another_seed() -> None:
    seeds = {
        attempt_seed(b"secret", USER, TEST, ATTEMPT),
        attempt_seed(b"secrets", USER, TEST, ATTEMPT),
        attempt_seed(b"secret", UserId(8), TEST, ATTEMPT),
        attempt_seed(b"secret", USER, TestId("2024-a1-t2"), ATTEMPT),
        attempt_seed(b"secret", USER, TEST, AttemptId("b" * 32)),
    }
    assert len(seeds) == 5
