"""The port of coursework: what a teacher decides for a course, and what is asked across a class.

`Coursework` stands beside `Results` (implemented by memory and postgres, one contract suite).
Raises `DefiniteError` when nothing happened and `IndefiniteError` when it may have.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.causes import Failure
from holdfast.grading.domain.deadlines import Milestone, Plan
from holdfast.grading.domain.roster import User, UserId
from holdfast.grading.domain.verdict import Verdict

MAX_NODES_SHOWN = 500
"""Nodes on the board: more than any installation runs."""
RECENT_S = 900.0
"""What counts as recent on the board: a quarter of an hour."""


@dataclass(frozen=True, slots=True)
class KeptPlan:
    """The plan as the store keeps it. `frozen_at`: since when the scoreboard stands still."""

    plan: Plan
    version: int = 0
    frozen_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RosterReport:
    """What a change of the roster did, by the ids it was done to."""

    added: int
    renamed: int
    unchanged: int
    removed: tuple[UserId, ...]


@dataclass(frozen=True, slots=True)
class NodeState:
    """A node as the store last heard of it."""

    node: str
    running: int
    silent_s: float
    up_s: float


@dataclass(frozen=True, slots=True)
class RunningTest:
    """A test that is being played now."""

    test: TestId
    running: int
    longest_s: float


@dataclass(frozen=True, slots=True)
class Recent:
    """Attempts of the last `RECENT_S` seconds with one verdict (None: still running).

    The waits are from a test's end to its durable record; None while nothing has one.
    """

    verdict: Verdict | None
    attempts: int
    usual_wait_s: float | None
    long_wait_s: float | None


@dataclass(frozen=True, slots=True)
class Leader:
    """The database server that takes the writes."""

    host: str
    version: str
    is_replica: bool
    replicas: int
    up_s: float


@dataclass(frozen=True, slots=True)
class Tonight:
    """What happens now. `leader` is None where there is no database server."""

    nodes: tuple[NodeState, ...]
    running: tuple[RunningTest, ...]
    recent: tuple[Recent, ...]
    leader: Leader | None


class Coursework(Protocol):
    """The teacher's door, and the questions that go across a whole class."""

    async def plan(self, uid: int | None = None) -> KeptPlan:
        """The present plan; with `uid` it has the extensions of that student alone."""

    async def replace_plan(self, plan: Plan, seen: int) -> bool:
        """Put the plan in the place of version `seen`, all of it; False if that is an older one."""

    async def set_freeze(self, is_frozen: bool) -> datetime | None:
        """Freeze the scoreboard as it is now, or let it go; since when it is frozen."""

    async def practice_since(self) -> datetime | None:
        """Since when the course is in practice mode, None while it is not."""

    async def set_practice(self, is_practice: bool) -> datetime | None:
        """Begin or end practice mode; since when it is. Nodes take it up with their next beat."""

    async def milestones(
        self, uid: int | None = None, until: datetime | None = None
    ) -> Sequence[Milestone]:
        """What counted, of one student or of all, of attempts that were closed by `until`."""

    async def failures(self, limit: int) -> Sequence[Failure]:
        """Who has failed a test and not passed it yet, at most `limit`, by test and id."""

    async def who_attempted(self, uids: Sequence[UserId]) -> frozenset[UserId]:
        """Which of these students have an attempt: they are not removed."""

    async def change_roster(self, users: Sequence[User], removed: Sequence[UserId]) -> RosterReport:
        """Add, rename and remove in one transaction. Who has an attempt is not removed."""

    async def tonight(self) -> Tonight:
        """What happens now."""


class Unplanned:
    """`Coursework` of a course that nobody plans: no deadlines, and nothing changes."""

    async def plan(self, uid: int | None = None) -> KeptPlan:
        """No plan."""
        return KeptPlan(Plan())

    async def replace_plan(self, plan: Plan, seen: int) -> bool:
        """Never."""
        return False

    async def set_freeze(self, is_frozen: bool) -> datetime | None:
        """Never."""
        return None

    async def practice_since(self) -> datetime | None:
        """Never."""
        return None

    async def set_practice(self, is_practice: bool) -> datetime | None:
        """Never."""
        return None

    async def milestones(
        self, uid: int | None = None, until: datetime | None = None
    ) -> Sequence[Milestone]:
        """None."""
        return ()

    async def failures(self, limit: int) -> Sequence[Failure]:
        """None."""
        return ()

    async def who_attempted(self, uids: Sequence[UserId]) -> frozenset[UserId]:
        """Nobody."""
        return frozenset()

    async def change_roster(self, users: Sequence[User], removed: Sequence[UserId]) -> RosterReport:
        """Nothing."""
        return RosterReport(0, 0, 0, ())

    async def tonight(self) -> Tonight:
        """Nothing."""
        return Tonight((), (), (), None)
