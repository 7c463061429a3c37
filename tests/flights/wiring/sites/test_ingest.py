"""The ingest process serves what it declares."""

import asyncio
from dataclasses import replace

from holdfast.flights.entrypoints.desk.tokens import new_token
from holdfast.flights.entrypoints.ingest.settings import IngestSettings
from holdfast.flights.service.ingest_feed import Ingest
from holdfast.flights.store.disruptions import reconcile
from holdfast.flights.store.feeds import PostgresFeeds
from holdfast.flights.wiring.prepare import DEMO
from holdfast.flights.wiring.settings import DEMO_TOKEN
from holdfast.flights.wiring.sites.declared import INGEST
from holdfast.flights.wiring.sites.ground import Ground
from holdfast.flights.wiring.sites.ingest import (
    PRICES_KEPT,
    forget_old,
    ingest_site,
    policies,
    run_demo,
)
from holdfast.platform.data.queries import Statement
from tests.flights.wiring.sites.asking import not_served
from tests.support.eventually import eventually


async def test_the_ingest_process_serves_what_it_declares(ground: Ground) -> None:
    assert await not_served(ingest_site(ground), INGEST) == []


async def test_feeds_forgive_what_the_settings_say() -> None:
    told = policies(IngestSettings(shrink_percent=10.0, quarantine_percent=1.0))
    assert (told.usual.shrink_percent, told.usual.quarantine_percent) == (10.0, 1.0)


async def test_the_demo_delivers_where_its_token_is_good(ground: Ground) -> None:
    now = ground.clock.wall()
    await ground.doors.tokens.create(new_token(DEMO_TOKEN, DEMO, "demo", ("read",), now))
    store = PostgresFeeds(ground.database, reconcile)
    small = replace(ground, effective=ground.effective.with_values({"flights.demo_airlines": 2}))
    running = asyncio.create_task(run_demo(small, Ingest(store, ground.clock), store))
    try:
        await eventually(lambda: feeds_of(store, 6))
    finally:
        running.cancel()
    assert {one.last_outcome for one in await store.facts()} == {"accepted"}


async def test_a_database_that_is_no_demo_stays_empty(ground: Ground) -> None:
    store = PostgresFeeds(ground.database, reconcile)
    running = asyncio.create_task(run_demo(ground, Ingest(store, ground.clock), store))
    done, _ = await asyncio.wait({running}, timeout=0.2)
    running.cancel()
    assert not done
    assert list(await store.facts()) == []


async def feeds_of(store: PostgresFeeds, number: int) -> bool:
    return len(await store.facts()) == number


async def test_what_is_too_old_is_forgotten(ground: Ground) -> None:
    old = Statement(
        "old_price",
        """INSERT INTO price_changes
           (airline, fare_id, at, cause, p_since, p_total, p_tax, s_total, s_tax, sequence)
           SELECT 'ZZ', 1, $1 + 60 * n, 'changed', 0, 1, 0, 1, 0, n
           FROM generate_series(0, 1) AS n""",
    )
    now = ground.clock.wall()
    await ground.database.execute(old, (now - PRICES_KEPT).timestamp() - 30)
    assert await forget_old(ground) == 1
    assert await forget_old(ground) == 0
