"""The law of a guard's ears: signals, the end of the lifeline and of children wake one wait.

For small processes without an event loop and without threads of their own; see `announce` for the
lifeline, and `lifecycle` for processes that have a loop.
"""

import os
import select
import signal

from holdfast.platform.runtime.announce import parent_fd

POLL_S = 5.0
"""Signals and pipes wake who waits; this is only a second net."""


class Ears:
    """Hears signals (by a wake-up pipe) and the end of the lifeline, without threads."""

    def __init__(self) -> None:
        self._asked = False
        self._lifeline = parent_fd()
        self._wake, wake = os.pipe()
        os.set_blocking(self._wake, False)
        os.set_blocking(wake, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._hear)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # wakes `wait` when the server ends

    def stop_asked(self) -> bool:
        """Whether somebody asked for the end, or the parent is gone."""
        if self._lifeline is not None and select.select([self._lifeline], [], [], 0)[0]:
            self._asked = True
        return self._asked

    def wait(self, within_s: float = POLL_S) -> None:
        """Return at the next signal or the parent's end, or after `within_s`."""
        fds = [self._wake] if self._lifeline is None else [self._wake, self._lifeline]
        ready, _, _ = select.select(fds, [], [], within_s)
        if self._wake in ready:
            os.read(self._wake, 4096)

    def _hear(self, *_: object) -> None:
        self._asked = True
