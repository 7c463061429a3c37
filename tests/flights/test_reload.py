"""A whole season and all fares come again while people search: no error, no half-changed answer."""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date

import pytest

from holdfast.flights.domain.delivery import Accept, Delivery, FeedFormat, FeedKind
from holdfast.flights.domain.fare import FiledFare, Price
from holdfast.flights.domain.offer import OfferRequest
from holdfast.flights.domain.schedule import Designator, LegPattern
from holdfast.flights.service.ingest_feed import Ingest
from holdfast.flights.service.snapshot import Snapshots
from holdfast.flights.store import fares, schedule
from holdfast.flights.store.catalogue import PostgresCatalogue
from holdfast.flights.store.disruptions import reconcile
from holdfast.flights.store.feeds import PostgresFeeds
from holdfast.flights.wire.fares_records import Header
from holdfast.flights.wire.fares_writer import write_fares_jsonl
from holdfast.flights.wire.ssim_writer import write_ssim
from holdfast.platform.data.database import Database
from tests.flights.feed_desk import MemoryFile
from tests.flights.service.test_search_offers import ASKER
from tests.support.flights_world import (
    NOW,
    WINTER,
    FlightsWorld,
    WorldCatalogue,
    ask,
    fare,
    leg,
    query,
)

ASKED, OTHERS = 20, 130
"""Flights a day between the two points that are searched, and on each of other markets."""
POINTS = ("MUC", "CDG", "JFK", "EWR", "SIN", "AUH")
OUT = query(ask("FRA", "LHR"), max_connections=0)


def legs(departs_min: int) -> list[LegPattern]:
    """Some four thousand, each so many minutes after the full hour."""
    markets = [("FRA", "LHR", ASKED)]
    markets += [(board, off, OTHERS) for board in POINTS for off in POINTS if board != off]
    base = [
        leg("BA1", board, off, f"{place % 18 + 2:02}:{departs_min:02}", 300)
        for board, off, flights in markets
        for place in range(flights)
    ]
    return [replace(one, designator=Designator("BA", n)) for n, one in enumerate(base, 1)]


def filed(total: int) -> list[FiledFare]:
    """A fare in each of five classes for each of the searched flights."""
    made = [
        fare("BA", "FRA", "LHR", total, number=number, booking_class=letter)
        for number in range(1, ASKED + 1)
        for letter in "YBMHK"
    ]
    return [FiledFare(one.key, one.terms, Price(total)) for one in made]


def season(departs_min: int) -> bytes:
    return write_ssim("BA", legs(departs_min), season=WINTER, created=date(2026, 11, 1))


def fares_file(total: int, sequence: int) -> bytes:
    return write_fares_jsonl(filed(total), header=Header(airline="BA", sequence=sequence))


@pytest.fixture
def flown(flights_database: Database, monkeypatch: pytest.MonkeyPatch) -> FlightsWorld:
    """A search over what the database holds; pages are small, so that loads have many steps."""
    monkeypatch.setattr(schedule, "READ_PAGE", 500)
    monkeypatch.setattr(fares, "READ_PAGE", 20)
    world = FlightsWorld(WorldCatalogue())
    catalogue = PostgresCatalogue(flights_database)
    world.snapshots = Snapshots(catalogue, world.clock, poll_s=0.05)
    world.search_offers = replace(
        world.search_offers, snapshots=world.snapshots, catalogue=catalogue
    )
    return world


@contextlib.asynccontextmanager
async def renewing(snapshots: Snapshots) -> AsyncIterator[None]:
    task = asyncio.create_task(snapshots.run())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def send(ingest: Ingest, kind: FeedKind, data: bytes, sequence: int) -> None:
    is_season = kind is FeedKind.SCHEDULE
    delivery = Delivery(
        airline="BA",
        feed=str(kind),
        kind=kind,
        format=FeedFormat.SSIM if is_season else FeedFormat.JSONL,
        sequence=sequence,
        produced_at=NOW,
        is_full=True,
        sha256=hashlib.sha256(data).digest(),
        size_bytes=len(data),
    )
    outcome = await ingest.ingest(delivery, MemoryFile(data))
    assert (outcome.decision, outcome.counts.bad) == (Accept(), 0)


async def answer(world: FlightsWorld) -> tuple[set[int], set[int]]:
    """At which minutes what is offered departs, and what it costs; all flights are there."""
    found = await world.search_offers.search(OUT, ASKER)
    assert isinstance(found, OfferRequest)
    offers = found.offers
    flights = {offer.slices[0].segments[0].segment.marketing for offer in offers}
    assert len(flights) == ASKED
    departs = {offer.slices[0].segments[0].segment.departing_at.minute for offer in offers}
    return departs, {offer.total.minor for offer in offers}


async def test_a_season_and_its_fares_change_at_once_for_whoever_searches(
    flown: FlightsWorld, flights_database: Database
) -> None:
    ingest = Ingest(PostgresFeeds(flights_database, reconcile), flown.clock)
    await send(ingest, FeedKind.SCHEDULE, season(0), 1)
    await send(ingest, FeedKind.FARES, fares_file(10_000, 1), 1)
    await flown.snapshots.refresh()
    seen = [await answer(flown)]

    async def reload() -> None:
        await send(ingest, FeedKind.SCHEDULE, season(5), 2)
        await send(ingest, FeedKind.FARES, fares_file(9_000, 2), 2)

    async with renewing(flown.snapshots), asyncio.timeout(60):
        loading = asyncio.create_task(reload())
        while seen[-1] != ({5}, {9_000}):
            seen.append(await answer(flown))
            await asyncio.sleep(0)
        await loading
    assert seen[0] == ({0}, {10_000})
    for departs, totals in seen:
        assert departs in ({0}, {5}), "a schedule is seen whole or not at all"
        assert totals in ({10_000}, {9_000}), "fares are seen whole or not at all"
    assert [one for one, _ in seen] == sorted((one for one, _ in seen), key=min), "never back"
