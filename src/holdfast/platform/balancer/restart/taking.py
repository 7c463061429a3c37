"""The successor's side of a hand-over: ask, open, say that all is ready, take, and only then serve.

It may wait, for it does not serve yet: each answer within a bound. Whatever fails before the last
word leaves the predecessor serving as before, and ends the successor with a reason.
"""

import contextlib
import socket
from collections.abc import Mapping

from holdfast.errors import Mistake
from holdfast.platform.balancer.restart.folder import PrivateFolder, is_rightful
from holdfast.platform.balancer.restart.frames import Frame, Garbled, Inbox, Word, encode

SOCKET = "hand-over.sock"
ANSWER_S = 10.0
"""A predecessor answers between two rounds of its loop; a large state takes a second to arrive."""


class Legacy:
    """What a living predecessor offers. `sockets` by name: descriptors of ours."""

    def __init__(
        self, line: socket.socket, inbox: Inbox, sockets: dict[str, socket.socket]
    ) -> None:
        self.sockets = sockets
        self._line = line
        self._inbox = inbox

    @classmethod
    def ask(cls, folder: PrivateFolder) -> "Legacy | None":
        """Ask whoever serves; None when nobody does. `Mistake` when it does not hand over."""
        inbox = Inbox()
        line: socket.socket | None = None
        try:
            line = folder.connect(SOCKET, ANSWER_S)
            if line is None:
                return None
            offered = _greet(line, inbox)
            return cls(line, inbox, inbox.sockets(offered.sockets))
        except (OSError, Garbled) as error:
            inbox.close()
            if line is not None:
                line.close()
            raise _mistake(error) from error

    def state(self) -> Mapping[str, bytes]:
        """Say that we are ready, and get the state as it is now: from here on the predecessor takes
        nothing from the shared sockets."""
        try:
            _say(self._line, Frame("ready"))
            return _hear(self._line, self._inbox, "state").parts
        except (OSError, Garbled) as error:
            raise _mistake(error) from error

    def take(self) -> None:
        """Take it all: after this the predecessor has nothing of it."""
        try:
            _say(self._line, Frame("take"))
            _hear(self._line, self._inbox, "yours")
        except (OSError, Garbled) as error:
            raise _mistake(error) from error

    def line(self) -> socket.socket:
        """The line to the predecessor, for what follows; not ours any more."""
        line, self._line = self._line, socket.socket(socket.AF_UNIX)
        return line

    def close(self) -> None:
        """The conversation is over."""
        self._inbox.close()
        with contextlib.suppress(OSError):
            self._line.close()


def _greet(line: socket.socket, inbox: Inbox) -> Frame:
    if not is_rightful(line):
        raise Garbled("it is another user's")
    _say(line, Frame("hello"))
    return _hear(line, inbox, "sockets")


def _say(line: socket.socket, frame: Frame) -> None:
    line.sendall(encode(frame))


def _hear(line: socket.socket, inbox: Inbox, word: Word) -> Frame:
    while (frame := inbox.frame()) is None:
        inbox.receive(line)
    if frame.word != word:
        raise Garbled(f"{frame.word} instead of {word}")
    return frame


def _mistake(error: Exception) -> Mistake:
    why = str(error) or type(error).__name__
    return Mistake(f"The running balancer does not hand over: {why}.")
