"""The first process's other task: to start successors, and to live for as long as one of them does.

Whoever started the balancer (a supervisor, systemd, a person) has one process to watch; after a hot
restart it serves no clients any more and keeps those who do. A successor is the same command line
again, with the settings as they are now, under a gate and a lifeline of ours. One that does not get
ready changes nothing. One that dies while it serves is started again after a growing pause.
"""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from holdfast.platform.balancer.loop import Loop, Timer
from holdfast.platform.balancer.poller import IN
from holdfast.platform.balancer.restart.folder import PrivateFolder, is_rightful
from holdfast.platform.runtime.announce import (
    GENERATION_VARIABLE,
    MAX_ANNOUNCEMENT_BYTES,
    PARENT_VARIABLE,
    READY_VARIABLE,
    Ready,
    Refused,
    parse_announcement,
)
from holdfast.platform.runtime.logs import Log

SOCKET = "restart.sock"
READY_S = 60.0
"""A successor is ready in half a second; on a machine that is busy otherwise it may take long."""
MAX_GENERATIONS = 16
"""Processes at once, each with clients that have not left: some 40 MB of memory each."""
MAX_ASKERS = 8
"""People who wait for the outcome of one restart."""
REVIVE_FIRST_S, REVIVE_MOST_S, STEADY_S = 0.1, 10.0, 30.0
"""The pauses before a successor that died is started again, as the supervisor has them."""

_log = Log("balancer")


class Generation:
    """A successor: its process, its gate until it is ready, and its lifeline."""

    def __init__(self, keeper: "Keeper", number: int, argv: Sequence[str]) -> None:
        self.keeper = keeper
        self.number = number
        self.gate, gate_end = os.pipe()
        lifeline_end, self.lifeline = os.pipe()
        try:
            self.process = subprocess.Popen(  # noqa: S603  our own command line
                argv,
                env={
                    **os.environ,
                    READY_VARIABLE: str(gate_end),
                    PARENT_VARIABLE: str(lifeline_end),
                    GENERATION_VARIABLE: str(number),
                },
                stdin=subprocess.DEVNULL,
                pass_fds=(gate_end, lifeline_end),
            )
        except OSError:
            self.hang_up()
            self.close_gate()
            raise
        finally:
            os.close(gate_end)
            os.close(lifeline_end)
        os.set_blocking(self.gate, False)

    def on_event(self, _mask: int) -> None:
        with suppress(BlockingIOError):
            self.keeper.announced(self, os.read(self.gate, MAX_ANNOUNCEMENT_BYTES))

    def on_fault(self) -> None:
        """Told again, or ended by the bound."""

    def hang_up(self) -> None:
        """Ask it to stop: its parent is gone, as far as it can see."""
        if self.lifeline >= 0:
            os.close(self.lifeline)
            self.lifeline = -1

    def close_gate(self) -> None:
        """It has announced what there was to be announced."""
        if self.gate >= 0:
            os.close(self.gate)
            self.gate = -1


