"""What clients answer to a chat."""

from holdfast.grading.domain.reference.echoing import echo, echo_special, excess
from holdfast.grading.wire.course import Chat


def test_an_echo_is_the_chat_itself() -> None:
    assert echo(Chat(7, "x")) == (Chat(7, "x"),)


def test_the_excess_counts_two_bytes_a_character_and_short_chats_have_none() -> None:
    assert excess(Chat(7, "x" * 2001)) == (Chat(7, "2"),)
    assert excess(Chat(7, "x" * 3000)) == (Chat(7, "2000"),)
    assert excess(Chat(7, "x" * 2000)) == ()


def test_only_a_chat_with_the_mark_is_special() -> None:
    answer = echo_special("SPECIAL MESSAGE TEST 4_2")
    assert answer(Chat(7, "a SPECIAL MESSAGE TEST 4_2 b"))
    assert not answer(Chat(7, "a SPECIAL MESSAGE TEST 4 b"))
