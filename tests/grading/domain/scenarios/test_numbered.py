"""The desk: what comes back is acknowledged, or not; what is missing is explained."""

from dataclasses import replace

import pytest

from holdfast.grading.domain.reference.clients import reconciling
from holdfast.grading.domain.reference.greeting import greet_udp, next_chat, verdict_in
from holdfast.grading.domain.reference.habits import USUAL
from holdfast.grading.domain.scenario import Context, Peer
from holdfast.grading.domain.scenarios._numbered import numbered_chats
from holdfast.grading.wire.course import Chat
from tests.grading.mutants import slips
from tests.support.trying import context, duel, hint, outcome, part
from tests.support.virtual import QUICK

TEST = "2025-5_1"


@pytest.mark.parametrize("count", [1, 8, 9])
def test_one_digit_stands_for_each_chat(count: int) -> None:
    chats = numbered_chats(context(rules=replace(QUICK, numbered_messages=count)))
    assert [chat.text[21:] for chat in chats] == [str(n) for n in range(1, count + 1)]


@pytest.mark.parametrize("dropped", [0, 1, 8, 100])
def test_any_number_of_left_out_acknowledgements_is_reconciled(dropped: int) -> None:
    rules = replace(QUICK, dropped_acks=dropped)
    assert outcome(TEST, rules=rules).verdict == "pass"


def test_left_out_acknowledgements_are_noted_in_the_transcript() -> None:
    entries = duel(TEST).transcript.entries
    notes = [entry.text for entry in entries if entry.text.startswith("Not acknowledged on pur")]
    assert len(notes) == QUICK.dropped_acks


def test_a_client_that_answers_every_datagram_with_all_it_has_starts_no_storm() -> None:
    async def play(ctx: Context, server: Peer) -> None:
        udp, heard = await greet_udp(ctx, server, part(TEST).port, part(TEST).trigger, USUAL)
        kept: list[Chat] = []
        chat: Chat | None = heard
        while chat is None or verdict_in(chat.text) is None:
            if chat is not None and chat.text.startswith("Test 1"):
                kept.append(chat)
            for each in kept:
                await udp.send(each)
            chat = await next_chat(ctx, udp, 5.0)

    played = duel(TEST, play)
    assert played.outcome is not None
    assert played.outcome.verdict == "pass"
    assert len(played.said) < 1000


def test_many_strangers_are_looked_at_but_not_kept() -> None:
    chatty = reconciling(
        part(TEST), lambda chat: [Chat(chat.recipient, f"{chat.text}{n}") for n in range(30)]
    )
    assert "characters too many follow" in hint(TEST, chatty)


def test_an_empty_stranger_is_no_version_of_anything() -> None:
    empty = reconciling(part(TEST), lambda chat: (Chat(chat.recipient, ""),))
    assert "Return every chat you receive" in hint(TEST, empty)


def test_the_nearest_of_several_versions_is_shown() -> None:
    both = reconciling(part(TEST), lambda chat: (*slips.to_nobody(chat), *slips.upper_case(chat)))
    assert "upper and lower case" in hint(TEST, both)


def test_a_single_missing_chat_is_named_by_its_number() -> None:
    most = reconciling(part(TEST), lambda chat: () if chat.text[-1] == "2" else (chat,))
    assert "Message #2 never came back" in hint(TEST, most)


@pytest.mark.parametrize(
    ("digits", "names"),
    [
        ("12345678", "Messages #1 to #8"),
        ("345", "Messages #3 to #5"),
        ("35", "Messages #3, #5"),
        ("12", "Messages #1, #2"),
        ("128", "Messages #1, #2, #8"),
    ],
)
def test_missing_chats_are_named_briefly(digits: str, names: str) -> None:
    some = reconciling(part(TEST), lambda chat: () if chat.text[-1] in digits else (chat,))
    assert f"{names} never came back" in hint(TEST, some)


def test_what_looks_odd_about_what_came_instead_is_told() -> None:
    spaced = reconciling(
        part(TEST), lambda chat: (Chat(chat.recipient, "\0".join(["", *chat.text])),)
    )
    said = hint(TEST, spaced)
    assert "Look at what came: `text` has a zero byte beside each letter" in said
    padded = reconciling(part(TEST), lambda chat: (Chat(chat.recipient, f"{chat.text}\0"),))
    assert "What came instead of #1: text differs" in hint(TEST, padded)
    assert "ends with a zero byte" in hint(TEST, padded)


def test_echoes_of_acknowledgements_are_ignored() -> None:
    async def play(ctx: Context, server: Peer) -> None:
        udp, heard = await greet_udp(ctx, server, part(TEST).port, part(TEST).trigger, USUAL)
        kept: dict[str, Chat] = {}
        chat: Chat | None = heard
        while chat is None or verdict_in(chat.text) is None:
            if chat is None:
                for each in kept.values():
                    await udp.send(each)
            elif chat.text.startswith("Acknowledged"):
                await udp.send(chat)
            else:
                kept[chat.text] = chat
            chat = await next_chat(ctx, udp, 0.5)

    assert outcome(TEST, play).verdict == "pass"
