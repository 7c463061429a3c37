"""The node's UDP socket: what came, from whom, and for how long it had waited to be read.

The kernel knows when a datagram came (Linux, SO_TIMESTAMPNS), by a clock that may be set; so a
stamp is only ever compared with the same clock at the reading, and a datagram has not waited longer
than since the socket was last found empty. Where there are no stamps it came when it was read.
"""

import socket
import struct
import sys
import time
from collections import deque
from collections.abc import Callable

from holdfast.platform.balancer.datagrams import MAX_DATAGRAM_BYTES
from holdfast.platform.balancer.proxy_protocol import Address

LONGEST_WAIT_S = 60.0
"""No datagram counts as older: so long the longest UDP test lasts."""
UNQUEUED_S = 0.5
"""A stamp is made before the datagram stands in the socket: on a busy machine so much sooner."""
UNSENT = 256
"""Answers kept while the network takes none; the next ones are lost, as datagrams may be."""

_SO_TIMESTAMPNS = 35
"""Of Linux's <asm-generic/socket.h>, which the socket module lacks; also the stamp's own type."""
_STAMP = struct.Struct("@ll")

Clock = Callable[[], float]


class NodeSocket:
    """A bound, non-blocking UDP socket. `monotonic` and `wall` are clocks in seconds."""

    __slots__ = ("_control_bytes", "_empty_at", "_monotonic", "_unsent", "_wall", "socket")

    def __init__(
        self, bound: socket.socket, *, monotonic: Clock = time.monotonic, wall: Clock = time.time
    ) -> None:
        self.socket = bound
        self._monotonic = monotonic
        self._wall = wall
        self._empty_at = monotonic()
        self._unsent: deque[tuple[bytes, Address]] = deque()
        self._control_bytes = socket.CMSG_SPACE(_STAMP.size) if _has_stamps(bound) else 0

    def receive(self) -> tuple[bytes, Address, float] | None:
        """The next datagram, its sender, and for how many seconds it had waited; None if there is
        none. `OSError` is of an earlier datagram of ours that nobody took."""
        began = self._monotonic()
        try:
            data, control, _, sender = self.socket.recvmsg(MAX_DATAGRAM_BYTES, self._control_bytes)
        except BlockingIOError:
            self._empty_at = began
            return None
        return data, sender, self._waited_s(control, began) if control else 0.0

    def _waited_s(self, control: list[tuple[int, int, bytes]], now: float) -> float:
        for level, kind, value in control:
            if (level, kind, len(value)) == (socket.SOL_SOCKET, _SO_TIMESTAMPNS, _STAMP.size):
                seconds, nanoseconds = _STAMP.unpack(value)
                waited_s: float = self._wall() - seconds - nanoseconds * 1e-9
                longest_s = min(LONGEST_WAIT_S, now - self._empty_at + UNQUEUED_S)
                return round(min(max(0.0, waited_s), longest_s), 6)
        return 0.0

    def send(self, datagram: bytes, to: Address) -> bool:
        """Send, behind what is unsent. False when it is kept until `send_rest`."""
        if not self._unsent and self._sent(datagram, to):
            return True
        if len(self._unsent) < UNSENT:
            self._unsent.append((datagram, to))
        return False

    def send_rest(self) -> bool:
        """Send what was kept; True when nothing is left."""
        while self._unsent and self._sent(*self._unsent[0]):
            self._unsent.popleft()
        return not self._unsent

    def _sent(self, datagram: bytes, to: Address) -> bool:
        try:
            self.socket.sendto(datagram, to)
        except BlockingIOError:
            return False
        except OSError:
            pass  # a balancer that is gone; its flows fall silent
        return True


def _has_stamps(sock: socket.socket) -> bool:
    """Ask the kernel for the time of each datagram; False where it has none."""
    if sys.platform != "linux":
        return False
    try:
        sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
    except OSError:
        return False
    return True
