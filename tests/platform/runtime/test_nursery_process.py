"""The nursery's process, spoken to directly: junk is refused, nobody runs unwatched."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from holdfast.platform.runtime.nursery import is_possible
from holdfast.platform.runtime.nursery_process import preload, threads
from holdfast.platform.runtime.nursery_wire import (
    MAX_DESCRIPTORS,
    MAX_MESSAGE_BYTES,
    Wanted,
    is_ready,
    modules_message,
    parse_answer,
)
from tests.support.nurseries import PROGRAM, WAIT_S, own_environment
from tests.support.process_facts import descriptors
from tests.support.processes import is_alive, until

pytestmark = pytest.mark.skipif(not is_possible(), reason="this system cannot have a nursery")


@contextmanager
def spoken_to() -> Iterator[tuple[socket.socket, "subprocess.Popen[str]"]]:
    """A nursery that takes orders; it has ended when the block is left."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.settimeout(WAIT_S)
    with ours:
        with theirs:
            process = subprocess.Popen(
                [*PROGRAM, "nursery"],
                stdin=theirs,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                env=own_environment(),
            )
        try:
            ours.send(modules_message([]))
            assert is_ready(ours.recv(MAX_MESSAGE_BYTES))
            yield ours, process
        finally:
            ours.shutdown(socket.SHUT_RDWR)
            words, _ = process.communicate(timeout=WAIT_S)
    assert (process.returncode, words) == (0, "")


def ordered(line: socket.socket, text: str, *descriptors: int) -> int:
    """The process id of a child that was ordered with these descriptors."""
    order = Wanted((*PROGRAM, text), own_environment(), ())
    socket.send_fds(line, [order.message()], descriptors)
    return parse_answer(line.recv(MAX_MESSAGE_BYTES))


def test_junk_is_refused_and_the_next_order_is_met() -> None:
    output, output_end = os.pipe()
    with spoken_to() as (line, nursery):
        before = descriptors(nursery.pid)
        for junk in (b"{", b"x" * (MAX_MESSAGE_BYTES + 2), Wanted(("x",), {}, ()).message()):
            for count in (0, 1, MAX_DESCRIPTORS + 2):
                socket.send_fds(line, [junk], [output_end] * count)
                with pytest.raises(ValueError, match=r"no JSON|descriptors came"):
                    parse_answer(line.recv(MAX_MESSAGE_BYTES))
        assert descriptors(nursery.pid) == before
        waiting, going = os.pipe()
        pid = ordered(line, "print('there')", output_end, waiting)
        os.close(output_end)
        os.write(going, b"+")
        with os.fdopen(output, "rb") as file:
            assert file.read() == b"there\n"
        os.close(waiting)
        os.close(going)
        until(lambda: not is_alive(pid), "its end")


def test_a_child_that_nobody_tells_to_go_on_does_nothing() -> None:
    output, output_end = os.pipe()
    with spoken_to() as (line, _):
        waiting, going = os.pipe()
        pid = ordered(line, "print('there')", output_end, waiting)
        os.close(output_end)
        os.close(waiting)
        assert is_alive(pid)
        os.close(going)
        with os.fdopen(output, "rb") as file:
            assert file.read() == b""
        until(lambda: not is_alive(pid), "its end")


def test_a_nursery_leaves_when_its_supervisor_is_gone_before_it_said_anything() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.close()
    with theirs:
        ended = subprocess.run(
            [*PROGRAM, "nursery"], stdin=theirs, env=own_environment(), timeout=WAIT_S, check=False
        )
    assert ended.returncode == 0


def test_people_cannot_start_one() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "holdfast", "nursery"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=own_environment(),
        timeout=WAIT_S,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stderr == "holdfast: a nursery is started by `holdfast up`, not by people\n"


def test_a_module_that_raises_is_told_and_the_others_are_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "raises_at_import.py").write_text("1 / 0")
    (tmp_path / "stands_beside.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    preload(["raises_at_import", "is.not.installed", "stands_beside"])
    assert "stands_beside" in sys.modules
    said = capsys.readouterr().err
    assert said == "raises_at_import cannot be imported: ZeroDivisionError('division by zero')\n"


def test_threads_are_counted() -> None:
    assert threads() >= 1
