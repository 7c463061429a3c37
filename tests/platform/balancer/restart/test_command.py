"""What the person who restarts is told."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from holdfast.errors import Mistake
from holdfast.platform.balancer.restart.command import NotRestarted, restart
from holdfast.platform.balancer.restart.folder import PrivateFolder
from holdfast.platform.balancer.restart.keeper import SOCKET


@contextmanager
def answering(data: Path, answer: bytes) -> Iterator[None]:
    folder = PrivateFolder(data)
    listening = folder.listen(SOCKET)
    listening.setblocking(True)

    def serve() -> None:
        line, _ = listening.accept()
        line.send(answer)
        line.close()

    thread = threading.Thread(target=serve)
    thread.start()
    yield
    thread.join(10.0)
    listening.close()
    folder.close()


def test_the_new_generation_is_told(tmp_path: Path) -> None:
    with answering(tmp_path, b'{"generation": 2}\n'):
        assert restart(tmp_path) == 2


def test_a_failure_is_told_with_its_reason(tmp_path: Path) -> None:
    told = b'{"failed": "a port is taken"}\n'
    with answering(tmp_path, told), pytest.raises(NotRestarted, match="as before: a port is taken"):
        restart(tmp_path)


@pytest.mark.parametrize("answer", [b"", b"nonsense", b"[]"])
def test_an_end_without_an_answer_is_a_failure(tmp_path: Path, answer: bytes) -> None:
    with answering(tmp_path, answer), pytest.raises(NotRestarted, match="before it answered"):
        restart(tmp_path)


def test_where_nothing_runs_it_is_a_mistake_and_makes_no_folder(tmp_path: Path) -> None:
    with pytest.raises(Mistake, match="No balancer runs"):
        restart(tmp_path)
    assert not list(tmp_path.iterdir())
    PrivateFolder(tmp_path).close()
    with pytest.raises(Mistake, match="No balancer runs"):
        restart(tmp_path)


def test_a_folder_that_is_open_to_others_is_a_mistake(tmp_path: Path) -> None:
    folder = PrivateFolder(tmp_path)
    folder.path.chmod(0o755)
    folder.close()
    with pytest.raises(Mistake, match="0700"):
        restart(tmp_path)
