"""2024-a1-t1: the id is known, nothing is said."""

from holdfast.grading.domain.scenario import Trigger
from holdfast.grading.domain.scenarios.y2024_a1_t1 import SCENARIO
from holdfast.grading.domain.verdict import Verdict
from holdfast.grading.wire.course import Chat
from tests.support.trying import duel


def test_a_known_id_passes_and_nothing_is_sent() -> None:
    played = duel("2024-a1-t1")
    assert played.outcome is not None
    assert played.outcome.verdict is Verdict.PASS
    assert played.client.heard() == [""], "only the register response, which has no text"


def test_only_the_exact_text_triggers() -> None:
    assert SCENARIO.trigger == Trigger("TEST 1 USER ID CORRECTNESS")
    assert not SCENARIO.trigger.matches(Chat(1, "TEST 1 USER ID CORRECTNESS PASSED"))
    assert not SCENARIO.trigger.matches(Chat(1, "test 1 user id correctness"))
