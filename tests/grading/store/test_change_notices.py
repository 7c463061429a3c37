"""Changes survive the way through the database's notifications; garbage does not."""

from hypothesis import given
from hypothesis import strategies as st

from holdfast.grading.domain.attempt import AttemptId, TestId
from holdfast.grading.domain.roster import UserId
from holdfast.grading.domain.verdict import Verdict
from holdfast.grading.service.ports import Change, Spoke
from holdfast.grading.service.watch_changes import Missed
from holdfast.grading.store.change_notices import (
    CHANNEL,
    everything_changed,
    news_of,
    payloads,
    spoken_payloads,
)
from holdfast.platform.data import notices
from holdfast.platform.data.notices import MAX_PAYLOAD, Notice


def change(number: int, test: str = "2024-a1-t2", verdict: Verdict | None = None) -> Change:
    return Change(AttemptId(f"{number:032x}"), UserId(number % 10_000), TestId(test), verdict)


@given(
    st.lists(
        st.builds(
            change,
            st.integers(0, 10**6),
            st.text(st.characters(codec="ascii"), min_size=1, max_size=100),
            st.sampled_from([None, *Verdict]),
        ),
        max_size=150,
    )
)
def test_changes_arrive_whole_and_in_order(changes: list[Change]) -> None:
    texts = payloads("course", changes)
    assert all(len(text.encode()) < MAX_PAYLOAD for text in texts) or not texts
    heard = [one for text in texts for one in news_of("course", Notice(CHANNEL, text))]
    if all(one.test.isprintable() for one in changes):
        assert heard == changes


def test_changes_of_another_course_are_not_heard() -> None:
    [text] = payloads("other", [change(1)])
    assert list(news_of("course", Notice(CHANNEL, text))) == []


def test_an_import_means_that_everything_changed() -> None:
    text = everything_changed("course")
    assert list(news_of("course", Notice(CHANNEL, text))) == [Missed()]
    assert list(news_of("other", Notice(CHANNEL, text))) == []


def test_garbage_is_nothing() -> None:
    for text in ("", "[]", '["course", 3]', '["course", [["x"]]]', "nonsense"):
        assert list(news_of("course", Notice(CHANNEL, text))) == []


def test_a_lost_connection_means_that_changes_were_missed() -> None:
    assert list(news_of("course", notices.Missed("connected"))) == [Missed()]


def test_who_spoke_is_heard_by_the_course_and_by_no_other() -> None:
    spoken = [Spoke(AttemptId(f"{number:032x}"), UserId(number)) for number in range(90)]
    texts = spoken_payloads("course", spoken)
    assert len(texts) == 3
    heard = [one for text in texts for one in news_of("course", Notice(CHANNEL, text))]
    assert heard == spoken
    assert [one for text in texts for one in news_of("other", Notice(CHANNEL, text))] == []
