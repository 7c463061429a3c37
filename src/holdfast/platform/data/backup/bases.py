"""The law of base backups on disk: one with a receipt is good, everything else is not there.

`<folder>/base/<UTC time>/` holds `data` (PostgreSQL's files), `secrets` (the keys and tokens of the
data folder, readable by their owner only) and `receipt.json`. It gets its name when all of it is
checked and synced; until then, and while it is removed, its name begins with a dot.
"""

import json
import os
import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from holdfast.errors import Mistake
from holdfast.platform.data.backup.segments import segment_at
from holdfast.platform.runtime.secrets import write_private

RECEIPT = "receipt.json"
MAX_RECEIPT_BYTES = 100_000
_NAME = re.compile(r"\d{8}T\d{6}Z(-\d+)?")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is known of a base backup. `start_lsn` and `stop_lsn` as PostgreSQL writes them; it
    can be restored to any moment from `stopped_at` on. `bytes` without the log's archive."""

    name: str
    system: str
    timeline: int
    start_lsn: str
    stop_lsn: str
    started_at: datetime
    stopped_at: datetime
    bytes: int
    major: int
    checked_by: str
    holdfast: str

    @property
    def first_segment(self) -> str:
        """The first file of the log that it needs."""
        return segment_at(self.timeline, self.start_lsn)


@dataclass(frozen=True, slots=True)
class Base:
    """A base backup and where it lies."""

    folder: Path
    receipt: Receipt

    @property
    def data(self) -> Path:
        """PostgreSQL's files."""
        return self.folder / "data"

    @property
    def secrets(self) -> Path:
        """The data folder's keys and tokens."""
        return self.folder / "secrets"


def base_folder(folder: Path) -> Path:
    """Where the base backups of a folder lie."""
    return folder / "base"


def bases_in(folder: Path) -> list[Base]:
    """All good base backups, oldest first; empty when there is no such folder."""
    place = base_folder(folder)
    if not place.is_dir():
        return []
    names = sorted(entry.name for entry in place.iterdir() if _NAME.fullmatch(entry.name))
    found = [(place / name, read_receipt(place / name)) for name in names]
    return [Base(path, receipt) for path, receipt in found if receipt is not None]


def one_of(folder: Path, name: str) -> Base:
    """The base backup of this name; `Mistake` when there is none."""
    for base in bases_in(folder):
        if base.receipt.name == name:
            return base
    raise Mistake(f"There is no base backup {name} in {folder}; `holdfast backup list` tells all.")


def name_at(folder: Path, at: datetime) -> str:
    """A name for a base backup begun at `at` that is not taken."""
    name = f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    taken = base_folder(folder)
    if not (taken / name).exists():
        return name
    return next(
        found for n in range(2, 1_000_000) if not (taken / (found := f"{name}-{n}")).exists()
    )


def write_receipt(folder: Path, receipt: Receipt) -> None:
    """Write it into a base backup's folder."""
    said = asdict(receipt)
    for key in ("started_at", "stopped_at"):
        said[key] = said[key].astimezone(UTC).isoformat()
    write_private(folder / RECEIPT, json.dumps(said, indent=1) + "\n")


def read_receipt(folder: Path) -> Receipt | None:
    """The receipt in a base backup's folder, None when there is no readable one."""
    try:
        with (folder / RECEIPT).open(encoding="utf-8") as file:
            said = json.loads(file.read(MAX_RECEIPT_BYTES))
        for key in ("started_at", "stopped_at"):
            said[key] = datetime.fromisoformat(said[key])
        receipt = Receipt(**said)
        first = receipt.first_segment  # only a position that can be read makes a receipt
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return receipt if first else None


def sync_folder(folder: Path) -> None:
    """Return when the folder's names are on disk."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
