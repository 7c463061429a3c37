"""The law of errors over HTTP: one JSON shape everywhere, saying what, where and what to do.

`{"error": {"what": ..., "where": ..., "fix": ...}}`, with `details` for faults that come in lists.
What is our fault never shows its insides; what is the caller's names the place.
"""

import msgspec
from msgspec import Struct
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from holdfast.errors import DefiniteError, IndefiniteError
from holdfast.platform.runtime.logs import Log

_log = Log("results_api")
_encode = msgspec.json.Encoder().encode
RETRY_AFTER_S = 1
"""When to come back while the database is away: most outages are a restart."""


class Detail(Struct, frozen=True, omit_defaults=True):
    """One fault of several: its line and column in what was sent, and what is wrong there."""

    line: int
    what: str
    column: str = ""


class Fault(Struct, frozen=True, omit_defaults=True):
    """What went wrong, where, and what to do about it."""

    what: str
    where: str
    fix: str
    details: tuple[Detail, ...] = ()


class ErrorBody(Struct, frozen=True):
    """The body of every answer that is not a success."""

    error: Fault


class Problem(Exception):
    """A request that ends with an error; `where` is filled with the address if it is empty."""

    def __init__(self, status: int, what: str, fix: str, where: str = "") -> None:
        super().__init__(what)
        self.status = status
        self.fault = Fault(what, where, fix)
        self.headers: dict[str, str] = {}

    def with_details(self, details: tuple[Detail, ...]) -> "Problem":
        """The same with a list of faults."""
        self.fault = msgspec.structs.replace(self.fault, details=details)
        return self


def not_found(what: str, fix: str) -> Problem:
    """A 404 with a reason."""
    return Problem(404, what, fix)


def response_of(problem: Problem, where: str) -> Response:
    """The problem as an answer to a request for `where`."""
    fault = problem.fault
    if not fault.where:
        fault = msgspec.structs.replace(fault, where=where)
    headers = {"cache-control": "no-store", **problem.headers}
    return Response(
        _encode(ErrorBody(fault)), problem.status, headers, media_type="application/json"
    )


def problem_of(error: Exception) -> Problem:
    """What any error of a handler means for the caller."""
    match error:
        case Problem():
            return error
        case HTTPException(status_code=404):
            return not_found("there is nothing at this address", "see /openapi.json")
        case HTTPException(status_code=405):
            problem = Problem(405, "this address does not take that method", "see /openapi.json")
            problem.headers = dict(error.headers or {})
            return problem
        case HTTPException():
            return Problem(error.status_code, str(error.detail), "see /openapi.json")
        case DefiniteError() | IndefiniteError() | TimeoutError():
            _log.warning("store_away", why=str(error))
            problem = Problem(503, "the results cannot be reached just now", "try again")
            problem.headers = {"retry-after": str(RETRY_AFTER_S)}
            return problem
        case _:
            _log.exception("request_failed")
            problem = Problem(500, "the server failed to answer", "tell whoever runs this server")
            # The web server closes the connection behind an error that got so far. Unless that is
            # said, a gateway sends somebody else's request on it, and that one fails, too.
            problem.headers = {"connection": "close"}
            return problem


async def render(request: Request, error: Exception) -> Response:
    """The handler of all errors of the application."""
    return response_of(problem_of(error), where_of(request.scope["method"], request.url.path))


def where_of(method: str, path: str) -> str:
    """How a request is named in an error: method and path, cut."""
    return f"{method} {path[:200]}"
