"""Logging in with a browser: a token becomes a cookie. No names, no passwords, no sessions kept."""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from holdfast.grading.entrypoints.results_api.access import COOKIE, COOKIE_S, Access, Role
from holdfast.grading.entrypoints.results_api.forms import fields_of

MAX_TARGET_CHARS = 2000
"""An address of this site with its query."""

EnterPage = Callable[[str, bool], Response]
"""Makes the form: (address to go on to, whether a token was wrong) -> page. It posts `token` and
`next` to `/enter`."""


@dataclass(frozen=True, slots=True)
class Entering:
    """The handlers of `/enter`."""

    access: Access
    page: EnterPage

    async def form(self, request: Request) -> Response:
        """`GET /enter`: a form; with `?token=` straight in."""
        target = _local(request.query_params.get("next", "/"))
        token = request.query_params.get("token")
        return self._enter(request, token, target) if token else self.page(target, False)

    async def post(self, request: Request) -> Response:
        """`POST /enter`: the form comes back."""
        fields = await fields_of(request)
        return self._enter(request, fields.get("token", ""), _local(fields.get("next", "/")))

    def _enter(self, request: Request, token: str, target: str) -> Response:
        role = self.access.role_of_token(token.strip().encode("utf-8", "replace"))
        if role not in (Role.VIEWER, Role.ADMIN):
            return self.page(target, True)
        response = RedirectResponse(target, 303, {"cache-control": "no-store"})
        response.set_cookie(
            COOKIE,
            self.access.cookie_for(role),
            max_age=COOKIE_S,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return response

    def routes(self) -> list[Route]:
        """Their routes: pages, so they are no part of the OpenAPI."""
        return [
            Route("/enter", self.form, methods=["GET"]),
            Route("/enter", self.post, methods=["POST"]),
        ]


def _local(target: str) -> str:
    """Only addresses of this site, so that a link cannot send anybody elsewhere."""
    is_local = target.startswith("/") and not target.startswith(("//", "/\\"))
    return target if is_local and target.isprintable() and len(target) <= MAX_TARGET_CHARS else "/"
