"""PURE. How long a member's answers take of late: an average that a peak moves at once.

Peak-EWMA, as in Finagle: a slower answer than the estimate replaces it, a quicker one pulls it down
by how much time has passed, and without answers it sinks by itself, so that a member that was slow
once is tried again. A failure counts as a slow answer: who fails fast must not look fast.
"""

import math
from dataclasses import dataclass

MEMORY_S = 10.0
"""What was seen so long ago weighs about a third: long enough to hold through a pause in traffic,
short enough that a member which has recovered gets its clients back while people watch."""
FAILURE_S = 1.0
"""What a failed answer counts as, at least: worse than nearly every answer that comes."""
FAILURE_GROWTH, LONGEST_S = 2.0, 60.0


@dataclass(slots=True)
class Latency:
    """The estimate of one member's service; times in seconds of one clock."""

    _value_s: float | None = None
    _at: float = 0.0

    def observe(self, seconds: float, now: float) -> None:
        """An answer took so long."""
        value = self._value_s
        if value is None:
            self._value_s = seconds
        else:
            kept = math.exp((self._at - now) / MEMORY_S)
            self._value_s = max(seconds, seconds * (1 - kept) + value * kept)
        self._at = now

    def fail(self, now: float) -> None:
        """There was no answer: as if it had been slow, and slower each time."""
        before = self.at(now) or 0.0
        self._value_s = min(max(FAILURE_S, before * FAILURE_GROWTH), LONGEST_S)
        self._at = now

    def at(self, now: float) -> float | None:
        """The estimate in seconds; None before the first answer."""
        value = self._value_s
        return None if value is None else value * math.exp(min(0.0, self._at - now) / MEMORY_S)
