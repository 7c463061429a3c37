"""The law of restoring: a new data folder, whole and checked, or no folder at all.

A base backup is copied beside the wished folder and checked there; a server replays the log up to
the moment and promotes; another start proves that it serves. Only then the folder gets its name.
The archive and the base backups are only read. A restored copy has passwords and a timeline of its
own, and gets an archive of its own.
"""

import asyncio
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from holdfast.errors import Mistake
from holdfast.platform.data import cluster_folder
from holdfast.platform.data.account import Account, account_for
from holdfast.platform.data.backup import bases, manifest, packed
from holdfast.platform.data.backup.archive import PACKED, archived, wal_folder
from holdfast.platform.data.backup.bases import Base
from holdfast.platform.data.backup.recovery import (
    NOT_REACHED,
    TOO_EARLY,
    NotRecovered,
    Recovered,
    RecoveryPlan,
    recover,
)
from holdfast.platform.data.backup.segments import (
    SEGMENT_BYTES,
    Row,
    is_segment,
    number_of,
    position_of,
    row_from,
)
from holdfast.platform.data.backup.take import copy_secrets, programs
from holdfast.platform.data.binaries import Binaries, find_binaries
from holdfast.platform.data.database import Database, Limits
from holdfast.platform.data.embedded import EmbeddedServer, ServerPlan, dsn_file
from holdfast.platform.data.queries import Statement
from holdfast.platform.runtime.folder import MARKER, MARKER_TEXT, Lock

