"""A feed store in memory, files in memory, and envelopes for tests of what stands on them."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from holdfast.flights.domain.delivery import (
    Accept,
    Counts,
    Decision,
    Delivery,
    Duplicate,
    FeedFormat,
    FeedKind,
    HeldForApproval,
    Policy,
    Rejected,
    Taken,
    foreknown,
    judge,
)
from holdfast.flights.service.feed_content import Content
from holdfast.flights.service.ports.feeds import (
    FeedFacts,
    FeedFile,
    Held,
    Outcome,
    Quarantined,
    ReadFile,
)

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
LINE = (
    b'{"carrier":"BA","number":%d,"date":"2026-12-01","board":"LHR","off":"JFK",'
    b'"told_at":"2026-11-26T05:00:00Z","departure":{"gate":"C57"}}\n'
)


def status_lines(*numbers: int) -> bytes:
    """A native status file with an update of each of these flights."""
    return b"".join(LINE % number for number in numbers)


@dataclass(frozen=True)
class MemoryFile:
    """A `FeedFile`."""

    data: bytes

    def chunks(self) -> Iterator[bytes]:
        for start in range(0, len(self.data), 1000):
            yield self.data[start : start + 1000]


def delivery_of(data: bytes, sequence: int = 1, **other: object) -> Delivery:
    """The envelope of a native status file."""
    usual = Delivery(
        airline="BA",
        feed="ops",
        kind=FeedKind.STATUS,
        format=FeedFormat.JSONL,
        sequence=sequence,
        produced_at=NOON,
        is_full=False,
        sha256=hashlib.sha256(data).digest(),
        size_bytes=len(data),
    )
    return replace(usual, **other)  # type: ignore[arg-type]


@dataclass
class MemoryFeeds:
    """`FeedStore` that applies nothing and remembers everything."""

    last: dict[tuple[str, str], Taken] = field(default_factory=dict)
    applied: list[tuple[Delivery, Content]] = field(default_factory=list)
    outcomes: list[tuple[Delivery, Outcome]] = field(default_factory=list)
    waiting: dict[int, tuple[Held, FeedFile]] = field(default_factory=dict)
    decided_by: list[str] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)

    async def note(self, delivery: Delivery, fault: Rejected | None) -> Outcome | None:
        if self.errors:
            raise self.errors.pop()
        decision = fault or foreknown(self._last(delivery), delivery)
        return None if decision is None else self._keep(delivery, decision, ReadFile(None, NONE))

    async def deliver(
        self, delivery: Delivery, read: ReadFile, policy: Policy, file: FeedFile
    ) -> Outcome:
        decision = judge(self._last(delivery), delivery, read.counts, policy)
        outcome = self._keep(delivery, decision, read)
        if isinstance(decision, HeldForApproval):
            held = Held(outcome.delivery_id, delivery, NOON, read.counts.good, decision.reason)
            self.waiting[held.id] = (held, MemoryFile(b"".join(file.chunks())))
        return outcome

    async def held(self, airline: str | None = None) -> Sequence[Held]:
        return [
            held for held, _ in self.waiting.values() if airline in (None, held.delivery.airline)
        ]

    async def held_file(self, id: int) -> tuple[Held, FeedFile] | None:  # noqa: A002
        return self.waiting.get(id)

    async def approve(self, held: Held, read: ReadFile, policy: Policy, by: str) -> Outcome | None:
        if self.waiting.pop(held.id, None) is None:
            return None
        self.decided_by.append(by)
        decision = judge(self._last(held.delivery), held.delivery, read.counts, policy)
        return self._keep(held.delivery, decision, read)

    async def refuse(self, id: int, by: str) -> bool:  # noqa: A002
        self.decided_by.append(by)
        return self.waiting.pop(id, None) is not None

    async def facts(self, airline: str | None = None) -> Sequence[FeedFacts]:
        newest = {
            (delivery.airline, delivery.feed): (delivery, outcome)
            for delivery, outcome in self.outcomes
            if airline in (None, delivery.airline)
        }
        return [self._facts(*one) for one in newest.values()]

    async def quarantined(self, airline: str, limit: int) -> Sequence[Quarantined]:
        return [
            Quarantined(outcome.delivery_id, delivery.feed, delivery.sequence, NOON, record)
            for delivery, outcome in self.outcomes
            if delivery.airline == airline
            for record in outcome.quarantined
        ][:limit]

    def words(self) -> list[str]:
        """The decisions so far."""
        return [type(outcome.decision).__name__ for _, outcome in self.outcomes]

    def _last(self, delivery: Delivery) -> Taken | None:
        return self.last.get((delivery.airline, delivery.feed))

    def _keep(self, delivery: Delivery, decision: Decision, read: ReadFile) -> Outcome:
        last = self._last(delivery)
        full = last.full_records if last else 0
        if isinstance(decision, Accept):
            assert read.content is not None
            self.applied.append((delivery, read.content))
            full = read.counts.good if delivery.is_full else full
        if isinstance(decision, Accept | Duplicate):
            taken = Taken(delivery.kind, delivery.sequence, delivery.sha256, full)
            self.last[delivery.airline, delivery.feed] = taken
        outcome = Outcome(len(self.outcomes) + 1, decision, read.counts, 0, read.bad)
        self.outcomes.append((delivery, outcome))
        return outcome

    def _facts(self, delivery: Delivery, outcome: Outcome) -> FeedFacts:
        last = self._last(delivery)
        return FeedFacts(
            airline=delivery.airline,
            feed=delivery.feed,
            kind=delivery.kind,
            sequence=last.sequence if last else None,
            accepted_at=NOON if last else None,
            produced_at=NOON if last else None,
            last_received_at=NOON,
            last_sequence=delivery.sequence,
            last_outcome=type(outcome.decision).__name__.lower(),
            last_reason=getattr(outcome.decision, "reason", ""),
            records=last.full_records if last else 0,
            quarantined=outcome.counts.bad,
            held=len(self.waiting),
        )


NONE = Counts(0, 0)
