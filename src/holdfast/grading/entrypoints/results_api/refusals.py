"""The law of refusals: whatever cannot be answered, a browser gets a page and a program JSON.

A browser says that it wants HTML. What is only for programs (`/api/`, `/health/`, `/internal/`)
answers JSON whoever asks. How a page looks is for the pages: they give an `ErrorPage`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from holdfast.grading.entrypoints.results_api.problems import Problem, response_of, where_of

PROGRAMS = ("/api/", "/health/", "/internal/", "/openapi.json")
"""Where these addresses begin, no page is."""
Reason = Literal["", "forged", "others", "teachers"]
"""Why a 403 is one, where a page says more than that."""
ErrorPage = Callable[[Request, int, str, str], Response]
"""Makes the page that tells why there is none: (request, status, reason or nothing, the reader's
own page or nothing) -> page."""


@dataclass(frozen=True, slots=True)
class Refusals:
    """Makes the answers. Without a `page` everybody gets JSON."""

    page: ErrorPage | None = None

    def answer(
        self, scope: Scope, problem: Problem, reason: Reason = "", home: str = ""
    ) -> Response:
        """The answer to a request that ends with `problem`."""
        if self.page is None or not wants_page(scope):
            return response_of(problem, where_of(scope["method"], scope["path"]))
        response = self.page(Request(scope), problem.status, reason, home)
        response.headers.update(problem.headers)
        return response


def wants_page(scope: Scope) -> bool:
    """Whether a browser asks for an address that people see."""
    return wants_html(Headers(scope=scope)) and not scope["path"].startswith(PROGRAMS)


def wants_html(headers: Headers) -> bool:
    """Whether a browser asks."""
    return "text/html" in headers.get("accept", "")
