"""Measure the flights app over HTTP through the balancer, beside Datasette over SQLite.

    python -m bench.flights [--seconds 6] [--clients 16]

Both have the same timetable: the demo world's, in SQLite as one row for each dated leg, with the
indexes its queries want. *status*: how a flight stands, by carrier, number and date. *direct*: what
flies between two airports on a date; ours also prices every fare, looks which seats are left and
stores the offers durably before it answers, theirs lists rows. *processor*: of all processes of
a side, for each answer. Datasette comes from the package
index into a temporary environment. Everything runs on this machine, the load included.
"""

import argparse
import asyncio
import json
import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

import uvloop

from bench.http_load import Tally, load, request
from holdfast.flights.domain.flight import DatedLeg
from holdfast.flights.store.catalogue import PostgresCatalogue
from holdfast.flights.store.statements import SCHEMA
from holdfast.flights.wiring.settings import API_PORT
from holdfast.platform.data.database import Database, Limits
from holdfast.platform.data.embedded import dsn_file
from tests.support.fleet import Fleet, eventually, fleet

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
DAYS = 60
"""From tomorrow on."""
ASKED = 400
"""Different flights and pairs that are asked for in turn."""
TOKEN = "duffel_test_demo"
UNLIMITED = ("--set", "http.requests=1000000000")
STATUS_SQL = (
    "select * from legs where carrier = :carrier and number = :number and flight_date = :day"
)
DIRECT_SQL = (
    "select * from legs where board = :board and off = :off and flight_date = :day"
    " order by departs limit 100"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What one run asks: requests of both sides, and what a good answer's status is."""

    what: str
    ours: list[bytes]
    theirs: list[bytes]
    status: bytes = b"200"


@dataclass(frozen=True, slots=True)
class Side:
    """Who answers, where, and the process all of whose children are its own."""

    who: str
    address: tuple[str, int]
    root: int

    def cpu_s(self) -> float:
        """Processor time that its processes have used."""
        found: dict[int, tuple[int, float]] = {}
        for path in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                words = path.read_text().rpartition(")")[2].split()
                used = (int(words[11]) + int(words[12])) / CLOCK_TICKS
                found[int(path.parent.name)] = int(words[1]), used
        family, total = [self.root], 0.0
        while family:
            pid = family.pop()
            total += found.get(pid, (0, 0.0))[1]
            family += [child for child, (parent, _) in found.items() if parent == pid]
        return total


def main() -> None:
    """Print the figures as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=6.0, help="for each figure")
    parser.add_argument("--clients", type=int, default=16, help="connections at once")
    parser.add_argument("--alone", action="store_true", help="without Datasette")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="holdfast-bench-") as name:
        folder = Path(name)
        with fleet(folder / "data", *UNLIMITED, nodes=1, demo=True, scale=1.0) as running:
            legs = uvloop.run(flown(running))
            print(f"{len(legs):,} dated legs of {DAYS} days; {chosen.clients} connections.")
            ours = Side("holdfast", ("127.0.0.1", running.port(API_PORT)), running.process.pid)
            if chosen.alone:
                uvloop.run(measure(ours, None, asked_of(legs), chosen))
                return
            with datasette(folder, legs) as theirs:
                uvloop.run(measure(ours, theirs, asked_of(legs), chosen))


async def flown(running: Fleet) -> list[DatedLeg]:
    """Every dated leg of the fleet's timetable, once all of the demo world is there."""
    dsn = dsn_file(running.data).read_text().strip()
    async with await Database.connect(dsn, schema=SCHEMA, limits=Limits(pool_size=1)) as database:
        catalogue = PostgresCatalogue(database)
        seen = -1
        while True:
            stamps = await catalogue.versions()
            if seen == len(stamps) > 0:
                break
            seen = len(stamps)
            await asyncio.sleep(5)
        airlines = sorted({airline for airline, subject in stamps if subject == "schedule"})
        patterns = [one for airline in airlines for one in await catalogue.schedule(airline)]
    first = datetime.now(UTC).date() + timedelta(days=1)
    days = [first + timedelta(days=n) for n in range(DAYS)]
    return [
        DatedLeg.of(pattern, day) for day in days for pattern in patterns if day in pattern.period
    ]


def asked_of(legs: list[DatedLeg]) -> list[Asked]:
    """Requests for flights that are there, spread over all."""
    some = legs[:: max(1, len(legs) // ASKED)][:ASKED]
    bearer = {"authorization": f"Bearer {TOKEN}"}
    duffel = {**bearer, "duffel-version": "v2"}
    status, theirs_status, direct, theirs_direct = [], [], [], []
    for leg in some:
        key = leg.key
        day = key.flight_date.isoformat()
        leaves = leg.departing_at.date().isoformat()
        path = f"/api/flights/status/{key.carrier}{key.number}{key.suffix}?date={day}"
        status.append(request("GET", path, bearer))
        theirs_status.append(
            _query(STATUS_SQL, carrier=key.carrier, number=str(key.number), day=day)
        )
        slices = [{"origin": key.board, "destination": key.off, "departure_date": leaves}]
        body = {"slices": slices, "passengers": [{"type": "adult"}], "max_connections": 0}
        direct.append(
            request("POST", "/air/offer_requests", duffel, json.dumps({"data": body}).encode())
        )
        theirs_direct.append(_query(DIRECT_SQL, board=key.board, off=key.off, day=leaves))
    return [
        Asked("status", status, theirs_status),
        Asked("direct", direct, theirs_direct, b"201"),
    ]


def _query(sql: str, **values: str) -> bytes:
    return request("GET", "/flights.json?" + urlencode({"sql": sql, "_shape": "array", **values}))


async def measure(
    ours: Side, theirs: Side | None, asked: list[Asked], chosen: argparse.Namespace
) -> None:
    """All figures, each side once to warm up and once to count."""
    print("| what | who | requests/s | p50 ms | p99 ms | processor ms | bytes each | wrong |")
    print("|---|---|---|---|---|---|---|---|")
    for one in asked:
        mine = await _figure(one.what, ours, one.ours, status=one.status, chosen=chosen)
        if theirs is not None:
            other = await _figure(one.what, theirs, one.theirs, status=b"200", chosen=chosen)
            print(
                f"| **{one.what}** | **ratio** | **{mine.rate / other.rate:.2f}** | "
                f"{mine.quantile_ms(0.5) / other.quantile_ms(0.5):.2f} | "
                f"{mine.quantile_ms(0.99) / other.quantile_ms(0.99):.2f} | | | |"
            )


async def _figure(
    what: str,
    side: Side,
    requests: list[bytes],
    *,
    status: bytes,
    chosen: argparse.Namespace,
) -> Tally:
    how = {"clients": chosen.clients, "expected": status}
    await load(side.address, requests, seconds=chosen.seconds / 3, **how)
    before = side.cpu_s()
    tally = await load(side.address, requests, seconds=chosen.seconds, **how)
    answers = max(1, len(tally.latencies_s))
    print(
        f"| {what} | {side.who} | {tally.rate:,.0f} | {tally.quantile_ms(0.5):.1f} | "
        f"{tally.quantile_ms(0.99):.1f} | {1000 * (side.cpu_s() - before) / answers:.2f} | "
        f"{tally.bytes / answers:,.0f} | {tally.wrong} |"
    )
    return tally


@contextmanager
def datasette(folder: Path, legs: list[DatedLeg]) -> Iterator[Side]:
    """Datasette with the same timetable."""
    database = folder / "flights.db"
    _fill(database, legs)
    environment = folder / "venv"
    venv.create(environment, with_pip=True)
    python = str(environment / "bin" / "python")
    subprocess.run([python, "-m", "pip", "install", "-qqq", "datasette"], check=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    serving = subprocess.Popen(
        [python, "-m", "datasette", "-i", str(database), "-h", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        eventually(lambda: _answers(port), 60.0, "an answer of Datasette")
        yield Side("datasette", ("127.0.0.1", port), serving.pid)
    finally:
        serving.terminate()
        serving.wait(30)


def _answers(port: int) -> bool:
    with suppress(OSError), urlopen(f"http://127.0.0.1:{port}/-/versions.json", timeout=2) as said:
        print(f"Datasette {json.load(said)['datasette']['version']}", file=sys.stderr)
        return True
    return False


def _fill(path: Path, legs: list[DatedLeg]) -> None:
    line = sqlite3.connect(path)
    line.execute(
        "CREATE TABLE legs (carrier TEXT, number INTEGER, suffix TEXT, flight_date TEXT,"
        " board TEXT, off TEXT, departs TEXT, arrives TEXT, aircraft TEXT, configuration TEXT,"
        " board_terminal TEXT, off_terminal TEXT)"
    )
    line.executemany(
        "INSERT INTO legs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", map(_row, legs)
    )
    line.execute("CREATE INDEX by_flight ON legs (carrier, number, flight_date)")
    line.execute("CREATE INDEX by_pair ON legs (board, off, flight_date)")
    line.execute("ANALYZE")
    line.commit()
    line.close()


def _row(leg: DatedLeg) -> tuple[str | int, ...]:
    key = leg.key
    return (
        key.carrier,
        key.number,
        key.suffix,
        _text(key.flight_date),
        key.board,
        key.off,
        leg.departing_at.isoformat(),
        leg.arriving_at.isoformat(),
        leg.aircraft,
        leg.configuration,
        leg.board_terminal,
        leg.off_terminal,
    )


def _text(day: date) -> str:
    return day.isoformat()


if __name__ == "__main__":
    main()
