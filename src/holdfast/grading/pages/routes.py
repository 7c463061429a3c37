"""The law of the pages' routes: ask the port, fold, render; no decision stands here.

Access is decided before: these routes are mounted below the site's own access rules. Whatever a
reader types into the address is checked here, and what makes no sense is a 404 in plain words.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Scope

from holdfast.grading.domain.attempt import AttemptId, TestId
from holdfast.grading.domain.causes import MAX_FAILURES, group_causes
from holdfast.grading.domain.deadlines import count_results, days_late
from holdfast.grading.domain.roster import User
from holdfast.grading.domain.rules import Rules
from holdfast.grading.domain.scenario import Scenario
from holdfast.grading.pages import assets as asset_files
from holdfast.grading.pages.attempt import build_attempt, place_of
from holdfast.grading.pages.boards import Boards
from holdfast.grading.pages.catalogue import build_list, build_test
from holdfast.grading.pages.columns import columns_of, slug
from holdfast.grading.pages.deeds import Deeds
from holdfast.grading.pages.desk import Desk
from holdfast.grading.pages.diagram import build_diagram
from holdfast.grading.pages.grid import build_grid, wish_of
from holdfast.grading.pages.ground import Ground, Page, Planning, problem
from holdfast.grading.pages.rendering import HEADERS, renderer
from holdfast.grading.pages.shared import Shared
from holdfast.grading.pages.student import (
    ATTEMPTS_PER_PAGE,
    INCIDENTS_SHOWN,
    Schedule,
    build_student,
)
from holdfast.grading.service.ports import AttemptSummary, Results
from holdfast.platform.runtime.clock import Clock

LIVE = "/api/grading/live"
NOBODY = -1
"""The plan of nobody is that of everybody, without extensions."""
NEIGHBOURS = 200
"""Attempts looked through for the ones before and after: more than a diligent student makes."""
_ATTEMPT_ID = re.compile(r"[0-9a-f]{32}")
_UID = re.compile(r"[0-9]{1,4}|1[0-9]{4}", re.ASCII)
"""An id, or the five digits that one is shown as where ids are secrets."""


@dataclass(frozen=True, slots=True)
class _Site(Ground):
    """The pages that everybody who may read sees."""

    async def class_grid(self, request: Request) -> Response:
        """`/`: students and tests."""
        wish = wish_of(request.query_params)
        among = await self._among(wish.cause) if wish.cause else None
        grid = build_grid(await self.standings.get(), self.columns, wish, among)
        return self.render.answer(request, "grid.html", grid=grid)

    async def _among(self, cause: str) -> frozenset[int]:
        """The students whom a cause is about."""
        failures = await self.coursework.failures(MAX_FAILURES)
        found = (one for one in group_causes(failures) if one.id == cause)
        return frozenset(failure.uid for one in found for failure in one.failures)

    async def student(self, request: Request) -> Response:
        """`/students/{uid}`: one student, attempts newest first."""
        user = await self._user(request)
        before = request.query_params.get("before")
        if before is not None and not _ATTEMPT_ID.fullmatch(before):
            raise HTTPException(404)
        rows = await self.results.standings((user.uid,))
        attempts = await self.results.attempts(
            user.uid, ATTEMPTS_PER_PAGE + 1, AttemptId(before) if before else None
        )
        incidents = () if before else await self.results.incidents(user.uid, INCIDENTS_SHOWN)
        row = next((row for row in rows if row.user.uid == user.uid), None)
        kept = await self.coursework.plan(user.uid)
        milestones = await self.coursework.milestones(user.uid)
        sheet = build_student(
            user,
            row,
            self.columns,
            attempts,
            incidents,
            schedule=Schedule(kept.plan, count_results(milestones, kept.plan), self.clock.wall()),
        )
        return self.render.answer(request, "student.html", sheet=sheet, is_first=before is None)

    async def shortcut(self, request: Request) -> Response:
        """`/s/{uid}/{test}`: from a cell of the grid to the attempt that it stands for."""
        user = await self._user(request)
        test = request.path_params["test"]
        best = await self.results.best_results(user.uid)
        passed = [result.attempt for result in best if result.test == test and result.passed]
        tries = [] if passed else await self._attempts_at(user, test)
        found = passed + [attempt.id for attempt in tries]
        target = f"/attempts/{slug(found[0])}" if found else f"/students/{user.uid}"
        return RedirectResponse(target, 302, {"cache-control": "private, no-store"})

    async def attempt(self, request: Request) -> Response:
        """`/attempts/{id}`: the verdict, its checks and the conversation."""
        wanted = request.path_params["attempt"]
        record = await self.results.attempt(wanted) if _ATTEMPT_ID.fullmatch(wanted) else None
        if record is None:
            raise HTTPException(404)
        user = await self.results.user(record.summary.uid)
        tries = await self._attempts_at(user, record.summary.test) if user else []
        place = place_of(
            record.summary.id,
            [attempt.id for attempt in tries],
            complete=len(tries) < NEIGHBOURS,
        )
        everything = request.query_params.get("all") == "1"
        sheet = build_attempt(record, user, self.catalogue, place, everything=everything)
        note = record.teacher_note if self.is_teacher(request) else ""
        plan = (await self.coursework.plan(record.summary.uid)).plan
        deadline = plan.deadline_of(record.summary.uid, record.summary.test)
        return self.render.answer(
            request,
            "attempt.html",
            sheet=sheet,
            column=self.column(record.summary.test),
            everything=everything,
            note=note,
            days_late=days_late(deadline, record.summary.started_at),
            diagram=build_diagram(sheet.conversation) if sheet.conversation else None,
        )

    async def transcript(self, request: Request) -> Response:
        """`/attempts/{id}/transcript.json`: the stored transcript as it is, as a file to keep."""
        wanted = request.path_params["attempt"]
        record = await self.results.attempt(wanted) if _ATTEMPT_ID.fullmatch(wanted) else None
        if record is None or not record.transcript:
            raise HTTPException(404)
        name = f"holdfast-{slug(record.summary.test)}-{record.summary.id[:8]}.json"
        headers = {**HEADERS, "content-disposition": f'attachment; filename="{name}"'}
        return Response(record.transcript, headers=headers, media_type="application/json")

    async def tests(self, request: Request) -> Response:
        """`/tests`: all tests."""
        groups = build_list(self.catalogue, self.columns, self.port_offset)
        plan = (await self.coursework.plan(NOBODY)).plan
        return self.render.answer(
            request,
            "tests.html",
            groups=groups,
            count=len(self.columns),
            deadlines=plan.deadlines,
        )

    async def test(self, request: Request) -> Response:
        """`/tests/{id}`: what one test does."""
        scenario = self.catalogue.get(TestId(request.path_params["test"]))
        if scenario is None:
            raise HTTPException(404)
        sheet = build_test(scenario, self.catalogue, self.rules, self.port_offset)
        plan = (await self.coursework.plan(NOBODY)).plan
        return self.render.answer(
            request, "test.html", sheet=sheet, deadline=plan.deadlines.get(scenario.id)
        )

    async def _user(self, request: Request) -> User:
        uid = request.path_params["uid"]
        user = await self.results.user(int(uid)) if _UID.fullmatch(uid) else None
        if user is None:
            raise HTTPException(404)
        return user

    async def _attempts_at(self, user: User, test: str) -> list[AttemptSummary]:
        attempts = await self.results.attempts(user.uid, NEIGHBOURS)
        return [attempt for attempt in attempts if attempt.test == test]


def routes(
    results: Results,
    catalogue: Mapping[TestId, Scenario],
    rules: Rules,
    clock: Clock,
    *,
    port_offset: int = 0,
    live: str = LIVE,
    is_teacher: Callable[[Request], bool] = lambda _: False,
    planning: Planning | None = None,
) -> list[BaseRoute]:
    """The pages, to be mounted at the root of a site, below its access rules.

    `catalogue`: the tests that are offered. `port_offset` is added to the ports shown. `live` is
    the address of the event stream that tells when to look again. `is_teacher` says who may read
    the teacher's note of an attempt and who has a desk. Without `planning` there are no
    deadlines and nothing to change.
    """
    files = asset_files.load()
    planning = planning or Planning()
    site = _Site(
        results=results,
        coursework=planning.coursework,
        catalogue=catalogue,
        columns=columns_of(catalogue),
        rules=rules,
        clock=clock,
        port_offset=port_offset,
        render=renderer(files, live, is_teacher),
        standings=Shared(results.standings, clock.monotonic, edition=planning.edition),
        is_teacher=is_teacher,
        secret=planning.secret,
        practice=Shared(planning.coursework.practice_since, clock.monotonic),
        deeds=Deeds(clock, planning.log, planning.shown_uid),
    )
    pages: dict[str, Page] = {
        "/": site.class_grid,
        "/students/{uid}": site.student,
        "/s/{uid}/{test}": site.shortcut,
        "/attempts/{attempt}": site.attempt,
        "/attempts/{attempt}/transcript.json": site.transcript,
        "/tests": site.tests,
        "/tests/{test}": site.test,
    }
    return [
        *(Route(path, site.guarded(page)) for path, page in pages.items()),
        *Boards(site).routes(),
        *Desk(_desk_ground(site, planning)).routes(),
        Route("/assets/{digest}/{name}", files.serve),
        _Elsewhere("/{path:path}", site.guarded(_missing)),
    ]


def _desk_ground(site: _Site, planning: Planning) -> Ground:
    """What the desk stands on: teachers write and export by the students' own ids."""
    if planning.desk is None:
        return site
    results, coursework = planning.desk
    standings = Shared(results.standings, site.clock.monotonic)
    return replace(site, results=results, coursework=coursework, standings=standings)


async def _missing(_: Request) -> Response:
    raise HTTPException(404)


def enter_page() -> Callable[[str, bool], Response]:
    """Makes the form for a token: (address to go on to, whether a token was wrong) -> page.

    It posts `token` and `next` to `/enter`. Which addresses one may go on to is for the one who
    takes the post to say.
    """
    render = renderer(asset_files.load(), LIVE)

    def form(target: str, is_wrong: bool) -> Response:
        status = 403 if is_wrong else 200
        return render.page("enter.html", status, is_wrong=is_wrong, target=target)

    return form


def error_page(
    is_teacher: Callable[[Request], bool] = lambda _: False,
) -> Callable[[Request, int, str, str], Response]:
    """Makes the page of what cannot be answered: (request, status, reason, the reader's own page)
    -> page. For whatever is refused before a page is asked."""
    return partial(problem, renderer(asset_files.load(), LIVE, is_teacher))


class _Elsewhere(Route):
    """Whatever a browser asks for and no route before knows: a page instead of bare JSON.

    Programs do not ask for HTML; to them this route does not exist.
    """

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] != "http" or "text/html" not in Headers(scope=scope).get("accept", ""):
            return Match.NONE, {}
        return super().matches(scope)
