"""How busy this process is, measured from inside its event loop: lag and processor share.

A timer that wakes twenty times a second sees by how much the loop is late; the kernel's own account
says what processor time went by. Both cost some microseconds a beat and never block.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

SAMPLE_EVERY_S = 0.05
"""By so much at most a hang is told too short; shorter ones are seen by chance, as by clients."""
SHORTEST_S = 0.05
"""Over less time the processor share is noise: the last one is told again."""


@dataclass(frozen=True, slots=True)
class Vital:
    """Since the last time it was asked for: by how much the loop was late at worst, in seconds,
    and the process's share of one core, 0 to 1."""

    loop_lag_s: float
    cpu: float


class Vitals:
    """Watches the running event loop from `start` to `stop`. `clock` and `used` tell the seconds
    that passed, and those in which this process had a processor."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        used: Callable[[], float] = time.process_time,
    ) -> None:
        self._clock, self._used = clock, used
        self._timer: asyncio.TimerHandle | None = None
        self._due = self._asked_at = clock()
        self._used_s = used()
        self._worst_s = self._cpu = 0.0

    def start(self) -> None:
        """Begin; call it in the loop that is watched."""
        self._again()

    def stop(self) -> None:
        """End. Safe to call twice."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def take(self) -> Vital:
        """What was seen since the last time."""
        now, used_s = self._clock(), self._used()
        # A loop that has just hung may call us before the timer that would notice.
        overdue_s = now - self._due if self._timer is not None else 0.0
        lag_s, self._worst_s = max(self._worst_s, overdue_s, 0.0), 0.0
        if now - self._asked_at >= SHORTEST_S:
            share = (used_s - self._used_s) / (now - self._asked_at)
            self._cpu = min(max(share, 0.0), 1.0)
            self._asked_at, self._used_s = now, used_s
        return Vital(lag_s, self._cpu)

    def _again(self) -> None:
        self._due = self._clock() + SAMPLE_EVERY_S
        self._timer = asyncio.get_running_loop().call_later(SAMPLE_EVERY_S, self._sample)

    def _sample(self) -> None:
        self._worst_s = max(self._worst_s, self._clock() - self._due)
        self._again()
