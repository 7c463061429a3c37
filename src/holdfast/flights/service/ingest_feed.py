"""The law of ingesting: a file is read whole, judged, then applied in one transaction or not.

Reading is work for the processor, so it happens in a thread, a few files at a time; whoever serves
or fetches meanwhile goes on. What the envelope alone decides is decided before reading.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from holdfast.flights.domain.delivery import (
    Counts,
    Decision,
    Delivery,
    Policy,
    Rejected,
    is_airline,
    is_feed_name,
)
from holdfast.flights.service.ports.feeds import FeedFile, FeedStore, Outcome, ReadFile
from holdfast.flights.service.read_feed import read_feed
from holdfast.platform.runtime.clock import Clock
from holdfast.platform.runtime.logs import Log

MAX_READERS = 1
"""Files read at the same time: a file of 200 MB takes up to a GB while it is read."""
CLOCK_SKEW = timedelta(hours=1)
"""A file may say that it was made so much later than now; beyond, a clock is wrong."""
_log = Log("feeds")


@dataclass(frozen=True, slots=True)
class Policies:
    """What feeds forgive: the usual policy, and those of single feeds by `airline.feed`."""

    usual: Policy = field(default_factory=Policy)
    of_feeds: Mapping[str, Policy] = field(default_factory=dict)

    def of(self, delivery: Delivery) -> Policy:
        """The policy for this delivery."""
        return self.of_feeds.get(f"{delivery.airline}.{delivery.feed}", self.usual)


class Ingest:
    """Takes files in, and carries out what a person decides about held ones."""

    def __init__(self, store: FeedStore, clock: Clock, policies: Policies = Policies()) -> None:
        self._store = store
        self._clock = clock
        self._policies = policies
        self._readers = asyncio.Semaphore(MAX_READERS)

    async def ingest(self, delivery: Delivery, file: FeedFile) -> Outcome:
        """What becomes of a file. Raises only what the store raises; then nothing was applied."""
        known = await self._store.note(delivery, self._fault(delivery))
        if known is not None:
            return _told(delivery, known)
        read = await self._read(delivery, file)
        policy = self._policies.of(delivery)
        return _told(delivery, await self._store.deliver(delivery, read, policy, file))

    async def approve(self, id: int, by: str) -> Outcome | None:  # noqa: A002
        """Apply a held file after all, unless something newer was accepted; None: it does not
        wait (any more)."""
        found = await self._store.held_file(id)
        if found is None:
            return None
        held, file = found
        read = await self._read(held.delivery, file)
        policy = replace(self._policies.of(held.delivery), is_approved=True)
        outcome = await self._store.approve(held, read, policy, by)
        return None if outcome is None else _told(held.delivery, outcome)

    async def refuse(self, id: int, by: str) -> bool:  # noqa: A002
        """Drop a held file; False: it does not wait (any more)."""
        return await self._store.refuse(id, by)

    async def _read(self, delivery: Delivery, file: FeedFile) -> ReadFile:
        async with self._readers:
            return await asyncio.to_thread(read_feed, delivery, file)

    def _fault(self, delivery: Delivery) -> Rejected | None:
        if not (is_airline(delivery.airline) and is_feed_name(delivery.feed)):
            return Rejected("the names of airline and feed are not valid")
        if delivery.produced_at > self._clock.wall() + CLOCK_SKEW:
            moment = delivery.produced_at.isoformat()
            return Rejected(f"it says that it was made at {moment}, which is still to come")
        return None


def _told(delivery: Delivery, outcome: Outcome) -> Outcome:
    decision: Decision = outcome.decision
    counts: Counts = outcome.counts
    _log.info(
        "delivery",
        airline=delivery.airline,
        feed=delivery.feed,
        sequence=delivery.sequence,
        outcome=type(decision).__name__,
        good=counts.good,
        bad=counts.bad,
        changed=outcome.changed,
        why=getattr(decision, "reason", ""),
    )
    return outcome
