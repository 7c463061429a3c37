"""Editions only grow, move for whom news is, and the class's moves at most so often."""

from hypothesis import given
from hypothesis import strategies as st

from holdfast.grading.domain.attempt import AttemptId, TestId
from holdfast.grading.domain.roster import UserId
from holdfast.grading.service.editions import EVERY_S, Editions
from holdfast.grading.service.ports import Change, Spoke
from holdfast.grading.service.watch_changes import ChangeHub, Missed


def change(uid: int) -> Change:
    return Change(AttemptId("0" * 32), UserId(uid), TestId("t"), None)


def test_news_of_a_student_move_theirs_and_the_results_and_nobody_elses() -> None:
    editions = Editions()
    before = editions.of_student(1), editions.of_student(2), editions.of_course()
    results = editions.of_results()
    editions.note([change(1)])
    assert editions.of_student(1) != before[0]
    assert editions.of_student(2) == before[1]
    assert editions.of_course() == before[2]
    assert editions.of_results() != results


def test_lost_news_move_everything() -> None:
    editions = Editions()
    editions.touch(1)
    before = editions.of_student(1), editions.of_student(2), editions.of_course()
    results = editions.of_results()
    editions.note([Missed()])
    after = editions.of_student(1), editions.of_student(2), editions.of_course()
    assert all(old != new for old, new in zip(before, after, strict=True))
    assert editions.of_results() != results


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1)), max_size=40))
def test_the_classs_edition_is_never_older_than_its_bound_and_moves_seldom(
    steps: list[tuple[bool, float]],
) -> None:
    editions, now, seen, moved_at = Editions(), 0.0, editions_seen(), float("-inf")
    unseen_since: float | None = None
    for has_news, pause_s in steps:
        now += pause_s
        if has_news:
            editions.touch(1)
            unseen_since = now if unseen_since is None else unseen_since
        edition = editions.of_class(now)
        assert edition >= seen
        if edition != seen:
            assert now - moved_at >= EVERY_S
            seen, moved_at, unseen_since = edition, now, None
        assert unseen_since is None or now - unseen_since < EVERY_S


def editions_seen() -> int:
    return Editions().of_class(0.0)


def test_what_a_hub_publishes_moves_its_editions() -> None:
    hub = ChangeHub()
    before = hub.editions.of_student(7)
    hub.publish([change(7)])
    assert hub.editions.of_student(7) != before


def test_a_conversation_that_goes_on_moves_nothing() -> None:
    editions = Editions()
    editions.note([Spoke(AttemptId("0" * 32), UserId(1))])
    assert editions == Editions()
