"""2024-a1-t3: the excess of a long chat, a character counting two bytes."""

import pytest

from holdfast.grading.domain.reference.clients import answering
from holdfast.grading.domain.reference.echoing import echo, excess
from holdfast.grading.domain.scenarios.y2024_a1_t3 import known_mistakes
from holdfast.grading.domain.templates import compare
from holdfast.grading.wire.course import Chat
from tests.grading.mutants.slips import number
from tests.support.trying import duel, hint, outcome, part
from tests.support.virtual import UID


def test_the_chat_is_longer_than_the_limit_and_ascii() -> None:
    for seed in range(30):
        long = duel("2024-a1-t3", seed=str(seed)).client.heard()[1]
        assert 2000 < len(long) < 4000
        assert long.isascii()


@pytest.mark.parametrize("chars", range(2001, 3901, 7))
def test_the_right_number_is_never_among_the_mistakes(chars: int) -> None:
    right = Chat(UID, str(2 * chars - 4000))
    assert all(compare(wrong, right) is not None for wrong in known_mistakes(UID, chars))


def test_other_chats_of_a_connection_are_no_mistakes() -> None:
    for text in ("hello", "", "TEST 4 HANDLING ERROR MESSAGE", "12 bytes"):
        wrong = known_mistakes(UID, 2500)
        assert all(compare(each, Chat(UID, text)) is not None for each in wrong)


def test_the_hint_shows_the_sum() -> None:
    said = hint("2024-a1-t3", answering(part("2024-a1-t3"), number(lambda chars: chars)))
    assert "characters * 2 - 4000 = " in said


def test_an_echo_of_the_long_chat_before_the_number_is_passed_over() -> None:
    both = answering(part("2024-a1-t3"), lambda chat: (*echo(chat), *excess(chat)))
    assert outcome("2024-a1-t3", both).verdict == "pass"
    assert "Do not echo the long chat" in hint("2024-a1-t3", answering(part("2024-a1-t3"), echo))
