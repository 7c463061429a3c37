"""The port of feeds: one transaction for each file that came, and what operators ask about them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from holdfast.flights.domain.delivery import (
    BadRecord,
    Counts,
    Decision,
    Delivery,
    FeedKind,
    Policy,
    Rejected,
)
from holdfast.flights.service.feed_content import Content

MAX_QUARANTINED = 1_000
"""Records set aside that are kept of one delivery: more than anybody reads."""


class FeedFile(Protocol):
    """The plain content of a file, which may be read several times."""

    def chunks(self) -> Iterator[bytes]:
        """The content from its beginning, in pieces of some hundred kB."""


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file that was read: its content (None when it has a fault), counts, bad records."""

    content: Content | None
    counts: Counts
    bad: Sequence[BadRecord] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a delivery. `changed`: legs, fares or statuses that are different now;
    `quarantined`: the records that were set aside, at most `MAX_QUARANTINED`."""

    delivery_id: int
    decision: Decision
    counts: Counts
    changed: int = 0
    quarantined: Sequence[BadRecord] = ()


@dataclass(frozen=True, slots=True)
class Held:
    """A file that waits for a person."""

    id: int
    delivery: Delivery
    received_at: datetime
    records: int
    reason: str


@dataclass(frozen=True, slots=True)
class FeedFacts:
    """One feed as it stands: what was accepted last, and the newest delivery of any outcome."""

    airline: str
    feed: str
    kind: FeedKind
    sequence: int | None
    accepted_at: datetime | None
    produced_at: datetime | None
    last_received_at: datetime
    last_sequence: int
    last_outcome: str
    last_reason: str
    records: int
    quarantined: int
    held: int


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A record that was set aside, and of which file."""

    delivery_id: int
    feed: str
    sequence: int
    received_at: datetime
    record: BadRecord


class FeedStore(Protocol):
    """Files in, facts out."""

    async def note(self, delivery: Delivery, fault: Rejected | None) -> Outcome | None:
        """Write down what the envelope alone decides (`delivery.foreknown`), or that it has a
        `fault`; None, and nothing written, when the file must be read."""

    async def deliver(
        self, delivery: Delivery, read: ReadFile, policy: Policy, file: FeedFile
    ) -> Outcome:
        """Judge and, if it is accepted, apply the file: all of it in one transaction or nothing."""

    async def held(self, airline: str | None = None) -> Sequence[Held]:
        """The files that wait for a person, oldest first."""

    async def held_file(self, id: int) -> tuple[Held, FeedFile] | None:  # noqa: A002
        """One of them with its content; None when it does not wait (any more)."""

    async def approve(self, held: Held, read: ReadFile, policy: Policy, by: str) -> Outcome | None:
        """Apply a held file; None when somebody else decided first."""

    async def refuse(self, id: int, by: str) -> bool:  # noqa: A002
        """Drop a held file; False when it does not wait (any more)."""

    async def facts(self, airline: str | None = None) -> Sequence[FeedFacts]:
        """All feeds that ever delivered, or an airline's."""

    async def quarantined(self, airline: str, limit: int) -> Sequence[Quarantined]:
        """The newest records of an airline that were set aside."""
