"""2024-a2-t1: the trigger counts under a valid lease."""

from holdfast.grading.domain.reference.clients import triggering
from holdfast.grading.domain.reference.habits import Greeting, Habits
from tests.support.trying import duel, hint, outcome, part
from tests.support.virtual import QUICK


def test_a_valid_lease_passes_and_the_client_is_told() -> None:
    assert outcome("2024-a2-t1").verdict == "pass"
    assert duel("2024-a2-t1").client.heard()[-1].endswith("SUCCESSFULLY PASSED")


def test_without_a_lease_the_answer_contains_the_words_clients_look_for() -> None:
    never = triggering(part("2024-a2-t1", Habits(greeting=Greeting.NEVER)))
    played = duel("2024-a2-t1", never)
    error = next(said for said in played.said if type(said.message).__name__ == "ErrorReply")
    assert "no active lease" in error.text
    assert len(error.raw) < 512
    said = hint("2024-a2-t1", never)
    assert "Send a register request (type 1)" in said
    assert f"lasts {QUICK.lease_scaled_s:g} s" in said
