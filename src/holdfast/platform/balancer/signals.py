"""Signals as events of the balancer's loop: each number has a call, made between two others.

The balancer has no event loop of asyncio, so Python writes each signal's number to a socket that
the loop watches. Nothing is done inside a signal handler.
"""

import signal
import socket
from collections.abc import Callable
from types import FrameType

from holdfast.platform.balancer.loop import Loop
from holdfast.platform.balancer.poller import IN

READ_BYTES = 64

_Handler = Callable[[int, FrameType | None], object] | int | None


class Signals:
    """`with Signals() as signals:`, then `on` for each number, and `attach` to a loop."""

    def __init__(self) -> None:
        self._calls: dict[int, Callable[[], None]] = {}
        self._before: dict[int, _Handler] = {}

    def __enter__(self) -> "Signals":
        self._ours, self._theirs = socket.socketpair()
        self._ours.setblocking(False)
        self._theirs.setblocking(False)
        self._fd_before = signal.set_wakeup_fd(self._theirs.fileno(), warn_on_full_buffer=False)
        return self

    def __exit__(self, *_: object) -> None:
        signal.set_wakeup_fd(self._fd_before)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._ours.close()
        self._theirs.close()

    def on(self, number: int, call: Callable[[], None]) -> None:
        """Have `call` made for a signal from now on; those that came in earlier wait for a loop."""
        before = signal.signal(number, lambda *_: None)
        self._before.setdefault(number, before)
        self._calls[number] = call

    def attach(self, loop: Loop) -> None:
        """Be told by this loop. The loop before must have been left."""
        loop.watch(self._ours.fileno(), IN, self)

    def on_event(self, _mask: int) -> None:
        for number in self._ours.recv(READ_BYTES):
            call = self._calls.get(number)
            if call is not None:
                call()

    def on_fault(self) -> None:
        """One signal's call failed; the next one is heard."""
