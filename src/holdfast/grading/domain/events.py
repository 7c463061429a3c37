"""What goes into an engine and what comes out of it, and the limits it keeps.

PURE. The events of an attempt, each with its time, and the `Brief` determine every action: that is
what makes replay exact. Whatever drives an engine (a session, a reference client, a test, replay)
performs the actions in order and comes back with what happened.
"""

from dataclasses import dataclass

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.requests import Answer, Question, Unanswered
from holdfast.grading.domain.roster import UserId
from holdfast.grading.domain.rules import Rules
from holdfast.grading.domain.verdict import Check, Verdict
from holdfast.grading.wire.connection import Frame


@dataclass(frozen=True, slots=True)
class EngineLimits:
    """Bounds of one attempt. Over its own ones a scenario ends as infrastructure, over the peer's
    ones the attempt ends as failed, because the peer did it."""

    steps_per_event: int = 20_000
    """Awaits answered for one event: more is a loop that waits for nothing."""
    wall_s: float = 7200.0
    """No test lasts longer; the longest course test takes 20 to 30 minutes."""
    tasks: int = 64
    """Branches and backgrounds at once."""
    sent_frames: int = 2_000
    sent_bytes: int = 256 << 10
    """Of the scenario. With what is received it bounds the transcript, which must stay under 4 MiB
    to be stored."""
    entries: int = 8_000
    """Of the transcript, of every kind."""
    received_frames: int = 2_000
    """Of the peer: the busiest course test takes some hundreds."""
    received_bytes: int = 384 << 10
    """Of the peer: six texts of the greatest length; kept in memory until the end."""
    overheard: int = 200
    """Frames in the transcript that were not for the scenario."""


@dataclass(frozen=True, slots=True)
class Brief:
    """What an attempt is about. `trigger`: the frame that started it, empty without one.

    `peer` names the one `play` gets: `client` on the server's side.
    """

    test: TestId
    uid: UserId
    seed: str
    rules: Rules
    trigger: bytes = b""
    peer: str = "client"
    limits: EngineLimits = EngineLimits()


@dataclass(frozen=True, slots=True)
class Received:
    """A whole frame came; `note` says what looks odd about it, empty for nothing."""

    peer: str
    frame: Frame
    note: str = ""


@dataclass(frozen=True, slots=True)
class Undecodable:
    """Bytes came that are no frame; `explanation` says what they look like."""

    peer: str
    raw: bytes
    explanation: str


@dataclass(frozen=True, slots=True)
class Stalled:
    """A frame is unfinished while a deadline passes; tell it just before the `Tick`."""

    peer: str
    raw: bytes
    explanation: str


@dataclass(frozen=True, slots=True)
class Joined:
    """A peer is there now (for `ctx.join`)."""

    peer: str


@dataclass(frozen=True, slots=True)
class Closed:
    """The peer closed its side, or the connection was lost."""

    peer: str


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to an `Ask`."""

    ask: int
    answer: Answer | Unanswered


@dataclass(frozen=True, slots=True)
class Overheard:
    """A frame that was not for the scenario (a registration, its answer): for the transcript."""

    peer: str
    frame: Frame
    incoming: bool


@dataclass(frozen=True, slots=True)
class Abandoned:
    """Nobody can play on (the node stops): the attempt ends as infrastructure."""

    reason: str


@dataclass(frozen=True, slots=True)
class Moved:
    """The attempt goes on at another server, because its own was lost; `text` says so."""

    text: str


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed."""


@dataclass(frozen=True, slots=True)
class Cut:
    """For replay: here a step was stopped by the CPU guard; `reason` is for the teacher."""

    reason: str


Event = (
    Received
    | Undecodable
    | Stalled
    | Joined
    | Closed
    | Answered
    | Overheard
    | Abandoned
    | Cut
    | Moved
    | Tick
)


@dataclass(frozen=True, slots=True)
class Send:
    """Write these bytes to the peer, in one write."""

    peer: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Close:
    """Close the connection to the peer, after what was sent before."""

    peer: str


@dataclass(frozen=True, slots=True)
class Ask:
    """Find the answer and come back with `Answered`."""

    id: int
    question: Question


Action = Send | Close | Ask


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the attempt ended. `checks` has every promised check, unreached ones included.

    `reason` is one sentence for the student. `announcement` is the frame to send once the attempt
    is durable, empty for none. `teacher_note` may hold a traceback and is not for students.
    """

    verdict: Verdict
    reason: str
    checks: tuple[Check, ...]
    announcement: bytes = b""
    teacher_note: str = ""


@dataclass(frozen=True, slots=True)
class Reaction:
    """What an event led to: actions in order, checks as they were recorded, the next deadline.

    `wake_at` is in seconds since the attempt began, None when only events can go on. Once
    `outcome` is there, later events lead to nothing.
    """

    actions: tuple[Action, ...] = ()
    checks: tuple[Check, ...] = ()
    wake_at: float | None = None
    outcome: Outcome | None = None
