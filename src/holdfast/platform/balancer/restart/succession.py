"""A balancer process's place in the row: whom it goes on for, who goes on for it, and how it stops.

The first process of a row holds the folder's lock and keeps the successors; a successor passes the
wish for a restart on to it. Where the private folder cannot be had, or another balancer has it,
everything works but hot restart, and a line in the log says so.
"""

import os
import signal
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from holdfast.platform.balancer.loop import Loop
from holdfast.platform.balancer.poller import IN
from holdfast.platform.balancer.restart.beats import BeatsIn, BeatsOut
from holdfast.platform.balancer.restart.estate import PREDECESSOR, TOWARDS_MEMBERS, Estate
from holdfast.platform.balancer.restart.folder import PrivateFolder
from holdfast.platform.balancer.restart.giving import Giver
from holdfast.platform.balancer.restart.keeper import Keeper
from holdfast.platform.balancer.restart.taking import Legacy
from holdfast.platform.balancer.signals import Signals
from holdfast.platform.runtime.announce import GENERATION_VARIABLE
from holdfast.platform.runtime.folder import Lock
from holdfast.platform.runtime.logs import Log

STOP_MARGIN_S = 2.0
"""Successors may take the drain time and so much more before they are killed."""
RESTART = signal.SIGUSR2

_log = Log("balancer")


class Succeeding(Protocol):
    """What `server.Balancer` is to its succession."""

    estate: Estate

    @property
    def loop(self) -> Loop: ...
    def stop(self) -> None: ...
    def stop_now(self) -> None: ...
    def retire(self) -> None: ...
    def take_beat(self, datagram: bytes) -> None: ...
    def freeze(self) -> None: ...
    def reread(self) -> None: ...


class Succession:
    """One process's. In this order: `begin`, `enter`, `leave`, `outlive`, `close`."""

    def __init__(
        self, data: Path, signals: Signals, *, drain_s: float, lifeline: int | None
    ) -> None:
        self._data = data
        self._signals = signals
        self._lifeline = lifeline
        self._stop_s = drain_s + STOP_MARGIN_S
        text = os.environ.get(GENERATION_VARIABLE, "")
        self.generation = int(text) if text.isdigit() else 1
        self._parent = os.getppid()
        self._folder: PrivateFolder | None = None
        self._lock: Lock | None = None
        self._legacy: Legacy | None = None
        self._keeper: Keeper | None = None
        self._giver: Giver | None = None
        self._beats_in: BeatsIn | None = None
        self._balancer: Succeeding | None = None
        self._asked = False

    def begin(self) -> Mapping[str, socket.socket]:
        """The sockets that a predecessor offers, by name; none without one."""
        self._signals.on(RESTART, self._restart)
        self._signals.on(signal.SIGCHLD, self._reap)
        self._signals.on(signal.SIGHUP, self._reread)
        for number in (signal.SIGINT, signal.SIGTERM):
            self._signals.on(number, self._stop_by_signal)
        self._folder = self._open_folder()
        if self._folder is None:
            return {}
        self._legacy = Legacy.ask(self._folder)
        return self._legacy.sockets if self._legacy is not None else {}

    def enter(self, balancer: Succeeding) -> None:
        """Take over, if there is something to, and from now on be ready to be taken over from."""
        self._balancer = balancer
        if self._legacy is not None:
            self._inherit(self._legacy, balancer.estate)
            self._legacy = None
        if self._folder is not None:
            self._giver = Giver(balancer.loop, self._folder, balancer.estate, self._released)
            if self.generation == 1:
                self._keeper = Keeper(self._folder, stop_s=self._stop_s)
        self._attach(balancer.loop)

    def leave(self) -> None:
        """The balancer is about to be closed: hand over nothing any more."""
        if self._balancer is not None:
            self._balancer.estate.close()
            self._balancer = None
        if self._giver is not None:
            self._giver.close()
            self._giver = None
        if self._beats_in is not None:
            self._beats_in.close()

    def outlive(self) -> None:
        """Stay, after our own balancer has ended, for as long as successors need us."""
        if self._keeper is None or not self._keeper.keeps():
            return
        loop = Loop()
        self._attach(loop)
        while self._keeper.keeps():
            loop.turn()
        loop.dispose()

    def close(self) -> None:
        """Let go of the folder and the lock."""
        if self._legacy is not None:
            self._legacy.close()
        if self._keeper is not None:
            self._keeper.close()
        if self._lock is not None:
            self._lock.release()
        if self._folder is not None:
            self._folder.close()

    def on_event(self, _mask: int) -> None:
        """The lifeline is at its end: whoever started us is gone."""
        loop = self._loop
        assert self._lifeline is not None
        loop.unwatch(self._lifeline)
        self._stop()

    def on_fault(self) -> None:
        self._stop()

    def _open_folder(self) -> PrivateFolder | None:
        """The folder, if it is ours to use."""
        try:
            folder = PrivateFolder(self._data)
            if self.generation > 1:  # the first process has the lock for us
                return folder
            self._lock = folder.lock()
            if self._lock is not None:
                return folder
            folder.close()
            why = f"another balancer runs on {self._data}"
        except OSError as error:
            why = str(error)
        _log.warning("hot_restart_is_off", why=why)
        return None

    def _attach(self, loop: Loop) -> None:
        self._loop = loop
        self._signals.attach(loop)
        if self._lifeline is not None:
            loop.watch(self._lifeline, IN, self)
        if self._keeper is not None:
            self._keeper.attach(loop)

    def _inherit(self, legacy: Legacy, estate: Estate) -> None:
        sides = [s for name, s in legacy.sockets.items() if name.startswith(TOWARDS_MEMBERS)]
        estate.inherit(sides, legacy.state())
        legacy.take()
        older = [s for name, s in legacy.sockets.items() if name.startswith(PREDECESSOR)]
        estate.pass_on_beats(BeatsOut([*older, legacy.line()]))
        legacy.close()
        used = set(estate.sockets().values())
        for sock in legacy.sockets.values():
            if sock not in used:
                sock.close()

    def _released(self, line: socket.socket) -> None:
        """Everything is the successor's."""
        balancer = self._balancer
        assert balancer is not None
        assert self._giver is not None
        self._giver.close()
        self._giver = None
        balancer.retire()
        self._beats_in = BeatsIn(balancer.loop, line, balancer.take_beat, balancer.freeze)

    def _restart(self) -> None:
        if self._keeper is not None:
            self._keeper.restart()
        elif self.generation > 1 and os.getppid() == self._parent:
            os.kill(self._parent, RESTART)
        else:
            _log.warning("restart_ignored", why="hot restart is off")

    def _reread(self) -> None:
        """Whoever serves has its settings read again: we, or a successor that we keep."""
        if self._balancer is not None:
            self._balancer.reread()
        if self._keeper is not None:
            self._keeper.pass_on(signal.SIGHUP)

    def _reap(self) -> None:
        if self._keeper is not None:
            self._keeper.reap()

    def _stop_by_signal(self) -> None:
        now, self._asked = self._asked, True
        self._stop()
        if not now:
            return
        if self._balancer is not None:
            self._balancer.stop_now()
        if self._keeper is not None:
            self._keeper.stop_now()

    def _stop(self) -> None:
        if self._balancer is not None:
            self._balancer.stop()
        if self._keeper is not None:
            self._keeper.stop()
