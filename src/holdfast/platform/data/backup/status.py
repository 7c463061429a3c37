"""The law of the backup's state: what is safe now, how old it is, and what does not work.

Seen from three places, each of which may be away: the folder with the base backups and the archive,
the data folder, and the server.
"""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from holdfast.errors import HoldfastError
from holdfast.platform.data.backup import bases
from holdfast.platform.data.backup.archive import archived, is_there, wal_folder
from holdfast.platform.data.backup.bases import Receipt
from holdfast.platform.data.backup.health import Waiting, waiting_in
from holdfast.platform.data.backup.segments import is_segment, row_from
from holdfast.platform.data.cluster.record import is_cluster, recorded_plan
from holdfast.platform.data.database import Database, Limits
from holdfast.platform.data.queries import Statement

_ARCHIVER = Statement(
    "archiver",
    """
    SELECT last_archived_wal, last_archived_time, failed_count, last_failed_wal, last_failed_time,
           coalesce(last_failed_time > last_archived_time, failed_count > 0) AS is_failing
    FROM pg_stat_archiver
    """,
)
ASK_S = 3.0


@dataclass(frozen=True, slots=True)
class Archiver:
    """What the server says of its archiving since its statistics were reset."""

    last: str | None
    last_at: datetime | None
    failures: int
    last_failed: str | None
    last_failed_at: datetime | None
    is_failing: bool


@dataclass(frozen=True, slots=True)
class BackupStatus:
    """Everything that is known. `archiver` None: the server did not answer; `last_base` None: there
    is none; `missing`: a file of the log without which the last base cannot be continued."""

    folder: Path
    is_archive: bool
    bases: int
    last_base: Receipt | None
    log_files: int
    log_bytes: int
    last_log: str | None
    last_log_at: datetime | None
    missing: str | None
    waiting: Waiting
    archiver: Archiver | None

    @property
    def complaints(self) -> tuple[str, ...]:
        """What somebody should look at; empty when all is well."""
        return tuple(self._complaints())

    def _complaints(self) -> Iterator[str]:
        if self.last_base is None:
            yield "there is no base backup: take one with `holdfast backup`"
        if not self.is_archive:
            yield "there is no archive here: what is written after a base backup is not saved"
        if self.waiting.is_late:
            yield (
                f"{self.waiting.files} log files wait to be archived, the oldest for"
                f" {self.waiting.oldest_s:.0f} s"
            )
        if self.archiver is not None and self.archiver.is_failing:
            yield f"archiving fails since {_moment(self.archiver.last_failed_at)}"
        if self.missing is not None:
            yield f"the archive has a hole: {self.missing} is missing"

    def said(self) -> dict[str, object]:
        """As JSON."""
        values = {**asdict(self), "folder": str(self.folder), "complaints": self.complaints}
        return {**values, "good": not self.complaints}


def read_status(folder: Path, data: Path, dsn: str) -> BackupStatus:
    """Look everywhere; what does not answer in time is left out. `dsn` may be empty."""
    log = archived(wal_folder(folder))
    segments = {name: entry for name, entry in log.items() if is_segment(name)}
    newest = max(segments, key=lambda name: name[8:], default=None)
    known = bases.bases_in(folder)
    last_base = known[-1].receipt if known else None
    missing = None
    if known:
        own = [path.name for path in (known[-1].data / "pg_wal").iterdir()]
        missing = row_from(known[-1].receipt.first_segment, {*own, *segments}).missing
    return BackupStatus(
        folder=folder,
        is_archive=is_there(folder),
        bases=len(known),
        last_base=last_base,
        log_files=len(segments),
        log_bytes=sum(entry.st_size for entry in log.values()),
        last_log=newest,
        last_log_at=_at(segments[newest].st_mtime) if newest is not None else None,
        missing=missing,
        waiting=_waiting(data),
        archiver=asyncio.run(_archiver(dsn)) if dsn else None,
    )


def _waiting(data: Path) -> Waiting:
    """What waits at the server, or at the members of a cluster."""
    if not is_cluster(data):
        return waiting_in(data / "postgres")
    plan = recorded_plan(data)
    all_of = [waiting_in(plan.postgres_of(member.name)) for member in plan.members]
    return Waiting(sum(one.files for one in all_of), max(one.oldest_s for one in all_of))


def lines(status: BackupStatus) -> Iterator[str]:
    """For a terminal."""
    yield f"folder     {status.folder}"
    if status.last_base is not None:
        base = status.last_base
        yield (
            f"last base  {base.name}, {_ago(base.stopped_at)}, {base.bytes / 1e6:.0f} MB, checked"
            f" by {base.checked_by}; {status.bases} in all"
        )
    if status.last_log is not None:
        yield (
            f"archived   {status.last_log}, {_ago(status.last_log_at)};"
            f" {status.log_files} files, {status.log_bytes / 1e6:.0f} MB"
        )
    yield f"waiting    {status.waiting.files} files, the oldest for {status.waiting.oldest_s:.0f} s"
    if status.archiver is None:
        yield "server     does not answer"
    else:
        failed = status.archiver
        last = f", last {failed.last_failed} {_ago(failed.last_failed_at)}"
        yield f"failures   {failed.failures}{last if failed.last_failed else ''}"
    yield from (f"wrong      {complaint}" for complaint in status.complaints)
    if not status.complaints:
        yield "good       the last base backup can be continued up to the last archived file"


async def _archiver(dsn: str) -> Archiver | None:
    limits = Limits(pool_size=1, connect_s=ASK_S, acquire_s=ASK_S, statement_s=ASK_S)
    try:
        async with await Database.connect(dsn, limits=limits, name="backup") as database:
            row = await database.fetchrow(_ARCHIVER)
    except HoldfastError:
        return None
    assert row is not None, "the view has one row"
    return Archiver(
        row["last_archived_wal"],
        row["last_archived_time"],
        row["failed_count"],
        row["last_failed_wal"],
        row["last_failed_time"],
        bool(row["is_failing"]),
    )


def _at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _ago(at: datetime | None) -> str:
    if at is None:
        return "never"
    seconds = max(0.0, time.time() - at.timestamp())
    for unit, size in (("days", 86_400.0), ("h", 3600.0), ("min", 60.0)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit} ago"
    return f"{seconds:.0f} s ago"


def _moment(at: datetime | None) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if at is not None else "the start"
