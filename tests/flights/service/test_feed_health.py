"""How feeds stand."""

from dataclasses import replace
from datetime import timedelta

import pytest

from holdfast.flights.domain.delivery import FeedKind
from holdfast.flights.service.feed_health import STALE_S, STALE_SCHEDULE_S, feed_health, health_of
from holdfast.flights.service.ingest_feed import Ingest
from tests.flights.feed_desk import NOON, MemoryFeeds, status_lines
from tests.flights.service.test_ingest_feed import NoonClock, send


@pytest.fixture
def store() -> MemoryFeeds:
    return MemoryFeeds()


async def test_a_feed_ages_from_good_to_stale(store: MemoryFeeds) -> None:
    await send(Ingest(store, NoonClock()), status_lines(1))
    [facts] = await store.facts()
    edge = NOON + timedelta(seconds=STALE_S)
    assert health_of(facts, edge).word == "good"
    late = health_of(facts, edge + timedelta(seconds=1))
    assert (late.word, late.age_s) == ("stale", STALE_S + 1)
    assert health_of(facts, NOON - timedelta(hours=1)).age_s == 0.0


async def test_a_seasons_file_stays_good_for_a_day(store: MemoryFeeds) -> None:
    await send(Ingest(store, NoonClock()), status_lines(1))
    [facts] = await store.facts()
    season = replace(facts, kind=FeedKind.SCHEDULE)
    assert health_of(season, NOON + timedelta(hours=24)).word == "good"
    assert health_of(season, NOON + timedelta(seconds=STALE_SCHEDULE_S + 1)).word == "stale"


async def test_a_rejected_and_a_held_file_are_seen(store: MemoryFeeds) -> None:
    ingest = Ingest(store, NoonClock())
    await send(ingest, b"x\n")
    assert [one.word for one in await feed_health(store, NOON)] == ["rejected"]
    await send(ingest, status_lines(1, 2, 3), 2, is_full=True)
    await send(ingest, status_lines(1), 3, is_full=True)
    assert [one.word for one in await feed_health(store, NOON, "BA")] == ["held"]
    assert await feed_health(store, NOON, "AA") == []


async def test_a_feed_of_which_nothing_was_accepted_is_empty(store: MemoryFeeds) -> None:
    ingest = Ingest(store, NoonClock())
    await send(ingest, status_lines(1, 2, 3), 1, is_full=True)
    store.last.clear()
    assert [one.word for one in await feed_health(store, NOON)] == ["empty"]
