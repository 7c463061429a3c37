"""The law of one member: Patroni and its PostgreSQL, started together and ended together.

Patroni starts PostgreSQL apart from itself, so that PostgreSQL outlives it. That is wanted for a
moment only: a Patroni that ends is started again at once and takes its server over, and where it
does not come back in time the server is stopped, for a leader without a Patroni knows nothing of
its successor. Blocking; `member_guard` runs it.
"""

import json
import os
import signal
import time
from contextlib import suppress
from pathlib import Path

from holdfast.errors import Mistake
from holdfast.platform.data import cluster_folder
from holdfast.platform.data.account import Account
from holdfast.platform.data.backup import archive
from holdfast.platform.data.cluster import origin
from holdfast.platform.data.cluster.configuration import (
    TTL_S,
    dynamic_configuration,
    patroni_configuration,
)
from holdfast.platform.data.cluster.plan import ClusterPlan
from holdfast.platform.data.cluster.programs import check_reach, python_for
from holdfast.platform.data.cluster.record import passwords_of
from holdfast.platform.data.cluster.rest import ask, tell
from holdfast.platform.data.cluster.status import ClusterStatus, read_status
from holdfast.platform.data.program import Program

SHUTDOWN_S = 40.0
"""A clean end writes a checkpoint and sends the rest of the log to the replicas."""
SILENT_S = 10.0
"""A Patroni that says nothing for so long is stopped or stuck, and started again."""
STARTING_S = 60.0
"""The same of one that has not answered yet, and has no server to look after: a machine that starts
everything at once is busy, and whoever is killed then begins from the start."""
LEASH_S = TTL_S / 2
"""A server without a living Patroni is stopped after so long, well before its key expires."""
RESTART_S = 2.0
"""A Patroni that ends again and again is started at most so often."""
HOPELESS = 3
"""One that ended so often before it ever answered was set up wrongly."""
POLL_S = 0.1


