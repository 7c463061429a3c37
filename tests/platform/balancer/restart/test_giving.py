"""The predecessor goes on unless a successor has said every word in its order and in time."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from holdfast.platform.balancer.loop import Loop
from holdfast.platform.balancer.restart import giving
from holdfast.platform.balancer.restart.folder import PrivateFolder
from holdfast.platform.balancer.restart.frames import Frame, Inbox, Word, encode
from holdfast.platform.balancer.restart.giving import Giver
from holdfast.platform.balancer.restart.taking import SOCKET
from tests.support.balancing import open_descriptors
from tests.support.processes import until


@dataclass
class FakeEstate:
    """A door, and a state larger than what a socket takes at once."""

    door: socket.socket
    told: list[str] = field(default_factory=list)
    parts: dict[str, bytes] = field(default_factory=lambda: {"flows": bytes(2_000_000)})

    def sockets(self) -> dict[str, socket.socket]:
        return {"door": self.door}

    def pause(self) -> None:
        self.told.append("pause")

    def resume(self) -> None:
        self.told.append("resume")

    def release(self) -> None:
        self.told.append("release")

    def state(self) -> dict[str, bytes]:
        return self.parts


class Stage:
    """A giver in a loop that is turned by hand."""

    def __init__(self, data: Path) -> None:
        self.loop = Loop()
        self.folder = PrivateFolder(data)
        self.door = socket.create_server(("127.0.0.1", 0))
        self.estate = FakeEstate(self.door)
        self.giver = Giver(self.loop, self.folder, self.estate, self.released)
        self.loop.call_every(0.005, lambda: None)

    def released(self, line: socket.socket) -> None:
        self.estate.told.append("released")
        line.close()

    def ask(self) -> "Asker":
        line = self.folder.connect(SOCKET, 5.0)
        assert line is not None
        line.setblocking(False)
        return Asker(self, line)

    def turn_until(self, *told: str) -> None:
        def is_told() -> bool:
            self.loop.turn()
            return self.estate.told == list(told)

        until(is_told, f"{told} instead of {self.estate.told}")

    def close(self) -> None:
        self.giver.close()
        self.loop.dispose()
        self.door.close()
        self.folder.close()


@dataclass
class Asker:
    """The other side, which may say anything."""

    stage: Stage
    line: socket.socket
    inbox: Inbox = field(default_factory=Inbox)

    def say(self, word: Word) -> None:
        self.line.send(encode(Frame(word)))

    def hear(self) -> Frame:
        heard: list[Frame] = []

        def has_come() -> bool:
            self.stage.loop.turn()
            try:
                self.inbox.receive(self.line)
            except BlockingIOError:
                return False
            frame = self.inbox.frame()
            if frame is not None:
                heard.append(frame)
            return bool(heard)

        until(has_come, "an answer")
        return heard[0]

    def is_let_go(self) -> bool:
        self.stage.loop.turn()
        try:
            return not self.line.recv(100)
        except BlockingIOError:
            return False
        except ConnectionResetError:
            return True

    def leave(self) -> None:
        self.inbox.close()
        self.line.close()


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path)
    yield made
    made.close()


def test_word_by_word_everything_goes_over(stage: Stage) -> None:
    asker = stage.ask()
    asker.say("hello")
    assert asker.hear().sockets == ("door",)
    [offered] = asker.inbox.sockets(("door",)).values()
    assert offered.getsockname() == stage.door.getsockname()
    assert stage.estate.told == [], "it serves while the successor gets ready"
    asker.say("ready")
    assert asker.hear().parts == stage.estate.parts
    assert stage.estate.told == ["pause"]
    asker.say("take")
    assert asker.hear().word == "yours"
    stage.turn_until("pause", "release", "released")
    offered.close()
    asker.leave()


@pytest.mark.parametrize("words", [(), ("hello",)])
def test_a_successor_that_leaves_early_changes_nothing(
    stage: Stage, words: tuple[Word, ...]
) -> None:
    asker = stage.ask()
    for word in words:
        asker.say(word)
        asker.hear()
    asker.leave()
    again = stage.ask()

    def is_heard() -> bool:
        again.say("hello")
        return True

    until(is_heard, "the next one is served")
    stage.loop.turn()
    stage.loop.turn()
    assert stage.estate.told == []
    again.leave()


def test_a_successor_that_dies_in_the_pause_ends_it(stage: Stage) -> None:
    asker = stage.ask()
    asker.say("hello")
    asker.hear()
    asker.say("ready")
    asker.hear()
    asker.leave()
    stage.turn_until("pause", "resume")


def test_a_successor_that_hangs_in_the_pause_ends_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(giving, "PAUSE_S", 0.05)
    asker = stage.ask()
    asker.say("hello")
    asker.hear()
    asker.say("ready")  # and does not even read the state
    stage.turn_until("pause", "resume")
    until(lambda: _is_closed(asker), "it is told that it came too late")
    asker.leave()


def _is_closed(asker: Asker) -> bool:
    asker.stage.loop.turn()
    try:
        return not asker.line.recv(1 << 20)
    except (BlockingIOError, ConnectionResetError) as error:
        return isinstance(error, ConnectionResetError)


@pytest.mark.parametrize("word", ["ready", "take", "yours", "state"])
def test_a_word_out_of_order_is_the_end(stage: Stage, word: Word) -> None:
    asker = stage.ask()
    asker.say(word)
    until(asker.is_let_go, "it is let go")
    assert stage.estate.told == []
    asker.leave()


def test_only_one_successor_at_a_time(stage: Stage) -> None:
    first, second = stage.ask(), stage.ask()
    first.say("hello")
    first.hear()
    until(second.is_let_go, "the second is let go")
    first.say("ready")
    first.hear()
    second.leave()
    first.leave()
    stage.turn_until("pause", "resume")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(noise=st.binary(min_size=1, max_size=200))
def test_noise_releases_nothing(stage: Stage, noise: bytes) -> None:
    before = open_descriptors()
    asker = stage.ask()
    asker.line.send(noise)
    for _ in range(3):
        stage.loop.turn()
    asker.leave()
    stage.loop.turn()
    stage.loop.turn()
    assert stage.estate.told == []
    assert open_descriptors() == before
