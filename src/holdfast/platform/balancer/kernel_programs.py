"""Runs `nft` and `conntrack`, one at a time, without ever making the loop wait.

A program's output comes over a socket that the loop watches; its end is the program's end. Jobs run
in the order they came, each within `JOB_S`, and at most `MAX_JOBS` may wait.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from holdfast.platform.balancer.loop import Loop, Timer
from holdfast.platform.balancer.poller import IN

JOB_S = 5.0
"""A transaction of 512 members takes some tens of milliseconds."""
MAX_JOBS = 8_192
"""512 members that leave at once, behind 16 ports."""
MAX_OUTPUT_BYTES = 1 << 20
_PLACES = ":/usr/local/sbin:/usr/sbin:/sbin"
"""Where these programs are, also for users whose path does not say so."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a program ended: 0 is well, -1 never started or was stopped. `said`: its output and its
    complaints, mixed."""

    code: int
    said: bytes

    @property
    def sentence(self) -> str:
        """What it complained about, on one line and not too long."""
        words = " ".join(self.said.decode("utf-8", "replace").split())
        return words[:300] or f"it ended with code {self.code}"


Done = Callable[[Outcome], None]


def found(name: str) -> str | None:
    """Where a program is; None if it is not installed."""
    return shutil.which(name, path=os.environ.get("PATH", os.defpath) + _PLACES)


def run_now(argv: Sequence[str], text: str, patience_s: float = JOB_S) -> Outcome:
    """Run one and wait for it: only for the very end, when there is no loop any more."""
    try:
        ran = subprocess.run(  # noqa: S603  programs and arguments are our own
            argv,
            input=text.encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=patience_s,
            env=_environment(),
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Outcome(-1, str(error).encode())
    return Outcome(ran.returncode, ran.stdout)


class Programs:
    """The queue of jobs of one loop."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._waiting: deque[tuple[tuple[str, ...], str, Done]] = deque()
        self._running: _Running | None = None

    @property
    def busy(self) -> bool:
        """Whether any job runs or waits."""
        return self._running is not None or bool(self._waiting)

    def run(self, argv: Sequence[str], text: str, done: Done) -> bool:
        """Queue one; `done` is called once, later. False when too many wait: then it never is."""
        if len(self._waiting) >= MAX_JOBS:
            return False
        self._waiting.append((tuple(argv), text, done))
        if self._running is None:
            # Never from within the caller: who queues two jobs relies on neither being done.
            self._loop.call_at(self._loop.now, self._next)
        return True

    def close(self) -> None:
        """Forget what waits and stop what runs; nobody is told."""
        self._waiting.clear()
        if self._running is not None:
            self._running.stop()
            self._running = None

    def _next(self) -> None:
        if self._running is not None or not self._waiting:
            return
        argv, text, done = self._waiting.popleft()

        def ended(outcome: Outcome) -> None:
            self._running = None
            self._loop.call_at(self._loop.now, self._next)
            done(outcome)

        running = _Running(self._loop, ended)
        self._running = running
        running.start(argv, text)


class _Running:
    """One program from its start to its end; calls `ended` exactly once unless stopped."""

    def __init__(self, loop: Loop, ended: Done) -> None:
        self._loop = loop
        self._ended = ended
        self._said = b""
        self._late: Timer | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._ear: socket.socket | None = None

    def start(self, argv: Sequence[str], text: str) -> None:
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        try:
            with theirs, tempfile.TemporaryFile() as given:
                given.write(text.encode())
                given.seek(0)
                out = theirs.fileno()
                self._process = subprocess.Popen(  # noqa: S603  programs and arguments are our own
                    argv, stdin=given, stdout=out, stderr=out, env=_environment()
                )
        except OSError as error:
            ours.close()
            self._ended(Outcome(-1, str(error).encode()))
            return
        self._ear = ours
        self._late = self._loop.call_at(self._loop.now + JOB_S, self._too_late)
        self._loop.watch(ours.fileno(), IN, self)

    def on_event(self, _mask: int) -> None:
        assert self._ear is not None
        try:
            piece = self._ear.recv(65_536)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        if piece:
            self._said = (self._said + piece)[:MAX_OUTPUT_BYTES]
            return
        self._finish()

    def on_fault(self) -> None:
        self.stop()

    def stop(self) -> None:
        """End it and tell nobody."""
        if self._process is not None:
            with contextlib.suppress(OSError):
                self._process.kill()
            self._process.wait()
        self._forget()

    def _too_late(self) -> None:
        self.stop()
        self._ended(Outcome(-1, b"it took longer than " + str(JOB_S).encode() + b" s"))

    def _finish(self) -> None:
        assert self._process is not None
        try:
            # It has closed its output, so this is at most the last moment of its life.
            code = self._process.wait(1.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            code = -1
        self._forget()
        self._ended(Outcome(code, self._said))

    def _forget(self) -> None:
        if self._late is not None:
            self._late.cancel()
        if self._ear is not None:
            self._loop.close(self._ear)
            self._ear = None


def _environment() -> dict[str, str]:
    """Nothing of ours, and messages in one language."""
    return {"LC_ALL": "C", "PATH": os.environ.get("PATH", os.defpath) + _PLACES}
