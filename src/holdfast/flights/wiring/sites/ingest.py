"""The ingest process: feeds are pushed, fetched, and delivered by the demo's airlines."""

import asyncio
from datetime import timedelta
from functools import partial

from holdfast.errors import HoldfastError
from holdfast.flights.domain.delivery import Policy
from holdfast.flights.entrypoints.ingest import feed_schema
from holdfast.flights.entrypoints.ingest.fetching import Fetching
from holdfast.flights.entrypoints.ingest.price_audit import PriceAuditing
from holdfast.flights.entrypoints.ingest.prices import StoppedPrices
from holdfast.flights.entrypoints.ingest.pushing import Pushing
from holdfast.flights.entrypoints.ingest.reviewing import Reviewing
from holdfast.flights.entrypoints.ingest.settings import IngestSettings
from holdfast.flights.entrypoints.ingest.spool import Spool, SpoolLimits
from holdfast.flights.service.approve_prices import ApprovePrices
from holdfast.flights.service.deliver_demo import DemoDeliveries
from holdfast.flights.service.ingest_feed import Ingest, Policies
from holdfast.flights.store.disruptions import reconcile
from holdfast.flights.store.feeds import PostgresFeeds
from holdfast.flights.store.parked_prices import PostgresParkedPrices
from holdfast.flights.store.price_log import PostgresPriceLog
from holdfast.flights.store.status import forget
from holdfast.flights.wiring.prepare import is_demo
from holdfast.flights.wiring.rules import price_rule
from holdfast.flights.wiring.sites.figures import Freshness
from holdfast.flights.wiring.sites.ground import Ground, every
from holdfast.flights.wiring.sites.site import Site, Work
from holdfast.flights.wiring.world import world_of
from holdfast.platform.runtime.logs import Log

_log = Log("demo")
_MEGA = 1 << 20
FORGET_S = 3600.0
"""Between two times of forgetting; each drops what has become too old since, about an hour's."""
STATUS_KEPT = timedelta(days=30)
"""How long after a flight it can be looked up how it went."""
PRICES_KEPT = timedelta(days=90)
"""How long the log of prices goes back: longer than any dispute about a price takes."""
MAX_ROUNDS = 100
"""Of forgetting at one time; what is left then waits for the next."""


def ingest_site(ground: Ground) -> Site:
    """What the ingest process serves."""
    settings = ground.effective.section(IngestSettings)
    rule = price_rule(ground.flights)
    store = PostgresFeeds(ground.database, reconcile, rule=rule)
    ingest = Ingest(store, ground.clock, policies(settings))
    spool = Spool(ground.fleet.data / "spool" / "feeds", _limits(settings))
    fetching = Fetching(ingest, spool, settings, ground.clock)
    decide = ApprovePrices(PostgresParkedPrices(ground.database), ground.clock, rule)
    operations = [
        *Pushing(ingest, spool, ground.recording).operations(),
        *Reviewing(ingest, store, fetching.sources, ground.recording).operations(),
        *StoppedPrices(decide, ground.recording).operations(),
        *PriceAuditing(PostgresPriceLog(ground.database), rule).operations(),
        *feed_schema.operations(),
    ]
    freshness = Freshness(store, ground.clock)
    beside: list[Work] = [
        fetching.run,
        every(FORGET_S, partial(forget_old, ground)),
        freshness.run,
    ]
    if ground.flights.demo:
        beside.append(partial(run_demo, ground, ingest, store))
    return Site(ground.app(operations), tuple(beside), (freshness.write,))


async def forget_old(ground: Ground) -> int:
    """Drop status and price lines that are too old, in bounded rounds; how many rows."""
    now = ground.clock.wall()
    log = PostgresPriceLog(ground.database)
    dropped = 0
    for _ in range(MAX_ROUNDS):
        gone = await forget(ground.database, (now - STATUS_KEPT).date())
        gone += await log.forget((now - PRICES_KEPT).timestamp())
        dropped += gone
        if not gone:
            break
    return dropped


async def run_demo(ground: Ground, ingest: Ingest, store: PostgresFeeds) -> None:
    """The demo's airlines go on delivering, where the demo's token was made and never ended."""
    if not await is_demo(ground.doors.tokens):
        await asyncio.Event().wait()  # a database that is no demo's stays as it is
    deliveries = DemoDeliveries(world_of(ground.flights), ingest, store)
    while True:
        try:
            await deliveries.deliver(ground.clock.wall())
        except HoldfastError as error:
            _log.warning("demo_not_delivered", why=str(error))
        await asyncio.sleep(ground.flights.demo_every_s)


def policies(settings: IngestSettings) -> Policies:
    """What feeds forgive."""
    usual = Policy(
        shrink_percent=settings.shrink_percent, quarantine_percent=settings.quarantine_percent
    )
    return Policies(usual)


def _limits(settings: IngestSettings) -> SpoolLimits:
    return SpoolLimits(
        file=settings.max_file_mb * _MEGA,
        airline=settings.airline_spool_mb * _MEGA,
        all=settings.spool_mb * _MEGA,
    )
