"""The law of letting go: the newest good base backups stay, and the log that they need.

Good is what passes the check now, not what passed it once: a damaged backup is none of those that
are kept, and when nothing is good nothing is removed.
"""

import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from holdfast.platform.data.backup import bases
from holdfast.platform.data.backup.archive import PACKED, archived, wal_folder
from holdfast.platform.data.backup.bases import Base
from holdfast.platform.data.backup.segments import is_history, is_segment, number_of

GONE = ".gone-"
ABANDONED_S = 3600.0
"""A file that was begun in the archive so long ago belongs to a server that was killed."""


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was removed, and the base backups that are damaged and were left for somebody to see."""

    removed: tuple[str, ...]
    damaged: tuple[str, ...]
    log_files: int


def prune(folder: Path, keep: int, is_good: Callable[[Base], bool]) -> Pruned:
    """Keep the newest `keep` (at least 1) good base backups; remove those older than all of them,
    and the log before. To be called by whoever holds the folder (`take.held`)."""
    kept: list[Base] = []
    damaged: list[str] = []
    removed: list[Base] = []
    for base in reversed(bases.bases_in(folder)):
        if len(kept) >= max(1, keep):
            removed.append(base)
        elif is_good(base):
            kept.append(base)
        else:
            damaged.append(base.receipt.name)
    for base in removed:
        _remove(base)
    old = _log_before(folder, kept) if kept else []
    for name in old:
        with suppress(FileNotFoundError):
            (wal_folder(folder) / f"{name}{PACKED}").unlink()
    _remove_abandoned(wal_folder(folder))
    names = tuple(base.receipt.name for base in reversed(removed))
    return Pruned(names, tuple(reversed(damaged)), len(old))


def _remove(base: Base) -> None:
    """First it is no base backup any more, then its files go."""
    gone = base.folder.with_name(f"{GONE}{base.folder.name}")
    base.folder.rename(gone)
    bases.sync_folder(gone.parent)
    shutil.rmtree(gone)


def _remove_abandoned(wal: Path) -> None:
    for path in wal.glob(".*.*"):
        with suppress(FileNotFoundError):
            if time.time() - path.lstat().st_mtime > ABANDONED_S and is_segment(path.name[1:25]):
                path.unlink()


def _log_before(folder: Path, kept: list[Base]) -> list[str]:
    """Files that no kept base backup needs, nor any that is still listed."""
    still = {base.folder: base for base in (*kept, *bases.bases_in(folder))}.values()
    first = min(number_of(base.receipt.first_segment) for base in still)
    names = sorted(archived(wal_folder(folder)))
    return [name for name in names if not is_history(name) and number_of(name[:24]) < first]
