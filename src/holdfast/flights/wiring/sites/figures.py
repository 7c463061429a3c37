"""The law of flights' figures: what each process has done, for its page of metrics.

Counts are plain numbers of the use cases; how fresh feeds are is asked of the store every half
minute, not by the scraper: a page costs no query.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from holdfast.errors import HoldfastError
from holdfast.flights.service.feed_health import FeedHealth, feed_health
from holdfast.flights.service.ports.feeds import FeedStore
from holdfast.flights.service.search_offers import SearchOffers
from holdfast.flights.service.snapshot import Snapshots
from holdfast.platform.runtime.clock import Clock
from holdfast.platform.runtime.logs import Log
from holdfast.platform.runtime.metrics import Page

LOOK_EVERY_S = 30.0
"""Feeds come hourly: an age that is half a minute old is good enough."""
MAX_FEEDS = 500
"""Series of single feeds; an airline has three."""

_log = Log("flights")


def write_selling(snapshots: Snapshots, search: SearchOffers, page: Page) -> None:
    """What the front door sells from, and what it did."""
    counts, age_s = search.counts, snapshots.age_s
    page.counter("holdfast_flights_searches_total", "Searches that were stored.", counts.searches)
    page.counter("holdfast_flights_offers_stored_total", "Offers that were stored.", counts.offers)
    page.counter(
        "holdfast_flights_searches_refused_total", "Searches that made no sense.", counts.refused
    )
    page.gauge(
        "holdfast_flights_timetable_age_seconds",
        "Since the store was last seen to have nothing newer; -1: never.",
        -1 if age_s is None else age_s,
    )


def write_bookings(outcomes: Counter[str], page: Page) -> None:
    """What became of calls to book."""
    page.counter(
        "holdfast_flights_bookings_total",
        "Calls to book an offer, by outcome; Order: it was booked.",
        [({"outcome": name}, count) for name, count in outcomes.items()],
    )


@dataclass(slots=True)
class Freshness:
    """How old what feeds say is, as of the last `look`."""

    store: FeedStore
    clock: Clock
    seen: Sequence[FeedHealth] = ()
    seen_at: float = field(default=0.0)

    async def run(self) -> None:
        """Look again and again; when the store fails, the ages of before go on."""
        while True:
            try:
                await self.look()
            except HoldfastError as error:
                _log.warning("feeds_not_looked_at", why=str(error))
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Ask the store; raises what it raises."""
        self.seen = await feed_health(self.store, self.clock.wall())
        self.seen_at = self.clock.monotonic()

    def write(self, page: Page) -> None:
        """The figures of each feed, the first `MAX_FEEDS` of them."""
        since_s = self.clock.monotonic() - self.seen_at if self.seen else 0.0
        shown = self.seen[:MAX_FEEDS]
        page.gauge("holdfast_flights_feeds", "Feeds that ever delivered.", len(self.seen))
        page.gauge(
            "holdfast_flights_feed_age_seconds",
            "Since what a feed says was made.",
            [(_labels(one), one.age_s + since_s) for one in shown if one.age_s is not None],
        )
        page.gauge(
            "holdfast_flights_feed_good",
            "1 while nobody has to look at a feed.",
            [(_labels(one), int(one.word == "good")) for one in shown],
        )


def _labels(one: FeedHealth) -> dict[str, str]:
    return {"airline": one.facts.airline, "feed": one.facts.feed}