ROOM_BYTES = 512 * 1024 * 1024
"""Beside the copy itself: the log while it is replayed, and a first start."""
LOCK = "restore.lock"
_FOREIGN = ("postgresql.auto.conf", "standby.signal", "patroni.dynamic.json")
_TABLES = Statement(
    "tables",
    """
    SELECT count(*) FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE relkind = 'r' AND nspname NOT IN ('pg_catalog', 'information_schema')
    """,
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What to restore: the base backups and the archive in `folder`, into the new folder `data`.

    `at` None: everything there is. `base`: the base backup of this name, else the newest that will
    do. `wal`: another folder of the log.
    """

    folder: Path
    data: Path
    at: datetime | None = None
    base: str = ""
    wal: Path | None = None
    bin_dir: str = ""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored: from which base backup, to its last transaction, and tables found."""

    base: Base
    last: datetime | None
    tables: int


def restore(wish: Wish, tell: Callable[[str], None] = lambda _: None) -> Restored:
    """Restore; seconds to hours. Raises `Mistake` when it cannot be as wished, `Damaged` or
    `NotRecovered` when the backup is not good; the wished folder is not there then."""
    if os.path.lexists(wish.data):
        raise Mistake(f"{wish.data} is there already; name a new folder.")
    base = chosen(wish)
    row = row_of(wish, base)
    if wish.at is None:
        _check_row(wish, base, row)
    checker = programs(base.receipt.major, wish.bin_dir)
    with _staged(wish.data) as stage:
        postgres = stage / "postgres"
        account = account_for(postgres)
        binaries = find_binaries(account, bin_dir=wish.bin_dir, major=base.receipt.major)
        _check_room(stage, base)
        tell(f"copying the base backup {base.receipt.name}")
        shutil.copytree(base.data, postgres, symlinks=True)
        manifest.check(postgres, checker)
        _make_ours(postgres, account)
        tell("replaying the log")
        recovered = _recovered(wish, base, stage, (binaries, account), tell)
        _check_end(wish, row, recovered)
        copy_secrets(base.secrets, stage)
        tables = _prove(stage, wish.bin_dir)
        (stage / MARKER).write_text(MARKER_TEXT, encoding="utf-8")
        _name(stage, wish.data)
    return Restored(base, recovered.last, tables)


def chosen(wish: Wish) -> Base:
    """The base backup to begin with. `Mistake` when none reaches back to the moment."""
    if wish.at is not None and wish.at > datetime.now(UTC):
        raise Mistake(f"{_moment(wish.at)} is in the future.")
    found = [bases.one_of(wish.folder, wish.base)] if wish.base else bases.bases_in(wish.folder)
    if not found:
        raise Mistake(f"There is no base backup in {wish.folder}.")
    early = [base for base in found if wish.at is None or base.receipt.stopped_at <= wish.at]
    if not early:
        raise Mistake(
            f"{_moment(wish.at)} is before the base backup was complete:"
            f" {_moment(found[0].receipt.stopped_at)} is the first moment that can be restored."
        )
    return early[-1]


def row_of(wish: Wish, base: Base) -> Row:
    """The log that the base backup can be continued with, by the names of its files."""
    own = [path.name for path in (base.data / "pg_wal").iterdir() if is_segment(path.name)]
    return row_from(base.receipt.first_segment, {*own, *archived(_wal(wish))})


def _check_row(wish: Wish, base: Base, row: Row) -> None:
    """Everything there is was wished: then nothing may be missing in the middle."""
    if row.missing is not None:
        raise Mistake(
            f"The archive {_wal(wish)} has a hole: {row.missing} is missing, later files are"
            " there. Name a moment before it with --at."
        )
    first = number_of(base.receipt.first_segment)
    names = [name for name in archived(_wal(wish)) if is_segment(name)]
    damaged = packed.first_damaged(
        _wal(wish), sorted(name for name in names if number_of(name) >= first)
    )
    if damaged is not None:
        raise Mistake(
            f"The archive {_wal(wish)} is damaged: {damaged}{PACKED} is not what was archived."
            " Name a moment before it with --at."
        )


def _check_room(stage: Path, base: Base) -> None:
    free = shutil.disk_usage(stage).free
    needed = base.receipt.bytes + ROOM_BYTES
    if free < needed:
        raise Mistake(
            f"The disk of {stage.parent} is too small: {needed // 1_000_000} MB are needed,"
            f" {free // 1_000_000} MB are free."
        )


def _recovered(
    wish: Wish,
    base: Base,
    stage: Path,
    runner: tuple[Binaries, Account],
    tell: Callable[[str], None],
) -> Recovered:
    binaries, account = runner
    wal = _wal(wish)
    _adopt(wal, account)
    plan = RecoveryPlan(stage / "postgres", stage / "postgres.log", wal, wish.at)
    try:
        return recover(plan, binaries, account, tell)
    except NotRecovered as error:
        if NOT_REACHED in error.reason and wish.at is not None:
            raise Mistake(_why_not_reached(wish, base, error.last)) from None
        if TOO_EARLY in error.reason and wish.at is not None:
            raise Mistake(f"{_moment(wish.at)} is before the base backup was complete.") from None
        raise


def _why_not_reached(wish: Wish, base: Base, last: datetime | None) -> str:
    """The log did not reach the moment: because it ends, or because a file is not there."""
    assert wish.at is not None
    row = row_of(wish, base)
    first = number_of(base.receipt.first_segment)
    end = number_of(row.last) if row.last else first
    names = [n for n in sorted(archived(_wal(wish))) if is_segment(n)]
    damaged = packed.first_damaged(
        _wal(wish), [name for name in names if first <= number_of(name) <= end]
    )
    said = f"It cannot be restored to {_moment(wish.at)}: "
    until = f" The last transaction that can be restored was at {_moment(last)}." if last else ""
    if damaged is not None:
        return f"{said}{damaged}{PACKED} in {_wal(wish)} is not what was archived.{until}"
    if row.missing is not None:
        return f"{said}the archive {_wal(wish)} has a hole, {row.missing} is missing.{until}"
    return f"{said}that is after the end of the archive.{until}"


def _check_end(wish: Wish, row: Row, recovered: Recovered) -> None:
    """Everything there is was wished: then the last file of the log was reached."""
    if wish.at is not None or row.last is None:
        return
    if position_of(recovered.ended_at) < number_of(row.last) * SEGMENT_BYTES:
        raise NotRecovered(
            f"the log ended at {recovered.ended_at}, before its last file {row.last}",
            recovered.last,
        )


def _make_ours(postgres: Path, account: Account) -> None:
    """The copy of whatever server it was becomes a folder of the embedded server."""
    for path in (*(postgres / name for name in _FOREIGN), *postgres.glob(".s.PGSQL.*")):
        path.unlink(missing_ok=True)
    (postgres / "postgresql.conf").write_text("# Written by Holdfast.\n", encoding="utf-8")
    cluster_folder.adopt_ownership(postgres, account)
    cluster_folder.renew_access(postgres, account, force=True)


def _adopt(wal: Path, account: Account) -> None:
    """The log belongs to the database's user, also in a copy that root has made."""
    if not account.switch or not wal.is_dir():
        return
    try:
        if wal.stat().st_uid != account.uid:
            account.own(wal)
        for name, entry in archived(wal).items():
            if entry.st_uid != account.uid:
                account.own(wal / f"{name}{PACKED}")
    except OSError as error:
        raise Mistake(
            f"The user {account.name}, who runs PostgreSQL, must own {wal}: {error.strerror}."
        ) from None


def _prove(stage: Path, bin_dir: str) -> int:
    """Start it as `holdfast up` will, and ask it; returns how many tables it has."""
    server = EmbeddedServer(ServerPlan(stage, bin_dir=bin_dir))
    try:
        return asyncio.run(_tables(server.start()))
    finally:
        server.stop()
        dsn_file(stage).unlink(missing_ok=True)  # it names the place before the last


async def _tables(dsn: str) -> int:
    async with await Database.connect(dsn, limits=Limits(pool_size=1), name="restore") as database:
        found: int = await database.fetchval(_TABLES)
        return found


@contextmanager
def _staged(data: Path) -> Iterator[Path]:
    """A folder beside the wished one, gone afterwards unless it was renamed."""
    stage = data.absolute().with_name(f".{data.name}.restoring")
    try:
        stage.parent.mkdir(parents=True, exist_ok=True)
        stage.mkdir(exist_ok=True, mode=0o711)
        lock = Lock.take(stage / LOCK)
    except OSError as error:
        raise Mistake(f"{data} cannot be made: {error.strerror}.") from None
    if lock is None:
        raise Mistake(f"Another restore into {data} is under way.")
    with lock:
        for path in stage.iterdir():  # what a killed restore left
            if path.name != LOCK:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        try:
            yield stage
        finally:
            shutil.rmtree(stage, ignore_errors=True)


def _name(stage: Path, data: Path) -> None:
    (stage / LOCK).unlink()
    bases.sync_folder(stage)
    if os.path.lexists(data):
        raise Mistake(f"{data} has come into being meanwhile; nothing was restored.")
    stage.rename(data)
    bases.sync_folder(data.absolute().parent)


def _wal(wish: Wish) -> Path:
    return wish.wal if wish.wal is not None else wal_folder(wish.folder)


def _moment(at: datetime | None) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if at is not None else "that moment"
