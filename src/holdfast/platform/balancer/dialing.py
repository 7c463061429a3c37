"""Connects that take a while, and refusals that must arrive: the two short lives of a socket.

Both are watchers of the loop that end themselves within a bounded time.
"""

import contextlib
import socket
from collections.abc import Callable

from holdfast.platform.balancer import sockets
from holdfast.platform.balancer.loop import Loop
from holdfast.platform.balancer.poller import IN, OUT
from holdfast.platform.membership.wire import Endpoint

DRAIN_BYTES = 65_536
"""What a refused client still sends is thrown away in pieces of this size."""


class Dialing:
    """A connect in progress, begun by `sockets.dial`. Calls exactly one of its two callbacks, or
    none after `cancel`."""

    __slots__ = ("_endpoint", "_failed", "_loop", "_opening", "_reached", "_sock", "_timer")

    def __init__(
        self, loop: Loop, sock: socket.socket, endpoint: Endpoint, *, opening: bytes
    ) -> None:
        self._loop = loop
        self._sock = sock
        self._endpoint = endpoint
        self._opening = opening

    def begin(
        self,
        timeout_s: float,
        reached: Callable[[socket.socket], None],
        failed: Callable[[OSError], None],
    ) -> None:
        """Wait for the connect; `reached` gets the socket, connected and unwatched."""
        self._reached, self._failed = reached, failed
        self._timer = self._loop.call_at(self._loop.now + timeout_s, self._late)
        self._loop.watch(self._sock.fileno(), OUT, self)

    def on_event(self, _mask: int) -> None:
        try:
            done = sockets.reach(self._sock, self._endpoint, self._opening)
        except OSError as error:
            self.cancel()
            self._failed(error)
            return
        if done:
            self._timer.cancel()
            self._loop.unwatch(self._sock.fileno())
            self._reached(self._sock)

    def on_fault(self) -> None:
        self.cancel()

    def cancel(self) -> None:
        """Call it off."""
        self._timer.cancel()
        self._loop.close(self._sock)

    def _late(self) -> None:
        self.cancel()
        self._failed(TimeoutError("no answer in time"))


class Farewell:
    """The last bytes to a client that is turned away.

    Closing at once would reset the connection if the client has sent something, and a reset may
    destroy the very bytes that explain it. So: say it, half-close, and wait for the client to hang
    up, throwing away what it still sends.
    """

    __slots__ = ("_all", "_loop", "_sock", "_timer")

    def __init__(self, loop: Loop, sock: socket.socket, everybody: set["Farewell"]) -> None:
        self._loop = loop
        self._sock = sock
        self._all = everybody

    def begin(self, text: bytes, patience_s: float) -> None:
        """Send `text`; with no patience the socket is closed at once."""
        with contextlib.suppress(OSError):
            self._sock.send(text)
            self._sock.shutdown(socket.SHUT_WR)
        if not patience_s:
            with contextlib.suppress(OSError):
                self._sock.recv(DRAIN_BYTES)
            self._loop.close(self._sock)
            return
        self._all.add(self)
        self._timer = self._loop.call_at(self._loop.now + patience_s, self.end)
        self._loop.watch(self._sock.fileno(), IN, self)

    def on_event(self, _mask: int) -> None:
        try:
            over = not self._sock.recv(DRAIN_BYTES)
        except BlockingIOError:
            return
        except OSError:
            over = True
        if over:
            self.end()

    def on_fault(self) -> None:
        self.end()

    def end(self) -> None:
        """Close, whatever was read."""
        self._timer.cancel()
        self._all.discard(self)
        self._loop.close(self._sock)
