"""The law of recovery: a server that nobody reaches replays the log, up to a moment or to its end.

PostgreSQL decides: without the wished moment in the log it does not promote but ends, and says why.
It archives nothing meanwhile. Blocking.
"""

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from holdfast.errors import DefiniteError
from holdfast.platform.data import cluster_folder
from holdfast.platform.data.account import Account
from holdfast.platform.data.backup import archive
from holdfast.platform.data.binaries import Binaries
from holdfast.platform.data.cluster_folder import environment_of_server
from holdfast.platform.data.embedded import QUIT_S, SHUTDOWN_S
from holdfast.platform.data.parameters import server_parameters
from holdfast.platform.data.program import ends_with_parent, open_log

RECOVERY_S = 24 * 3600.0
"""Replaying the log of months takes hours; longer is not waited for."""
TELL_S = 10.0
POLL_S = 0.05
MAX_LOG_BYTES = 10_000_000
NOT_REACHED = "recovery ended before configured recovery target was reached"
TOO_EARLY = "requested recovery stop point is before consistent recovery point"
_LAST = re.compile(r"last completed transaction was at log time (.+)")
_HISTORY_LINE = re.compile(r"\s*(\d+)\s+([0-9A-F]+/[0-9A-F]+)")


class NotRecovered(DefiniteError):
    """The server did not get to the end of its recovery; `reason` is its own complaint."""

    def __init__(self, reason: str, last: datetime | None) -> None:
        super().__init__(f"the recovery did not succeed: {reason}")
        self.reason = reason
        self.last = last
        """When the last transaction was committed that it had seen."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """`last` transaction in it, and the position where the old timeline ended."""

    last: datetime | None
    ended_at: str


@dataclass(frozen=True, slots=True)
class RecoveryPlan:
    """A copied folder and the log for it; `until` None: all the log there is."""

    postgres: Path
    log: Path
    wal: Path
    until: datetime | None


def recover(
    plan: RecoveryPlan, binaries: Binaries, account: Account, tell: Callable[[str], None]
) -> Recovered:
    """Replay, promote, and end the server cleanly. Raises `NotRecovered`."""
    signal_file = plan.postgres / "recovery.signal"
    signal_file.touch(mode=0o600)
    account.own(signal_file)
    process = _spawn(plan, binaries, account)
    try:
        _wait(plan, process, tell)
    finally:
        _end(process)
    told = _told(plan.log)
    return Recovered(_last(told), _end_of_timeline(plan.postgres))


def recovery_parameters(until: datetime | None, major: int) -> dict[str, str]:
    """The server's settings while it recovers: reached by nobody, archiving nothing."""
    parameters = {
        **server_parameters(major=major, durable=True, max_connections=20),
        "listen_addresses": "",
        "unix_socket_directories": ".",
        "hot_standby": "off",
        "archive_mode": "off",
        "primary_conninfo": "",
        "restore_command": archive.FETCH,
        "recovery_target_timeline": "latest",
    }
    if until is not None:
        parameters["recovery_target_time"] = f"{until.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}+00"
        parameters["recovery_target_inclusive"] = "on"
        parameters["recovery_target_action"] = "promote"
    return parameters


def _spawn(plan: RecoveryPlan, binaries: Binaries, account: Account) -> "subprocess.Popen[bytes]":
    log = open_log(plan.log)
    try:
        with (
            cluster_folder.reached(plan.postgres, account) as place,
            archive.reached(plan.wal, account) as shelf,
        ):
            command = [binaries.program("postgres"), "-D", place.path]
            for name, value in recovery_parameters(plan.until, binaries.major).items():
                command += ["-c", f"{name}={value}"]
            return subprocess.Popen(  # noqa: S603  found by `binaries`
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env={**environment_of_server(), **shelf.environment},
                start_new_session=True,
                pass_fds=(*place.fds, *shelf.fds),
                preexec_fn=ends_with_parent(signal.SIGINT),  # noqa: PLW1509  a command has one thread
                **account.spawn_as(),
            )
    finally:
        os.close(log)


def _wait(
    plan: RecoveryPlan, process: "subprocess.Popen[bytes]", tell: Callable[[str], None]
) -> None:
    began = told = time.monotonic()
    while cluster_folder.ready_pid(plan.postgres) != process.pid:
        if process.poll() is not None:
            lines = _told(plan.log)
            raise NotRecovered(_reason(lines), _last(lines))
        if time.monotonic() - began > RECOVERY_S:
            raise NotRecovered(f"it was not ready within {RECOVERY_S:g} s", None)
        if time.monotonic() - told > TELL_S:
            told = time.monotonic()
            tell(f"replaying the log for {told - began:.0f} s")
        time.sleep(POLL_S)


def _end(process: "subprocess.Popen[bytes]") -> None:
    for number, within_s in (
        (signal.SIGINT, SHUTDOWN_S),
        (signal.SIGQUIT, QUIT_S),
        (signal.SIGKILL, QUIT_S),
    ):
        if process.poll() is not None:
            return
        process.send_signal(number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(within_s)


def _told(log: Path) -> list[str]:
    with log.open("rb") as file:
        file.seek(0, 2)
        file.seek(max(0, file.tell() - MAX_LOG_BYTES))
        return file.read(MAX_LOG_BYTES).decode(errors="replace").splitlines()


def _reason(lines: list[str]) -> str:
    for mark in ("PANIC:", "FATAL:", "ERROR:"):
        for line in reversed(lines):
            if mark in line:
                return line.partition(mark)[2].strip()
    return lines[-1] if lines else "it said nothing"


def _last(lines: list[str]) -> datetime | None:
    for line in reversed(lines):
        match = _LAST.search(line)
        if match is not None:
            with suppress(ValueError):
                return datetime.fromisoformat(match.group(1).strip())
    return None


def _end_of_timeline(postgres: Path) -> str:
    """Where the new timeline branched off, as its history says."""
    newest = max((path.name for path in (postgres / "pg_wal").glob("*.history")), default="")
    if not newest:
        return ""
    lines = (
        (postgres / "pg_wal" / newest).read_text(encoding="ascii", errors="replace").splitlines()
    )
    found = [match.group(2) for line in lines if (match := _HISTORY_LINE.match(line))]
    return found[-1] if found else ""
