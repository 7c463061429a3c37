"""Flights' figures: what was sold from what, and how fresh feeds are without a query a scrape."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

from holdfast.flights.domain.delivery import FeedKind
from holdfast.flights.service.ports.feeds import FeedFacts
from holdfast.flights.service.search_offers import SearchCounts
from holdfast.flights.wiring.sites.figures import Freshness, write_bookings, write_selling
from holdfast.platform.runtime.metrics import Page
from tests.support.metrics_page import read_metrics

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)


class Clock:
    """Stands still unless it is moved."""

    def __init__(self) -> None:
        self.passed_s = 0.0

    def wall(self) -> datetime:
        return NOW + timedelta(seconds=self.passed_s)

    def monotonic(self) -> float:
        return self.passed_s


class Feeds:
    """A store with one feed, whose last file was made ten minutes ago."""

    async def facts(self, airline: str | None = None) -> Sequence[FeedFacts]:
        made = NOW - timedelta(minutes=10)
        return [
            FeedFacts(
                airline="LH",
                feed="fares",
                kind=FeedKind.FARES,
                sequence=1,
                accepted_at=made,
                produced_at=made,
                last_received_at=made,
                last_sequence=1,
                last_outcome="accepted",
                last_reason="",
                records=1,
                quarantined=0,
                held=0,
            )
        ]


def test_the_front_door_tells_how_old_what_it_sells_from_is() -> None:
    search: Any = SimpleNamespace(counts=SearchCounts(3, 12, 1))
    page = Page()
    write_selling(cast(Any, SimpleNamespace(age_s=None)), search, page)
    found = {name: value for (name, _), value in read_metrics(page.text).items()}
    assert found["holdfast_flights_offers_stored_total"] == 12
    assert found["holdfast_flights_timetable_age_seconds"] == -1


def test_bookings_are_told_by_what_became_of_them() -> None:
    page = Page()
    write_bookings(Counter({"Order": 4, "SoldOut": 1}), page)
    assert 'holdfast_flights_bookings_total{outcome="SoldOut"} 1\n' in page.text


async def test_a_feed_ages_between_two_looks() -> None:
    clock = Clock()
    freshness = Freshness(cast(Any, Feeds()), clock)
    await freshness.look()
    clock.passed_s = 20.0
    page = Page()
    freshness.write(page)
    found = read_metrics(page.text)
    labels = frozenset({("airline", "LH"), ("feed", "fares")})
    assert found["holdfast_flights_feed_age_seconds", labels] == 620
    assert found["holdfast_flights_feed_good", labels] == 1
