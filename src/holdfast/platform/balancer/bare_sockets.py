"""Sockets without what Python wraps around them, for the two that each relayed connection takes.

An accepted client is a descriptor, and a socket object only once somebody needs one: the relay
reads, writes and closes by the descriptor, and most clients come and go without anything else. A
member's socket is the interpreter's own class, built and closed without a call of Python.
Together that is a twentieth of what a short connection costs.
"""

import errno
import os
import socket
from types import TracebackType
from typing import cast

NONBLOCK = getattr(socket, "SOCK_NONBLOCK", 0)
_KIND = socket.SOCK_STREAM | NONBLOCK


class Accepted:
    """Owns descriptor `fd`, which does not block; does whatever a socket of `family` does."""

    __slots__ = ("_family", "_fd", "_sock")

    def __init__(self, fd: int, family: int) -> None:
        self._fd = fd
        self._family = family
        self._sock: socket.socket | None = None

    def fileno(self) -> int:
        """The descriptor; -1 when it is closed."""
        return self._fd

    def close(self) -> None:
        """Close the descriptor, once."""
        fd, self._fd = self._fd, -1
        if self._sock is not None:
            self._sock.close()
        elif fd >= 0:
            os.close(fd)

    def __enter__(self) -> "Accepted":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: object, trace: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()

    def __getattr__(self, name: str) -> object:
        if self._sock is None:
            if self._fd < 0:  # as of any closed socket
                raise OSError(errno.EBADF, os.strerror(errno.EBADF))
            self._sock = socket.socket(self._family, _KIND, 0, self._fd)
        return getattr(self._sock, name)


class Dialled(socket.SocketType):
    """A TCP socket that does not block, where the system makes such at once."""

    def __enter__(self) -> "Dialled":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: object, trace: TracebackType | None
    ) -> None:
        self.close()


def accepted(fd: int, family: int) -> socket.socket:
    """An `Accepted`, said to be the socket that it behaves like."""
    return cast(socket.socket, Accepted(fd, family))


def dialled(family: int) -> socket.socket:
    """A `Dialled`, said to be the class that is made of the same."""
    return cast(socket.socket, Dialled(family, _KIND, 0))
