"""The data door against the bare driver, replicas, and the price of a synchronous commit.

    python -m bench.door [--seconds 10]

A real cluster of three on this machine, durable as it is shipped. Samples of half a second in
random order, so that whatever else the machine does hits all ways alike; a ratio is the median of
the ratios of each round. All three servers share this machine's processors: more replicas take
reads from the leader, they do not add processors.
"""

import argparse
import asyncio
import random
import statistics
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import asyncpg

from holdfast.platform.data.addresses import servers_of
from holdfast.platform.data.database import Database, Limits
from holdfast.platform.data.queries import Statement
from tests.support.clusters import RealCluster, cluster_here, folder_for_cluster

SAMPLE_S = 0.5
POOL = 8
ROWS = 10_000
TABLE = "CREATE TABLE IF NOT EXISTS point (id int PRIMARY KEY, text text NOT NULL)"
FILL = f"INSERT INTO point SELECT n, 'row ' || n FROM generate_series(1, {ROWS}) AS n"
READ = "SELECT text FROM point WHERE id = $1"
WRITE = "UPDATE point SET text = $2 WHERE id = $1"
READ_SQL, WRITE_SQL = Statement("read", READ), Statement("write", WRITE)
Call = Callable[[int], Awaitable[object]]
"""One call, of the row with this number."""


@dataclass
class Way:
    """One way to the same data, and calls a second on it, a sample each."""

    name: str
    call: Call
    rates: list[float] = field(default_factory=list)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10.0, help="per figure and way")
    rounds = max(2, round(parser.parse_args().seconds / SAMPLE_S))
    with folder_for_cluster() as data, cluster_here(data, durable=True) as cluster:
        asyncio.run(_measure_all(cluster, rounds))


async def _measure_all(cluster: RealCluster, rounds: int) -> None:
    leader = cluster.plan.member(cluster.leader())
    addresses = servers_of(cluster.dsn)
    own = addresses[f"{leader.address}:{leader.postgres}"]
    replicas = [address for address in addresses.values() if address != own]
    async with AsyncExitStack() as held:
        enter = held.enter_async_context

        async def bare(**settings: str) -> "asyncpg.Pool[asyncpg.Record]":
            return await enter(
                asyncpg.create_pool(
                    own, min_size=POOL, max_size=POOL, server_settings=settings, reset=_leave
                )
            )

        pool = await bare()
        usual = await enter(asyncpg.create_pool(own, min_size=POOL, max_size=POOL))
        await pool.execute(TABLE)
        await pool.execute(FILL)
        limits = Limits(pool_size=POOL)
        single = await enter(await Database.connect(own, limits=limits))
        whole = await enter(await Database.connect(cluster.dsn, limits=limits))
        one = await enter(await Database.connect(_of([own, replicas[0]]), limits=limits))
        local = await bare(synchronous_commit="local")

        def text() -> str:
            return f"text {random.random()}"

        ways = {
            "point read": [
                Way("bare driver", lambda n: pool.fetchval(READ, n)),
                Way("the same, sessions reset", lambda n: usual.fetchval(READ, n)),
                Way("door, one server", lambda n: single.fetchval(READ_SQL, n)),
                Way("door, three servers", lambda n: whole.fetchval(READ_SQL, n)),
                Way("door, reader, 1 replica", lambda n: one.reader().fetchval(READ_SQL, n)),
                Way("door, reader, 2 replicas", lambda n: whole.reader().fetchval(READ_SQL, n)),
            ],
            "small write": [
                Way("bare driver", lambda n: pool.execute(WRITE, n, text())),
                Way("door, one server", lambda n: single.execute(WRITE_SQL, n, text())),
                Way("door, three servers", lambda n: whole.execute(WRITE_SQL, n, text())),
                Way("bare, on the leader's disk only", lambda n: local.execute(WRITE, n, text())),
            ],
        }
        for what, some in ways.items():
            for at_once in (1, POOL, 8 * POOL):
                await _measure(some, rounds, at_once)
                _print(f"{what}, {at_once} at once", some)


async def _leave(_: object) -> None:
    """Sessions have no state here: what the driver does after each call by default is left out, as
    the door leaves it out."""


def _of(addresses: list[str]) -> str:
    """One address that names the servers of these."""
    login, _, rest = addresses[0].rpartition("@")
    hosts = [address.rpartition("@")[2].partition("/")[0] for address in addresses]
    return f"{login}@{','.join(hosts)}/{rest.partition('/')[2]}"


async def _measure(ways: list[Way], rounds: int, at_once: int) -> None:
    for way in ways:
        way.rates.clear()
    for number in range(rounds + 1):
        rates = {way.name: 0.0 for way in ways}
        for way in random.sample(ways, len(ways)):
            rates[way.name] = await _rate(way.call, at_once)
        if number:  # the first round warms up
            for way in ways:
                way.rates.append(rates[way.name])


async def _rate(call: Call, at_once: int) -> float:
    count = 0
    began = time.perf_counter()
    until = began + SAMPLE_S

    async def ask() -> None:
        nonlocal count
        while time.perf_counter() < until:
            await call(random.randint(1, ROWS))
            count += 1

    await asyncio.gather(*(ask() for _ in range(at_once)))
    return count / (time.perf_counter() - began)


def _print(title: str, ways: list[Way]) -> None:
    base = ways[0]
    print(f"\n| {title} | per second | to the bare driver |")
    print("|---|---|---|")
    for way in ways:
        ratio = statistics.median(a / b for a, b in zip(way.rates, base.rates, strict=True))
        print(f"| {way.name} | {statistics.median(way.rates):,.0f} | {ratio:.2f} |", flush=True)


if __name__ == "__main__":
    main()
