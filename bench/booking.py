"""Measure booking: orders/s of `PostgresBookings.place` beside the ceiling of its own statement.

    python -m bench.booking [--seconds 6] [--clients 32]

The ceiling is pgbench calling the same function with prepared parameters, in the same run, on the
same durable server: what is lost to it is what Python and the driver cost. *spread*: every order on
one of 5,000 leg-dates; *hot*: all on one flight. One segment, one adult, paid, with a key and 64
owners. Everything runs on this machine, the load included.
"""

import argparse
import asyncio
import itertools
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvloop

from holdfast.flights.domain.ids import derive
from holdfast.flights.domain.order import NewOrder, Order
from holdfast.flights.service.ports.access import Once, StoredAnswer
from holdfast.flights.service.ports.bookings import Answering
from holdfast.flights.store.bookings import PostgresBookings
from holdfast.flights.store.order_rows import document_of, leg_text
from holdfast.flights.store.statements import MIGRATIONS, SCHEMA
from holdfast.platform.data.database import Database, Limits
from holdfast.platform.data.embedded import ServerPlan
from holdfast.platform.data.migrate import apply
from holdfast.platform.data.queries import Statement
from tests.flights.booking_samples import DAY, Wish, new_order, offer, segment
from tests.support.postgres import Guarded

FLIGHTS, DAYS, OWNERS = 1000, 5, 64
HOT_SHARE = 1
"""Of the flights, the one that all want in the hot run is the first."""
ROOM = 10_000_000
"""Seats of each leg: nothing is sold out while it is measured."""
BODY = b"x" * 1500
"""About the size of an order's answer, which is kept with its key."""

SETUP = [
    "INSERT INTO schedule_legs (airline, number, suffix, variation, sequence, service_type,"
    " first_date, last_date, days, board, off_point, departure_min, departure_offset_min,"
    " arrival_min, arrival_offset_min, aircraft, configuration, digest)"
    f" SELECT 'HF', n, '', 1, 1, 'J', '{DAY}', '{DAY + timedelta(days=DAYS - 1)}', 127, 'FRA',"
    f" 'LHR', 800, 120, 900, 60, '320', 'Y180', '' FROM generate_series(1, {FLIGHTS}) AS n",
    "INSERT INTO class_limits (carrier, number, board, off_point, cabin, first_date, last_date,"
    " days, classes, limits, capacity) SELECT 'HF', n, 'FRA', 'LHR', 'economy',"
    f" '{DAY}', '{DAY + timedelta(days=DAYS - 1)}', 127, '{{}}', '{{}}', {ROOM}"
    f" FROM generate_series(1, {FLIGHTS}) AS n",
    "INSERT INTO balances (owner, currency, credit)"
    f" SELECT 'own_' || n, 'EUR', 1000000000000 FROM generate_series(0, {OWNERS - 1}) AS n",
    f"SELECT open_leg('HF/' || n || '//' || (date '{DAY}' + d) || '/FRA/LHR', 'economy')"
    f" FROM generate_series(1, {FLIGHTS}) AS n, generate_series(0, {DAYS - 1}) AS d",
]
PGBENCH = r"""
\set n random(1, :flights)
\set d random(0, :days - 1)
\set o random(0, 63)
\set a random(1, 9000000000000000)
\set b random(1, 9000000000000000)
SELECT * FROM place_order('ord_' || :a::text || :b::text, 'ABCDEF', 'own_' || :o::text, false,
    'off_' || :a::text || :b::text, 'HF', now() + interval '30 minutes', now(), NULL, NULL, 10000,
    'EUR', 1000, 'pay_' || :a::text || :b::text, 'balance', '{{adaa,berg,adaa berg}}',
    '\x{document}', '{{}}', '{{}}',
    ARRAY['HF/' || :n::text || '//' || (date '{day}' + :d::integer) || '/FRA/LHR'], '{{economy}}',
    '{{Y}}', '{{1}}', '{{NULL}}', '{{}}', '{{}}', '{{}}', :a::text || :b::text,
    '\x{hash}', 201, '\x{body}');
"""


