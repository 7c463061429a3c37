"""A process's place in the row: the first keeps, the others follow; without a folder it runs."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from holdfast.platform.balancer.restart.command import restart
from holdfast.platform.balancer.restart.folder import PrivateFolder
from holdfast.platform.balancer.restart.succession import Succession
from holdfast.platform.balancer.server import run_balancer
from holdfast.platform.balancer.signals import Signals
from holdfast.platform.runtime.announce import GENERATION_VARIABLE
from tests.support.balancing import FLEET, KEYS, SETTINGS, TCP, open_descriptors


@pytest.fixture
def signals() -> Iterator[Signals]:
    with Signals() as made:
        yield made


def serve_once(data: Path, signals: Signals) -> None:
    """A whole life of a balancer, told to stop as soon as it serves."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        place = Succession(data, signals, drain_s=1.0, lifeline=theirs.fileno())
        run_balancer(
            FLEET,
            SETTINGS,
            [TCP],
            KEYS,
            ready=lambda _: ours.close(),
            stop_fds=[],
            succession=place,
        )
        place.outlive()
        place.close()


def test_the_end_of_the_lifeline_ends_it_and_leaves_nothing_open(
    tmp_path: Path, signals: Signals
) -> None:
    before = open_descriptors()
    serve_once(tmp_path, signals)
    serve_once(tmp_path, signals)
    assert open_descriptors() == before


def test_a_folder_that_cannot_be_had_costs_hot_restart_only(
    tmp_path: Path, signals: Signals, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "balancer").write_text("in the way")
    serve_once(tmp_path, signals)
    assert "hot_restart_is_off" in caplog.text


def test_a_second_balancer_on_the_folder_takes_nothing_over(
    tmp_path: Path, signals: Signals, caplog: pytest.LogCaptureFixture
) -> None:
    folder = PrivateFolder(tmp_path)
    held = folder.lock()
    with folder.listen("hand-over.sock"):  # would never answer
        serve_once(tmp_path, signals)
    assert "hot_restart_is_off" in caplog.text
    assert held is not None
    held.release()
    folder.close()


def test_a_successor_needs_no_lock_and_knows_its_number(
    tmp_path: Path, signals: Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(GENERATION_VARIABLE, "7")
    place = Succession(tmp_path, signals, drain_s=1.0, lifeline=None)
    assert place.generation == 7
    assert place.begin() == {}
    place.close()


def test_after_its_end_nobody_is_there_to_be_restarted(tmp_path: Path, signals: Signals) -> None:
    serve_once(tmp_path, signals)
    with pytest.raises(Exception, match="No balancer runs"):
        restart(tmp_path)
