"""What a scenario may await, as data, and the exceptions that end or turn it.

PURE. Every awaitable of the scenario language ends in `perform(request)`: the coroutine yields the
request to the engine, which answers when it can. So a scenario can await nothing else, and the
engine needs no event loop. Scenario authors use `scenario`; this file is for the engine.
"""

import types
from collections.abc import Coroutine, Generator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from holdfast.grading.domain.lease import Lease
from holdfast.grading.domain.roster import UserId
from holdfast.grading.domain.templates import Difference, Like
from holdfast.grading.wire.message import Message


class Diverged(Exception):
    """The peer did not do what the scenario expects. `hint` is the sentence for the student.

    `entry` is the index of the transcript entry where it shows, None for "where we are now";
    `difference` is what differs in the message there, None when it is not about a message.
    """

    def __init__(
        self, hint: str, entry: int | None = None, difference: Difference | None = None
    ) -> None:
        super().__init__(hint)
        self.hint = hint
        self.entry = entry
        self.difference = difference


class Stopped(Exception):
    """A `require` was not met: the scenario ends here, its check has failed already."""


class Undecided(Exception):
    """The scenario itself says that this attempt proves nothing: a free retry."""


class Unanswerable(Exception):
    """A question could not be answered: our fault, never the student's."""


class ScenarioFault(Exception):
    """The scenario broke the rules of its language: our mistake, never the student's."""


class Overrun(BaseException):  # must pass through an author's `except Exception`
    """The scenario went over one of its limits."""


class CpuOverrun(Overrun):
    """A step took too much processor time. Raised by the guard of whoever drives the engine."""


class Mode(Enum):
    """How a `Listen` treats messages that do not match."""

    NEXT = "the next message must match"
    UNTIL = "others are skipped"
    NEVER = "a matching message is the mistake"


@dataclass(frozen=True, slots=True)
class Sleep:
    """Wait for `seconds`."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Listen:
    """Wait at most `within_s` for a message of `peer`. `wrong`: known mistakes and their hints."""

    peer: str
    template: Message | Like[Any]
    mode: Mode
    within_s: float
    wrong: tuple[tuple[Message | Like[Any], str], ...] = ()
    wrong_is_final: bool = True
    hint: str = ""


@dataclass(frozen=True, slots=True)
class AwaitClose:
    """Wait at most `within_s` for `peer` to close; messages before that are skipped."""

    peer: str
    within_s: float


@dataclass(frozen=True, slots=True)
class Race:
    """Run the branches beside each other until the first one ends; the others are dropped."""

    branches: tuple[Coroutine[Any, Any, Any], ...]


@dataclass(frozen=True, slots=True)
class Gather:
    """Wait at most `within_s` until peers with all these roles have joined."""

    roles: tuple[str, ...]
    within_s: float


@dataclass(frozen=True, slots=True)
class AskLease:
    """What lease does the user hold now? Answered with a `Lease` or None."""

    uid: UserId


Question = AskLease
Answer = Lease | None


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Nobody could answer a question, because of `reason`: our fault, not the student's."""

    reason: str


@dataclass(frozen=True, slots=True)
class Pose:
    """Wait for the answer to a question about the world."""

    question: Question


Request = Sleep | Listen | AwaitClose | Race | Gather | Pose


@types.coroutine
def perform(request: Request) -> Generator[Request, Any, Any]:
    """Hand `request` to the engine; returns its answer or raises what the engine throws."""
    return (yield request)
