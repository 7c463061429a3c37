"""Measure how fast SSIM season files are read, against npm's `iata-ssim` in the same run.

    python -m bench ssim [--rounds 3] [--traffic FOLDER]

The files are the weeks of 233 airlines in Debian's `flightgear-data-ai` (GPL data, fetched into a
temporary folder, or taken from `--traffic`), turned into SSIM. Both read the same files, turn by
turn; a ratio is the median of the rounds. Figures are CPU time, so that a busy machine hurts less.
Holdfast's reader judges every field and compares legs with each other; the other one only reads.
"""

import argparse
import resource
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from holdfast.flights.wire.ssim import Season, read_season
from tests.support.flightgear import fetch, timetables

CHUNK_BYTES = 1 << 18
PEER = "iata-ssim"
PEER_READER = """
import { readFileSync, readdirSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { parseScheduleDataSet } from 'iata-ssim/sds'
const folder = process.argv[2]
const files = readdirSync(folder).map(name => `${folder}/${name}`)
for await (const _ of createInterface({ input: process.stdin })) {
  const before = process.cpuUsage()
  let legs = 0
  for (const file of files)
    for (const block of parseScheduleDataSet(readFileSync(file, 'latin1')).carriers)
      legs += block.flightLegs.length
  const used = process.cpuUsage(before)
  console.log(`${legs} ${(used.user + used.system) / 1e6}`)
}
"""


def main() -> None:
    """Make the files, read them in turns, print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--traffic", type=Path, help="an unpacked AI/Traffic folder")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = folder / "ssim"
        files.mkdir()
        traffic = given.traffic or fetch(folder)
        legs = write_files(traffic, files)
        ours, peers = [], []
        with peer(folder, files) as rounds:
            for _ in range(given.rounds):
                ours.append(read_all(files, legs))
                peers += next(rounds, [])
    report("holdfast", ours)
    if peers:
        report(f"npm {PEER}", peers)
        ratios = [mine / other for mine, other in zip(ours, peers, strict=True)]
        print(f"ratio: {statistics.median(ratios):.2f}")
    print(f"memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB at most")


def write_files(traffic: Path, files: Path) -> int:
    """One file for each airline; how many legs there are."""
    legs = left_out = size = 0
    for table in timetables(traffic):
        content = table.as_ssim()
        (files / f"{table.airline}.ssim").write_bytes(content)
        legs, left_out, size = (
            legs + len(table.legs),
            left_out + table.left_out,
            size + len(content),
        )
    airlines = len(list(files.iterdir()))
    print(f"{airlines} airlines, {legs} legs ({left_out} left out), {size / 1e6:.0f} MB of SSIM")
    return legs


def read_all(files: Path, legs: int) -> float:
    """Legs per second of CPU time."""
    before = time.process_time()
    found = 0
    for path in files.iterdir():
        season = read_season(chunks(path))
        assert isinstance(season, Season), (path, season)
        assert not season.faults, (path, season.faults[0])
        found += len(season.legs)
    assert found == legs, (found, legs)
    return legs / (time.process_time() - before)


def chunks(path: Path) -> Iterator[bytes]:
    """A file as it comes from the network or a disk."""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


@contextmanager
def peer(folder: Path, files: Path) -> Iterator[Iterator[list[float]]]:
    """The other reader in a process of its own: each `next` is a round; none without npm."""
    if shutil.which("npm") is None:
        print("npm is not installed: no comparison")
        yield iter(())
        return
    install = ["npm", "install", "--no-audit", "--no-fund", "--silent", PEER]
    subprocess.run(install, cwd=folder, check=True)
    (folder / "read.mjs").write_text(PEER_READER)
    process = subprocess.Popen(
        ["node", "read.mjs", str(files)],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    asked, told = process.stdin, process.stdout
    assert asked is not None
    assert told is not None

    def rounds() -> Iterator[list[float]]:
        while True:
            print(file=asked, flush=True)
            found, seconds = told.readline().split()
            yield [int(found) / float(seconds)]

    try:
        yield rounds()
    finally:
        asked.close()
        process.wait()


def report(name: str, rates: list[float]) -> None:
    """One line of figures."""
    low, high = min(rates), max(rates)
    middle = statistics.median(rates)
    print(f"{name}: {middle:,.0f} legs per CPU second ({low:,.0f} to {high:,.0f})")


if __name__ == "__main__":
    main()
