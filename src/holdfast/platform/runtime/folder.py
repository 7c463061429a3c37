"""The law of the data folder: ours alone, one owner at a time, never a folder of somebody else.

A folder that is new or empty gets a marker file; a folder that holds other things is refused before
anything is written into it. Whoever runs on it holds a lock that ends with the process, however it
ends. Only one machine may use a folder.
"""

import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path

from holdfast.errors import Mistake

MARKER = "holdfast.folder"
MARKER_TEXT = "This folder belongs to Holdfast. Layout 1.\n"
LOCK = "holdfast.lock"
POLL_S = 0.02
"""How often a held lock is tried again."""


class Lock:
    """A lock on a file, held until `release` or the end of the process."""

    __slots__ = ("_fd",)

    def __init__(self, fd: int) -> None:
        self._fd = fd

    @classmethod
    def take(
        cls, path: Path, *, within_s: float = 0.0, given_up: Callable[[], bool] = lambda: False
    ) -> "Lock | None":
        """The lock, or None when somebody else held it all the time or `given_up` became true."""
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        deadline = time.monotonic() + within_s
        while True:
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= deadline or given_up():
                    os.close(fd)
                    return None
                time.sleep(POLL_S)
            else:
                return cls(fd)

    def release(self) -> None:
        """Let the next one in."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def __enter__(self) -> "Lock":
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def open_folder(path: Path) -> None:
    """Make `path` a data folder if it is new or empty; `Mistake` when it cannot be one."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        marker = path / MARKER
        if marker.exists():
            if marker.read_text(encoding="utf-8") != MARKER_TEXT:
                raise Mistake(f"The data folder {path} was made by another version of Holdfast.")
            return
        foreign = sorted(entry.name for entry in path.iterdir())
        if foreign:
            raise Mistake(
                f"The folder {path} holds other things ({foreign[0]}); choose a new or empty "
                "folder for the data."
            )
        marker.write_text(MARKER_TEXT, encoding="utf-8")
    except (FileExistsError, NotADirectoryError):
        raise Mistake(f"The data folder {path} is a file or lies in one.") from None
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not readable"
        raise Mistake(f"The data folder {path} cannot be used: {reason}.") from None


def claim_folder(path: Path) -> Lock:
    """Open the data folder and hold it; `Mistake` when another Holdfast runs on it."""
    open_folder(path)
    lock = Lock.take(path / LOCK)
    if lock is None:
        raise Mistake(f"Another Holdfast is running on the data folder {path}.")
    return lock
