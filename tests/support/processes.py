"""Small real processes for tests: scripts under a gate and a lifeline, as a supervisor has them."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from holdfast.platform.runtime.announce import PARENT_VARIABLE, READY_VARIABLE

SOURCE = Path(__file__).resolve().parents[2] / "src"
WAIT_S = 30.0
POLL_S = 0.01


def until(condition: Callable[[], bool], what: str, within_s: float = WAIT_S) -> None:
    """Return once `condition` holds; fail with `what` after the bound."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not within {within_s} s"
        time.sleep(POLL_S)


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that ended and was not waited for does not.

    One whose first thread has ended may still have others, and with them its open sockets.
    """
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
    except OSError:
        return not Path("/proc/self/stat").exists()
    return any(_runs(thread) for thread in threads)


def _runs(thread: Path) -> bool:
    try:
        status = (thread / "stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] not in "ZX"


class Child:
    """A script under a gate and a lifeline; always ended by the `with` block."""

    def __init__(self, script: str, *arguments: str, environment: Mapping[str, str] = {}) -> None:
        self._gate, gate_end = os.pipe()
        lifeline_end, self._lifeline = os.pipe()
        self.process = subprocess.Popen(
            [sys.executable, "-c", script, *arguments],
            env={
                **os.environ,
                "PYTHONPATH": str(SOURCE),
                READY_VARIABLE: str(gate_end),
                PARENT_VARIABLE: str(lifeline_end),
                **environment,
            },
            pass_fds=(gate_end, lifeline_end),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        os.close(gate_end)
        os.close(lifeline_end)

    def said(self) -> dict[str, object]:
        """What it announced; waits for it."""
        with os.fdopen(self._gate, "rb") as file:
            line = file.readline()
        self._gate = -1
        found: dict[str, object] = json.loads(line or b"{}")
        return found

    def hang_up(self) -> None:
        """The parent is gone."""
        os.close(self._lifeline)
        self._lifeline = -1

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def end(self) -> tuple[int, str]:
        """Wait for its end; the exit code and what it printed."""
        words, _ = self.process.communicate(timeout=WAIT_S)
        return self.process.returncode, words

    def __enter__(self) -> "Child":
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate(timeout=WAIT_S)
        for fd in (self._gate, self._lifeline):
            if fd >= 0:
                os.close(fd)
