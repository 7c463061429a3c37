"""The law of the demo's deliveries: what is due is handed in at the same door as anybody's files.

What was accepted last is asked of the store each time, so several processes that do this, or one
that was away for a night, deliver nothing twice and leave nothing out.
"""

import asyncio
from datetime import datetime

from holdfast.flights.domain.demo.network import World
from holdfast.flights.domain.demo.roster import Airline
from holdfast.flights.service.demo_feeds import DemoFile, due
from holdfast.flights.service.ingest_feed import Ingest
from holdfast.flights.service.ports.feeds import FeedStore, Outcome


class DemoDeliveries:
    """The airlines of a demo world, delivering."""

    def __init__(self, world: World, ingest: Ingest, store: FeedStore) -> None:
        self._world = world
        self._ingest = ingest
        self._store = store

    async def deliver(self, now: datetime, airlines: int | None = None) -> list[Outcome]:
        """Hand in everything that is due of all airlines, or of the first so many; what became of
        each file."""
        outcomes = []
        for airline in self._world.roster()[:airlines]:
            for file in await self._due(airline, now):
                outcomes.append(await self._ingest.ingest(file.delivery, file))
        return outcomes

    async def _due(self, airline: Airline, now: datetime) -> list[DemoFile]:
        taken = {
            each.feed: each.sequence
            for each in await self._store.facts(airline.code)
            if each.sequence is not None
        }
        return await asyncio.to_thread(lambda: list(due(self._world, airline, now, taken)))
