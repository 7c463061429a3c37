"""Reading results in full: attempts with reasons and transcripts, standings, tests, incidents."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import msgspec
from msgspec import Raw
from starlette.requests import Request

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.roster import MAX_SHOWN
from holdfast.grading.domain.rules import Rules
from holdfast.grading.domain.scenario import Scenario
from holdfast.grading.domain.standings import Row
from holdfast.grading.entrypoints.results_api.access import Role
from holdfast.grading.entrypoints.results_api.endpoints import UID, Endpoint, Parameter
from holdfast.grading.entrypoints.results_api.problems import not_found
from holdfast.grading.entrypoints.results_api.requests import (
    attempt_in_path,
    cursor_in_query,
    limit_in_query,
    student_in_path,
    whole_number,
)
from holdfast.grading.entrypoints.results_api.shapes import (
    AttemptDetail,
    AttemptPage,
    AttemptShape,
    IncidentShape,
    RowShape,
    ScaledShape,
    TestList,
    TestShape,
)
from holdfast.grading.service.ports import Results

DEFAULT_PAGE, MAX_PAGE = 50, 200
"""Attempts or incidents of one answer: a screen or two, and at most some hundred kB."""
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Reading:
    """The handlers. `port_offset` is added to the ports that tests are shown with; `practice` says
    whether the course is in practice mode."""

    results: Results
    catalogue: Mapping[TestId, Scenario]
    rules: Rules
    port_offset: int
    practice: Callable[[], Awaitable[bool]]
    _lines: dict[int, tuple[Row, Raw]] = field(default_factory=dict)

    async def attempts(self, request: Request) -> AttemptPage:
        """A page of a student's attempts."""
        limit = limit_in_query(request, DEFAULT_PAGE, MAX_PAGE)
        before = cursor_in_query(request)
        user = await student_in_path(request, self.results)
        found = await self.results.attempts(user.uid, limit + 1, before)
        shapes = tuple(map(AttemptShape.of, found[:limit]))
        return AttemptPage(shapes, shapes[-1].id if len(found) > limit else None)

    async def attempt(self, request: Request) -> AttemptDetail:
        """One attempt."""
        attempt = attempt_in_path(request)
        record = await self.results.attempt(attempt)
        if record is None:
            raise not_found(f"there is no attempt {attempt}", "lists of attempts have the ids")
        return AttemptDetail.of(record, for_teacher=request.state.role is Role.ADMIN)

    async def standings(self, _: Request) -> list[Raw]:
        """The class grid; lines that have not changed since the last answer are not made again."""
        return [self._line(row) for row in await self.results.standings()]

    def _line(self, row: Row) -> Raw:
        held = self._lines.get(row.user.uid)
        if held is None or held[0] is not row:
            held = self._lines[row.user.uid] = (row, Raw(_encode(RowShape.of(row))))
        return held[1]

    async def tests(self, _: Request) -> TestList:
        """All tests and the rules in force."""
        tests = [TestShape.of(one, self.port_offset) for one in self.catalogue.values()]
        is_practice = await self.practice()
        rules = self.rules.in_practice if is_practice else self.rules
        return TestList(rules, ScaledShape.of(rules), tuple(tests), is_practice)

    async def incidents(self, request: Request) -> list[IncidentShape]:
        """What happened and was no attempt."""
        uid = whole_number(request, "uid", None, MAX_SHOWN)
        limit = limit_in_query(request, DEFAULT_PAGE, MAX_PAGE)
        return [IncidentShape.of(one) for one in await self.results.incidents(uid, limit)]

    def endpoints(self) -> list[Endpoint]:
        """Their declarations."""
        attempt_id = {"type": "string", "pattern": "^[0-9a-f]{32}$"}
        limit = Parameter(
            "limit",
            "query",
            {"type": "integer", "minimum": 1, "maximum": MAX_PAGE, "default": DEFAULT_PAGE},
            "How many at most.",
        )
        before = Parameter("before", "query", attempt_id, "Only attempts older than this one.")
        of_user = Parameter("uid", "query", UID.schema, "Only of this student.")
        attempt = Parameter("id", "path", attempt_id, "An attempt.")
        return [
            Endpoint(
                "GET",
                "/api/grading/students/{uid}/attempts",
                "A student's attempts, newest first",
                self.attempts,
                AttemptPage,
                (400, 404),
                (UID, limit, before),
            ),
            Endpoint(
                "GET",
                "/api/grading/attempts/{id}",
                "An attempt with its transcript",
                self.attempt,
                AttemptDetail,
                (404,),
                (attempt,),
            ),
            Endpoint(
                "GET", "/api/grading/standings", "The class grid", self.standings, list[RowShape]
            ),
            Endpoint(
                "GET", "/api/grading/tests", "All tests and rules in force", self.tests, TestList
            ),
            Endpoint(
                "GET",
                "/api/grading/incidents",
                "What happened and was no attempt, newest first",
                self.incidents,
                list[IncidentShape],
                (400,),
                (of_user, limit),
            ),
        ]
