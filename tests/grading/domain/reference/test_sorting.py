"""Clients collect, sort by time, and send the list when all is quiet and they are online."""

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.reference.clients import client
from holdfast.grading.domain.reference.habits import Habits
from holdfast.grading.domain.reference.sorting import by_time
from tests.support.duel import Duel
from tests.support.trying import duel
from tests.support.virtual import Network


def test_texts_are_sorted_by_their_time_and_each_is_sent_once() -> None:
    texts = ["1|Message 1|10:59:00", "3|Message 3|10:05:09", "2|Message 2|10:05:10"]
    assert list(by_time([*texts, *texts])) == [texts[1], texts[2], texts[0]]


def test_a_list_is_sent_once_or_every_second() -> None:
    def lists(habits: Habits) -> int:
        deaf = Network(lose=lambda way, n: way == "up" and 0 < n < 20)
        said = duel("2025-6_1", habits=habits, network=deaf).said
        return sum(each.text.startswith("1|") for each in said if each.by == "client")

    assert lists(Habits(silence_s=1.0, repeats=True)) >= 3
    assert lists(Habits(silence_s=1.0)) >= 1


def test_a_client_stops_waiting_for_a_verdict_that_was_lost() -> None:
    lost = Network(lose=lambda way, n: way == "down" and n >= 8)
    played = Duel(client(TestId("2025-6_1")), network=lost)
    played.run()
    assert played.client.outcome is not None
    assert played.client.outcome.verdict == "pass", "no verdict is no bad verdict"
