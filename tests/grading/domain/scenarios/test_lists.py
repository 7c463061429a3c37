"""The judge of lists: a full list is right or wrong, a rotated or partial one never right."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.grading.domain.scenario import About
from holdfast.grading.domain.scenarios._lists import (
    KEPT_STRANGERS,
    Judge,
    Stamped,
    stamped_messages,
)
from holdfast.grading.wire.course import Chat
from tests.support.trying import context
from tests.support.virtual import QUICK, UID

MESSAGES = stamped_messages(context())
RIGHT = sorted(MESSAGES, key=lambda stamped: stamped.second)


chat = partial(Chat, UID)


def no_suspicion(_: Chat) -> str:
    return ""


def judge(*lists: Sequence[Stamped | str], pause_s: float = 1.0) -> tuple[bool | None, Judge]:
    """What the judge makes of lists with pauses between them; the first verdict ends it."""
    found = Judge(MESSAGES, gap_s=0.7)
    now = 1.0
    for each in lists:
        for item in each:
            text = item if isinstance(item, str) else item.text
            verdict = found.take(chat(text), now)
            now += 0.01
            if verdict is not None:
                return verdict, found
        now += pause_s
    return None, found


def test_the_sorted_list_is_right() -> None:
    assert judge(RIGHT)[0] is True


def test_texts_numbered_anew_by_time_are_as_good() -> None:
    texts = [stamped.numbered(rank) for rank, stamped in enumerate(RIGHT, 1)]
    assert judge(texts)[0] is True


@given(st.permutations(list(RIGHT)))
def test_no_other_order_is_right(order: list[Stamped]) -> None:
    assert judge(order)[0] is (order == RIGHT)


@given(st.integers(1, len(RIGHT) - 1), st.integers(1, 5))
def test_a_rotated_list_is_wrong_however_often_it_comes(start: int, times: int) -> None:
    rotated = RIGHT[start:] + RIGHT[:start]
    assert judge(*[rotated] * times)[0] is False
    assert judge(rotated * times)[0] is False


@given(st.sets(st.sampled_from(RIGHT), min_size=1), st.integers(1, 6))
def test_a_partial_list_is_never_right_however_often_it_comes(
    without: set[Stamped], times: int
) -> None:
    partial = [stamped for stamped in RIGHT if stamped not in without]
    assert judge(*[partial] * times)[0] is None


@given(st.lists(st.sets(st.integers(0, 7), max_size=3), min_size=1, max_size=4))
def test_a_list_after_partial_ones_is_judged_by_itself(losses: list[set[int]]) -> None:
    partial = [[s for n, s in enumerate(RIGHT) if n not in {*lost, 0}] for lost in losses]
    assert judge(*partial, RIGHT)[0] is True


def test_a_partial_list_without_a_pause_before_the_next_is_cut_at_the_repetition() -> None:
    assert judge([*RIGHT[:5], *RIGHT])[0] is True


def test_doubled_datagrams_are_taken_once() -> None:
    assert judge([stamped for stamped in RIGHT for _ in range(2)])[0] is True


def test_a_list_may_pause_between_any_of_its_datagrams() -> None:
    assert judge(RIGHT[:4], RIGHT[4:])[0] is True
    assert judge(*([stamped] for stamped in RIGHT))[0] is True


def test_after_a_pause_only_the_next_one_goes_on() -> None:
    assert judge(RIGHT[4:], RIGHT[:4])[0] is None
    assert judge(RIGHT[1:4], RIGHT[4:])[0] is None
    assert judge(RIGHT[:4], RIGHT[5:], RIGHT[4:5])[0] is None
    assert judge(RIGHT[1:], RIGHT[:4], RIGHT[3:])[0] is None


ORDERS = {
    "order in which they came": list(MESSAGES),
    "latest comes first": RIGHT[::-1],
    "Only the seconds": sorted(MESSAGES, key=lambda stamped: stamped.second % 60),
    "rotated: the earliest is at place 6": RIGHT[3:] + RIGHT[:3],
    "Sort by the time in the text, earliest first": [RIGHT[1], RIGHT[0], *RIGHT[:1:-1]],
}


@pytest.mark.parametrize("says", ORDERS)
def test_a_wrong_order_gets_its_name(says: str) -> None:
    verdict, found = judge(ORDERS[says])
    assert verdict is False
    assert says in found.explain_order()
    assert "Place" in found.explain_order()


def test_sorting_by_number_or_as_text_is_named_when_numbers_do_not_follow_time() -> None:
    rules = replace(QUICK, numbers_follow_time=False, timestamped_messages=12)
    messages = stamped_messages(context("shuffled", rules))
    for says, key in (
        ("sorted by number", lambda stamped: stamped.number),
        ("sorted as text", lambda stamped: stamped.text),
    ):
        found = Judge(messages, gap_s=0.7)
        for stamped in sorted(messages, key=key):
            verdict = found.take(chat(stamped.text), 1.0)
        assert verdict is False
        assert says in found.explain_order()


def test_sorting_only_the_minutes_is_named() -> None:
    early, late = Stamped(1, 60, 9), Stamped(2, 70, 9)
    messages = (late, Stamped(3, 600, 9), early, Stamped(4, 300, 9))
    found = Judge(messages, gap_s=0.7)
    for stamped in sorted(messages, key=lambda stamped: stamped.second // 60):
        verdict = found.take(chat(stamped.text), 1.0)
    assert verdict is False
    assert "Only the minutes" in found.explain_order()


def test_the_times_of_a_partial_list_that_are_missing_are_told() -> None:
    _, found = judge(RIGHT[:-1])
    hint, about = found.explain_missing(no_suspicion)
    assert "had 7 of 8" in hint
    assert RIGHT[-1].time in hint
    assert about is None
    assert found.missing() == [RIGHT[-1]]


@pytest.mark.parametrize(
    ("texts", "says"),
    [
        ([f"{RIGHT[0].text}\n{RIGHT[1].text}"], "datagram of its own"),
        ([f"{RIGHT[0].text}\n"], "unchanged"),
        ([RIGHT[0].time], "whole text back"),
        (["hello", RIGHT[0].time], "whole text back"),
        (["hello"], "No sorted list came"),
        ([""], "No sorted list came"),
        ([], "No sorted list came"),
    ],
)
def test_what_came_instead_of_a_list_is_explained(texts: list[str], says: str) -> None:
    _, found = judge(texts)
    hint, about = found.explain_missing(no_suspicion)
    assert says in hint
    assert about is None if "No sorted list" in says else about == About(chat(texts[-1]))
    assert found.has_heard is any(texts)


def test_what_looks_odd_about_a_stranger_is_told() -> None:
    _, found = judge(["hello", f"{RIGHT[0].text}\0"])
    hint, about = found.explain_missing(lambda one: "It ends odd." if "\0" in one.text else "")
    assert "unchanged" in hint
    assert hint.endswith("It ends odd.")
    assert about == About(chat(f"{RIGHT[0].text}\0"))
    assert judge(["hello"])[1].explain_missing(lambda _: "It is odd.")[0] == "It is odd."


def test_strangers_are_kept_up_to_a_bound() -> None:
    _, found = judge([f"x{n}" for n in range(3 * KEPT_STRANGERS)])
    assert len(found._strangers) == KEPT_STRANGERS


@given(st.text())
def test_messages_are_within_one_hour_shuffled_and_share_a_minute(seed: str) -> None:
    messages = stamped_messages(context(seed))
    ordered = sorted(messages, key=lambda stamped: stamped.second)
    assert len({stamped.hour for stamped in messages}) == 1
    assert len({stamped.second for stamped in messages}) == QUICK.timestamped_messages
    assert len({stamped.second // 60 for stamped in messages}) < QUICK.timestamped_messages
    assert [stamped.number for stamped in ordered] == list(range(1, len(ordered) + 1))
    turns = [ordered[n:] + ordered[:n] for n in range(len(ordered))]
    assert list(messages) not in [*turns, ordered[::-1]]


@pytest.mark.parametrize("count", [4, 9, 100])
def test_there_are_as_many_messages_as_the_rules_say(count: int) -> None:
    rules = replace(QUICK, timestamped_messages=count)
    for seed in range(40):  # with four messages, rotations are common and must be undone
        messages = stamped_messages(context(str(seed), rules))
        assert len(messages) == count
        ordered = sorted(messages, key=lambda stamped: stamped.second)
        assert list(messages) not in [ordered, ordered[::-1]]
