"""Sessions that move: whatever dies when, the client's test goes on and passes, byte for byte."""

from dataclasses import replace
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.grading.domain.reference.clients import client
from holdfast.grading.domain.replay import replay
from holdfast.grading.domain.scenarios import CATALOGUE
from holdfast.grading.domain.transcript import EntryKind, decode, encode
from holdfast.grading.service.session_origin import Diverged
from holdfast.grading.service.session_replay import resume_session
from holdfast.grading.wire.course import Chat, Register
from holdfast.platform.balancer.handover_wire import Resume
from holdfast.platform.balancer.journal import Journal
from tests.support.moving import BUDGET, MovingNode, MovingWire
from tests.support.trying import ALL_TESTS
from tests.support.virtual_node import HOST, UID, Student

LONGEST_S = 120.0


def play(test: str, dice: Random, *, deaths: int, every: int = 8) -> MovingNode:
    """One course test on nodes that die."""
    node = MovingNode(dice, deaths=deaths, every=every)
    student = Student(node, client(test), split=lambda raw: _split(dice, raw))
    node.run(LONGEST_S, until=lambda: student.engine.outcome is not None)
    node.run(30.0)
    return node


def _split(dice: Random, raw: bytes) -> list[bytes]:
    at = dice.randint(0, len(raw))
    return [piece for piece in (raw[:at], raw[at:]) if piece]


def check_passed(node: MovingNode, test: str) -> None:
    found = [attempt for attempt in node.attempts() if attempt.test == test]
    assert [str(attempt.verdict) for attempt in found] == ["pass"], found
    record = node.do(node.store.attempt(found[0].id))
    transcript = decode(record.transcript)
    assert encode(replay(transcript, CATALOGUE[transcript.test])) == record.transcript
    moved = [entry for entry in transcript.entries if entry.kind is EntryKind.MOVED]
    assert not moved or found[0].node != "n1"


@pytest.mark.parametrize("test", ALL_TESTS)
def test_every_course_test_passes_although_its_nodes_die_again_and_again(test: str) -> None:
    moves = 0
    for seed in range(6):
        node = play(test, Random(seed), deaths=1 + seed % 4)
        check_passed(node, test)
        moves += sum(wire.moves for wire in node.wires)
    assert moves >= 3


@given(st.sampled_from(ALL_TESTS), st.integers(0, 1 << 30), st.integers(1, 12))
@settings(max_examples=20, deadline=None)
def test_any_death_at_any_event_is_survived(test: str, seed: int, every: int) -> None:
    check_passed(play(test, Random(seed), deaths=6, every=every), test)


def begun() -> MovingWire:
    """A session in the middle of a test."""
    node = MovingNode(Random(0), deaths=0)
    wire = node.connect(4444)
    wire.send(Register(UID, HOST, 1), Chat(UID, "TEST 4 HANDLING ERROR MESSAGE"))
    node.run(1.0)
    assert wire.sent
    assert isinstance(wire, MovingWire)
    return wire


def test_a_journal_that_tells_of_other_answers_is_refused_and_leaves_nothing_behind() -> None:
    wire = begun()
    resume = wire.journal.resume(1.0, 1, "n1")
    place = replace(wire.node.place)
    for wrong in (
        replace_resume(resume, digest=bytes(16)),
        replace_resume(resume, delivered=resume.delivered + 1),
        replace_resume(resume, pieces=resume.pieces[:1]),
        replace_resume(resume, notes=resume.notes[1:]),
        replace_resume(resume, notes=(*resume.notes, resume.notes[-2])),
        replace_resume(resume, notes=(*resume.notes, b"noise")),
        replace_resume(resume, notes=(*resume.notes, resume.notes[0])),
    ):
        with pytest.raises(Diverged):
            resume_session(place, wire.channel, wire.tag, wrong)
        assert place.census.running == 0


def replace_resume(resume: Resume, **changes: Any) -> Resume:
    return msgspec.structs.replace(resume, **changes)


def test_a_session_that_no_node_had_noted_begins_anew_with_all_that_was_sent() -> None:
    wire = begun()
    fresh = Journal(BUDGET)
    for at, data in wire.journal.resume(1.0, 1, "n1").pieces:
        fresh.heard(at, data)
    resume = fresh.resume(1.0, 1, "n1")
    resumed = resume_session(wire.node.place, wire.channel, wire.tag, resume)
    assert resumed.is_new
    assert tuple(resumed.unheard) == tuple(resume.pieces)
