"""Reordering: lists after a silence, prompts for what was lost, keeping still while offline."""

from dataclasses import replace

import pytest

from holdfast.grading.domain.reference.clients import sorting
from holdfast.grading.domain.reference.greeting import greet_udp, next_chat, verdict_in
from holdfast.grading.domain.reference.habits import USUAL, Habits
from holdfast.grading.domain.reference.sorting import by_time
from holdfast.grading.domain.scenario import Context, Peer
from holdfast.grading.wire.course import Chat
from tests.grading.mutants import slips
from tests.support.trying import SORTING, duel, hint, outcome, part
from tests.support.virtual import QUICK, Network


@pytest.mark.parametrize("test", SORTING)
def test_a_lost_message_is_sent_again_and_then_the_list_is_right(test: str) -> None:
    lost = Network(lose=lambda way, n: way == "down" and n == 2)
    for repeats in (True, False):
        habits = Habits(silence_s=1.0, repeats=repeats)
        assert outcome(test, habits=habits, network=lost).verdict == "pass"


def test_only_what_is_missing_is_sent_again() -> None:
    lost = Network(lose=lambda way, n: way == "down" and n == 2)
    played = duel("2025-6_1", habits=Habits(silence_s=1.0), network=lost)
    sent = [said.text for said in played.said if said.by == "server" and "|" in said.text]
    assert len(sent) == QUICK.timestamped_messages + 1


@pytest.mark.parametrize("test", SORTING)
def test_numbers_that_do_not_follow_time_may_come_back_as_they_were_or_anew(test: str) -> None:
    rules = replace(QUICK, numbers_follow_time=False)
    assert outcome(test, rules=rules).verdict == "pass"

    def anew(texts: list[str]) -> list[str]:
        times = [text.rpartition("|")[2] for text in by_time(texts)]
        return [f"{n}|Message {n}|{time}" for n, time in enumerate(times, 1)]

    assert outcome(test, sorting(part(test), anew), rules=rules).verdict == "pass"  # type: ignore[arg-type]


def test_sorting_by_number_is_caught_when_numbers_do_not_follow_time() -> None:
    rules = replace(QUICK, numbers_follow_time=False)
    numbered = sorting(part("2025-6_1"), lambda texts: sorted(set(texts)))
    assert "sort by time" in hint("2025-6_1", numbered, rules=rules)


def test_returning_a_late_message_while_offline_fails_without_any_grace() -> None:
    test = "2025-6_2"

    async def play(ctx: Context, server: Peer) -> None:
        udp, heard = await greet_udp(ctx, server, part(test).port, part(test).trigger, USUAL)
        is_offline = False
        chat: Chat | None = heard
        while chat is None or verdict_in(chat.text) is None:
            if chat is not None and is_offline and "|" in chat.text:
                await udp.send(chat)
            is_offline = is_offline or (chat is not None and "Offline" in chat.text)
            chat = await next_chat(ctx, udp, 30.0)

    assert "after the Offline notice" in hint(test, play)


def test_returning_an_early_message_within_the_grace_period_is_forgiven() -> None:
    test = "2025-6_2"

    async def play(ctx: Context, server: Peer) -> None:
        udp, heard = await greet_udp(ctx, server, part(test).port, part(test).trigger, USUAL)
        texts = [heard.text]
        chat: Chat | None = heard
        while chat is None or verdict_in(chat.text) is None:
            if chat is not None and "Offline" in chat.text:
                await udp.send(heard)
                await udp.send(Chat(ctx.uid, "hello"))
            elif chat is not None and "Online" in chat.text:
                for text in by_time(texts):
                    await udp.send(Chat(ctx.uid, text))
            elif chat is not None:
                texts.append(chat.text)
            chat = await next_chat(ctx, udp, 30.0)

    assert outcome(test, play).verdict == "pass"


@pytest.mark.parametrize("test", SORTING)
def test_datagrams_that_are_no_frames_are_explained(test: str) -> None:
    async def play(ctx: Context, server: Peer) -> None:
        udp, heard = await greet_udp(ctx, server, part(test).port, part(test).trigger, USUAL)
        texts = [heard.text]
        chat: Chat | None = heard
        while chat is None or verdict_in(chat.text) is None:
            if chat is None:
                for text in by_time(texts):
                    await udp.send(*slips.little_endian(Chat(ctx.uid, text)))
            elif "|" in chat.text:
                texts.append(chat.text)
            chat = await next_chat(ctx, udp, 4.0)

    assert "big-endian" in hint(test, play)


@pytest.mark.parametrize("test", SORTING)
def test_a_partial_list_fails_in_the_end_and_names_what_is_missing(test: str) -> None:
    most = sorting(part(test), lambda texts: by_time(texts)[:-1])
    assert "had 7 of 8 messages" in hint(test, most)


def test_a_list_that_is_just_being_sent_is_not_disturbed_by_a_prompt() -> None:
    test = "2025-6_1"

    async def play(ctx: Context, server: Peer) -> None:
        udp, heard = await greet_udp(ctx, server, part(test).port, part(test).trigger, USUAL)
        texts = [heard.text]
        while (chat := await next_chat(ctx, udp, 1.8)) is not None:
            texts.append(chat.text)
        for text in by_time(texts):  # begins before the first prompt is due, ends after it
            await udp.send(Chat(ctx.uid, text))
            await ctx.sleep(0.5)

    played = duel(test, play)
    assert played.outcome is not None
    assert played.outcome.verdict == "pass"
    sent = [said for said in played.said if said.by == "server" and "|" in said.text]
    assert len(sent) == QUICK.timestamped_messages


@pytest.mark.parametrize("pause_s", [1.0, 2.0, 2.9])
@pytest.mark.parametrize("test", SORTING)
def test_a_slow_client_may_wait_between_the_datagrams_of_its_list(
    test: str, pause_s: float
) -> None:
    """Slower than every prompt would be: the list so far is right, so nothing disturbs it."""

    async def play(ctx: Context, server: Peer) -> None:
        udp, heard = await greet_udp(ctx, server, part(test).port, part(test).trigger, USUAL)
        kept: list[Chat] = []
        is_online = "6_2" not in test
        chat: Chat | None = heard
        while chat is not None or not is_online:
            if chat is not None and "|" in chat.text and chat not in kept:
                kept.append(chat)
            is_online = is_online or (chat is not None and "Online" in chat.text)
            chat = await next_chat(ctx, udp, 1.5)
        for text in by_time([chat.text for chat in kept]):
            await ctx.sleep(pause_s)
            await udp.send(Chat(kept[0].recipient, text))
        while chat is None or verdict_in(chat.text) is None:
            chat = await next_chat(ctx, udp, 30.0)

    assert outcome(test, play).verdict == "pass"
