"""A program under a guard: logged, ended in time, and never an orphan."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from holdfast.platform.data import program
from holdfast.platform.data.account import Account
from holdfast.platform.data.program import Program, ends_with_parent, open_log
from tests.support.processes import SOURCE, is_alive, until

ME = Account(os.geteuid(), os.getegid(), "me", switch=False)
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    "print('ready', flush=True); time.sleep(600)"
)


def python(log: Path, script: str) -> Program:
    return Program([sys.executable, "-u", "-c", script], log, ME, dict(os.environ))


def says(log: Path, words: str) -> bool:
    return log.exists() and words in log.read_text()


def test_a_program_writes_its_log_and_may_be_started_again(tmp_path: Path) -> None:
    log = tmp_path / "log"
    one = python(log, "print('hello')")
    assert one.pid is None
    assert one.exit_code() == -1
    for times in (1, 2):
        one.start()
        until(lambda: one.exit_code() is not None, "its end")
        assert one.exit_code() == 0
        assert log.read_text() == "hello\n" * times
    assert one.stop(1.0) == "gone"


def test_it_is_asked_to_end_and_then_killed(tmp_path: Path) -> None:
    log = tmp_path / "log"
    gentle = python(log, "import time; print('up'); time.sleep(600)")
    gentle.start()
    until(lambda: says(log, "up"), "its start")
    assert gentle.stop(30.0) == "clean"
    stubborn = python(log, STUBBORN)
    stubborn.start()
    until(lambda: says(log, "ready"), "its start")
    assert stubborn.stop(0.05) == "killed"
    assert stubborn.exit_code() == -signal.SIGKILL
    stubborn.kill()


def test_a_long_log_is_put_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "LOG_BYTES", 10)
    log = tmp_path / "log"
    one = python(log, "import sys; print(input()); print('later')")
    one.trim_log()  # nothing there yet
    log.write_text("x" * 20)
    os.close(open_log(log))
    assert log.read_text() == ""
    assert (tmp_path / "log.1").read_text() == "x" * 20
    log.write_text("y" * 20)
    one.trim_log()
    assert log.read_text() == ""
    assert (tmp_path / "log.1").read_text() == "y" * 20
    log.write_text("short")
    one.trim_log()
    assert log.read_text() == "short"


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's signal is Linux's")
def test_the_kernel_ends_the_program_of_a_killed_guard(tmp_path: Path) -> None:
    script = f"""
import os, sys, time
sys.path.insert(0, {str(SOURCE)!r})
from pathlib import Path
from holdfast.platform.data.account import Account
from holdfast.platform.data.program import Program
me = Account(os.geteuid(), os.getegid(), "me", switch=False)
one = Program(["/bin/sleep", "600"], Path({str(tmp_path / "log")!r}), me, {{}})
one.start()
print(one.pid, flush=True)
time.sleep(600)
"""
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True
    ) as guard:
        assert guard.stdout is not None
        pid = int(guard.stdout.readline())
        assert is_alive(pid)
        guard.kill()
        guard.wait(30)
        until(lambda: not is_alive(pid), "the end of the program")


def test_elsewhere_the_kernel_does_not_help(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "_LINUX", False)
    assert ends_with_parent(signal.SIGTERM) is None


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux")
def test_a_child_of_a_guard_that_ignores_a_signal_hears_it() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        child = subprocess.Popen(["sleep", "60"], preexec_fn=ends_with_parent(signal.SIGINT))  # noqa: PLW1509  it is what is tried
    finally:
        signal.signal(signal.SIGINT, before)
    child.send_signal(signal.SIGINT)
    assert child.wait(30.0) == -signal.SIGINT
