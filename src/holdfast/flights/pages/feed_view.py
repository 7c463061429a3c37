"""The law of feeds on pages: how each feed stands, what was set aside, what waits for a person.

PURE. The API's answers in, what a table shows out; ages in the units that people say them in.
"""

from datetime import datetime
from typing import Literal

from msgspec import Struct

AgeUnit = Literal["min", "h", "d"]
GOOD = "good"


class FeedAnswer(Struct, frozen=True):
    """A feed as the API tells of it."""

    airline: str
    feed: str
    kind: str
    health: str
    sequence: int | None
    accepted_at: datetime | None
    age_s: float | None
    last_received_at: datetime
    last_sequence: int
    last_outcome: str
    last_reason: str
    records: int
    quarantined: int
    held: int


class HeldAnswer(Struct, frozen=True):
    """A file that waits for approval."""

    id: int
    airline: str
    feed: str
    sequence: int
    received_at: datetime
    records: int
    reason: str


class SourceAnswer(Struct, frozen=True):
    """A place that is looked at for files."""

    airline: str
    next_at: datetime | None
    looked_at: datetime | None
    failures: int
    fault: str


class FeedsAnswer(Struct, frozen=True):
    """All feeds that somebody may see."""

    feeds: list[FeedAnswer]
    held: list[HeldAnswer]
    sources: list[SourceAnswer]


class BadRecordAnswer(Struct, frozen=True):
    """A record that was set aside: its line (0: none), why, how it begins."""

    line: int
    reason: str
    content: str


class QuarantinedAnswer(Struct, frozen=True):
    """The same, and of which file."""

    feed: str
    sequence: int
    received_at: datetime
    record: BadRecordAnswer


class QuarantineAnswer(Struct, frozen=True):
    """The newest records that were set aside."""

    records: list[QuarantinedAnswer]


class ParkedAnswer(Struct, frozen=True):
    """A price that waits for a person: what counts meanwhile, and what is asked."""

    id: int
    airline: str
    what: str
    currency: str
    accepted: str
    asked: str
    sequence: int
    parked_at: datetime
    is_on_sale: bool


class ParkedListAnswer(Struct, frozen=True):
    """All of them that fit on a page."""

    prices: list[ParkedAnswer]


class AssertionAnswer(Struct, frozen=True):
    """One thing that the auditor asserts."""

    name: str
    meaning: str
    checked: int
    wrong: int
    examples: list[str]


class AuditAnswer(Struct, frozen=True):
    """What the auditor says."""

    ok: bool
    at: datetime
    assertions: list[AssertionAnswer]


class PromiseCostAnswer(Struct, frozen=True):
    """What an airline's prices cost since the count began, of what they may cost."""

    airline: str
    currency: str
    spent: str
    budget: str | None


class PromiseAnswer(Struct, frozen=True):
    """What the price promise cost."""

    costs: list[PromiseCostAnswer]


class DoneAnswer(Struct, frozen=True):
    """That something was decided."""

    outcome: str


def age_of(seconds: float) -> tuple[int, AgeUnit]:
    """An age in the largest unit of which there are two."""
    if seconds < 7_200:
        return round(seconds / 60), "min"
    if seconds < 172_800:
        return round(seconds / 3_600), "h"
    return round(seconds / 86_400), "d"


def troubled_first(feeds: list[FeedAnswer]) -> list[FeedAnswer]:
    """Feeds that somebody should look at, then the others, each by airline and name."""
    return sorted(feeds, key=lambda one: (one.health == GOOD, one.airline, one.feed))
