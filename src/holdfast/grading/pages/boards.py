"""The law of the boards: a whole class at one look: why tests fail, who is where, what goes on.

Causes are for teachers. The scoreboard has no names; while it is frozen, students see it as it
was and teachers as it is. The board of tonight says what the results API itself knows, no more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from holdfast.grading.domain.causes import MAX_FAILURES, Cause, group_causes
from holdfast.grading.domain.deadlines import count_results
from holdfast.grading.domain.roster import User, UserId
from holdfast.grading.domain.scenario import Scenario
from holdfast.grading.domain.scoreboard import Rank, pseudonyms, rank
from holdfast.grading.pages.ground import Ground
from holdfast.grading.pages.shared import Shared
from holdfast.grading.service.coursework import NodeState, Tonight

CAUSES_SHOWN = 60
"""Causes on the page: beyond them each is one student's own."""
STUDENTS_SHOWN = 40
"""Students named below a cause; all of them are a link away, in the class grid."""
BOARD_SHOWN = 500
"""Lines of the scoreboard."""
SCOREBOARD_S = 2.0
"""The board is counted over the whole class, so all who look within this time see one count."""
TONIGHT_S = 2.0
SILENT_S = 5.0
"""A node that was not heard of for so long is told as silent; the reaper thinks so too."""


@dataclass(frozen=True, slots=True)
class CauseLine:
    """A cause with the names of some of its students. `number` is its check's place, from 1."""

    cause: Cause
    title: str
    check: str
    number: int | None
    slug: str
    students: tuple[tuple[str, UserId, str], ...]

    @property
    def more(self) -> int:
        """Students who are not named here."""
        return self.cause.students - len(self.students)


@dataclass(frozen=True, slots=True)
class BoardLine:
    """A line of the scoreboard; `user` only for teachers."""

    rank: Rank
    pseudonym: str
    user: User | None


@dataclass(frozen=True, slots=True)
class NodeLine:
    """A node and whether it lives."""

    node: NodeState
    is_silent: bool
    heard_at: datetime


class Boards:
    """The pages."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        tick = ground.clock.monotonic
        self._live: Shared[Sequence[Rank]] = Shared(self._rank_now, tick, SCOREBOARD_S)
        self._still: Shared[Sequence[Rank]] = Shared(self._rank_frozen, tick, SCOREBOARD_S)
        self._tonight: Shared[Tonight] = Shared(ground.coursework.tonight, tick, TONIGHT_S)

    async def causes(self, request: Request) -> Response:
        """`/causes`: which check fails for how many students, and why."""
        found = group_causes(await self._ground.coursework.failures(MAX_FAILURES))
        names = {user.uid: user.name for user in await self._ground.results.users()}
        lines = [cause_line(one, self._ground, names) for one in found[:CAUSES_SHOWN]]
        return self._ground.render.answer(
            request, "causes.html", lines=lines, more=len(found) - len(lines)
        )

    async def scoreboard(self, request: Request) -> Response:
        """`/scoreboard`: the ranking, by pseudonym."""
        is_teacher = self._ground.is_teacher(request)
        kept = await self._ground.coursework.plan()
        stands_still = kept.frozen_at is not None and not is_teacher
        ranks = await (self._still if stands_still else self._live).get()
        users = {user.uid: user for user in await self._ground.results.users()}
        names = pseudonyms(self._ground.secret, users)
        lines = [
            BoardLine(one, names[one.uid], users[one.uid] if is_teacher else None)
            for one in ranks[:BOARD_SHOWN]
            if one.uid in users
        ]
        return self._ground.render.answer(
            request,
            "scoreboard.html",
            lines=lines,
            more=max(0, len(ranks) - BOARD_SHOWN),
            frozen_at=kept.frozen_at,
        )

    async def tonight(self, request: Request) -> Response:
        """`/tonight`: nodes, running tests, waits, the database's leader."""
        tonight = await self._tonight.get()
        now = self._ground.clock.wall()
        nodes = [
            NodeLine(one, one.silent_s > SILENT_S, now - timedelta(seconds=one.silent_s))
            for one in tonight.nodes
        ]
        online = len(await self._ground.results.online())
        return self._ground.render.answer(
            request,
            "tonight.html",
            tonight=tonight,
            nodes=nodes,
            online=online,
            running=sum(one.running for one in tonight.running),
            scale=self._ground.rules.time_scale,
            practice_scale=self._ground.rules.in_practice.time_scale,
            now=now,
        )

    async def _rank_now(self) -> Sequence[Rank]:
        return rank((await self._ground.counted()).values())

    async def _rank_frozen(self) -> Sequence[Rank]:
        work = self._ground.coursework
        kept = await work.plan()
        return rank(count_results(await work.milestones(until=kept.frozen_at), kept.plan).values())

    def routes(self) -> list[Route]:
        """Their routes."""
        ground = self._ground
        return [
            Route("/causes", ground.for_teachers(self.causes)),
            Route("/scoreboard", ground.guarded(self.scoreboard)),
            Route("/tonight", ground.guarded(self.tonight)),
        ]


def cause_line(cause: Cause, ground: Ground, names: Mapping[UserId, str]) -> CauseLine:
    """A cause as a reader sees it."""
    column = ground.column(cause.test)
    scenario: Scenario | None = ground.catalogue.get(cause.test)
    specs = scenario.checks if scenario else ()
    found = next((at for at, spec in enumerate(specs) if spec.name == cause.check), None)
    people = {one.uid: one.attempt for one in cause.failures}
    students = tuple(
        (names.get(uid, f"{uid:04}"), uid, attempt)
        for uid, attempt in list(people.items())[:STUDENTS_SHOWN]
    )
    return CauseLine(
        cause=cause,
        title=column.title if column else "",
        check=specs[found].title if found is not None else cause.check,
        number=None if found is None else found + 1,
        slug=column.slug if column else "",
        students=students,
    )
