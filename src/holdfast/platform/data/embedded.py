"""The law of the embedded server: a real PostgreSQL of our own, as durable as any other.

It runs on `<data>/postgres`, listens on a unix socket in there (or on 127.0.0.1 where the path is
too long, or a port was asked for), and logs to `<data>/postgres.log`. `<data>/database.dsn` tells
its address, with the password, to whoever may read it. Blocking; `guard` runs it.
"""

import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from holdfast.errors import Mistake
from holdfast.platform.data import cluster_folder
from holdfast.platform.data.account import Account, account_for
from holdfast.platform.data.backup import archive
from holdfast.platform.data.backup.role import backup_password_file, role_sql
from holdfast.platform.data.binaries import Binaries, find_binaries
from holdfast.platform.data.cluster_folder import (
    DATABASE,
    ROLE,
    Interrupted,
    environment_of_server,
)
from holdfast.platform.data.parameters import server_parameters
from holdfast.platform.data.program import ends_with_parent, open_log
from holdfast.platform.data.role_files import move_addresses
from holdfast.platform.runtime.secrets import write_private

READY_S = 300.0
"""Crash recovery replays at most `max_wal_size` of log: seconds, on a slow disk minutes."""
SHUTDOWN_S = 30.0
"""A clean end writes a checkpoint; after this the end is immediate and the next start recovers."""
QUIT_S = 5.0
"""An immediate end takes milliseconds; after this the server is killed."""
KILL_S = 5.0
"""Even a killed process may be kept by the kernel, in a system call."""
RETRY_S = 15.0
"""Processes of a killed server need a moment to notice; a new one is tried so long."""
POLL_S = 0.01
MAX_SOCKET_PATH = 100
"""Unix sockets have short names: 107 bytes on Linux, 103 on macOS."""
_IN_THE_WAY = ("lock file", "pre-existing shared memory block")


@dataclass(frozen=True, slots=True)
class ServerPlan:
    """What the server should be. `port` 0: a unix socket where the path allows it.

    Not `durable` gives up safety against power loss for speed: for tests only. `archive`: the
    folder that keeps the log (empty: none), which gets at least a file in `archive_every_s`.
    """

    data: Path
    bin_dir: str = ""
    port: int = 0
    durable: bool = True
    max_connections: int = 120
    archive: str = ""
    archive_every_s: float = 60.0

    @property
    def folder(self) -> Path:
        return self.data / "postgres"

    @property
    def log(self) -> Path:
        return self.data / "postgres.log"

    @property
    def password_file(self) -> Path:
        return self.data / "database.password"


def dsn_file(data: Path) -> Path:
    """Where the address of the embedded server on a data folder is written."""
    return data / "database.dsn"


