"""The scoreboard: who is before whom, and that nobody can tell who that is."""

from datetime import UTC, datetime, timedelta

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.deadlines import Counted
from holdfast.grading.domain.roster import UserId
from holdfast.grading.domain.scoreboard import FIRST, SECOND, pseudonyms, rank

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
KEY = b"k" * 32


def counted(uid: int, test: str, points: float, *, passed: bool = True, minute: int = 0) -> Counted:
    at = NOON + timedelta(minutes=minute)
    return Counted(UserId(uid), TestId(test), passed, int(points), points, 0, at)


def test_passes_come_first_then_points_then_who_was_there_first() -> None:
    ranks = rank(
        [
            counted(1, "a", 5),
            counted(2, "a", 3),
            counted(2, "b", 3),
            counted(3, "a", 5, minute=-5),
            counted(4, "a", 9, passed=False),
        ]
    )
    assert [(one.place, one.uid) for one in ranks] == [(1, 2), (2, 3), (2, 1), (4, 4)]
    assert [(one.passed, one.points) for one in ranks] == [(2, 6), (1, 5), (1, 5), (0, 9)]


def test_who_has_reached_nothing_is_not_ranked() -> None:
    assert not rank([counted(1, "a", 0, passed=False)])
    assert [one.uid for one in rank([counted(2, "a", 0)])] == [2]


def test_a_pseudonym_stays_and_another_secret_gives_another() -> None:
    uids = [UserId(uid) for uid in range(50)]
    assert pseudonyms(KEY, uids) == pseudonyms(KEY, reversed(uids))
    assert pseudonyms(KEY, uids) != pseudonyms(b"other", uids)


def test_no_two_students_of_the_largest_class_have_one_pseudonym() -> None:
    names = pseudonyms(KEY, map(UserId, range(10_000)))
    assert len(set(names.values())) == 10_000


def test_the_words_are_many_and_all_different() -> None:
    assert len(set(FIRST)) == len(FIRST) == len(set(SECOND)) == len(SECOND) == 64
