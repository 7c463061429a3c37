"""Time as a queue of events: nothing happens between two of them, so a minute takes no time."""

import heapq
from collections.abc import Callable
from typing import Any

Call = Callable[[Any], None]


class Events:
    """What will happen, in the order of its time. `now` in seconds since the world began."""

    __slots__ = ("_count", "_queue", "now")

    def __init__(self) -> None:
        self.now = 0.0
        self._count = 0
        self._queue: list[tuple[float, int, Call, Any]] = []

    def after(self, seconds: float, call: Call, about: object = None) -> None:
        """Call it then, with what it is about."""
        self._count += 1
        heapq.heappush(self._queue, (self.now + seconds, self._count, call, about))

    def run(self, until: float) -> None:
        """Let everything happen up to then."""
        queue, pop = self._queue, heapq.heappop
        while queue[0][0] <= until:
            self.now, _, call, about = pop(queue)
            call(about)
        self.now = until

    def forget(self) -> None:
        """Nothing will happen any more: what the events were about is free."""
        self._queue.clear()
