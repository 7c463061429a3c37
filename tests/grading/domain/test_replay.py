"""Replay plays a stored transcript again: same inputs, same actions, byte for byte."""

from dataclasses import replace

import pytest

from holdfast.grading.domain.events import (
    Abandoned,
    Answered,
    Closed,
    Joined,
    Moved,
    Overheard,
    Stalled,
)
from holdfast.grading.domain.replay import events_of, replay
from holdfast.grading.domain.requests import Unanswered
from holdfast.grading.domain.scenario import Context, Peer
from holdfast.grading.domain.transcript import EntryKind, TranscriptError, decode, encode
from holdfast.grading.domain.verdict import Verdict
from holdfast.grading.wire.course import Registered
from tests.support.playing import Stageplay, chat, frame_of, scenario_of


async def play(ctx: Context, peer: Peer) -> None:
    await peer.send(chat(f"{ctx.rand.randint(0, 9999)}"))
    await ctx.join("bob")
    await ctx.sleep(1)
    await peer.until(chat("x"), within=5, check="x")
    await peer.close()
    await ctx.ask_lease()


def test_everything_that_came_from_outside_is_played_again() -> None:
    stage = Stageplay.of(play, "x")
    stage.tell(Overheard("client", frame_of(Registered()), incoming=False), 0.1)
    stage.tell(Joined("bob"), 0.2)
    stage.got_garbage("garbage", 0.3)
    stage.tick(1.2)
    stage.tell(Stalled("client", b"\0", "unfinished"), 1.5)
    stage.tell(Closed("bob"), 1.6)
    stage.tell(Overheard("client", frame_of(Registered()), incoming=True), 1.65)
    stage.got(chat("x\n"), 1.68)
    assert "line end" in stage.engine.transcript().entries[-1].text
    stage.got(chat("x"), 1.7)
    assert stage.replays()
    stage.tell(Answered(stage.asks[0].id, Unanswered("away")), 2)
    assert stage.outcome.verdict is Verdict.INFRASTRUCTURE
    assert stage.replays()
    stored = decode(encode(stage.engine.transcript()))
    assert encode(replay(stored, stage.scenario)) == encode(stage.engine.transcript())


def test_a_move_to_another_server_is_told_changes_nothing_and_is_played_again() -> None:
    stage = Stageplay.of(play, "x")
    stage.tell(Joined("bob"), 0.2)
    sent = len(stage.sent)
    stage.tell(Moved("moved from n1 to n2"), 0.4)
    assert len(stage.sent) == sent
    [moved] = [e for e in stage.engine.transcript().entries if e.kind is EntryKind.MOVED]
    assert (moved.text, moved.at_s) == ("moved from n1 to n2", 0.4)
    stage.tick(1.2)
    assert stage.replays()


def test_a_changed_scenario_shows_whom_it_would_touch() -> None:
    async def strict(ctx: Context, peer: Peer) -> None:
        await peer.expect(chat("pong!"), within=2, check="x")

    async def kind(ctx: Context, peer: Peer) -> None:
        await peer.expect(chat("pong"), within=2, check="x")

    stage = Stageplay.of(strict, "x")
    stage.got(chat("pong"), 1)
    assert stage.outcome.verdict is Verdict.FAIL
    again = replay(stage.engine.transcript(), scenario_of(kind, "x"))
    assert again.result is not None
    assert again.result.verdict is Verdict.PASS


def test_an_abandoned_attempt_replays() -> None:
    stage = Stageplay.of(play, "x")
    stage.tell(Abandoned("The server was stopped."), 0.5)
    assert stage.replays()


def test_an_empty_transcript_replays() -> None:
    async def nothing(ctx: Context, peer: Peer) -> None:
        pass

    stage = Stageplay.of(nothing)
    assert list(events_of(stage.engine.transcript())) == []
    assert stage.replays()


def test_a_transcript_with_a_broken_frame_is_refused() -> None:
    stage = Stageplay.of(play, "x")
    stage.got(chat("x"), 0.5)
    transcript = stage.engine.transcript()
    entries = tuple(
        replace(entry, raw="ffff") if entry.kind is EntryKind.RECEIVED else entry
        for entry in transcript.entries
    )
    with pytest.raises(TranscriptError, match="does not decode"):
        replay(replace(transcript, entries=entries), stage.scenario)
