"""The law of what `holdfast backup` and `holdfast restore` do, and what they tell.

Exit codes: 0 as wished (status: all is well), 1 not, 2 a mistake. Only who runs one of them imports
this: it brings the database driver.
"""

import argparse
import json
import time
from contextlib import suppress
from datetime import UTC
from pathlib import Path

from holdfast.errors import Mistake
from holdfast.platform.data.backup import bases, manifest, packed, status
from holdfast.platform.data.backup.archive import PACKED, archive_of, archived, wal_folder
from holdfast.platform.data.backup.bases import Base
from holdfast.platform.data.backup.restore import Wish, restore, row_of
from holdfast.platform.data.backup.retention import prune
from holdfast.platform.data.backup.segments import is_segment, number_of
from holdfast.platform.data.backup.source import source_of
from holdfast.platform.data.backup.take import held, programs, size_of, take_base
from holdfast.platform.data.settings import DatabaseSettings
from holdfast.platform.runtime.config import Effective
from holdfast.platform.runtime.settings import FleetSettings

EXIT_WRONG = 1


def perform(given: argparse.Namespace, effective: Effective) -> int:
    """Run the named command; returns its exit code."""
    if given.command == "restore":
        return _restore(given, effective)
    does = {None: _take, "list": _list, "status": _status, "verify": _verify}
    return does[given.task](given, effective)


def _take(given: argparse.Namespace, effective: Effective) -> int:
    settings, data = _settings(effective)
    folder = _folder(given, effective)
    began = time.monotonic()
    base = take_base(source_of(settings, data), folder, data, bin_dir=settings.bin_dir)
    receipt = base.receipt
    print(
        f"{receipt.name}: {receipt.bytes / 1e6:.0f} MB of PostgreSQL {receipt.major}, checked by"
        f" {receipt.checked_by}, in {base.folder} ({time.monotonic() - began:.1f} s)"
    )
    return _prune(folder, given.keep, settings) if given.keep is not None else 0


def _prune(folder: Path, keep: int, settings: DatabaseSettings) -> int:
    with held(folder):
        pruned = prune(folder, keep, lambda base: _is_good(base, settings))
    removed = ", ".join(pruned.removed) or "no base backup"
    print(f"removed {removed} and {pruned.log_files} files of the log")
    for name in pruned.damaged:
        print(f"{name} is damaged: it was neither counted nor removed")
    return EXIT_WRONG if pruned.damaged else 0


def _list(given: argparse.Namespace, effective: Effective) -> int:
    found = bases.bases_in(_folder(given, effective))
    if given.json:
        receipts = [json.loads((base.folder / bases.RECEIPT).read_text()) for base in found]
        print(json.dumps(receipts, indent=2))
        return 0
    for base in found:
        one = base.receipt
        took = (one.stopped_at - one.started_at).total_seconds()
        print(
            f"{one.name:<20}{one.bytes / 1e6:>8.0f} MB  PostgreSQL {one.major}  from"
            f" {one.start_lsn} to {one.stop_lsn} in {took:.1f} s"
        )
    if not found:
        print("no base backup")
    return 0


def _status(given: argparse.Namespace, effective: Effective) -> int:
    settings, data = _settings(effective)
    dsn = ""
    with suppress(Mistake):
        dsn = source_of(settings, data).dsn
    seen = status.read_status(_folder(given, effective), data, dsn)
    if given.json:
        print(json.dumps(seen.said(), indent=2, default=str))
    else:
        print("\n".join(status.lines(seen)))
    return EXIT_WRONG if seen.complaints else 0


def _verify(given: argparse.Namespace, effective: Effective) -> int:
    """Read everything again."""
    settings, _ = _settings(effective)
    folder = _folder(given, effective)
    good = 0
    known = bases.bases_in(folder)
    for base in known:
        is_good = _is_good(base, settings)
        good += is_good
        print(f"{base.receipt.name}  {'good' if is_good else 'DAMAGED'}")
    if not known:
        raise Mistake(f"There is no base backup in {folder}.")
    first = number_of(known[0].receipt.first_segment)
    names = [n for n in archived(wal_folder(folder)) if is_segment(n) and number_of(n) >= first]
    damaged = packed.first_damaged(wal_folder(folder), sorted(names))
    missing = row_of(Wish(folder, folder), known[0]).missing
    if damaged:
        print(f"{damaged}{PACKED}  DAMAGED")
    if missing:
        print(f"{missing}{PACKED}  MISSING")
    print(f"{good} of {len(known)} base backups are good; {len(names)} files of the log were read")
    return EXIT_WRONG if damaged or missing or good < len(known) else 0


def _is_good(base: Base, settings: DatabaseSettings) -> bool:
    try:
        manifest.check(base.data, programs(base.receipt.major, settings.bin_dir))
    except manifest.Damaged as error:
        print(error)
        return False
    return True


def _restore(given: argparse.Namespace, effective: Effective) -> int:
    settings, data = _settings(effective)
    if effective.origin("fleet.data") == "default":
        raise Mistake("Name the new data folder with --data.")
    began = time.monotonic()
    wish = Wish(
        given.source.absolute(),
        data.absolute(),
        at=given.at,
        base=given.base,
        wal=given.wal.absolute() if given.wal else None,
        bin_dir=settings.bin_dir,
    )
    done = restore(wish, lambda words: print(f"{words} ...", flush=True))
    last = f"{done.last.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f} UTC" if done.last else "unknown"
    print(
        f"restored {done.base.receipt.name} to {data}: {done.tables} tables,"
        f" {size_of(data) / 1e6:.0f} MB; last transaction at {last}"
        f" ({time.monotonic() - began:.1f} s)"
    )
    print(f"start it with `holdfast up --data {data}`, with a new database.archive or none")
    return 0


def _settings(effective: Effective) -> tuple[DatabaseSettings, Path]:
    return effective.section(DatabaseSettings), effective.section(FleetSettings).data


def _folder(given: argparse.Namespace, effective: Effective) -> Path:
    """Where backups go: as said, as set, or as the data folder's server archives."""
    settings, data = _settings(effective)
    if given.to is not None:
        return Path(given.to).absolute()
    if settings.archive:
        return Path(settings.archive).absolute()
    known = archive_of(data)
    if known is None:
        raise Mistake("Name a folder for the backups with --to, or set database.archive.")
    return known
