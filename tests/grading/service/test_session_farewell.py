"""A verdict that was lost on the way is said again to a client that goes on."""

from itertools import pairwise

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.reference.clients import client, reconciling
from holdfast.grading.domain.reference.greeting import next_chat
from holdfast.grading.domain.reference.habits import Habits
from holdfast.grading.domain.scenario import Context, Peer
from holdfast.grading.service.session_farewell import MEMORY_S, REPEAT_S, REPEATS, LastWord
from holdfast.grading.wire.course import Chat
from tests.support.trying import part
from tests.support.virtual import Network
from tests.support.world import World

TEST = TestId("2025-5_1")


def test_the_last_word_is_said_again_a_few_times_with_pauses() -> None:
    last = LastWord()
    last.keep(b"passed", 10.0)
    said = [at for at in range(1000, 4500) if last.again(b"chat", at / 100)]
    assert len(said) == REPEATS
    assert said[0] == 1000 + 100 * REPEAT_S
    assert all(later - sooner >= 100 * REPEAT_S for sooner, later in pairwise(said))


def test_an_echo_of_it_is_no_reason_to_say_it_again() -> None:
    last = LastWord()
    last.keep(b"passed", 10.0)
    assert last.again(b"passed", 20.0) == b""


def test_it_is_forgotten_when_another_test_begins_and_after_a_while() -> None:
    last = LastWord()
    assert last.again(b"chat", 100.0) == b""
    last.keep(b"passed", 10.0)
    assert last.again(b"chat", 10.0 + MEMORY_S + 1.0) == b""
    last.forget()
    assert last.again(b"chat", 20.0) == b""


def test_a_client_that_missed_its_verdict_hears_it_in_the_end() -> None:
    never_forgets = Habits(forgets_acks=True)
    first_verdict = 8 + 8

    def lose(way: str, n: int) -> bool:
        return way == "down" and first_verdict <= n <= first_verdict + 1

    world = World()
    player = world.client(client(TEST, never_forgets), network=Network(lose=lose))
    world.run()
    assert [record.summary.verdict for record in world.attempts()] == ["pass"]
    assert player.heard()[-1] == "TEST 5_1 LOST MESSAGE HANDLING SUCCESSFULLY PASSED"
    assert player.outcome is not None
    assert world.agenda.now < 20.0


def test_a_client_that_ended_well_hears_its_verdict_once() -> None:
    world = World()
    player = world.client(client(TEST))
    world.run()
    assert sum("PASSED" in text for text in player.heard()) == 1


def test_the_verdict_of_one_test_is_not_repeated_into_the_next_on_the_same_socket() -> None:
    async def play(ctx: Context, server: Peer) -> None:
        await reconciling(part(TEST))(ctx, server)
        udp = ctx.peer("udp:5005")
        await ctx.sleep(2 * REPEAT_S)
        await udp.send(Chat(ctx.uid, part(TEST).trigger.text))
        await ctx.sleep(0.5)
        await udp.send(Chat(ctx.uid, "hello"))
        first = await next_chat(ctx, udp, 5.0)
        assert first is not None
        assert first.text.startswith("Test 1")

    world = World()
    player = world.client(client(TEST, play=play))
    world.run(until_s=60.0)
    assert player.outcome is not None
    assert player.outcome.verdict == "pass", player.outcome
