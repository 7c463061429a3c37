"""The law of a feed's health: how old what it says is, and whether somebody should look at it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from holdfast.flights.domain.delivery import FeedKind
from holdfast.flights.service.ports.feeds import FeedFacts, FeedStore

STALE_S = 3 * 3600.0
"""Feeds come hourly: one that misses three in a row is stale."""
STALE_SCHEDULE_S = 36 * 3600.0
"""A season's file comes once a day: the hour of it may move by half a day."""
Word = Literal["good", "stale", "held", "rejected", "empty"]


@dataclass(frozen=True, slots=True)
class FeedHealth:
    """A feed, and how it is: `held` and `rejected` tell of the newest file, `empty` never accepted
    any. `age_s`: since what was accepted last was made, None without any."""

    facts: FeedFacts
    age_s: float | None
    word: Word


async def feed_health(
    store: FeedStore, now: datetime, airline: str | None = None
) -> Sequence[FeedHealth]:
    """The health of all feeds that ever delivered, or of an airline's."""
    return [health_of(facts, now) for facts in await store.facts(airline)]


def health_of(facts: FeedFacts, now: datetime) -> FeedHealth:
    """The health of one feed."""
    age_s = None
    if facts.produced_at is not None:
        age_s = max(0.0, (now - facts.produced_at).total_seconds())
    return FeedHealth(facts, age_s, _word(facts, age_s))


def _word(facts: FeedFacts, age_s: float | None) -> Word:
    if facts.held:
        return "held"
    if facts.last_outcome == "rejected":
        return "rejected"
    if age_s is None:
        return "empty"
    limit_s = STALE_SCHEDULE_S if facts.kind is FeedKind.SCHEDULE else STALE_S
    return "stale" if age_s > limit_s else "good"