class Member:
    """One member of a plan, from `prepare` and `start` to `stop`."""

    def __init__(self, plan: ClusterPlan, name: str) -> None:
        self.plan = plan
        self.me = plan.member(name)
        self.folder = plan.folder_of(name)
        self.postgres = plan.postgres_of(name)
        self.log = self.folder / "member.log"
        self._passwords = passwords_of(plan.data)
        self._patroni: Program | None = None
        self._heard_at = 0.0
        self._started_at = 0.0
        self._lives = 0
        self._was_heard = False
        self._woken_at = 0

    def prepare(self) -> str:
        """Folder, configuration and programs, and the end of what a crash left running; returns
        what was done, for the log. `Mistake` when the user can help."""
        plan, me = self.plan, self.me
        account = origin.account_of(plan)
        self._make_folder(account)
        python = python_for(account, plan.store)
        binaries = origin.programs_of(plan, account)
        self._end_leftovers()
        done = None
        if me == plan.first:
            done = origin.begin(plan, self._passwords, binaries, account)
        configuration = patroni_configuration(
            plan,
            me,
            self._passwords,
            bin_dir=str(binaries.folder),
            major=binaries.major,
            has_data=origin.has_data(plan, me),
        )
        path = self.folder / "patroni.json"
        _write_for(account, path, json.dumps(configuration, indent=1) + "\n")
        argv = python.run_module("patroni", str(path))
        environment = {**python.environment(), **self._archive(account)}
        self._patroni = Program(argv, self.log, account, environment)
        return f"PostgreSQL {binaries.major} ({binaries.origin}), folder {done or 'continued'}"

    def start(self) -> None:
        """Start Patroni, which starts PostgreSQL."""
        self._start()
        self._heard_at = self._started_at

    def cluster(self) -> ClusterStatus | None:
        """The cluster as this member's Patroni sees it; None when it does not answer."""
        answer = ask(self.me, "/cluster")
        if answer is None:
            return None
        self._hear()
        return read_status(answer.said)

    def is_ready(self) -> bool:
        """Whether the cluster takes writes and keeps what it acknowledges, seen from here."""
        status = self.cluster()
        if status is None or status.leader is None:
            return False
        if status.leader.name == self.me.name:
            self._settle_configuration()
        return status.has_synchronous or self.plan.when_alone == "available"

    def keep(self) -> str | None:
        """Look after Patroni; returns what had to be done. To be called about twice a second.
        `Mistake` when it never gets to its feet."""
        patroni = self._program()
        patroni.trim_log()
        code = patroni.exit_code()
        if code is not None:
            return self._revive(code)
        if ask(self.me, "/liveness", within_s=5 * POLL_S) is not None:
            self._hear()
        elif min(self._unheard_s(), self._age_s()) > self._patience_s():
            patroni.kill()
            return "Patroni did not answer and was killed"
        return None

    def stop(self) -> str:
        """End Patroni and PostgreSQL, in bounded time; returns how it went."""
        manner = self._program().stop(SHUTDOWN_S)
        self.end_postgres()
        return manner

    def wake_archiving(self) -> None:
        """To be called every few seconds: a server that has just (re)started counts the time of its
        log files only after its next checkpoint, minutes later, or once it is told to look again.
        """
        with suppress(OSError):
            changed_at = (self.postgres / "postmaster.pid").lstat().st_mtime_ns
            pid = cluster_folder.ready_pid(self.postgres)
            if pid is not None and changed_at != self._woken_at:
                os.kill(pid, signal.SIGHUP)
                self._woken_at = changed_at

    def postgres_pid(self) -> int | None:
        """The pid of a server that runs on this member's folder."""
        return cluster_folder.running_pid(self.postgres)

    def end_postgres(self) -> None:
        """End a server that is left alone."""
        if self.postgres.exists():
            cluster_folder.stop_leftover(self.postgres)

    def _revive(self, code: int) -> str | None:
        """Patroni has ended: start it again, and do not leave PostgreSQL without it for long."""
        if not self._was_heard and self._lives >= HOPELESS:
            raise Mistake(
                f"Patroni of {self.me.name} ends at once with code {code}; its log is {self.log}."
            )
        if self._unheard_s() > LEASH_S and self.postgres_pid() is not None:
            self.end_postgres()
            return "PostgreSQL was stopped: its Patroni does not stay alive"
        if self._age_s() < RESTART_S:
            return None
        self._start()
        return f"Patroni ended with code {code} and was started again"

    def _start(self) -> None:
        patroni = self._program()
        patroni.start()
        self._started_at = time.monotonic()
        self._lives += 1
        _write_pid(self.folder, patroni.pid)

    def _patience_s(self) -> float:
        is_starting = self._heard_at <= self._started_at and self.postgres_pid() is None
        return STARTING_S if is_starting else SILENT_S

    def _hear(self) -> None:
        self._heard_at = time.monotonic()
        self._was_heard = True

    def _age_s(self) -> float:
        return time.monotonic() - self._started_at

    def _program(self) -> Program:
        assert self._patroni is not None, "prepare comes first"
        return self._patroni

    def _unheard_s(self) -> float:
        return time.monotonic() - self._heard_at

    def _make_folder(self, account: Account) -> None:
        if not self.folder.exists():
            self.folder.mkdir(mode=0o700)
            account.own(self.folder)
        check_reach(account, self.folder)

    def _archive(self, account: Account) -> dict[str, str]:
        """Make the archive, or find it; how this member's server reaches it."""
        plan = self.plan
        if not plan.archive:
            return {}
        place = Path(plan.archive)
        if self.me == plan.first:
            archive.prepare(plan.data, place, account, plan.postgres_of(self.me.name))
        with archive.reached(archive.wal_folder(place), account) as shelf:
            if shelf.fds:
                raise Mistake(
                    f"{account.name} runs the cluster and cannot walk to database.archive {place}: "
                    "choose a folder whose parents everybody may enter."
                )
            return shelf.environment

    def _end_leftovers(self) -> None:
        """A Patroni that lost its guard ends by itself; one that was stopped must be killed."""
        pid = _read_pid(self.folder)
        if pid is not None and _is_patroni(pid, self.folder):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _settle_configuration(self) -> None:
        """Settings that were changed since the last start reach the store."""
        wanted = dynamic_configuration(self.plan)
        answer = ask(self.me, "/config")
        if answer is None or not isinstance(answer.said, dict):
            return
        if any(answer.said.get(key) != value for key, value in wanted.items()):
            tell(self.me, "/config", wanted, password=self._passwords.rest, method="PATCH")


def _write_for(account: Account, path: Path, text: str) -> None:
    """A file that the account alone reads."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    with os.fdopen(os.open(fresh, flags, 0o600), "w", encoding="utf-8") as file:
        account.own(file.fileno())
        file.write(text)
    fresh.replace(path)


def _write_pid(folder: Path, pid: int | None) -> None:
    with suppress(OSError):
        (folder / "patroni.pid").write_text(f"{pid}\n", encoding="ascii")


def _read_pid(folder: Path) -> int | None:
    try:
        text = (folder / "patroni.pid").read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return int(text) if text.isdigit() and 1 < int(text) < 2**31 else None


def _is_patroni(pid: int, folder: Path) -> bool:
    """Whether the process is the Patroni of this folder: never signal a stranger."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return os.fsencode(folder / "patroni.json") in words
