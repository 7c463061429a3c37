"""The first process starts successors, tells askers what came out, and keeps those who serve."""

import json
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from holdfast.platform.balancer.loop import Loop
from holdfast.platform.balancer.restart import keeper as module
from holdfast.platform.balancer.restart.folder import PrivateFolder
from holdfast.platform.balancer.restart.keeper import SOCKET, Keeper
from holdfast.platform.balancer.signals import Signals
from tests.support.balancing import open_descriptors
from tests.support.processes import is_alive, until

pytestmark = pytest.mark.processes

SUCCESSOR = """
import os, sys
gate, lifeline = int(os.environ["HOLDFAST_READY_FD"]), int(os.environ["HOLDFAST_PARENT_FD"])
if sys.argv[1]:
    os.write(gate, sys.argv[1].encode() + b"\\n")
os.close(gate)
if sys.argv[2] == "stays":
    os.read(lifeline, 1)
"""
READY = '{"ready": {}}'


class Stage:
    """A keeper in a loop that is turned by hand, and people who ask it."""

    def __init__(self, data: Path, signals: Signals) -> None:
        self.signals = signals
        self.folder = PrivateFolder(data)
        self.keeper = Keeper(self.folder, stop_s=20.0)
        signals.on(signal.SIGCHLD, self.keeper.reap)
        self.enter_loop()

    def enter_loop(self) -> None:
        self.loop = Loop()
        self.loop.call_every(0.005, lambda: None)
        self.signals.attach(self.loop)
        self.keeper.attach(self.loop)

    def successor(self, says: str = READY, does: str = "stays") -> None:
        self.keeper.argv = [sys.executable, "-S", "-c", SUCCESSOR, says, does]

    def until(self, holds: Callable[[], object], what: str) -> None:
        def turned() -> bool:
            self.loop.turn()
            return bool(holds())

        until(turned, what)

    def asker(self) -> socket.socket:
        line = self.folder.connect(SOCKET, 5.0)
        assert line is not None
        line.setblocking(False)
        return line

    def answer(self, asker: socket.socket) -> dict[str, object]:
        heard: list[bytes] = []

        def is_answered() -> bool:
            try:
                heard.append(asker.recv(1000))
            except BlockingIOError:
                return False
            return True

        self.until(is_answered, "an answer")
        asker.close()
        found: dict[str, object] = json.loads(heard[0])
        return found

    def restart(self) -> dict[str, object]:
        return self.answer(self.asker())

    def pids(self) -> list[int]:
        return [one.process.pid for one in self.keeper._living]

    def close(self) -> None:
        self.keeper.stop()
        self.until(lambda: not self.keeper.keeps(), "all have ended")
        self.keeper.close()
        self.folder.close()
        self.loop.dispose()


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    before = open_descriptors()
    with Signals() as signals:
        made = Stage(tmp_path, signals)
        yield made
        made.close()
    assert open_descriptors() == before


def test_a_successor_that_gets_ready_is_the_next_generation(stage: Stage) -> None:
    stage.successor()
    assert stage.restart() == {"generation": 2}
    assert stage.restart() == {"generation": 3}
    assert len(stage.pids()) == 2


def test_all_who_ask_meanwhile_hear_of_one_restart(stage: Stage) -> None:
    stage.successor()
    askers = [stage.asker() for _ in range(3)]
    assert [stage.answer(asker) for asker in askers] == [{"generation": 2}] * 3
    assert len(stage.pids()) == 1


@pytest.mark.parametrize(
    ("says", "why"),
    [
        ('{"mistake": "There is no setting x."}', "There is no setting x."),
        ("", "the new process ended before it was ready"),
        ("hello", "the new process ended before it was ready"),
    ],
)
def test_one_that_does_not_get_ready_is_told_and_changes_nothing(
    stage: Stage, says: str, why: str
) -> None:
    stage.successor(says)
    assert stage.restart() == {"failed": why}
    stage.until(lambda: not stage.pids(), "it is gone")
    assert not stage.keeper.keeps(), "we serve ourselves"
    stage.successor()
    assert stage.restart() == {"generation": 2}


def test_one_that_says_nothing_in_time_is_killed(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "READY_S", 0.2)
    stage.keeper.argv = [sys.executable, "-S", "-c", "import time; time.sleep(60)"]
    assert "failed" in stage.restart()
    stage.until(lambda: not stage.pids(), "it is gone")


def test_a_program_that_cannot_be_run_is_told(stage: Stage) -> None:
    stage.keeper.argv = ["/nowhere/python"]
    assert "no process can be started" in str(stage.restart()["failed"])


def test_there_is_a_bound_of_generations(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_GENERATIONS", 1)
    stage.successor()
    assert stage.restart() == {"generation": 2}
    assert "still have clients" in str(stage.restart()["failed"])


def test_a_successor_that_dies_while_it_serves_is_started_again(stage: Stage) -> None:
    stage.successor()
    stage.restart()
    [first] = stage.pids()
    os.kill(first, signal.SIGKILL)
    stage.until(lambda: stage.pids() and stage.pids() != [first], "another one")
    stage.until(lambda: stage.keeper._serving, "it serves")


def test_one_that_cannot_come_back_is_tried_again_and_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "REVIVE_MOST_S", 0.01)
    stage.keeper._revive_s = 0.01
    stage.successor()
    stage.restart()
    [first] = stage.pids()
    stage.successor("")
    os.kill(first, signal.SIGKILL)
    stage.until(lambda: stage.keeper._starting, "a first try")
    stage.until(lambda: not stage.keeper._starting, "it failed")
    stage.successor()
    stage.until(lambda: stage.keeper._serving, "a later try serves")


def test_an_older_one_that_ends_is_no_news(stage: Stage) -> None:
    stage.successor()
    stage.restart()
    stage.restart()
    older, serving = stage.pids()
    os.kill(older, signal.SIGKILL)
    stage.until(lambda: stage.pids() == [serving], "the older one is gone")
    assert stage.restart() == {"generation": 4}


def test_it_goes_on_in_another_loop(stage: Stage) -> None:
    stage.successor()
    asker = stage.asker()
    stage.until(lambda: stage.keeper._starting, "a start is under way")
    stage.loop.dispose()
    stage.enter_loop()
    assert stage.answer(asker) == {"generation": 2}


def test_stopping_ends_all_and_starts_none(stage: Stage) -> None:
    stage.successor()
    stage.restart()
    stage.restart()
    pids = stage.pids()
    stage.keeper.stop()
    stage.until(lambda: not stage.keeper.keeps(), "all have ended")
    assert not any(map(is_alive, pids))
    assert "being stopped" in str(stage.restart()["failed"])


def test_whoever_does_not_stop_in_time_is_killed(stage: Stage) -> None:
    stage.keeper.argv = [
        sys.executable,
        "-S",
        "-c",
        "import os, time; os.write(int(os.environ['HOLDFAST_READY_FD']), b'{\"ready\": {}}\\n');"
        " time.sleep(60)",
    ]
    stage.restart()
    stage.keeper._stop_s = 0.05
    stage.keeper.stop()
    stage.until(lambda: not stage.keeper.keeps(), "it is killed")
