"""The law of taking a base backup: the server goes on, and only a copy that was checked counts.

`pg_basebackup` copies every file and the log that is written meanwhile, over a connection of its
own; the copy is whole in itself. It is made under a name that nobody lists, checked by its
manifest, gets its receipt, and then its name, all of it synced.
"""

import asyncio
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from holdfast import __version__
from holdfast.errors import DefiniteError, Mistake
from holdfast.platform.data.account import Account
from holdfast.platform.data.backup import bases, manifest
from holdfast.platform.data.backup.archive import system_of
from holdfast.platform.data.backup.bases import Base, Receipt
from holdfast.platform.data.backup.source import Source
from holdfast.platform.data.binaries import Binaries, find_binaries
from holdfast.platform.data.cluster_folder import environment_of_server, major_of
from holdfast.platform.data.database import Database, Limits
from holdfast.platform.data.program import ends_with_parent
from holdfast.platform.data.queries import Statement
from holdfast.platform.runtime.folder import Lock

COPIER = "pg_basebackup"
COPY_S = 6 * 3600.0
"""A terabyte at the speed of one old disk."""
LOCK = "backup.lock"
UNFINISHED = ".unfinished-"
SECRET_SUFFIXES = (".key", ".token")
"""Files of a data folder that a copy of it needs; passwords of the database are made anew."""
MAX_SECRET_BYTES = 64 * 1024
_VERSION = Statement("version", "SELECT current_setting('server_version_num')::integer / 10000")


class NotTaken(DefiniteError):
    """There is no new base backup; those before are as they were."""


def take_base(source: Source, folder: Path, data: Path, *, bin_dir: str = "") -> Base:
    """Copy the server of `source` into `folder`, with the keys in `data`; returns it when it is
    good. Raises `NotTaken`, `Damaged`, `Unavailable` (no server), or `Mistake`."""
    binaries = programs(asyncio.run(_major(source.dsn)), bin_dir)
    with held(folder):
        place = bases.base_folder(folder)
        _remove_unfinished(place)
        started = datetime.now(UTC)
        name = bases.name_at(folder, started)
        fresh = place / f"{UNFINISHED}{name}"
        try:
            fresh.mkdir(mode=0o700)
            _copy(source, fresh / "data", binaries, name)
            stopped = datetime.now(UTC)
            checked_by = manifest.check(fresh / "data", binaries)
            _copy_secrets(data, fresh / "secrets")
            receipt = _receipt(fresh / "data", name, (started, stopped), checked_by)
            bases.write_receipt(fresh, receipt)
            bases.sync_folder(fresh)
            fresh.rename(place / name)
            bases.sync_folder(place)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    return Base(place / name, receipt)


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Nobody else adds or removes base backups of the folder meanwhile; `Mistake` when one does."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o711)
        bases.base_folder(folder).mkdir(exist_ok=True, mode=0o700)
        lock = Lock.take(folder / LOCK)
    except OSError as error:
        raise Mistake(f"The folder {folder} cannot be used: {error.strerror}.") from None
    if lock is None:
        raise Mistake(f"Another backup into {folder} is under way.")
    with lock:
        yield


def programs(major: int, bin_dir: str = "") -> Binaries:
    """PostgreSQL's programs of a version, to be run by whoever we are."""
    ourselves = Account(os.geteuid(), os.getegid(), "", switch=False)
    return find_binaries(
        ourselves, bin_dir=bin_dir, major=major, needed=("postgres", "initdb", COPIER)
    )


def copy_secrets(source: Path, folder: Path) -> None:
    """Copy keys and tokens, readable by their owner only."""
    for path in sorted(source.iterdir()):
        if path.suffix not in SECRET_SUFFIXES or path.is_symlink() or not path.is_file():
            continue
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        with path.open("rb") as file:
            content = file.read(MAX_SECRET_BYTES)
        with os.fdopen(os.open(folder / path.name, flags, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())


async def _major(dsn: str) -> int:
    async with await Database.connect(dsn, limits=Limits(pool_size=1), name="backup") as database:
        found: int = await database.fetchval(_VERSION)
        return found


def _copy(source: Source, target: Path, binaries: Binaries, name: str) -> None:
    command = [binaries.program(COPIER), f"--pgdata={target}", f"--dbname={source.copying}"]
    command += ["--format=plain", "--wal-method=stream", "--checkpoint=fast", "--no-password"]
    command += ["--manifest-checksums=SHA256", f"--label=holdfast {name}"]
    try:
        ran = subprocess.run(  # noqa: S603  found by `binaries`
            command,
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            cwd="/",
            env={**environment_of_server(), "PGPASSWORD": source.password},
            timeout=COPY_S,
            preexec_fn=ends_with_parent(signal.SIGTERM),  # a command has one thread
        )
    except subprocess.TimeoutExpired:
        raise NotTaken(f"{COPIER} did not end within {COPY_S:g} s") from None
    if ran.returncode:
        reason = " ".join(ran.stderr.split())[-500:]
        raise NotTaken(f"no base backup was taken: {reason}")


def _copy_secrets(data: Path, folder: Path) -> None:
    folder.mkdir(mode=0o700)
    if data.is_dir():
        copy_secrets(data, folder)
    bases.sync_folder(folder)


def _receipt(
    folder: Path, name: str, between: tuple[datetime, datetime], checked_by: str
) -> Receipt:
    span = manifest.log_range(folder)
    major = major_of(folder)
    assert major is not None, "a checked copy has its version"
    return Receipt(
        name=name,
        system=system_of(folder),
        timeline=span.timeline,
        start_lsn=span.start,
        stop_lsn=span.stop,
        started_at=between[0],
        stopped_at=between[1],
        bytes=size_of(folder),
        major=major,
        checked_by=checked_by,
        holdfast=__version__,
    )


def size_of(folder: Path) -> int:
    """Bytes of all files in a folder."""
    return sum(
        (Path(base) / name).lstat().st_size for base, _, names in os.walk(folder) for name in names
    )


def _remove_unfinished(place: Path) -> None:
    """What a killed backup or a killed removal left."""
    for path in place.iterdir():
        if path.name.startswith("."):
            shutil.rmtree(path, ignore_errors=True)