def main() -> None:
    """Print the figures of both runs as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=6.0, help="for each figure")
    parser.add_argument("--clients", type=int, default=32, help="connections of either side")
    chosen = parser.parse_args()
    program = shutil.which("pgbench")
    if program is None:
        raise SystemExit("pgbench is needed: it comes with PostgreSQL.")
    with tempfile.TemporaryDirectory(prefix="holdfast-bench-") as folder, server(folder) as dsn:
        uvloop.run(prepare(dsn))
        print(
            "| what | pgbench, orders/s | place, orders/s | of the ceiling | place p50 | p99 ms |"
        )
        print("|---|---|---|---|---|---|")
        for name, flights, days in (("spread", FLIGHTS, DAYS), ("hot", HOT_SHARE, 1)):
            script = Path(folder, f"{name}.sql")
            script.write_text(script_text())
            argv = [program, "-n", "-f", str(script), "-M", "prepared", "-j", "2"]
            argv += ["-c", str(chosen.clients), "-T", str(round(chosen.seconds))]
            argv += ["-D", f"flights={flights}", "-D", f"days={days}", dsn]
            ceiling = pgbench(argv)
            taken = uvloop.run(measure(dsn, flights * days, chosen.clients, chosen.seconds))
            rate = len(taken) / chosen.seconds
            taken.sort()
            p50, p99 = (1000 * taken[int(len(taken) * q)] for q in (0.5, 0.99))
            print(
                f"| {name} | {ceiling:,.0f} | {rate:,.0f} | {rate / ceiling:.2f} | "
                f"{p50:.1f} | {p99:.1f} |"
            )


@contextmanager
def server(folder: str) -> Iterator[str]:
    """A durable server of its own: its address."""
    guarded = Guarded(ServerPlan(Path(folder, "data")))
    try:
        yield guarded.dsn
    finally:
        guarded.end()


async def prepare(dsn: str) -> None:
    """Schema, flights, counters, owners."""
    async with await Database.connect(dsn, schema=SCHEMA, limits=Limits(pool_size=1)) as database:
        await apply(database, SCHEMA, MIGRATIONS)
        for number, sql in enumerate(SETUP):
            await database.execute(Statement(f"setup_{number}", sql))


def script_text() -> str:
    """The script of pgbench, with documents of the same size as ours."""
    order = new_order(offer(datetime.now(UTC)))
    return PGBENCH.format(
        document=document_of(order.offer, order.passengers).hex(),
        day=DAY,
        hash=(b"h" * 32).hex(),
        body=BODY.hex(),
    )


def pgbench(argv: list[str]) -> float:
    """Run it; transactions a second."""
    environment = {**os.environ, "PGOPTIONS": f"-c search_path={SCHEMA},public"}
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=True)
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    assert found is not None, done.stdout
    return float(found.group(1))


async def measure(dsn: str, spread: int, clients: int, seconds: float) -> list[float]:
    """A closed loop of twice as many buyers as connections; seconds each order took."""
    limits = Limits(pool_size=clients, acquire_s=60, lock_s=30)
    taken: list[float] = []
    async with await Database.connect(dsn, schema=SCHEMA, limits=limits) as database:
        bookings = PostgresBookings(database)
        templates = [template(place) for place in range(spread)]
        numbers = itertools.count()
        ends = time.perf_counter() + seconds

        async def buyer() -> None:
            while (start := time.perf_counter()) < ends:
                number = next(numbers)
                order = fresh(templates[number * 7919 % spread], number)
                key = Once(order.owner, order.id, b"h" * 32)
                answer = await bookings.place(order, Answering(key, StoredAnswer(201, BODY)))
                assert isinstance(answer, Order), answer
                taken.append(time.perf_counter() - start)

        async with asyncio.TaskGroup() as group:
            for _ in range(2 * clients):
                group.create_task(buyer())
    return taken


def template(place: int) -> NewOrder:
    """An order on leg-date `place`."""
    number, day = divmod(place, DAYS)
    flown = segment(100, day=DAY + timedelta(days=day))
    leg = flown.legs[0]
    leg = replace(leg, key=replace(leg.key, number=number + 1))
    assert leg_text(leg.key).startswith("HF/")
    return new_order(offer(datetime.now(UTC), Wish((replace(flown, legs=(leg,)),))))


def fresh(order: NewOrder, number: int) -> NewOrder:
    """The same order with ids of its own, by one of the owners."""
    name = f"{os.getpid()}-{time.monotonic_ns()}-{number}"
    return replace(
        order,
        id=derive("ord", name),
        payment_id=derive("pay", name),
        owner=f"own_{number % OWNERS}",
        offer=replace(order.offer, id=derive("off", name)),
    )


if __name__ == "__main__":
    main()
