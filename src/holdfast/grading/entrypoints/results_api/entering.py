"""Logging in with a browser: a token becomes a cookie. Accounts, passwords and sessions are
`platform.auth`'s; a token of an account becomes a session there, a student's personal token a
cookie that reads what is theirs.
"""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from holdfast.grading.domain.roster import MAX_USER_ID, UserId
from holdfast.grading.entrypoints.results_api.access import COOKIE, COOKIE_S, Access, Role
from holdfast.grading.entrypoints.results_api.forms import fields_of
from holdfast.grading.service.claim_identity import ClaimKey
from holdfast.grading.service.ports import Results
from holdfast.platform.auth.origins import is_forged, local_target
from holdfast.platform.auth.site import Faces, View

EnterPage = Callable[[str, bool], Response]
"""Makes the form: (address to go on to, whether a token was wrong) -> page. It posts `token` and
`next` to `/enter`."""
MAX_TOKEN_CHARS = 512


@dataclass(frozen=True, slots=True)
class StudentsDoor:
    """Who is a student: their personal token, and that they are on the roster. `results` knows
    students by their own ids."""

    key: ClaimKey
    results: Results


@dataclass(frozen=True, slots=True)
class Entering:
    """The handlers of `/enter`. `faces` makes the page where there are accounts."""

    access: Access
    page: EnterPage
    students: StudentsDoor
    faces: Faces | None = None
    is_secure: bool = False

    async def form(self, request: Request) -> Response:
        """`GET /enter`: a form; with `?token=` straight in."""
        target = local_target(request.query_params.get("next", "/"))
        token = request.query_params.get("token")
        return self._enter(request, token, target) if token else self._page(request, target)

    async def post(self, request: Request) -> Response:
        """`POST /enter`: the form comes back."""
        if is_forged(request.method, request.headers):
            return self._page(request, "/", is_wrong=True)
        fields = await fields_of(request)
        return self._enter(request, fields.get("token", ""), local_target(fields.get("next", "/")))

    async def student(self, request: Request) -> Response:
        """`POST /enter/student`: an id and the personal token of it."""
        if is_forged(request.method, request.headers):
            return self._page(request, "/", is_wrong=True)
        fields = await fields_of(request)
        uid, target = fields.get("uid", "").strip(), local_target(fields.get("next", "/"))
        token = fields.get("token", "")[:MAX_TOKEN_CHARS]
        # An id that is none is compared like any other: the answer tells nobody which it was.
        is_uid = uid.isascii() and uid.isdigit() and len(uid) <= 4 and int(uid) <= MAX_USER_ID
        known = UserId(int(uid) if is_uid else 0)
        fits = self.students.key.fits(known, token)
        user = await self.students.results.user(known)
        if not (is_uid and fits and user is not None):
            return self._page(request, target, is_wrong=True)
        return self._entered(
            request, self.access.student_cookie(self.access.shown_uid(known)), target
        )

    def _enter(self, request: Request, token: str, target: str) -> Response:
        role = self.access.role_of_token(token.strip().encode("utf-8", "replace"))
        if role not in (Role.VIEWER, Role.ADMIN):
            return self._page(request, target, is_wrong=True)
        return self._entered(request, self.access.cookie_for(role), target)

    def _entered(self, request: Request, cookie: str, target: str) -> Response:
        response = RedirectResponse(target, 303, {"cache-control": "no-store"})
        response.set_cookie(
            COOKIE,
            cookie,
            max_age=COOKIE_S,
            httponly=True,
            samesite="strict",
            secure=self.is_secure or request.url.scheme == "https",
        )
        return response

    def _page(self, request: Request, target: str, *, is_wrong: bool = False) -> Response:
        if self.faces is None:
            return self.page(target, is_wrong)
        wrong, status = ("wrong token", 403) if is_wrong else ("", 200)
        return self.faces(request, View("enter", status, wrong, target=target))

    def routes(self) -> list[Route]:
        """Their routes: pages, so they are no part of the OpenAPI."""
        return [
            Route("/enter", self.form, methods=["GET"]),
            Route("/enter", self.post, methods=["POST"]),
            Route("/enter/student", self.student, methods=["POST"]),
        ]
