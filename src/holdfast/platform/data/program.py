"""The law of a program that a guard runs: it has a log, a user, a bounded end, and no orphans.

It starts in a session of its own (the terminal's Ctrl-C is for our supervisor), writes into a file
that does not grow for ever, and on Linux is asked to end by the kernel when its guard is killed.
"""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from holdfast.platform.data.account import Account

LOG_BYTES = 10_000_000
"""A larger log is put aside as `<name>.1`; the one put aside before is lost."""
KILL_S = 5.0
"""Even a killed process may be kept by the kernel, in a system call."""
_LINUX: bool = sys.platform == "linux"


class Program:
    """One program, from `start` to `stop`; it may be started again."""

    def __init__(
        self, argv: Sequence[str], log: Path, account: Account, environment: Mapping[str, str]
    ) -> None:
        self._argv = list(argv)
        self._log = log
        self._account = account
        self._environment = dict(environment)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Its process id, None before the first start."""
        return self._process.pid if self._process is not None else None

    def start(self) -> None:
        """Start it; `OSError` when that cannot be."""
        log = open_log(self._log)
        try:
            self._process = subprocess.Popen(  # noqa: S603  composed by its guard
                self._argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=self._environment,
                start_new_session=True,
                preexec_fn=ends_with_parent(signal.SIGTERM),  # noqa: PLW1509  see `ends_with_parent`
                **self._account.spawn_as(),
            )
        finally:
            os.close(log)

    def exit_code(self) -> int | None:
        """None while it runs; -1 when it was never started."""
        return self._process.poll() if self._process is not None else -1

    def stop(self, within_s: float) -> str:
        """Ask it to end, then kill it; returns how it went: clean, killed or gone."""
        process = self._process
        if process is None or process.poll() is not None:
            return "gone"
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(within_s)
            return "clean"
        self.kill()
        return "killed"

    def kill(self) -> None:
        """End it at once."""
        process = self._process
        if process is not None and process.poll() is None:
            process.kill()
            with suppress(subprocess.TimeoutExpired):
                process.wait(KILL_S)

    def trim_log(self) -> None:
        """Put the log aside when it has become too long; the program goes on writing."""
        with suppress(OSError):
            if self._log.stat().st_size > LOG_BYTES:
                shutil.copyfile(self._log, _aside(self._log))
                os.truncate(self._log, 0)  # it is open for appending


def open_log(path: Path) -> int:
    """A descriptor that appends to the log; a long one is put aside first."""
    with suppress(FileNotFoundError):
        if path.stat().st_size > LOG_BYTES:
            path.replace(_aside(path))
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
    return os.open(path, flags, 0o600)


def ends_with_parent(number: signal.Signals) -> Callable[[], None] | None:
    """Linux: when even the guard is killed, the kernel sends its child a signal. The child hears it
    from its first moment, even where the guard was started to ignore it (a shell's background).

    For `preexec_fn`, from the thread that outlives the child. Loaded before the fork, for the
    child's user may not reach Python's own files.
    """
    if not _LINUX:
        return None
    prctl = ctypes.CDLL(None).prctl
    set_parent_death_signal = 1

    def hear() -> None:
        signal.signal(number, signal.SIG_DFL)
        prctl(set_parent_death_signal, int(number), 0, 0, 0)

    return hear


def _aside(path: Path) -> Path:
    return path.with_name(path.name + ".1")
