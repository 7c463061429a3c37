"""The law of the archive's health: an archive that does not take the log is told, and told again.

The server goes on without its archive and keeps the log until its disk is full; so whoever runs it
must hear of it early. Seen from the data folder alone, whether the server answers or not.
"""

import math
import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from holdfast.platform.data.backup.archive import is_there
from holdfast.platform.runtime.logs import Log

LATE_S = 30.0
"""A file is archived within a second; one that waits for so long is not being archived."""
REPEAT_S = 60.0
"""What is wrong is logged again after so long."""
READY = ".ready"


@dataclass(frozen=True, slots=True)
class Waiting:
    """Files of the log that are full and not archived: how many, and for how long the oldest."""

    files: int
    oldest_s: float

    @property
    def is_late(self) -> bool:
        """Whether the archive does not keep up, or takes nothing at all."""
        return self.oldest_s > LATE_S


def waiting_in(postgres: Path, now: Callable[[], float] = time.time) -> Waiting:
    """What waits in PostgreSQL's folder; nothing when it cannot be seen."""
    times: list[float] = []
    with suppress(OSError), os.scandir(postgres / "pg_wal" / "archive_status") as entries:
        times = [_since(entry) for entry in entries if entry.name.endswith(READY)]
    return Waiting(len(times), max(0.0, now() - min(times)) if times else 0.0)


def _since(entry: "os.DirEntry[str]") -> float:
    try:
        return entry.stat(follow_symlinks=False).st_mtime
    except FileNotFoundError:  # archived just now
        return math.inf


class ArchiveWatch:
    """Looks at the archive of a running server and logs what changes; for its guard."""

    def __init__(
        self,
        postgres: Path,
        archive: Path,
        log: Log,
        *,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._postgres = postgres
        self._archive = archive
        self._log = log
        self._now = now
        self._told_at: float | None = None

    def look(self) -> None:
        """Look once; cheap enough for every few seconds."""
        waiting = waiting_in(self._postgres, self._now)
        is_gone = not is_there(self._archive)
        if not is_gone and not waiting.is_late:
            if self._told_at is not None:
                self._log.info("archive_caught_up", archive=self._archive)
                self._told_at = None
            return
        if self._told_at is not None and self._now() - self._told_at < REPEAT_S:
            return
        self._told_at = self._now()
        self._log.error(
            "archive_missing" if is_gone else "archive_failing",
            archive=self._archive,
            waiting_files=waiting.files,
            oldest_s=round(waiting.oldest_s),
            disk_free_mb=shutil.disk_usage(self._postgres).free // 1_000_000,
        )
