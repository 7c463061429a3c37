"""Offline: silence after a grace period, then everything."""

from dataclasses import replace
from itertools import pairwise

from holdfast.grading.domain.reference.clients import reconciling
from holdfast.grading.domain.reference.greeting import greet_udp, next_chat, verdict_in
from holdfast.grading.domain.reference.habits import USUAL
from holdfast.grading.domain.scenario import Context, Peer, Play
from holdfast.grading.wire.course import Chat
from tests.grading.mutants import slips
from tests.support.trying import duel, hint, outcome, part
from tests.support.virtual import QUICK

TEST = "2025-5_2"


def returns_after_notice(late_s: float, *, text: str = "") -> Play:
    """Returns the first chat (or says `text`) so long after the Offline notice, then is right."""

    async def play(ctx: Context, server: Peer) -> None:
        udp, heard = await greet_udp(ctx, server, part(TEST).port, part(TEST).trigger, USUAL)
        kept = {heard.text: heard}
        chat: Chat | None = heard
        while chat is None or verdict_in(chat.text) is None:
            if chat is not None and "Offline" in chat.text:
                await ctx.sleep(late_s)
                await udp.send(Chat(ctx.uid, text or heard.text))
            elif chat is not None and "Online" in chat.text:
                for each in kept.values():
                    await udp.send(each)
            elif chat is not None and not chat.text.startswith("Acknowledged"):
                kept[chat.text] = chat
            chat = await next_chat(ctx, udp, 30.0)

    return play


def test_a_chat_that_was_on_its_way_when_the_notice_came_is_forgiven() -> None:
    assert outcome(TEST, returns_after_notice(0.3)).verdict == "pass"


def test_a_chat_after_the_grace_period_fails_at_once_with_its_time() -> None:
    played = duel(TEST, returns_after_notice(1.0))
    assert played.outcome is not None
    assert played.outcome.verdict == "fail"
    assert "came 1.0 s after the Offline notice" in played.outcome.reason


def test_echoing_the_notice_itself_is_ignored() -> None:
    notice = "User is now Offline and cannot receive messages."
    assert outcome(TEST, returns_after_notice(1.0, text=notice)).verdict == "pass"


def test_the_online_notice_is_repeated_about_once_a_second() -> None:
    played = duel(TEST, reconciling(part(TEST), slips.nothing))
    times = [said.at_s for said in played.said if "now Online" in said.text]
    gaps = [later - sooner for sooner, later in pairwise(times)]
    assert 0.9 <= gaps[0] <= 1.3
    assert len(gaps) >= 4


def test_a_grace_period_longer_than_being_offline_is_kept() -> None:
    rules = replace(QUICK, offline_s=0.1, offline_grace_s=1.5)
    assert outcome(TEST, returns_after_notice(1.0), rules=rules).verdict == "pass"


def test_what_is_missing_after_online_is_said() -> None:
    assert "After the Online notice: Message #3" in hint(
        TEST, reconciling(part(TEST), lambda chat: () if chat.text[-1] == "3" else (chat,))
    )
