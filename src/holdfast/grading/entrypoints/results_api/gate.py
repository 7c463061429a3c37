"""The law of the gate: every request is let through with who makes it, or answered here.

What is decided: the role that the address needs (`access`), whose data it shows (`own`), and that
a browser's cookie is used by this site's own pages alone.
"""

from collections.abc import Awaitable, Callable
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from holdfast.errors import DefiniteError, IndefiniteError
from holdfast.grading.entrypoints.results_api.access import Role, role_needed
from holdfast.grading.entrypoints.results_api.callers import Caller, Callers
from holdfast.grading.entrypoints.results_api.own import (
    OfAttempt,
    OfEverybody,
    OfOthers,
    OfStudent,
    shown_by,
)
from holdfast.grading.entrypoints.results_api.problems import Problem, problem_of
from holdfast.grading.entrypoints.results_api.refusals import Reason, Refusals, wants_html
from holdfast.platform.auth.origins import is_forged

OwnerOf = Callable[[str], Awaitable[int | None]]
"""Whose an attempt is (as pages show them); None when there is no such attempt."""


class Gate:
    """ASGI middleware: lets a request through with `role`, `uid` and `who` in its state, or answers
    it itself as `refusals` says."""

    def __init__(
        self, app: ASGIApp, callers: Callers, owner_of: OwnerOf, refusals: Refusals
    ) -> None:
        self._app = app
        self._callers = callers
        self._owner_of = owner_of
        self._refusals = refusals

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Decide, then hand on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            refusal = await self._decide(scope, Headers(scope=scope))
        except (DefiniteError, IndefiniteError, TimeoutError) as error:
            refusal = self._refusals.answer(scope, problem_of(error))
        await (refusal or self._app)(scope, receive, send)

    async def _decide(self, scope: Scope, headers: Headers) -> Response | None:
        """None to let the request through."""
        needed = role_needed(scope["path"])
        caller = Caller(Role.PUBLIC) if needed is Role.PUBLIC else await self._callers.of(headers)
        if needed is not Role.PUBLIC and not await self._may(scope, needed, caller):
            return self._refusal(scope, needed, caller)
        if caller.by_cookie and is_forged(scope["method"], headers):
            what = "this request comes from another site"
            return self._refusals.answer(scope, _problem(403, what), "forged")
        state = scope.setdefault("state", {})
        state["role"], state["uid"], state["who"] = caller.role, caller.uid, caller.who
        return None

    async def _may(self, scope: Scope, needed: Role, caller: Caller) -> bool:
        access = self._callers.access
        if needed is not Role.VIEWER or caller.role in (Role.ADMIN, Role.SERVICE):
            return access.allows(needed, caller.role)
        if access.allows(needed, caller.role):
            return True
        return caller.uid is not None and await self._is_own(scope, caller.uid)

    async def _is_own(self, scope: Scope, uid: int) -> bool:
        match shown_by(scope["path"], scope["query_string"].decode("latin-1")):
            case OfStudent(shown):
                return shown == uid
            case OfAttempt(attempt):
                return await self._owner_of(attempt) == uid
            case OfEverybody():
                return True
            case OfOthers():
                return False

    def _refusal(self, scope: Scope, needed: Role, caller: Caller) -> Response:
        home = "" if caller.uid is None else f"/students/{caller.uid}"
        may_look = wants_html(Headers(scope=scope)) and scope["method"] == "GET"
        if needed in (Role.VIEWER, Role.ADMIN) and may_look:
            if home and scope["path"] == "/":
                return RedirectResponse(home, 303, _UNKEPT)
            if not home:
                query = scope["query_string"].decode("latin-1")
                target = scope["path"] + (f"?{query}" if query else "")
                return RedirectResponse(f"/enter?next={quote(target, safe='')}", 303)
        if home:
            what = "a student may read what is theirs, and this is not"
            reason: Reason = "teachers" if needed is Role.ADMIN else "others"
            return self._refusals.answer(scope, _problem(403, what), reason, home)
        who = {Role.VIEWER: "a viewer's", Role.ADMIN: "the admin", Role.SERVICE: "the service"}
        return self._refusals.answer(scope, _problem(401, f"this needs {who[needed]} token"))


_UNKEPT = {"cache-control": "no-store"}


def _problem(status: int, what: str) -> Problem:
    problem = Problem(status, what, "send `Authorization: Bearer TOKEN`, or log in at /enter")
    if status == 401:
        problem.headers = {"www-authenticate": "Bearer"}
    return problem
