"""The stage counts and records what a scenario emits."""

import pytest

from holdfast.grading.domain.events import Close, EngineLimits, Send
from holdfast.grading.domain.recorder import Recorder
from holdfast.grading.domain.requests import Overrun
from holdfast.grading.domain.stage import EngineStage
from holdfast.grading.domain.tasks import Tasks
from holdfast.grading.domain.transcript import EntryKind
from holdfast.grading.wire.course import COURSE, Chat
from tests.support.playing import chat


def made(**limits: int) -> tuple[EngineStage, Recorder]:
    bounds = EngineLimits(**limits)
    recorder = Recorder((), bounds)
    return EngineStage(recorder, Tasks(8), COURSE, bounds), recorder


def test_what_is_sent_is_an_action_and_an_entry() -> None:
    stage, recorder = made()
    stage.now = 1.5
    stage.send("client", chat("x"))
    stage.send("client", b"raw")
    stage.close("client")
    raw = COURSE.encode(chat("x"))
    assert stage.actions == [Send("client", raw), Send("client", b"raw"), Close("client")]
    entries = recorder.entries()
    assert [(entry.kind, entry.name) for entry in entries] == [
        (EntryKind.SENT, "Chat"),
        (EntryKind.SENT, ""),
        (EntryKind.CLOSE, ""),
    ]
    assert {entry.at_s for entry in entries} == {1.5}


def test_frames_and_bytes_are_bounded() -> None:
    stage, _ = made(sent_frames=1)
    stage.send("client", b"x")
    with pytest.raises(Overrun, match="frames"):
        stage.send("client", b"x")
    stage, _ = made(sent_bytes=3)
    stage.send("client", b"xyz")
    with pytest.raises(Overrun, match="bytes"):
        stage.send("client", b"x")


def test_the_last_announcement_wins() -> None:
    stage, _ = made()
    stage.announce(chat("PASSED"), chat("FAILED"))
    stage.announce(None, Chat(1, "NO"))
    assert stage.passed_announcement == b""
    assert stage.failed_announcement == COURSE.encode(Chat(1, "NO"))


def test_an_unknown_peer_is_not_closed() -> None:
    stage, _ = made()
    assert not stage.is_closed("bob")
    stage.inbox("bob").closed = True
    assert stage.is_closed("bob")
