"""The law of the ingest answers: what became of a file, how feeds stand, what was set aside."""

from datetime import datetime
from typing import Literal, assert_never

from msgspec import Struct

from holdfast.flights.domain.delivery import (
    Accept,
    BadRecord,
    Decision,
    Delivery,
    Duplicate,
    HeldForApproval,
    Older,
    Rejected,
)
from holdfast.flights.service.feed_health import FeedHealth
from holdfast.flights.service.ports.feeds import Held, Outcome, Quarantined

Word = Literal["accepted", "duplicate", "ignored", "held", "rejected", "incomplete"]


class BadRecordShape(Struct, frozen=True):
    """A record that was set aside: its line (0: none), why, and how it begins."""

    line: int
    reason: str
    content: str

    @classmethod
    def of(cls, record: BadRecord) -> "BadRecordShape":
        return cls(record.line, record.reason, record.content)


class OutcomeShape(Struct, frozen=True):
    """What became of a file. `ignored`: a newer one was accepted before; `incomplete`: send the
    rest, from `offset` on. `records` were good, `set_aside` bad (`quarantined`: the first of them),
    `changed` is what differs now; `line` is where a rejected file is wrong (0: nowhere in
    particular)."""

    outcome: Word
    reason: str
    line: int
    delivery: int
    sequence: int
    records: int
    set_aside: int
    changed: int
    quarantined: list[BadRecordShape]
    offset: int = 0

    @classmethod
    def incomplete(cls, sequence: int, offset: int) -> "OutcomeShape":
        """So much of a file arrived."""
        return cls("incomplete", "send the rest", 0, 0, sequence, 0, 0, 0, [], offset)

    @classmethod
    def of(cls, delivery: Delivery, outcome: Outcome) -> "OutcomeShape":
        word, reason = outcome_words(outcome.decision)
        line = outcome.decision.line if isinstance(outcome.decision, Rejected) else 0
        return cls(
            outcome=word,
            reason=reason,
            line=line,
            delivery=outcome.delivery_id,
            sequence=delivery.sequence,
            records=outcome.counts.good,
            set_aside=outcome.counts.bad,
            changed=outcome.changed,
            quarantined=[BadRecordShape.of(record) for record in outcome.quarantined],
        )


def outcome_words(decision: Decision) -> tuple[Word, str]:
    """A decision in a word and a sentence."""
    match decision:
        case Accept():
            return "accepted", ""
        case Duplicate():
            return "duplicate", "this content was accepted before: nothing changed"
        case Older(newest):
            return "ignored", f"sequence {newest} was accepted before"
        case HeldForApproval(reason):
            return "held", reason
        case Rejected(reason):
            return "rejected", reason
        case _:
            assert_never(decision)


class OffsetShape(Struct, frozen=True):
    """How much of an upload is safe: go on from there."""

    offset: int


class HeldShape(Struct, frozen=True):
    """A file that waits for approval."""

    id: int
    airline: str
    feed: str
    sequence: int
    received_at: datetime
    records: int
    reason: str

    @classmethod
    def of(cls, held: Held) -> "HeldShape":
        return cls(
            id=held.id,
            airline=held.delivery.airline,
            feed=held.delivery.feed,
            sequence=held.delivery.sequence,
            received_at=held.received_at,
            records=held.records,
            reason=held.reason,
        )


class FeedShape(Struct, frozen=True):
    """How a feed stands. `age_s`: seconds since what it accepted last was made."""

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

    @classmethod
    def of(cls, health: FeedHealth) -> "FeedShape":
        facts = health.facts
        return cls(
            airline=facts.airline,
            feed=facts.feed,
            kind=facts.kind,
            health=health.word,
            sequence=facts.sequence,
            accepted_at=facts.accepted_at,
            age_s=health.age_s,
            last_received_at=facts.last_received_at,
            last_sequence=facts.last_sequence,
            last_outcome=facts.last_outcome,
            last_reason=facts.last_reason,
            records=facts.records,
            quarantined=facts.quarantined,
            held=facts.held,
        )


class SourceShape(Struct, frozen=True):
    """How fetching a source stands. `fault` is empty after a good look."""

    airline: str
    next_at: datetime | None
    looked_at: datetime | None
    failures: int
    fault: str


class FeedsShape(Struct, frozen=True):
    """All feeds, what waits for approval, and what is fetched."""

    feeds: list[FeedShape]
    held: list[HeldShape]
    sources: list[SourceShape]


class QuarantinedShape(Struct, frozen=True):
    """A record that was set aside, and of which file."""

    feed: str
    sequence: int
    received_at: datetime
    record: BadRecordShape

    @classmethod
    def of(cls, one: Quarantined) -> "QuarantinedShape":
        return cls(one.feed, one.sequence, one.received_at, BadRecordShape.of(one.record))


class QuarantineShape(Struct, frozen=True):
    """The newest records of an airline that were set aside."""

    records: list[QuarantinedShape]


class DroppedShape(Struct, frozen=True):
    """A held file was dropped."""

    id: int
    outcome: Literal["refused"] = "refused"
