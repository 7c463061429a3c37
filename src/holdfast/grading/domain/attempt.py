"""An attempt: one run of one test by one student, opened when it starts, closed with its verdict.

PURE. An attempt is durable twice: when it is opened (so that a lost node leaves a trace) and when
it is closed (so that a verdict is only announced once nobody can take it back).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import NewType

from holdfast.grading.domain.roster import Source, UserId
from holdfast.grading.domain.verdict import Check, CheckState, Verdict

AttemptId = NewType("AttemptId", str)
"""32 lower-case hex digits (a UUID without dashes); chosen by the node, so a retry is harmless."""

TestId = NewType("TestId", str)
"""The id of a test as teachers write it, for example `2024-a1-t2` or `seed-user-id`."""


@dataclass(frozen=True, slots=True)
class OpenedAttempt:
    """An attempt that has begun. `incarnation` is the node process that runs it.

    `moves`: how often it went on at another node because its own was lost. `is_practice`: it was
    begun in practice mode, and never counts.
    """

    id: AttemptId
    uid: UserId
    test: TestId
    seed: str
    source: Source
    node: str
    incarnation: str
    started_at: datetime
    moves: int = 0
    is_practice: bool = False


@dataclass(frozen=True, slots=True)
class ClosedAttempt:
    """An attempt with its verdict. `transcript` is the encoded transcript (see `transcript`).

    `reason` is one sentence for the student; `teacher_note` may hold a traceback and is never shown
    to students. It carries its opening, so that closing alone is enough to record it.
    """

    opened: OpenedAttempt
    ended_at: datetime
    verdict: Verdict
    reason: str
    checks: tuple[Check, ...]
    transcript: bytes
    teacher_note: str = ""

    @property
    def points(self) -> int:
        return sum(check.points for check in self.checks if check.state is CheckState.PASS)


@dataclass(frozen=True, slots=True)
class Receipt:
    """The store's answer to a closed attempt: it is durable. `best` says it is now the best one.

    `verdict` is what the store holds for this attempt, whoever closed it first.
    """

    id: AttemptId
    verdict: Verdict
    best: bool


@dataclass(frozen=True, slots=True)
class Incident:
    """Something worth telling that is no attempt: garbled bytes, an unknown id, a refused test."""

    happened_at: datetime
    kind: str
    detail: str
    source: Source
    node: str
    listener_port: int
    uid: int | None = None
    raw: bytes = b""


@dataclass(frozen=True, slots=True)
class ToldRow:
    """A line of a running attempt's conversation; see `live_row`. `line` is its entry as JSON."""

    number: int
    place: int
    size: int
    line: str


@dataclass(frozen=True, slots=True)
class Progress:
    """What there is to tell of a running attempt.

    `checks`: all that it has recorded so far, empty when none is new. `rows`: lines of its
    conversation that are new. `entries`: how many entries its transcript has now (rows at or
    beyond are another node's, which was lost); 0 when no rows come.
    """

    attempt: AttemptId
    checks: tuple[Check, ...] = ()
    rows: tuple[ToldRow, ...] = ()
    entries: int = 0


@dataclass(frozen=True, slots=True)
class NodeBeat:
    """A node's sign of life towards the store. Attempts of a silent incarnation are closed.

    `progress`: checks and conversations of attempts that go on, for whoever watches; nothing that
    counts hangs on it.
    """

    node: str
    incarnation: str
    running: int
    progress: tuple[Progress, ...] = ()
