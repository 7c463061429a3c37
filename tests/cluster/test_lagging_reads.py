"""Reads while the replicas are 5 s behind: never stale to who has written, bounded to others, and
nobody keeps old fares under a new stamp."""

import asyncio
import time
from collections.abc import AsyncIterator
from functools import partial

import pytest

from holdfast.flights.domain.fare import Cabin, Price, SeatTier
from holdfast.flights.domain.fares_load import FaresLoad
from holdfast.flights.domain.price_rule import RULE
from holdfast.flights.store.catalogue import PostgresCatalogue
from holdfast.flights.store.fares import apply_fares
from holdfast.flights.store.tables import SCHEMA
from holdfast.platform.data.addresses import servers_of
from holdfast.platform.data.database import Database, Limits
from holdfast.platform.data.queries import Statement
from tests.flights.conftest import prepared
from tests.support.clusters import RealCluster
from tests.support.eventually import eventually

pytestmark = [pytest.mark.processes, pytest.mark.cluster, pytest.mark.timeout(240)]

LAG = "5s"
WRITES = 60
MAX_AGE_S = 2.0
# Named with its schema: tests look with different paths, and a plan of a replica that is behind
# stays with its table when another one of that name comes first in the path later.
COUNTER = "public.lagging_counter"
TABLE = Statement("table", f"CREATE TABLE IF NOT EXISTS {COUNTER} (id int PRIMARY KEY, n int)")
HAS_TABLE = Statement("has_table", f"SELECT to_regclass('{COUNTER}') IS NOT NULL")
START = Statement(
    "start", f"INSERT INTO {COUNTER} VALUES (1, 0) ON CONFLICT (id) DO UPDATE SET n = 0"
)
SET = Statement("set", f"UPDATE {COUNTER} SET n = $1 WHERE id = 1")
GET = Statement("get", f"SELECT n FROM {COUNTER} WHERE id = 1")


@pytest.fixture
async def lagging(cluster: RealCluster) -> AsyncIterator[RealCluster]:
    """A cluster whose replicas apply what they have received 5 s later; all have the table."""
    async with await Database.connect(cluster.dsn, limits=Limits(acquire_s=20)) as database:
        await database.execute(TABLE)
    for server in servers_of(cluster.dsn).values():
        async with await Database.connect(server) as one:
            await eventually(partial(_has_table, one))
    leader = cluster.leader()
    _delay(cluster, leader, LAG)
    yield cluster
    _delay(cluster, cluster.leader(), None)


async def _has_table(database: Database) -> bool:
    return bool(await database.fetchval(HAS_TABLE))


def _delay(cluster: RealCluster, leader: str, lag: str | None) -> None:
    parameters = {"recovery_min_apply_delay": lag}
    assert cluster.tell(leader, "/config", {"postgresql": {"parameters": parameters}}, "PATCH")


async def test_who_has_written_reads_it_and_others_never_older_than_they_asked(
    lagging: RealCluster,
) -> None:
    async with await Database.connect(lagging.dsn, limits=Limits(acquire_s=20)) as database:
        await database.execute(START)
        await _lag_has_begun(database)
        written: list[tuple[float, int]] = [(time.monotonic(), 0)]
        stale = 0
        for n in range(1, WRITES + 1):
            await database.execute(SET, n)
            written.append((time.monotonic(), n))
            after = await database.position()
            assert await database.reader(after=after).fetchval(GET) == n
            asked = time.monotonic()
            seen = await database.reader(max_age_s=MAX_AGE_S).fetchval(GET)
            assert seen >= max(m for at, m in written if at <= asked - MAX_AGE_S or m == 0)
            stale += await database.reader().fetchval(GET) < n
            await asyncio.sleep(0.05)
        assert stale > 0, "the replicas were not behind: nothing was shown"


async def _lag_has_begun(database: Database) -> None:
    """A replica shows an old state for a while after a write, so the lag is real."""

    async def is_behind() -> bool:
        marker = int(time.monotonic() * 1000) % 1_000_000 + 1000
        await database.execute(SET, marker)
        return bool(await database.reader().fetchval(GET) != marker)

    await eventually(is_behind, 30.0)
    await database.execute(SET, 0)
    replica = database.reader()

    async def all_are_back() -> bool:
        return all([await replica.fetchval(GET) == 0 for _ in range(4)])

    await eventually(all_are_back, 30.0)


def _tier(total: int) -> SeatTier:
    return SeatTier(
        "ZZ", "320", Cabin.ECONOMY, "exit", "Exit row", 12, 13, "", "EUR", Price(total), ()
    )


async def test_what_a_stamp_speaks_of_is_never_older_than_the_stamp(lagging: RealCluster) -> None:
    """The catalogue's fares come from replicas, their stamps from the leader."""
    await prepared(lagging.dsn)
    limits = Limits(acquire_s=20)
    async with await Database.connect(lagging.dsn, limits=limits, schema=SCHEMA) as database:
        await database.execute(START)
        await _lag_has_begun(database)
        catalogue = PostgresCatalogue(database)
        for total in range(100, 110):
            async with database.transaction() as work:
                await apply_fares(
                    work,
                    "ZZ",
                    FaresLoad(tiers=[_tier(total)]),
                    full=True,
                    sequence=total,
                    now=float(total),
                    rule=RULE,
                )
            stamp = (await catalogue.versions())["ZZ", "fares"]
            (tier,) = await catalogue.tiers("ZZ")
            assert (stamp, tier.tier.price.total) == (total - 99, total)
