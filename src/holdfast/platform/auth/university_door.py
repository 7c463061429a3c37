"""The addresses of a university's log-in: away to it, and back from it with a code.

The state goes along in a cookie of this browser, so that nobody can be logged in as somebody else
by a link.
"""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from holdfast.platform.auth.origins import local_target
from holdfast.platform.auth.secrets import MAX_SECRET_CHARS
from holdfast.platform.auth.signing_in import NotIn
from holdfast.platform.auth.site import Door, View, guarded, origin_of
from holdfast.platform.auth.university import BACK, SIGN_IN_S, Away, University
from holdfast.platform.runtime.logs import Log

COOKIE = "holdfast_sign_in"
MAX_CODE_CHARS = 2000
_log = Log("university")


@dataclass(frozen=True, slots=True)
class UniversityDoor:
    """The handlers."""

    door: Door
    university: University

    async def away(self, request: Request) -> Response:
        """`GET /login/university`: off to the university."""
        target = local_target(request.query_params.get("next", "/"))
        try:
            begun = await self.university.begin(target)
        except Away as error:
            return self._silent(request, error)
        response = RedirectResponse(begun.url, 303, {"cache-control": "no-store"})
        response.set_cookie(
            COOKIE,
            begun.state,
            max_age=int(SIGN_IN_S),
            httponly=True,
            samesite="lax",
            secure=self.door.is_secure,
            path=BACK,
        )
        return response

    async def back(self, request: Request) -> Response:
        """`GET /login/university/back`: in, or not."""
        asked = request.query_params
        try:
            found = await self.university.finish(
                asked.get("state", "")[:MAX_SECRET_CHARS],
                request.cookies.get(COOKIE, "")[:MAX_SECRET_CHARS],
                asked.get("code", "")[:MAX_CODE_CHARS],
                origin_of(request),
            )
        except Away as error:
            return self._silent(request, error)
        if isinstance(found, NotIn):
            response = self.door.faces(request, View("enter", 403, "wrong university"))
        else:
            response = await self.door.entered(request, *found)
        response.delete_cookie(COOKIE, path=BACK)
        return response

    def _silent(self, request: Request, error: Away) -> Response:
        _log.warning("university_away", why=str(error))
        return self.door.faces(request, View("enter", 503, "away university"))

    def routes(self) -> list[BaseRoute]:
        """The two addresses."""
        return [
            Route("/login/university", guarded(self.away), methods=["GET"]),
            Route(BACK, guarded(self.back), methods=["GET"]),
        ]