class Keeper:
    """Starts successors and waits for their ends. `attach` it to the loop of the moment."""

    def __init__(self, folder: PrivateFolder, *, stop_s: float) -> None:
        """`stop_s`: successors that were asked to stop are killed after it."""
        self.argv = [sys.executable, *sys.orig_argv[1:]]
        self.number = 1
        """The generation that serves, or served last."""
        self._listening = folder.listen(SOCKET)
        self._stop_s = stop_s
        self._living: list[Generation] = []
        self._starting: Generation | None = None
        self._serving: Generation | None = None
        """None while we serve ourselves, and while nobody does."""
        self._ready_at = 0.0
        self._revive_s = REVIVE_FIRST_S
        self._askers: list[socket.socket] = []
        self._stop_by: float | None = None
        self._timer: Timer | None = None
        """The bound of what is under way: a start, or the stop."""
        self._loop: Loop

    def keeps(self) -> bool:
        """Whether anybody lives for whom we have to stay, or to start again."""
        return bool(self._living) or (self.number > 1 and self._stop_by is None)

    def attach(self, loop: Loop) -> None:
        """Go on in this loop; the one before must have been left."""
        self._loop = loop
        loop.watch(self._listening.fileno(), IN, self)
        if self._starting is not None:
            loop.watch(self._starting.gate, IN, self._starting)
            self._bound(READY_S, self._starting.process.kill)
        if self._stop_by is not None:
            self._bound(max(0.0, self._stop_by - time.monotonic()), self.stop_now)
        elif self.number > 1 and self._serving is None:
            self.restart()

    def on_event(self, _mask: int) -> None:
        """Whoever connects asks for a restart, and gets one line of JSON about its outcome; all who
        wait by now hear of the same one."""
        before = len(self._askers)
        for _ in range(MAX_ASKERS):
            try:
                asker, _ = self._listening.accept()
            except OSError:
                break
            asker.setblocking(False)
            if len(self._askers) < MAX_ASKERS and is_rightful(asker):
                self._askers.append(asker)
            else:
                asker.close()
        if len(self._askers) > before:
            self.restart()

    def on_fault(self) -> None:
        """One asker's trouble."""

    def restart(self) -> None:
        """Start a successor, unless one is starting."""
        if self._starting is not None:
            return
        if self._stop_by is not None:
            self._answer(failed="it is being stopped")
        elif len(self._living) >= MAX_GENERATIONS:
            self._answer(failed=f"{len(self._living)} restarted processes still have clients")
        else:
            self._start()

    def announced(self, successor: Generation, line: bytes) -> None:
        """A starting successor's word, or its end."""
        self._loop.unwatch(successor.gate)
        successor.close_gate()
        self._settle()
        said = parse_announcement(line)
        if isinstance(said, Ready):
            self.number, self._serving = successor.number, successor
            self._ready_at = time.monotonic()
            _log.info("restarted", generation=self.number, pid=successor.process.pid)
            self._answer()
        elif isinstance(said, Refused):
            self._failed(successor, said.mistake)
        else:
            self._failed(successor, "the new process ended before it was ready")

    def reap(self) -> None:
        """Some child has ended."""
        for ended in [one for one in self._living if one.process.poll() is not None]:
            self._living.remove(ended)
            ended.hang_up()
            if ended is self._serving:
                self._serving = None
                self._lost(ended)

    def pass_on(self, number: int) -> None:
        """Send a signal to the successor that serves now, if one does."""
        if self._serving is not None:
            self._serving.process.send_signal(number)

    def stop(self) -> None:
        """Ask all successors to stop, and start none any more."""
        if self._stop_by is not None:
            return
        self._stop_by = time.monotonic() + self._stop_s
        for successor in self._living:
            successor.hang_up()
        self._bound(self._stop_s, self.stop_now)

    def stop_now(self) -> None:
        """Kill what is left."""
        self.stop()
        for successor in self._living:
            successor.process.kill()

    def close(self) -> None:
        """Answer nobody any more. What lives goes on, without us."""
        self._listening.close()
        for asker in self._askers:
            asker.close()
        for successor in self._living:
            successor.hang_up()
            successor.close_gate()

    def _start(self) -> None:
        try:
            successor = Generation(self, self.number + 1, self.argv)
        except OSError as error:
            self._answer(failed=f"no process can be started: {error.strerror}")
            self._revive_later()
            return
        self._living.append(successor)
        self._starting = successor
        self._loop.watch(successor.gate, IN, successor)
        self._bound(READY_S, successor.process.kill)

    def _settle(self) -> None:
        self._starting = None
        if self._timer is not None and self._stop_by is None:
            self._timer.cancel()

    def _failed(self, successor: Generation, why: str) -> None:
        _log.warning("restart_failed", why=why)
        successor.hang_up()
        successor.process.kill()
        self._answer(failed=why)
        self._revive_later()

    def _lost(self, ended: Generation) -> None:
        if self._stop_by is not None:
            return
        code = ended.process.returncode
        _log.error("successor_ended", generation=ended.number, code=code, again_s=self._revive_s)
        if time.monotonic() - self._ready_at >= STEADY_S:
            self._revive_s = REVIVE_FIRST_S
        self._revive_later()

    def _revive_later(self) -> None:
        """Nobody may be without a balancer, unless we serve, another does, or we are to stop."""
        if self.number == 1 or self._serving is not None or self._stop_by is not None:
            return
        self._loop.call_at(self._loop.now + self._revive_s, self._revive)
        self._revive_s = min(2 * self._revive_s, REVIVE_MOST_S)

    def _revive(self) -> None:
        if self._serving is None and self._stop_by is None:
            self.restart()

    def _bound(self, within_s: float, call: Callable[[], None]) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(self._loop.now + within_s, call)

    def _answer(self, failed: str = "") -> None:
        said = {"failed": failed} if failed else {"generation": self.number}
        line = json.dumps(said).encode() + b"\n"
        for asker in self._askers:
            with suppress(OSError):
                asker.send(line)
            asker.close()
        self._askers.clear()
