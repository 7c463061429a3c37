"""The server's side of a recorded conversation: every byte, in order, step by step in time."""

from dataclasses import replace

import pytest

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.recorded_side import HangUp, Hear, Say, bytes_of, server_side
from holdfast.grading.domain.scenarios import CATALOGUE
from holdfast.grading.domain.transcript import Entry, EntryKind, TranscriptError
from tests.support.seeded_class import echo, play

PLAYED = play(CATALOGUE[TestId("2025-3_1")], 1000, echo).transcript


def test_steps_are_what_went_over_the_wire_with_the_time_from_one_to_the_next() -> None:
    kinds = EntryKind.SENT, EntryKind.CHECK, EntryKind.RECEIVED, EntryKind.CLOSE
    entries = tuple(
        Entry(kind, at, raw="" if kind in (EntryKind.CHECK, EntryKind.CLOSE) else "0a0b")
        for kind, at in zip(kinds, (0.5, 0.75, 2.0, 1.0), strict=True)
    )
    steps = server_side(replace(PLAYED, entries=entries, result=None))
    assert steps == (Say(0.5, b"\n\x0b"), Hear(1.5, b"\n\x0b"), HangUp(0.0))


def test_the_announced_verdict_comes_last() -> None:
    assert PLAYED.result is not None
    assert server_side(PLAYED)[-1] == Say(0.0, bytes.fromhex(PLAYED.result.announcement))


def test_bytes_that_are_none_are_named_by_their_entry() -> None:
    entries = (Entry(EntryKind.NOTE, 0.0), Entry(EntryKind.SENT, 0.0, raw="0x"))
    with pytest.raises(TranscriptError, match=r"entries\[1\]\.raw: '0x' are no hex digits"):
        server_side(replace(PLAYED, entries=entries))
    with pytest.raises(TranscriptError, match="trigger"):
        bytes_of("zz", "trigger")
