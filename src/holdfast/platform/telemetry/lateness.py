"""The law of lateness: ten times a second a timer sees by how much the loop is late."""

import asyncio
import time
from collections.abc import Callable

from holdfast.platform.runtime.metrics import Histogram

LOOK_EVERY_S = 0.1
"""Often enough to see a stall that a client would feel, too seldom to cost."""


class Lateness:
    """Watches the running event loop from `start` to `stop`."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.late_s = Histogram()
        self._clock = clock
        self._due = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin; call it in the loop that is watched."""
        self._due = self._clock() + LOOK_EVERY_S
        self._timer = asyncio.get_running_loop().call_later(LOOK_EVERY_S, self._look)

    def stop(self) -> None:
        """End. Safe to call twice."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        self.late_s.observe(max(0.0, self._clock() - self._due))
        self.start()
