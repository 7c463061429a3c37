"""The successor takes over only from a predecessor that answers rightly; else it says why."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from holdfast.errors import Mistake
from holdfast.platform.balancer.restart.folder import PrivateFolder
from holdfast.platform.balancer.restart.frames import Frame, encode
from holdfast.platform.balancer.restart.taking import SOCKET, Legacy

Answers = list[bytes]


@contextmanager
def predecessor(folder: PrivateFolder, answers: Answers) -> Iterator[None]:
    """Answers each thing said with the next bytes, then leaves."""
    listening = folder.listen(SOCKET)
    listening.setblocking(True)

    def serve() -> None:
        line, _ = listening.accept()
        with line:
            for answer in answers:
                line.recv(1000)
                line.send(answer)
            line.recv(1000)

    thread = threading.Thread(target=serve)
    thread.start()
    yield
    thread.join(10.0)
    listening.close()


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[PrivateFolder]:
    made = PrivateFolder(tmp_path)
    yield made
    made.close()


def test_without_a_predecessor_there_is_nothing_to_take(folder: PrivateFolder) -> None:
    assert Legacy.ask(folder) is None


def test_the_state_comes_after_the_sockets(folder: PrivateFolder) -> None:
    state = Frame("state", parts={"members": b"m"})
    answers = [encode(Frame("sockets")), encode(state), encode(Frame("yours"))]
    with predecessor(folder, answers):
        legacy = Legacy.ask(folder)
        assert legacy is not None
        assert legacy.sockets == {}
        assert legacy.state() == {"members": b"m"}
        legacy.take()
        legacy.close()


@pytest.mark.parametrize(
    "answers",
    [
        [],
        [b"\xff\xff\xff\xff"],
        [encode(Frame("yours"))],
        [encode(Frame("sockets", sockets=("door",)))],
    ],
)
def test_a_wrong_answer_is_a_mistake_with_a_reason(folder: PrivateFolder, answers: Answers) -> None:
    with predecessor(folder, answers), pytest.raises(Mistake, match=r"does not hand over: ."):
        Legacy.ask(folder)


@pytest.mark.parametrize("step", [Legacy.state, Legacy.take])
def test_a_predecessor_that_changes_its_mind_is_a_mistake(
    folder: PrivateFolder, step: Callable[[Legacy], object]
) -> None:
    with predecessor(folder, [encode(Frame("sockets"))]):
        legacy = Legacy.ask(folder)
        assert legacy is not None
        with pytest.raises(Mistake, match="does not hand over"):
            step(legacy)
        legacy.close()
