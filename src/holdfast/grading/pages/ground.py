"""The law of the ground: what every page stands on, and how a page that cannot be is told.

No page decides who may: the site's access rules have, and `is_teacher` says what they found.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from holdfast.errors import DefiniteError, IndefiniteError
from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.deadlines import Counted, count_results
from holdfast.grading.domain.roster import UserId
from holdfast.grading.domain.rules import Rules
from holdfast.grading.domain.scenario import Scenario
from holdfast.grading.domain.standings import Row
from holdfast.grading.pages.columns import Column
from holdfast.grading.pages.deeds import Deeds
from holdfast.grading.pages.rendering import HEADERS, Renderer
from holdfast.grading.pages.shared import Shared
from holdfast.grading.service.coursework import Coursework, Unplanned
from holdfast.grading.service.ports import Results
from holdfast.platform.auth.ports import AuditLog
from holdfast.platform.runtime.clock import Clock
from holdfast.platform.runtime.logs import Log
from holdfast.platform.web.bodies import BodyRefused

_log = Log("pages")
ANSWER_WITHIN_S = 15.0
"""How long a page waits for its data: longer, and the reader would reload anyway."""
RETRY_AFTER_S = 5
FAULTS = {
    400: "the request makes no sense to this server",
    401: "nobody is logged in",
    403: "this is not for who asks",
    404: "there is nothing at this address",
    405: "this address does not take that method",
    413: "what was sent is too large",
    429: "there were too many requests",
    500: "the server failed to answer",
    503: "the results cannot be reached just now",
}
"""What a program is told; `problem.html` has sentences for people. Other statuses are told as 400
or 500."""
MAX_WHERE_CHARS = 200

Page = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Planning:
    """The teacher's door of the store, the key of the scoreboard's pseudonyms, and the log of what
    teachers do. `edition` moves when standings that were read before are outdated."""

    coursework: Coursework = field(default_factory=Unplanned)
    secret: bytes = b""
    log: AuditLog | None = None
    shown_uid: Callable[[int], int] = lambda uid: uid
    desk: tuple[Results, Coursework] | None = None
    """Where ids are secrets: the doors with the students' own ids, for what teachers write."""
    edition: Callable[[], Hashable] = lambda: 0


@dataclass(frozen=True, slots=True)
class Ground:
    """What every page needs. `secret` is the key of the pseudonyms; `deeds` writes down what
    teachers do."""

    results: Results
    coursework: Coursework
    catalogue: Mapping[TestId, Scenario]
    columns: tuple[Column, ...]
    rules: Rules
    clock: Clock
    port_offset: int
    render: Renderer
    standings: Shared[Sequence[Row]]
    is_teacher: Callable[[Request], bool]
    secret: bytes
    deeds: Deeds
    practice: Shared[datetime | None]

    def column(self, test: TestId) -> Column | None:
        """The column of a test, None when it is no longer offered."""
        return next((column for column in self.columns if column.test == test), None)

    async def counted(self) -> Mapping[tuple[UserId, TestId], Counted]:
        """What counts of everybody now, late policy applied."""
        kept = await self.coursework.plan()
        return count_results(await self.coursework.milestones(), kept.plan)

    def guarded(self, page: Page) -> Page:
        """The page, or in plain words why there is none: 404, or 503 while the store is away."""

        async def answer(request: Request) -> Response:
            try:
                async with asyncio.timeout(ANSWER_WITHIN_S):
                    request.state.is_practice = await self.practice.get() is not None
                    return await page(request)
            except HTTPException as error:
                return problem(self.render, request, error.status_code)
            except BodyRefused as refused:
                return problem(self.render, request, refused.status)
            except (DefiniteError, IndefiniteError, TimeoutError) as error:
                _log.warning("store_away", path=request.url.path, why=str(error))
                return problem(self.render, request, 503)
            except Exception:
                _log.exception("page_failed", path=request.url.path)
                return problem(self.render, request, 500)

        return answer

    def for_teachers(self, page: Page) -> Page:
        """The page for teachers alone; others are told that it is not for them."""

        async def answer(request: Request) -> Response:
            if not self.is_teacher(request):
                raise HTTPException(403)
            return await page(request)

        return self.guarded(answer)


def problem(
    render: Renderer, request: Request, status: int, reason: str = "", home: str = ""
) -> Response:
    """A page that says in plain words what is wrong; JSON, in English, for whoever does not ask for
    HTML. `reason`: of a 403, `forged`, `others` or
    `teachers`; `home`: the reader's own page."""
    known = status if status in FAULTS else 500 if status >= 500 else 400
    response: Response
    if "text/html" in request.headers.get("accept", ""):
        response = render.answer(
            request,
            "problem.html",
            status,
            kind=known,
            reason=reason or known,
            home=home,
            can_repeat=request.method == "GET",
        )
    else:
        where = f"{request.method} {request.url.path[:MAX_WHERE_CHARS]}"
        fault = {"what": FAULTS[known], "where": where, "fix": "see /openapi.json"}
        response = JSONResponse({"error": fault}, status, HEADERS)
    if status in (429, 503):
        response.headers["retry-after"] = str(RETRY_AFTER_S)
    return response
