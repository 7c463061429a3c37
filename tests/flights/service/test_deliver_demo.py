"""The demo's airlines hand in what is due, and after a pause what is due then."""

from datetime import UTC, datetime, timedelta

import pytest

from holdfast.flights.service.deliver_demo import DemoDeliveries
from holdfast.flights.service.ingest_feed import Ingest
from holdfast.flights.store.disruptions import reconcile
from holdfast.flights.store.feeds import PostgresFeeds
from holdfast.platform.data.database import Database
from tests.flights.domain.demo.worlds import world

NOW = datetime(2026, 11, 26, 19, 7, tzinfo=UTC)


class Clock:
    """A clock that stands."""

    def wall(self) -> datetime:
        return NOW + timedelta(days=2)

    def monotonic(self) -> float:
        return 0.0


@pytest.fixture
def deliveries(flights_database: Database) -> DemoDeliveries:
    """Two airlines on a database of the test's own."""
    store = PostgresFeeds(flights_database, reconcile)
    return DemoDeliveries(world(airlines=2, spokes=1), Ingest(store, Clock()), store)


async def test_everything_is_accepted_once(deliveries: DemoDeliveries) -> None:
    outcomes = await deliveries.deliver(NOW)
    assert [type(one.decision).__name__ for one in outcomes] == ["Accept"] * 6
    assert all(one.counts.bad == 0 for one in outcomes)
    assert await deliveries.deliver(NOW) == []


async def test_some_airlines_may_come_first(deliveries: DemoDeliveries) -> None:
    assert len(await deliveries.deliver(NOW, 1)) == 3
    assert len(await deliveries.deliver(NOW)) == 3


async def test_the_next_hour_changes_a_little(deliveries: DemoDeliveries) -> None:
    first = await deliveries.deliver(NOW)
    outcomes = await deliveries.deliver(NOW + timedelta(hours=1))
    assert {type(one.decision).__name__ for one in outcomes} == {"Accept"}
    assert sum(one.counts.good for one in outcomes) < sum(one.counts.good for one in first) / 5


async def test_after_a_night_everything_is_as_if_nothing_had_been(
    deliveries: DemoDeliveries,
) -> None:
    await deliveries.deliver(NOW)
    outcomes = await deliveries.deliver(NOW + timedelta(hours=12))
    assert {type(one.decision).__name__ for one in outcomes} == {"Accept"}
    assert await deliveries.deliver(NOW + timedelta(hours=12)) == []
