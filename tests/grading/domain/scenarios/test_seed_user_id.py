"""seed-user-id: the text names the recipient's id, exactly."""

import pytest

from holdfast.grading.domain.reference.clients import seeding
from holdfast.grading.domain.reference.greeting import WAIT_S
from holdfast.grading.domain.scenario import Context, Peer
from holdfast.grading.domain.scenarios.seed_user_id import SCENARIO
from holdfast.grading.domain.templates import like
from holdfast.grading.wire.course import Chat
from tests.support.trying import duel, hint, part


def test_the_right_id_is_answered_in_the_seeds_words() -> None:
    assert duel("seed-user-id").client.heard() == ["TEST 1 USER ID CORRECTNESS PASSED"]


def test_another_id_is_answered_in_the_seeds_words_and_explained() -> None:
    wrong = seeding(part("seed-user-id"), says=4321)
    assert duel("seed-user-id", wrong).client.heard() == ["TEST 1 USER ID CORRECTNESS FAILED"]
    assert 'must be "TEST 1 USER ID: 1234"' in hint("seed-user-id", wrong)


@pytest.mark.parametrize("text", ["01234", "1234 ", " 1234", "", "1234\n", "12345", "x"])
def test_nothing_but_the_plain_number_passes(text: str) -> None:
    async def play(ctx: Context, server: Peer) -> None:
        await server.send(Chat(ctx.uid, f"TEST 1 USER ID: {text}"))
        await server.until(like(Chat), within=WAIT_S)

    assert "1234" in hint("seed-user-id", play)


def test_it_lives_on_the_seeds_port_and_triggers_by_its_beginning() -> None:
    assert SCENARIO.ports == (8080,)
    assert SCENARIO.trigger is not None
    assert SCENARIO.trigger.matches(Chat(7, "TEST 1 USER ID: 7"))
    assert not SCENARIO.trigger.matches(Chat(7, "TEST 1 USER ID CORRECTNESS"))
