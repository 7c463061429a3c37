"""2024-a1-t2: a bare string, a pause, a chat; only the chat comes back."""

from holdfast.grading.domain.reference.clients import answering
from holdfast.grading.domain.reference.greeting import greet
from holdfast.grading.domain.scenario import Context, Peer
from holdfast.grading.domain.templates import like
from holdfast.grading.wire.course import Chat
from tests.grading.mutants import slips
from tests.support.duel import Duel
from tests.support.trying import duel, hint, outcome, part


def bare_string(played: Duel) -> bytes:
    return next(said.raw for said in played.said if said.by == "server" and said.message is None)


def test_the_bare_string_is_skipped_in_whole_types_of_four_bytes() -> None:
    for seed in range(30):
        raw = bare_string(duel("2024-a1-t2", seed=str(seed)))
        assert len(raw) % 4 == 0
        assert int.from_bytes(raw[:2], "big") == len(raw) - 2
        types = {int.from_bytes(raw[at : at + 4], "big") for at in range(0, len(raw), 4)}
        assert not types & {0, 1, 2, 4}, "a client would take it for a message"


def test_the_chat_comes_well_after_the_bare_string_in_real_time() -> None:
    played = duel("2024-a1-t2")
    times = [said.at_s for said in played.said if said.by == "server"]
    assert times[2] - times[1] >= 0.4


def test_no_verdict_goes_back_on_the_connection() -> None:
    played = duel("2024-a1-t2")
    assert [said.by for said in played.said][-1] == "client"
    assert played.outcome is not None
    assert played.outcome.announcement == b""


def test_a_client_that_says_nothing_is_told_to_read_on() -> None:
    said = hint("2024-a1-t2", answering(part("2024-a1-t2"), slips.nothing))
    assert "Nothing came within 10 s" in said
    assert "must not stop you" in said


def test_echoing_the_bare_string_is_named() -> None:
    heard: list[bytes] = []

    async def play(ctx: Context, server: Peer) -> None:
        await greet(ctx, server, part("2024-a1-t2").trigger, part("2024-a1-t2").habits)
        await ctx.sleep(0.3)
        await server.send(Chat(ctx.uid, heard[0].decode()))

    heard.append(bare_string(duel("2024-a1-t2"))[2:])
    assert "The out-of-band string came back" in hint("2024-a1-t2", play)


def test_echoing_the_bare_string_and_then_the_chat_is_right_in_the_end() -> None:
    bare = bare_string(duel("2024-a1-t2"))[2:].decode()

    async def play(ctx: Context, server: Peer) -> None:
        await greet(ctx, server, part("2024-a1-t2").trigger, part("2024-a1-t2").habits)
        await ctx.sleep(0.3)
        await server.send(Chat(ctx.uid, bare))
        await server.send(await server.until(like(Chat), within=5.0))

    assert outcome("2024-a1-t2", play).verdict == "pass"
