"""Measure ingest: season and fares files of 233 airlines, loaded, then loaded again when changed.

    python -m bench ingest [--traffic FOLDER] [--files FOLDER] [--fares 250000] [--only service]

*service*: the files go through `Ingest` into a durable PostgreSQL of its own, one after another.
*fleet* (`bench.ingest_fleet`): the same over HTTP into `holdfast up`, while searches go on. The
weeks are those of Debian's `flightgear-data-ai` (see `bench.feed_files`); with `--files` the files
stay there and are taken from there the next time. Memory is the most that a process ever had.
"""

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from multiprocessing import get_context
from pathlib import Path

from bench.feed_files import FARES_SEQUENCES, Folder, season_of, write_all
from bench.ingest_fleet import rss_mb, through_fleet
from holdfast.flights.domain.delivery import Accept, Delivery, Duplicate, FeedFormat, FeedKind
from holdfast.flights.entrypoints.ingest.spool import PlainFile
from holdfast.flights.service.ingest_feed import Ingest
from holdfast.flights.service.read_feed import read_feed
from holdfast.flights.store.disruptions import reconcile
from holdfast.flights.store.feeds import PostgresFeeds
from holdfast.flights.store.statements import MIGRATIONS, SCHEMA
from holdfast.platform.data.database import Database, Limits
from holdfast.platform.data.embedded import ServerPlan
from holdfast.platform.data.migrate import apply
from holdfast.platform.runtime.clock import SystemClock
from tests.support.flightgear import fetch
from tests.support.postgres import Guarded

ROUNDS = (
    ("season, first", "season"),
    ("season, 1 % later", "season-1"),
    ("season, 10 % later", "season-10"),
    ("season, 100 % later", "season-100"),
    ("fares, first", "fares"),
    ("fares, unchanged", "fares-again"),
    ("fares, 5 % dearer", "fares-5"),
)
LIMITS = Limits(pool_size=4, statement_s=300, lock_s=60, idle_in_transaction_s=300)


@dataclass(slots=True)
class Load:
    """What a round came to; `each_s`: of each file."""

    records: int = 0
    changed: int = 0
    each_s: list[float] = field(default_factory=list)


def main() -> None:
    """Make the files, feed them, print the figures as Markdown."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--traffic", type=Path, help="an unpacked AI/Traffic folder")
    parser.add_argument("--files", type=Path, help="keep the files there")
    parser.add_argument("--fares", type=int, default=250_000, help="records over all airlines")
    parser.add_argument("--only", choices=("service", "fleet"))
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="holdfast-bench-") as name:
        files = given.files or Path(name, "files")
        if not files.exists():
            make_files(given.traffic or fetch(Path(name)), files, given.fares)
        if given.only != "fleet":
            asyncio.run(through_service(Path(name), files))
        if given.only != "service":
            asyncio.run(through_fleet(Path(name), files))


def make_files(traffic: Path, files: Path, fares: int) -> None:
    """Write them in a process of its own, whose memory is not measured."""
    season = season_of(date.today())  # noqa: DTZ011 - the files are of this machine's today
    maker = get_context("spawn").Process(
        target=write_all, args=(traffic, files), kwargs={"season": season, "fares": fares}
    )
    maker.start()
    maker.join()
    assert maker.exitcode == 0, "the files could not be written"


async def through_service(folder: Path, files: Path) -> None:
    """Every round through `Ingest`."""
    print(
        "| through the service | records | changed | s | records/s | longest file, s |"
        " CPU s | of the server |"
    )
    print("|---|---|---|---|---|---|---|---|")
    parsed = parse_rate(files)
    with server(folder) as (dsn, pid):
        async with await Database.connect(dsn, schema=SCHEMA, limits=LIMITS) as database:
            await apply(database, SCHEMA, MIGRATIONS)
            ingest = Ingest(PostgresFeeds(database, reconcile), SystemClock())
            for sequence, (what, where) in enumerate(ROUNDS, 1):
                cpu, its_cpu = time.process_time(), cpu_s(pid)
                load = await fed(ingest, files / where, sequence)
                report(what, load, (time.process_time() - cpu, cpu_s(pid) - its_cpu))
    most_mb = rss_mb(os.getpid(), "VmHWM")
    print(f"\nparsing alone: {parsed:,.0f} legs per CPU second; memory: {most_mb:.0f} MB at most")


async def fed(ingest: Ingest, folder: Path, sequence: int) -> Load:
    """All files of a folder, one after another."""
    load = Load()
    for airline, file in Folder(folder, suffix_of(folder)).files():
        start = time.perf_counter()
        outcome = await ingest.ingest(delivery_of(airline, sequence, file), file)
        load.each_s.append(time.perf_counter() - start)
        assert isinstance(outcome.decision, Accept | Duplicate), (airline, outcome)
        load.records += outcome.counts.good
        load.changed += outcome.changed
    return load


def delivery_of(airline: str, sequence: int, file: PlainFile) -> Delivery:
    """The envelope of a full file."""
    is_fares = file.path.suffix == ".jsonl"
    sequence = FARES_SEQUENCES.get(file.path.parent.name, sequence)
    return Delivery(
        airline=airline,
        feed="fares" if is_fares else "season",
        kind=FeedKind.FARES if is_fares else FeedKind.SCHEDULE,
        format=FeedFormat.JSONL if is_fares else FeedFormat.SSIM,
        sequence=sequence,
        produced_at=datetime.now(UTC),
        is_full=True,
        sha256=file.sha256,
        size_bytes=file.size_bytes,
    )


def suffix_of(folder: Path) -> str:
    """What files of a folder end with."""
    return "jsonl" if folder.name.startswith("fares") else "ssim"


def parse_rate(files: Path) -> float:
    """Legs of the first season read in a second of CPU time."""
    before = time.process_time()
    legs = 0
    for airline, file in Folder(files / "season", "ssim").files():
        legs += read_feed(delivery_of(airline, 1, file), file).counts.good
    return legs / (time.process_time() - before)


@contextmanager
def server(folder: Path) -> Iterator[tuple[str, int]]:
    """A durable server of its own: its address, and the process that watches over it."""
    guarded = Guarded(ServerPlan(folder / "postgres"))
    try:
        yield guarded.dsn, guarded.process.pid
    finally:
        guarded.end()


def report(what: str, load: Load, cpu: tuple[float, float]) -> None:
    """One row; `cpu`: seconds of this process, and of the server."""
    seconds = sum(load.each_s)
    print(
        f"| {what} | {load.records:,} | {load.changed:,} | {seconds:.1f} |"
        f" {load.records / seconds:,.0f} | {max(load.each_s):.2f}"
        f" (p50 {statistics.median(load.each_s):.3f}) | {cpu[0]:.1f} | {cpu[1]:.1f} |",
        flush=True,
    )


def cpu_s(pid: int) -> float:
    """CPU time of a process and of all that it started, ended ones too."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    own = sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    return own + sum(cpu_s(int(child)) for child in children)


if __name__ == "__main__":
    main()
