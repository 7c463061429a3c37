"""The law of a delivery: what comes with a feed's file, and whether the file is taken.

A feed is one stream of files of one airline and one kind, numbered by the airline. The decision
looks at what was accepted last and at counts, never at records, so it is the same whether the file
came by push or by fetch, for the first or the tenth time. (flights-rules, section 1.)
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class FeedKind(StrEnum):
    """What a feed tells of."""

    SCHEDULE = "schedule"
    SCHEDULE_CHANGE = "schedule_change"
    FARES = "fares"
    STATUS = "status"


class FeedFormat(StrEnum):
    """How its files are written."""

    SSIM = "ssim"
    SSM = "ssm"
    AIDX = "aidx"
    JSONL = "jsonl"
    CSV = "csv"


FORMATS: dict[FeedKind, tuple[FeedFormat, ...]] = {
    FeedKind.SCHEDULE: (FeedFormat.SSIM,),
    FeedKind.SCHEDULE_CHANGE: (FeedFormat.SSM,),
    FeedKind.FARES: (FeedFormat.JSONL, FeedFormat.CSV),
    FeedKind.STATUS: (FeedFormat.AIDX, FeedFormat.JSONL),
}
"""The formats in which each kind may come."""

MAX_SEQUENCE = (1 << 63) - 1
"""Sequences are positive and fit the database's bigint; a date like 20261201120000 does."""
MAX_NAME_CHARS = 40
"""Of a feed's name."""
_NAME_CHARS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_")
_AIRLINE_CHARS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")


@dataclass(frozen=True, slots=True)
class Delivery:
    """The envelope of one file. `sha256` (32 bytes) is of the file's plain content, never of a
    compressed form; `declared`: how many records the sender says are in it, None when unsaid."""

    airline: str
    feed: str
    kind: FeedKind
    format: FeedFormat
    sequence: int
    produced_at: datetime
    is_full: bool
    sha256: bytes
    size_bytes: int
    declared: int | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """What a feed accepted last: the newest file, and the records of its newest full file."""

    kind: FeedKind
    sequence: int
    sha256: bytes
    full_records: int = 0


@dataclass(frozen=True, slots=True)
class BadRecord:
    """A record that is set aside: where it stands, why, and its beginning for a person to see.

    `line` counts from 1; 0 means that the record has no line of its own.
    """

    line: int
    reason: str
    content: str = ""


@dataclass(frozen=True, slots=True)
class Counts:
    """What reading the file came to: `good` records, `bad` ones, and `fault` when the file as a
    whole cannot be trusted (truncated, wrong trailer, not of this format)."""

    good: int
    bad: int
    fault: BadRecord | None = None

    @property
    def all(self) -> int:
        return self.good + self.bad


@dataclass(frozen=True, slots=True)
class Policy:
    """What a feed forgives. `shrink_percent`: a full file may have so many records less than the
    one before; `quarantine_percent`: so many of its records may be bad; `few_records`: but this
    number always may, so that one bad line of ten does not stop a small feed. `is_approved`: a
    person has looked at the file, so shrinking is meant."""

    shrink_percent: float = 30.0
    quarantine_percent: float = 5.0
    few_records: int = 3
    is_approved: bool = False


@dataclass(frozen=True, slots=True)
class Accept:
    """Apply the file."""


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The content is what was accepted last: nothing is to be done."""


@dataclass(frozen=True, slots=True)
class Older:
    """A newer file (`newest`) was accepted already: this one is ignored."""

    newest: int


@dataclass(frozen=True, slots=True)
class Rejected:
    """Nothing of the file is taken. `line` names the place when it is one, else 0."""

    reason: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class HeldForApproval:
    """The file is right in itself but a person must say that it is meant."""

    reason: str


Decision = Accept | Duplicate | Older | Rejected | HeldForApproval


def judge(last: Taken | None, delivery: Delivery, counts: Counts, policy: Policy) -> Decision:
    """Whether `delivery` is taken, given what its feed accepted before (None: nothing yet)."""
    known = foreknown(last, delivery)
    if known is not None:
        return known
    if counts.fault is not None:
        return Rejected(counts.fault.reason, counts.fault.line)
    if delivery.declared is not None and delivery.declared != counts.all:
        return Rejected(f"{delivery.declared} records were declared, {counts.all} are there")
    if counts.bad > _forgiven(counts.all, policy):
        return Rejected(
            f"{counts.bad} of {counts.all} records are bad, more than "
            f"{policy.quarantine_percent:g} %"
        )
    if counts.good == 0 and delivery.is_full:
        return Rejected("a full file without a single record would empty the feed")
    return _guarded(last, delivery, counts, policy)


def foreknown(last: Taken | None, delivery: Delivery) -> Duplicate | Older | Rejected | None:
    """What is decided without reading the file; None when it must be read."""
    if delivery.format not in FORMATS[delivery.kind]:
        return Rejected(f"a {delivery.kind} feed does not come as {delivery.format}")
    if last is None:
        return None
    if last.kind is not delivery.kind:
        return Rejected(f"the feed {delivery.feed} is of kind {last.kind}, not {delivery.kind}")
    if delivery.sequence < last.sequence:
        return Older(last.sequence)
    if delivery.sha256 == last.sha256:
        return Duplicate()
    if delivery.sequence == last.sequence:
        return Rejected(f"sequence {last.sequence} was accepted with other content")
    return None


def _guarded(
    last: Taken | None, delivery: Delivery, counts: Counts, policy: Policy
) -> Accept | HeldForApproval:
    """The shrink guard."""
    if not delivery.is_full or last is None or policy.is_approved:
        return Accept()
    least = last.full_records * (100 - policy.shrink_percent) / 100
    if counts.good >= least:
        return Accept()
    return HeldForApproval(
        f"{counts.good} records instead of {last.full_records}: "
        f"more than {policy.shrink_percent:g} % less"
    )


def _forgiven(records: int, policy: Policy) -> float:
    """How many bad records are set aside instead of stopping the file: never all of them."""
    few = min(policy.few_records, records - 1)
    return max(few, records * policy.quarantine_percent / 100)


def is_airline(text: str) -> bool:
    """An IATA designator, as feeds and tokens name airlines: `BA`, `4U`."""
    return len(text) in (2, 3) and _AIRLINE_CHARS.issuperset(text) and not text.isdigit()


def is_feed_name(text: str) -> bool:
    """Lower-case letters, digits, `-` and `_`: it becomes part of file names."""
    return 0 < len(text) <= MAX_NAME_CHARS and _NAME_CHARS.issuperset(text)
