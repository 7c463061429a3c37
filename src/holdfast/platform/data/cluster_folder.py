"""The law of PostgreSQL's own folder: made whole or not at all, cleaned of what a crash left.

`initdb` works in a folder beside, which takes its name only when roles, database and access rules
are in it. Files inside belong to the database's user, so we never follow a link there. The
superuser has no password; programs use the role `holdfast`, whose password is ours to set anew.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from holdfast.errors import HoldfastError, Mistake
from holdfast.platform.data.account import Account, hand_over
from holdfast.platform.data.backup.role import BACKUP_ROLE
from holdfast.platform.data.binaries import Binaries

ROLE = "holdfast"
DATABASE = "holdfast"
SUPERUSER = "postgres"
OWNER_MAY = "CREATEDB CREATEROLE"
"""The owner of the tables makes the roles of processes, and none of them works as the owner."""
INIT_S = 120.0
"""initdb takes about a second; on a slow disk under load a minute."""
LEFTOVER_FAST_S = 30.0
LEFTOVER_NOW_S = 5.0
"""A left-over server has so long for a clean end, then for an immediate one."""
POLL_S = 0.01
_ACCESS_BEFORE = """# Written by Holdfast. Passwords for everybody, this machine only.
local all all scram-sha-256
host  all all 127.0.0.1/32 scram-sha-256
host  all all ::1/128 scram-sha-256
"""
_ACCESS = f"""{_ACCESS_BEFORE}local replication {BACKUP_ROLE} scram-sha-256
host  replication {BACKUP_ROLE} 127.0.0.1/32 scram-sha-256
host  replication {BACKUP_ROLE} ::1/128 scram-sha-256
"""
_LINUX: bool = sys.platform == "linux"
MAX_PID_FILE_BYTES = 10_000
MAX_ACCESS_BYTES = 100_000


class Interrupted(HoldfastError):
    """The wish to stop came while the server was starting."""


@dataclass(frozen=True, slots=True)
class Reached:
    """The folder as the database's user reaches it: a path, and descriptors to inherit."""

    path: str
    fds: tuple[int, ...]


@contextmanager
def reached(folder: Path, account: Account) -> Iterator[Reached]:
    """Hand the folder over while processes are started."""
    path, fds = hand_over(folder, account)
    try:
        yield Reached(path, fds)
    finally:
        for fd in fds:
            os.close(fd)


def environment_of_server() -> dict[str, str]:
    """What PostgreSQL's programs see of our environment: nothing that changes their behaviour."""
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
    return {"PATH": os.defpath, **kept, "LC_ALL": "C", "TZ": "UTC"}


def major_of(folder: Path) -> int | None:
    """The major version that made the folder; None when there is none yet."""
    try:
        return int((folder / "PG_VERSION").read_text(encoding="ascii").strip())
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        raise Mistake(f"{folder} is not a readable folder of PostgreSQL.") from None


def create(
    folder: Path, binaries: Binaries, account: Account, password: str, *, more_sql: str = ""
) -> None:
    """Make `folder` a new cluster with role, database and access rules. About a second.
    `more_sql`: other statements, one a line."""
    fresh = folder.with_name(folder.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)  # what an interrupted first start left
    fresh.mkdir(mode=0o700)
    account.own(fresh)
    with reached(fresh, account) as place:
        _run(_initdb(binaries, place.path), account, place, "")
        _write(fresh, "pg_hba.conf", _ACCESS, account)
        sql = f"CREATE ROLE {ROLE} LOGIN {OWNER_MAY} PASSWORD '{password}'\n"
        sql += f"CREATE DATABASE {DATABASE} OWNER {ROLE}\n{more_sql}"
        _run(_single(binaries, place.path), account, place, sql)
    fresh.rename(folder)
    _sync_folder(folder.parent)


def renew_access(folder: Path, account: Account, *, force: bool = False) -> None:
    """Access rules of an earlier Holdfast let nobody take a backup: these take their place. Rules
    that somebody else wrote stay, unless `force` (a restored copy of some other server)."""
    fd = os.open(folder / "pg_hba.conf", os.O_RDONLY | os.O_NOFOLLOW)
    with os.fdopen(fd, encoding="utf-8", errors="replace") as file:
        found = file.read(MAX_ACCESS_BYTES)
    if force or found == _ACCESS_BEFORE:
        _write(folder, "pg_hba.conf", _ACCESS, account)


def set_password(folder: Path, binaries: Binaries, account: Account, password: str) -> None:
    """Give the role a new password, when the file with the old one is gone. The server is down."""
    run_sql(folder, binaries, account, f"ALTER ROLE {ROLE} {OWNER_MAY} PASSWORD '{password}'\n")


def run_sql(folder: Path, binaries: Binaries, account: Account, sql: str) -> None:
    """Run statements, one a line, as the superuser. The server is down."""
    with reached(folder, account) as place:
        _run(_single(binaries, place.path), account, place, sql)


def stop_leftover(folder: Path, given_up: Callable[[], bool] = lambda: False) -> int | None:
    """End a server that lost its guard; returns its pid, None when there was none.

    Afterwards nothing that a crash left behind keeps a new server from starting.
    """
    pid = _recorded_pid(folder)
    running = pid is not None and _is_postmaster(pid, folder)
    if pid is not None and running:
        for number, within_s in (
            (signal.SIGINT, LEFTOVER_FAST_S),
            (signal.SIGQUIT, LEFTOVER_NOW_S),
            (signal.SIGKILL, LEFTOVER_NOW_S),
        ):
            with suppress(ProcessLookupError):
                os.kill(pid, number)
            if _gone(pid, folder, within_s, given_up):
                break
    _clear_marks(folder)
    return pid if running else None