class EmbeddedServer:
    """One server on one data folder, from `start` to `stop`."""

    def __init__(self, plan: ServerPlan, given_up: Callable[[], bool] = lambda: False) -> None:
        """`given_up` is asked while waiting: true ends `start` with `Interrupted`."""
        self._plan = plan
        self._given_up = given_up
        self._process: subprocess.Popen[bytes] | None = None
        self._woken_at = 0
        self.notes: list[tuple[str, str]] = []
        """What happened on the way, for the guard's log: (event, detail)."""

    def start(self) -> str:
        """Start it, making or repairing the folder first; returns the address with password.

        `Mistake` when the user can help: no programs, wrong version, port taken, unreachable
        folder. Seconds: about 0.1, with a new folder about 1.
        """
        plan = self._plan
        account = account_for(plan.folder)
        major = cluster_folder.major_of(plan.folder)
        binaries = find_binaries(account, bin_dir=plan.bin_dir, major=major)
        self.notes.append(("programs", f"PostgreSQL {binaries.major} ({binaries.origin})"))
        password = self._prepare(binaries, account, new=major is None)
        if plan.archive:
            done = archive.prepare(plan.data, Path(plan.archive), account)
            self.notes.append(("archive", f"{plan.archive} ({done})"))
        port = plan.port or (0 if _socket_fits(plan.folder) else _free_port())
        _check_port(plan.port)
        self._start_and_retry(binaries, account, port)
        dsn = _dsn(plan, port, password)
        write_private(dsn_file(plan.data), dsn + "\n")
        move_addresses(plan.data, dsn)
        return dsn

    def wake_archiving(self) -> None:
        """To be called every few seconds: a server that has just (re)started counts the time of its
        log files only after its next checkpoint, minutes later, or once it is told to look again.
        """
        with suppress(FileNotFoundError):
            changed_at = (self._plan.folder / "postmaster.pid").lstat().st_mtime_ns
            process = self._process
            if process is None or changed_at == self._woken_at:
                return
            if cluster_folder.ready_pid(self._plan.folder) == process.pid:
                process.send_signal(signal.SIGHUP)
                self._woken_at = changed_at

    def exit_code(self) -> int | None:
        """None while the server runs."""
        return self._process.poll() if self._process is not None else -1

    def stop(self) -> str:
        """End it cleanly, in bounded time; returns how it went: clean, immediate or killed."""
        process = self._process
        if process is None or process.poll() is not None:
            return "gone"
        for number, within_s, manner in (
            (signal.SIGINT, SHUTDOWN_S, "clean"),
            (signal.SIGQUIT, QUIT_S, "immediate"),
        ):
            process.send_signal(number)
            with suppress(subprocess.TimeoutExpired):
                process.wait(within_s)
                return manner
        process.kill()
        process.wait(KILL_S)
        return "killed"

    def _prepare(self, binaries: Binaries, account: Account, *, new: bool) -> str:
        plan = self._plan
        backups = backup_password_file(plan.data)
        if new:
            password, backup = secrets.token_hex(16), secrets.token_hex(16)
            write_private(plan.password_file, password + "\n")
            write_private(backups, backup + "\n")
            cluster_folder.create(
                plan.folder, binaries, account, password, more_sql=role_sql(backup)
            )
            self.notes.append(("created", str(plan.folder)))
            return password
        cluster_folder.adopt_ownership(plan.folder, account)
        left = cluster_folder.stop_leftover(plan.folder, self._given_up)
        if left is not None:
            self.notes.append(("stopped_leftover", f"pid {left}"))
        cluster_folder.renew_access(plan.folder, account)
        if not backups.exists():
            backup = secrets.token_hex(16)
            cluster_folder.run_sql(plan.folder, binaries, account, role_sql(backup))
            write_private(backups, backup + "\n")
        try:
            return plan.password_file.read_text(encoding="ascii").strip()
        except FileNotFoundError:
            password = secrets.token_hex(16)
            cluster_folder.set_password(plan.folder, binaries, account, password)
            write_private(plan.password_file, password + "\n")
            return password

    def _start_and_retry(self, binaries: Binaries, account: Account, port: int) -> None:
        deadline = time.monotonic() + RETRY_S
        while True:
            offset = self._spawn(binaries, account, port)
            reason = self._wait_ready(offset)
            if reason is None:
                return
            if not any(words in reason for words in _IN_THE_WAY) or time.monotonic() > deadline:
                raise Mistake(f"PostgreSQL did not start: {reason} (see {self._plan.log}).")
            time.sleep(10 * POLL_S)

    def _spawn(self, binaries: Binaries, account: Account, port: int) -> int:
        """Start the process; returns where in the log its lines begin."""
        plan = self._plan
        log = open_log(plan.log)
        try:
            offset = os.fstat(log).st_size
            with (
                cluster_folder.reached(plan.folder, account) as place,
                _archive_reached(plan, account) as shelf,
            ):
                command = [binaries.program("postgres"), "-D", place.path]
                for name, value in _parameters(plan, binaries.major, port).items():
                    command += ["-c", f"{name}={value}"]
                self._process = subprocess.Popen(  # noqa: S603  found by `binaries`
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd="/",
                    env={**environment_of_server(), **shelf.environment},
                    start_new_session=True,  # the terminal's Ctrl-C is for our supervisor
                    pass_fds=(*place.fds, *shelf.fds),
                    preexec_fn=ends_with_parent(signal.SIGINT),  # noqa: PLW1509  the guard has one thread
                    **account.spawn_as(),
                )
        finally:
            os.close(log)
        return offset

    def _wait_ready(self, offset: int) -> str | None:
        """None when it is ready, or why it ended before."""
        process = self._process
        assert process is not None
        deadline = time.monotonic() + READY_S
        while cluster_folder.ready_pid(self._plan.folder) != process.pid:
            if process.poll() is not None:
                return _reason(self._plan.log, offset)
            if self._given_up():
                self.stop()
                raise Interrupted("asked to stop while the database was starting")
            if time.monotonic() > deadline:
                self.stop()
                return f"it was not ready within {READY_S:g} s"
            time.sleep(POLL_S)
        return None


def _parameters(plan: ServerPlan, major: int, port: int) -> dict[str, str]:
    """The server's settings, and where it listens."""
    return {
        "listen_addresses": "127.0.0.1" if port else "",
        "port": str(port or 5432),  # without TCP it is a part of the socket's name
        "unix_socket_directories": ".",  # relative to the folder: reached by whoever owns it
        **server_parameters(
            major=major, durable=plan.durable, max_connections=plan.max_connections
        ),
        **(archive.parameters(plan.archive_every_s) if plan.archive else {}),
    }


@contextmanager
def _archive_reached(plan: ServerPlan, account: Account) -> Iterator[archive.Reached]:
    if not plan.archive:
        yield archive.Reached({}, ())
        return
    with archive.reached(archive.wal_folder(Path(plan.archive)), account) as shelf:
        yield shelf


def _dsn(plan: ServerPlan, port: int, password: str) -> str:
    if port:
        return f"postgresql://{ROLE}:{password}@127.0.0.1:{port}/{DATABASE}"
    host = quote(str(plan.folder.absolute()), safe="")
    return f"postgresql://{ROLE}:{password}@/{DATABASE}?host={host}"


def _socket_fits(folder: Path) -> bool:
    return len(os.fsencode(folder.absolute() / ".s.PGSQL.5432")) <= MAX_SOCKET_PATH


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _check_port(port: int) -> None:
    """`Mistake` when a wished port is taken; 0 is no wish."""
    if not port:
        return
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise Mistake(
                f"Port {port} (database.port) on 127.0.0.1 cannot be used: {error.strerror}."
            ) from None


def _reason(log: Path, offset: int) -> str:
    """The last complaint that the server wrote since `offset`."""
    with log.open("rb") as file:
        file.seek(offset)
        lines = file.read(100_000).decode(errors="replace").splitlines()
    for mark in ("PANIC:", "FATAL:", "ERROR:"):
        for line in reversed(lines):
            if mark in line:
                return line.partition(mark)[2].strip()
    return lines[-1] if lines else "it said nothing"
