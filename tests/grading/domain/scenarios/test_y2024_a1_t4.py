"""2024-a1-t4: the error is not echoed, neither before nor after the chat."""

from holdfast.grading.domain.reference.clients import answering
from tests.grading.mutants import slips
from tests.support.trying import duel, hint, part


def test_an_error_comes_before_the_chat_and_not_in_the_same_moment() -> None:
    said = [each for each in duel("2024-a1-t4").said if each.by == "server"]
    assert [type(each.message).__name__ for each in said] == ["Registered", "ErrorReply", "Chat"]
    assert said[2].at_s - said[1].at_s > 0.05


def test_a_client_that_stops_at_the_error_is_told_to_read_on() -> None:
    said = hint("2024-a1-t4", answering(part("2024-a1-t4"), slips.nothing))
    assert "An error response must not stop you" in said
