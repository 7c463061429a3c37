"""Only the special chat is echoed; whether echoing all fails is a rule."""

from dataclasses import replace

from holdfast.grading.domain.reference.clients import answering
from holdfast.grading.domain.reference.echoing import echo
from holdfast.grading.domain.reference.greeting import greet, next_chat
from holdfast.grading.domain.reference.habits import USUAL
from holdfast.grading.domain.scenario import Context, Peer
from tests.grading.mutants import slips
from tests.support.trying import hint, outcome, part
from tests.support.virtual import QUICK

TEST = "2025-4_2"


async def echoes_all(ctx: Context, server: Peer) -> None:
    await greet(ctx, server, part(TEST).trigger, USUAL)
    while (chat := await next_chat(ctx, server, 3.0)) is not None:
        await server.send(chat)


def test_echoing_all_fails_unless_the_course_says_otherwise() -> None:
    assert "An ordinary chat came back" in hint(TEST, echoes_all)
    mild = replace(QUICK, echo_all_fails=False)
    assert outcome(TEST, echoes_all, rules=mild).verdict == "pass"


def test_echoing_an_ordinary_chat_at_the_end_fails_too() -> None:
    async def play(ctx: Context, server: Peer) -> None:
        await greet(ctx, server, part(TEST).trigger, USUAL)
        heard = []
        while (chat := await next_chat(ctx, server, 0.5)) is not None:
            heard.append(chat)
        special = next(chat for chat in heard if "SPECIAL" in chat.text)
        await server.send(special)
        await server.send(heard[-1] if heard[-1] is not special else heard[0])
        await ctx.sleep(3.0)

    assert "An ordinary chat came back" in hint(TEST, play)


def test_text_around_the_special_message_is_named() -> None:
    around = answering(
        part(TEST), lambda chat: slips.prefixed(chat) if "SPECIAL" in chat.text else ()
    )
    assert "more text around it" in hint(TEST, around)


def test_a_silent_client_is_told_to_keep_reading() -> None:
    assert "Keep reading" in hint(TEST, answering(part(TEST), slips.nothing))


def test_the_first_answer_decides_what_an_echo_is() -> None:
    first = answering(part(TEST), echo)
    assert "An ordinary chat came back" in hint(TEST, first)
