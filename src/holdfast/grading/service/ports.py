"""Ports of grading: what its use cases ask of the world, as two small doors.

`Ledger` is what a node needs (implemented by memory, postgres and remote); `Results` is what
readers need (memory and postgres); each has one contract suite. Every method says what it
guarantees. Raises `DefiniteError` when nothing happened and `IndefiniteError` when it may have;
all `Ledger` calls are idempotent, so a node may retry either.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from holdfast.errors import DefiniteError
from holdfast.grading.domain.attempt import (
    AttemptId,
    ClosedAttempt,
    Incident,
    NodeBeat,
    OpenedAttempt,
    Receipt,
    TestId,
)
from holdfast.grading.domain.lease import Lease, Registration, RegistrationAnswer
from holdfast.grading.domain.live_row import LiveRow
from holdfast.grading.domain.roster import Identification, Source, User, UserId
from holdfast.grading.domain.standings import BestResult, Row
from holdfast.grading.domain.verdict import Check, Verdict


class Refused(DefiniteError):
    """The store understood and said no (nobody has this id): asking again changes nothing."""


class Ledger(Protocol):
    """The node's door: who is this, what lease is held, write this attempt down for good."""

    async def identify(self, uid: int, source: Source) -> Identification:
        """Who the id is, and whether `source` may act for them (the course's identity mode)."""

    async def register(self, registration: Registration) -> RegistrationAnswer:
        """Grant or renew the user's lease. A repeated `request_id` gets the first answer again."""

    async def lease_of(self, uid: UserId) -> Lease | None:
        """The user's last lease, active or not; None if they never registered."""

    async def leases_from(self, host: str) -> Sequence[Lease]:
        """Active leases registered from this address, newest registration first (at most 100)."""

    async def open_attempt(self, opened: OpenedAttempt) -> None:
        """Returns once the opening is durable. Opening twice is opening once; with more `moves`
        than before it goes on at the node that says so."""

    async def close_attempt(self, closed: ClosedAttempt) -> Receipt:
        """Returns once verdict and transcript are durable. The first close by a node wins.

        `Refused` when the attempt goes on at another node: only that one may close it."""

    async def report_incident(self, incident: Incident) -> None:
        """Write the incident down; it may be dropped under overload."""

    async def beat(self, beat: NodeBeat) -> None:
        """The node is alive: its running attempts stay open."""

    async def practice(self) -> bool:
        """Whether the course is in practice mode now."""


@dataclass(frozen=True, slots=True)
class AttemptSummary:
    """A line of a student's attempt list. `verdict` and `ended_at` are None while it runs."""

    id: AttemptId
    uid: UserId
    test: TestId
    verdict: Verdict | None
    checks: tuple[Check, ...]
    reason: str
    started_at: datetime
    ended_at: datetime | None
    node: str
    source: Source
    is_practice: bool = False


@dataclass(frozen=True, slots=True)
class AttemptRecord:
    """An attempt with its transcript (encoded, empty while it runs) and seed.

    `rows`: what its node has told of the conversation so far, by number, while there is no
    transcript; lines may be missing in it.
    """

    summary: AttemptSummary
    seed: str
    transcript: bytes
    teacher_note: str
    rows: tuple[LiveRow, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What a roster import did. Nothing is removed by an import."""

    added: int
    renamed: int
    unchanged: int


class Results(Protocol):
    """The readers' door: roster, standings and attempts; and the teacher's roster import."""

    async def users(self) -> Sequence[User]:
        """The whole roster by uid."""

    async def user(self, uid: int) -> User | None:
        """One student, or None."""

    async def online(self) -> Sequence[User]:
        """Students with an active lease or a running attempt, by uid."""

    async def best_results(self, uid: int | None = None) -> Sequence[BestResult]:
        """Best counted results of one student or of all, by uid and test."""

    async def standings(self, uids: Collection[int] | None = None) -> Sequence[Row]:
        """The class grid: all students, or only these, by uid; cells for attempted tests."""

    async def attempts(
        self, uid: int, limit: int, before: AttemptId | None = None
    ) -> Sequence[AttemptSummary]:
        """A student's attempts, newest first, those older than `before` when it is given."""

    async def attempt(self, attempt: str) -> AttemptRecord | None:
        """One attempt with transcript, or None."""

    async def incidents(self, uid: int | None, limit: int) -> Sequence[Incident]:
        """Newest incidents of one student, or of everybody."""

    async def import_roster(self, users: Sequence[User]) -> ImportReport:
        """Add or rename all of them in one transaction."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A student's hold on an id from one address; `token_hash`: the token it was made with."""

    uid: UserId
    host: str
    token_hash: bytes


class Claims(Protocol):
    """The door of identity mode `claimed`: from which addresses a student may be graded."""

    async def claim(self, claim: Claim, for_s: float) -> datetime | None:
        """Hold the id from that address for `for_s` seconds; until when, None if nobody has the id.

        Claiming again renews; the oldest of more than 8 addresses of a student is let go.
        """

    async def claims_of(self, uid: UserId) -> Sequence[tuple[str, datetime]]:
        """The addresses that may act for the student now and until when, newest first."""


class Upkeep(Protocol):
    """The store's own housekeeping, done by the results API. Two processes may do it at once."""

    async def reap(self, silence_s: float) -> int:
        """Close attempts of incarnations silent for `silence_s`, provisionally; how many."""

    async def prune(self) -> None:
        """Forget what has only a bounded life: old incidents, answers, claims, silent nodes."""

    async def clear_rows(self) -> None:
        """Forget rows of conversations that have a transcript now."""

    async def ping(self) -> None:
        """Return when the store answers."""


@dataclass(frozen=True, slots=True)
class Change:
    """An attempt has begun (`verdict` is None) or ended: what live pages are told."""

    attempt: AttemptId
    uid: UserId
    test: TestId
    verdict: Verdict | None


@dataclass(frozen=True, slots=True)
class Spoke:
    """There are new lines of a running attempt's conversation, for whoever looks at that one."""

    attempt: AttemptId
    uid: UserId
