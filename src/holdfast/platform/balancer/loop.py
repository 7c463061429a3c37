"""The only place of the balancer that waits: descriptors, timers, and one time for all.

Single-threaded. Watchers run to their end and never block; each does a bounded step and relies on
being told again. `now` is read once per round: everything of a round happens at one moment. A
descriptor is closed after its round, so that no event of the round can reach a stranger who got
the same number.
"""

import heapq
import itertools
import socket
import time
from collections.abc import Callable
from typing import Protocol

from holdfast.platform.balancer.poller import Poller, best_poller
from holdfast.platform.runtime.logs import Log

EVENTS_PER_ROUND = 80
"""Ready descriptors taken at once: enough to pay for the system call, few enough that timers and
heartbeats are looked at every millisecond, and that the answer fits into the small blocks which
the system's allocator hands out quickest."""
LONGEST_WAIT_S = 60.0
COMPACT_AT = 1_024
"""Cancelled timers that may lie about before the queue is rebuilt without them."""

_log = Log("balancer")


class Watcher(Protocol):
    """Who is told about a descriptor."""

    def on_event(self, mask: int) -> None:
        """The descriptor is ready as `mask` says, in error, or hung up."""

    def on_fault(self) -> None:
        """`on_event` raised, which it should not: end what you were doing, others go on."""


class Timer:
    """A call in the future; `cancel` it when it is no longer wanted."""

    __slots__ = ("_loop", "callback")

    def __init__(self, loop: "Loop", callback: Callable[[], None]) -> None:
        self._loop = loop
        self.callback: Callable[[], None] | None = callback

    def take(self) -> Callable[[], None] | None:
        """What to call now, once; None when cancelled."""
        callback, self.callback = self.callback, None
        return callback

    def cancel(self) -> None:
        """Never call it. Harmless after it was called, or twice."""
        if self.callback is not None:
            self.callback = None
            self._loop.timer_cancelled()


class Loop:
    """Waits, then tells: `watch` a socket, `call_at` a time."""

    def __init__(self, poller: Poller | None = None) -> None:
        self._poller = poller or best_poller()
        self._watchers: dict[int, Watcher] = {}
        self._timers: list[tuple[float, int, Timer]] = []
        self._order = itertools.count()
        self._cancelled = 0
        self._doomed: list[socket.socket] = []
        self._running = False
        self.now = time.monotonic()

    def watch(self, fd: int, mask: int, watcher: Watcher) -> None:
        """Tell `watcher` whenever `fd` is ready for `mask`, in error or hung up."""
        self._poller.register(fd, mask)
        self._watchers[fd] = watcher

    def hand_over(self, fd: int, watcher: Watcher) -> None:
        """Tell this watcher from now on what another one was told of a watched descriptor."""
        self._watchers[fd] = watcher

    def change(self, fd: int, mask: int) -> None:
        """Wait for something else from now on."""
        self._poller.modify(fd, mask)

    def unwatch(self, fd: int) -> None:
        """Forget a descriptor; harmless when it is not watched."""
        if self._watchers.pop(fd, None) is not None:
            self._poller.unregister(fd)

    def close(self, sock: socket.socket) -> None:
        """Forget a socket and close it at the end of this round; that also ends its polling."""
        fd = sock.fileno()
        self._watchers.pop(fd, None)
        self._poller.closing(fd)
        self._doomed.append(sock)

    def call_at(self, when: float, callback: Callable[[], None]) -> Timer:
        """Call back once when `now` has reached `when`."""
        timer = Timer(self, callback)
        heapq.heappush(self._timers, (when, next(self._order), timer))
        return timer

    def call_every(self, interval_s: float, callback: Callable[[], None]) -> None:
        """Call back again and again, the first time after one interval."""

        def again() -> None:
            self.call_at(self.now + interval_s, again)
            callback()

        self.call_at(self.now + interval_s, again)

    def timer_cancelled(self) -> None:
        """A timer's word that it will not be called. Keeps the queue free of dead ones."""
        self._cancelled += 1
        if self._cancelled > COMPACT_AT and self._cancelled > len(self._timers) // 2:
            self._timers = [entry for entry in self._timers if entry[2].callback is not None]
            heapq.heapify(self._timers)
            self._cancelled = 0

    def stop(self) -> None:
        """Return from `run` after this round."""
        self._running = False

    def run(self) -> None:
        """Go round until `stop`. A watcher's or timer's error is logged and costs only itself."""
        self._running = True
        self.now = time.monotonic()
        while self._running:
            self.turn()

    def dispose(self) -> None:
        """Close what waits to be closed, and the poller."""
        self._close_doomed()
        self._poller.close()

    def turn(self) -> None:
        """One round: wait until something is ready or due, tell its watchers, call its timers."""
        watchers = self._watchers
        # Measured from the last round's time: a little late when a round took long, never early.
        wait_s = self._timers[0][0] - self.now if self._timers else LONGEST_WAIT_S
        ready = self._poller.poll(max(wait_s, 0.0), EVENTS_PER_ROUND)
        self.now = time.monotonic()
        for fd, mask in ready:
            watcher = watchers.get(fd)
            if watcher is not None:  # else it was closed earlier in this round
                try:
                    watcher.on_event(mask)
                except Exception:
                    _log.exception("watcher_failed")
                    self._fault(fd)
        if self._timers and self._timers[0][0] <= self.now:
            self._call_timers()
        if self._doomed:
            self._close_doomed()

    def _fault(self, fd: int) -> None:
        watcher = self._watchers.get(fd)
        if watcher is not None:
            watcher.on_fault()

    def _call_timers(self) -> None:
        while self._timers and self._timers[0][0] <= self.now:
            callback = heapq.heappop(self._timers)[2].take()
            if callback is None:
                self._cancelled -= 1
                continue
            _call(callback)

    def _close_doomed(self) -> None:
        for sock in self._doomed:
            sock.close()
        self._doomed.clear()


def _call(callback: Callable[[], None]) -> None:
    try:
        callback()
    except Exception:
        _log.exception("callback_failed")
