"""PURE. Who asks when: an open schedule, so that a slow answer cannot slow the questions down.

Each person's next request is due a think time after the one before was *due*, not after it was
answered. What is asked late counts as slow from the moment it was due: that is how a real crowd
sees a server that stands still, and what a closed loop hides ("coordinated omission").
"""

import heapq
import math
from collections.abc import Callable


class Schedule:
    """The order of requests of `persons`, with exponential think times around `think_s`."""

    def __init__(self, persons: int, think_s: float, draw: Callable[[], float]) -> None:
        """Persons begin as if they had been there for long. `draw`: a number in [0, 1)."""
        self._think_s = think_s
        self._draw = draw
        self._due = [(self._pause_s(), number) for number in range(persons)]
        heapq.heapify(self._due)

    def next_due(self) -> float:
        """When the next request is due, in seconds from the start."""
        return self._due[0][0]

    def take(self) -> tuple[float, int]:
        """The next request: when it is due, and whose it is; the person's next one is planned."""
        due, number = self._due[0]
        heapq.heapreplace(self._due, (due + self._pause_s(), number))
        return due, number

    def _pause_s(self) -> float:
        return -math.log(1.0 - self._draw()) * self._think_s
