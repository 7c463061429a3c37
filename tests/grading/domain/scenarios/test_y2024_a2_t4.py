"""2024-a2-t4: one of several chats is special."""

from tests.support.trying import duel

MARK = "SPECIAL MESSAGE TEST 4"


def test_exactly_one_of_several_chats_contains_the_mark() -> None:
    for seed in range(20):
        texts = [text for text in duel("2024-a2-t4", seed=str(seed)).client.heard() if text]
        assert sum(MARK in text for text in texts) == 1
        assert len(texts) >= 3


def test_the_verdict_does_not_contain_the_mark_or_it_would_be_echoed() -> None:
    assert MARK not in duel("2024-a2-t4").client.heard()[-1]