def ready_pid(folder: Path) -> int | None:
    """The pid of a server on `folder` that accepts connections, as it writes itself."""
    lines = _pid_file(folder)
    if len(lines) > 7 and lines[7].strip() == "ready" and lines[0].isdigit():
        return int(lines[0])
    return None


def running_pid(folder: Path) -> int | None:
    """The pid of the server that runs on `folder`, ready or not; None when none does."""
    pid = _recorded_pid(folder)
    return pid if pid is not None and _is_postmaster(pid, folder) else None


def adopt_ownership(folder: Path, account: Account) -> None:
    """Root's copy of a folder (from a backup) goes to the database's user, all of it."""
    if account.switch and folder.stat().st_uid != account.uid:
        for base, folders, files in os.walk(folder):
            for name in (*folders, *files):
                account.own(Path(base) / name)
        account.own(folder)
    folder.chmod(0o700)


def _initdb(binaries: Binaries, path: str) -> list[str]:
    command = [
        binaries.program("initdb"),
        f"--pgdata={path}",
        f"--username={SUPERUSER}",
        "--auth=trust",  # nobody can connect before the access rules are in place
        "--encoding=UTF8",
        "--data-checksums",
        "--no-instructions",
        "--no-locale",
    ]
    if binaries.major >= 17:  # letters of all languages, the same on every machine
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return command


def _single(binaries: Binaries, path: str) -> list[str]:
    return [
        binaries.program("postgres"),
        "--single",
        "-D",
        path,
        "-c",
        "password_encryption=scram-sha-256",
        "-c",
        "log_checkpoints=off",
        "-c",
        "log_min_messages=log",
        SUPERUSER,
    ]


def _run(command: Sequence[str], account: Account, place: Reached, sql: str) -> None:
    """Run a program of PostgreSQL; single-user SQL errors do not set its exit code."""
    try:
        ran = subprocess.run(  # noqa: S603  found by `binaries`
            command,
            check=False,
            input=sql,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd="/",
            env=environment_of_server(),
            timeout=INIT_S,
            start_new_session=True,  # the terminal's Ctrl-C is for our supervisor
            pass_fds=place.fds,
            **account.spawn_as(),
        )
    except subprocess.TimeoutExpired:
        raise Mistake(f"{Path(command[0]).name} did not end within {INIT_S:g} s.") from None
    errors = [line for line in ran.stdout.splitlines() if _is_error(line)]
    if ran.returncode or errors:
        reason = errors[-1] if errors else " ".join(ran.stdout.split())[-300:]
        raise Mistake(f"{Path(command[0]).name} failed: {reason.strip()}.")


def _is_error(line: str) -> bool:
    return any(word in line for word in ("ERROR:", "FATAL:", "PANIC:", "initdb: error:"))


def _write(folder: Path, name: str, text: str, account: Account) -> None:
    """Replace a file inside, whatever lies there."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fresh = f"{name}.new"
        with suppress(FileNotFoundError):
            os.unlink(fresh, dir_fd=fd)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        with os.fdopen(os.open(fresh, flags, 0o600, dir_fd=fd), "w", encoding="utf-8") as file:
            file.write(text)
            account.own(file.fileno())
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, name, src_dir_fd=fd, dst_dir_fd=fd)
    finally:
        os.close(fd)


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _pid_file(folder: Path) -> list[str]:
    try:
        fd = os.open(folder / "postmaster.pid", os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return []
    with os.fdopen(fd, encoding="utf-8", errors="replace") as file:
        return file.read(MAX_PID_FILE_BYTES).splitlines()


def _recorded_pid(folder: Path) -> int | None:
    lines = _pid_file(folder)
    first = lines[0].strip().lstrip("-") if lines else ""
    return int(first) if first.isdigit() and 1 < int(first) < 2**31 else None


def _is_postmaster(pid: int, folder: Path) -> bool:
    """Whether a live process `pid` is a PostgreSQL server on `folder`: never signal a stranger."""
    if _LINUX:
        try:
            program = Path(f"/proc/{pid}/exe").readlink().name
            at_home = Path(f"/proc/{pid}/cwd").samefile(folder)
        except OSError:  # gone, a zombie, or of another user
            return False
        return program.split()[0] == "postgres" and at_home
    listed = subprocess.run(  # noqa: S603  a fixed program and a number
        ["/bin/ps", "-o", "command=", "-p", str(pid)],
        check=False,
        capture_output=True,
        text=True,
        timeout=LEFTOVER_NOW_S,
    )
    return "postgres" in listed.stdout and str(folder) in listed.stdout


def _gone(pid: int, folder: Path, within_s: float, given_up: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + within_s
    while _is_postmaster(pid, folder):
        if given_up():
            raise Interrupted("asked to stop while an old server was ending")
        if time.monotonic() >= deadline:
            return False
        time.sleep(POLL_S)
    return True


def _clear_marks(folder: Path) -> None:
    """Make the marks of a dead server harmless.

    Its pid may belong to another process by now, for which PostgreSQL would refuse to start. The
    pid file itself stays, with our pid: so the server still looks for old processes that use
    the folder's shared memory, and PostgreSQL takes its parent's pid for no competitor.
    """
    lines = _pid_file(folder)
    if lines:
        fd = os.open(folder / "postmaster.pid", os.O_WRONLY | os.O_NOFOLLOW | os.O_TRUNC)
        with os.fdopen(fd, "w", encoding="utf-8") as file:
            file.write("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    for mark in folder.glob(".s.PGSQL.*"):
        mark.unlink(missing_ok=True)
