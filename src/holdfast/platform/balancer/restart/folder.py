"""The law of the balancer's private folder: its sockets and its lock, for its owner's eyes only.

The folder is `balancer` in the data folder, mode 0700, and not used if it is anything else. Whoever
knocks at a socket in it must be the same user or root. The lock says which process on this folder
is the first one; it ends with that process, however it ends.
"""

import contextlib
import os
import socket
import stat
import struct
import sys
from pathlib import Path

from holdfast.platform.runtime.folder import Lock

FOLDER = "balancer"
LOCK = "lock"
BACKLOG = 8
"""Peers that knock at once: there are a restarting process and a few people."""

_IS_LINUX = sys.platform == "linux"
_CREDENTIALS = struct.Struct("3i")


def home_of(data: Path, copy: int) -> Path:
    """In which folder the private one of a balancer is, of several on one data folder."""
    return data if copy == 1 else data / f"{FOLDER}-{copy}"


class PrivateFolder:
    """An open private folder. `OSError` when it cannot be had or is not ours alone."""

    def __init__(self, data: Path) -> None:
        self.path = data / FOLDER
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._fd = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        found = os.fstat(self._fd)
        if found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o077:
            self.close()
            raise PermissionError(f"the folder {self.path} must be its owner's alone (mode 0700)")

    def close(self) -> None:
        """Let go of the folder; sockets in it go on."""
        os.close(self._fd)

    def lock(self) -> Lock | None:
        """The right to be the first process on this folder; None when another one has it."""
        return Lock.take(self.path / LOCK)

    def listen(self, name: str) -> socket.socket:
        """A listening, non-blocking socket of this name, in the place of an older one."""
        fresh = f".{name}.{os.getpid()}"
        self.forget(fresh)
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            listening.setblocking(False)
            listening.bind(self._address(fresh))
            os.chmod(fresh, 0o600, dir_fd=self._fd)
            listening.listen(BACKLOG)
            os.rename(fresh, name, src_dir_fd=self._fd, dst_dir_fd=self._fd)
        except OSError:
            listening.close()
            self.forget(fresh)
            raise
        return listening

    def connect(self, name: str, within_s: float) -> socket.socket | None:
        """A connection to whoever listens under this name; None when nobody does."""
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.settimeout(within_s)
        try:
            sock.connect(self._address(name))
        except (FileNotFoundError, ConnectionRefusedError):
            sock.close()
            return None
        except OSError:
            sock.close()
            raise
        return sock

    def forget(self, name: str) -> None:
        """Remove a socket's name."""
        with contextlib.suppress(OSError):
            os.unlink(name, dir_fd=self._fd)

    def _address(self, name: str) -> str:
        # A socket's address has room for 107 bytes only; a data folder's path may be longer.
        if _IS_LINUX:
            return f"/proc/self/fd/{self._fd}/{name}"
        return str(self.path / name)


def is_rightful(peer: socket.socket) -> bool:
    """Whether the process at the other end is of our user, or root. Where the system does not tell,
    the folder's mode has answered."""
    if not hasattr(socket, "SO_PEERCRED"):
        return True
    raw = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    _, uid, _ = _CREDENTIALS.unpack(raw)
    return uid in (0, os.geteuid())
