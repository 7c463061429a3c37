"""A transcript is one self-contained document that survives storing."""

import json
from dataclasses import replace

import pytest

from holdfast.grading.domain.events import Answered, EngineLimits, Overheard
from holdfast.grading.domain.lease import Lease
from holdfast.grading.domain.roster import Source
from holdfast.grading.domain.scenario import Context, Peer
from holdfast.grading.domain.transcript import (
    VERSION,
    Entry,
    EntryKind,
    Transcript,
    TranscriptError,
    decode,
    encode,
)
from holdfast.grading.wire.course import Register
from tests.support.playing import UID, Stageplay, chat, frame_of

MOST_STORED_BYTES = 4 << 20
"""What the store takes in one call."""


async def play(ctx: Context, peer: Peer) -> None:
    await peer.send(chat("ping"))
    await ctx.ask_lease()
    ctx.announce(passed=chat("PASSED"))
    await peer.expect(chat("pong"), within=2, check="answer")


def played() -> Transcript:
    stage = Stageplay.of(play, "answer")
    stage.tell(Overheard("client", frame_of(Register(UID, "h", 1)), incoming=True), 0.1)
    lease = Lease(UID, Source("192.0.2.7", 1), 0.1, 0.1, 299.9, 0)
    stage.tell(Answered(stage.asks[0].id, lease), 0.2)
    stage.got(chat("pong"), 1.25)
    return stage.engine.transcript()


def test_a_transcript_survives_encoding() -> None:
    transcript = played()
    assert decode(encode(transcript)) == transcript
    assert encode(decode(encode(transcript))) == encode(transcript)


def test_it_is_json_that_anyone_can_read() -> None:
    document = json.loads(encode(played()))
    assert document["version"] == VERSION == 1
    assert (document["test"], document["uid"], document["seed"]) == ("test", UID, "seed")
    assert document["result"]["verdict"] == "pass"
    assert bytes.fromhex(document["result"]["announcement"]) == frame_of(chat("PASSED")).raw
    sent = document["entries"][0]
    assert sent["kind"] == "sent"
    assert sent["fields"] == [["recipient", "1234"], ["text", "ping"]]
    assert bytes.fromhex(sent["raw"]) == frame_of(chat("ping")).raw


def test_entries_tell_their_direction() -> None:
    directions = [entry.direction for entry in played().entries]
    kinds = [entry.kind.value for entry in played().entries]
    assert list(zip(kinds, directions, strict=True)) == [
        ("sent", "out"),
        ("asked", ""),
        ("overheard", "in"),
        ("answered", ""),
        ("received", "in"),
        ("check", ""),
    ]


def test_the_brief_comes_back_as_it_was() -> None:
    transcript = played()
    assert transcript.brief.trigger == frame_of(chat("GO")).raw
    assert transcript.brief.limits == EngineLimits()


HALF_TEXT = b'{"version": 1, "test": "\xff"}'


@pytest.mark.parametrize(
    "data", [b"", b"x", b"[]", b"{}", b'{"version": 1}', b'{"version": "1"}', HALF_TEXT]
)
def test_what_is_no_transcript_is_refused(data: bytes) -> None:
    with pytest.raises(TranscriptError, match="not a transcript"):
        decode(data)


def test_a_later_version_is_refused_by_its_number() -> None:
    with pytest.raises(TranscriptError, match="version 2 is not known"):
        decode(encode(replace(played(), version=2)))


def test_hostile_text_is_made_fit_for_any_store() -> None:
    async def listen(ctx: Context, peer: Peer) -> None:
        message = await peer.until(chat("x"), within=2, wrong={})
        ctx.note(message.text)

    stage = Stageplay.of(listen)
    stage.got(chat("a\ud800b\0c\r\n" + "z" * 60_000), 1)
    stage.got_garbage("\udcff\0", 1)
    transcript = stage.engine.transcript()
    assert decode(encode(transcript)) == transcript
    assert b"\\u0000" not in encode(transcript)
    fields = dict(transcript.entries[0].fields)
    assert fields["text"].startswith("a\\ud800b\\0c\r\n")
    assert "60007 characters" in fields["text"]


def test_the_greatest_transcript_can_still_be_stored() -> None:
    limits = EngineLimits()

    async def flood(ctx: Context, peer: Peer) -> None:
        for _ in range(limits.sent_frames - 1):
            await peer.send(bytes(limits.sent_bytes // limits.sent_frames))
        while True:
            await ctx.sleep(0.01)

    stage = Stageplay.of(flood)
    text = "\x01" * (limits.received_bytes // limits.received_frames - 11) + "\n"
    for _ in range(limits.received_frames - 1):
        stage.got(chat(text), 1)
    at = 1.0
    while stage.is_running:
        at += 0.01
        stage.tick(at)
    transcript = stage.engine.transcript()
    assert any("line end" in entry.text for entry in transcript.entries)
    assert len(encode(transcript)) < MOST_STORED_BYTES


def test_an_entry_needs_only_its_kind_and_time() -> None:
    assert Entry(EntryKind.TICK, 1.0).direction == ""
