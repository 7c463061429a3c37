"""Heartbeats for predecessors: who has the heartbeat socket passes each good one on.

A predecessor keeps clients for up to an hour, and some of them need another member in that time. So
it hears what its successor hears, over the line of the hand-over. The lines to all of them go from
successor to successor, with the other sockets. Best effort, as UDP: a line that is full loses
beats, one that breaks leaves membership as it was last heard there.
"""

import socket
from collections.abc import Callable, Sequence

from holdfast.platform.balancer.loop import Loop
from holdfast.platform.balancer.poller import IN
from holdfast.platform.balancer.restart.frames import Frame, Garbled, Inbox, encode
from holdfast.platform.membership.wire import MAX_DATAGRAM_BYTES

BEAT = "beat"


class BeatsOut:
    """The end of who serves: its lines to all predecessors."""

    def __init__(self, lines: Sequence[socket.socket]) -> None:
        self._lines = list(lines)
        for line in lines:
            line.setblocking(False)

    @property
    def lines(self) -> list[socket.socket]:
        """The lines that still stand."""
        return list(self._lines)

    def pass_on(self, datagram: bytes) -> None:
        """Have the predecessors hear it, where there is room; never waits."""
        frame = encode(Frame("beat", parts={BEAT: datagram}))
        for line in self.lines:
            if not _has_taken(line, frame):
                self._lines.remove(line)
                line.close()

    def close(self) -> None:
        """Pass on no more."""
        for line in self._lines:
            line.close()
        self._lines.clear()


def _has_taken(line: socket.socket, frame: bytes) -> bool:
    """Whether the line may be used again, with the frame or without it."""
    try:
        return line.send(frame) == len(frame)  # else what follows would be read as its rest
    except BlockingIOError:
        return True
    except OSError:
        return False


class BeatsIn:
    """The predecessor's end, in its loop. `over` is called once when nothing more will come."""

    def __init__(
        self,
        loop: Loop,
        line: socket.socket,
        take: Callable[[bytes], None],
        over: Callable[[], None],
    ) -> None:
        self._loop = loop
        self._line = line
        self._take = take
        self._over = over
        self._inbox = Inbox()
        self._is_over = False
        loop.watch(line.fileno(), IN, self)

    def on_event(self, _mask: int) -> None:
        try:
            self._inbox.receive(self._line)
            while (frame := self._inbox.frame()) is not None:
                self._hear(frame)
        except BlockingIOError:
            return
        except (OSError, Garbled):
            self.close()

    def on_fault(self) -> None:
        self.close()

    def close(self) -> None:
        """Hear no more."""
        if self._is_over:
            return
        self._is_over = True
        self._inbox.close()
        self._loop.unwatch(self._line.fileno())
        self._loop.close(self._line)
        self._over()

    def _hear(self, frame: Frame) -> None:
        datagram = frame.parts.get(BEAT, b"")
        if frame.word != BEAT or len(datagram) > MAX_DATAGRAM_BYTES or self._inbox.descriptors:
            raise Garbled("no heartbeat")
        self._take(datagram)
