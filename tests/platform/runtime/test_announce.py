"""Gate and lifeline: one line to the parent, and notice of its end."""

import os
import select
from collections.abc import Iterator

import pytest

from holdfast.platform.runtime.announce import (
    PARENT_VARIABLE,
    READY_VARIABLE,
    Ready,
    Refused,
    announce_mistake,
    announce_ready,
    parent_fd,
    parse_announcement,
)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    ours, theirs = os.pipe()
    monkeypatch.setenv(READY_VARIABLE, str(theirs))
    yield ours
    os.close(ours)


def test_readiness_is_told_once_and_the_gate_closes(gate: int) -> None:
    announce_ready({"http": "127.0.0.1:8000"})
    announce_ready({"http": "other"})
    said = os.read(gate, 1000)
    assert parse_announcement(said) == Ready({"http": "127.0.0.1:8000"})
    assert os.read(gate, 1000) == b""


def test_a_mistake_is_told_in_its_own_words(gate: int) -> None:
    assert announce_mistake('Port 80 is "taken".\nReally.')
    assert parse_announcement(os.read(gate, 5000)) == Refused('Port 80 is "taken".\nReally.')


def test_without_a_parent_nobody_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(READY_VARIABLE, raising=False)
    monkeypatch.delenv(PARENT_VARIABLE, raising=False)
    announce_ready()
    assert not announce_mistake("x")
    assert parent_fd() is None


def test_a_variable_that_outlived_its_pipe_is_no_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    for text in ("987654", "x", ""):
        monkeypatch.setenv(READY_VARIABLE, text)
        monkeypatch.setenv(PARENT_VARIABLE, text)
        assert not announce_mistake("x")
        assert parent_fd() is None


def test_a_parent_that_left_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    monkeypatch.setenv(READY_VARIABLE, str(theirs))
    assert not announce_mistake("x")


def test_too_many_addresses_are_an_error_of_the_program(gate: int) -> None:
    with pytest.raises(ValueError, match="one write"):
        announce_ready({str(number): "x" * 100 for number in range(100)})
    assert os.read(gate, 100) == b""


def test_the_lifeline_is_readable_when_the_parent_is_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    theirs, ours = os.pipe()
    monkeypatch.setenv(PARENT_VARIABLE, str(theirs))
    fd = parent_fd()
    assert fd == theirs
    assert not os.get_inheritable(fd)
    assert select.select([fd], [], [], 0)[0] == []
    os.close(ours)
    assert select.select([fd], [], [], 5)[0] == [fd]
    os.close(fd)


@pytest.mark.parametrize(
    "line", [b"", b"\n", b"ready\n", b"[]", b'{"ready": 1}', b'{"mistake": 1}', b"\xff", b"{}"]
)
def test_nonsense_is_no_announcement(line: bytes) -> None:
    assert parse_announcement(line) is None
