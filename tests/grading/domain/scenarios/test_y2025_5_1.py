"""2025-5_1: numbered chats, acknowledgements left out, the last word."""

from holdfast.grading.domain.scenarios.y2025_5_1 import SCENARIO
from tests.support.trying import duel
from tests.support.virtual import QUICK


def test_chats_begin_with_test_1_and_have_their_digit_where_clients_read_it() -> None:
    for seed in range(10):
        heard = [text for text in duel("2025-5_1", seed=str(seed)).client.heard() if text]
        chats = [text for text in heard if text.startswith("Test 1")][: QUICK.numbered_messages]
        assert [int(text[21]) for text in chats] == list(range(1, len(chats) + 1))
        assert all(text[21:].isdecimal() for text in chats), "nothing follows the digit"


def test_acknowledgements_are_the_prefix_and_the_text() -> None:
    heard = duel("2025-5_1").client.heard()
    chats = {text for text in heard if text.startswith("Test 1")}
    acks = {text for text in heard if text.startswith("Acknowledged message: ")}
    assert acks == {f"Acknowledged message: {text}" for text in chats}


def test_the_last_word_is_the_trigger_and_success() -> None:
    assert SCENARIO.trigger is not None
    assert duel("2025-5_1").client.heard()[-1] == f"{SCENARIO.trigger.text} SUCCESSFULLY PASSED"
