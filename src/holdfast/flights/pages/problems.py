"""The law of problems: what kept an answer becomes a page that says so, and what to do.

A page hands in what `Api` gave it; no page shows the API's own sentences unless it says so. Who
does not ask for HTML is a program, and gets the same as JSON, in English.
"""

from starlette.responses import JSONResponse, Response

from holdfast.flights.pages.api import Away, Problem
from holdfast.flights.pages.rendering import HEADERS, Renderer
from holdfast.flights.pages.site import Site, Visit
from holdfast.flights.pages.words.catalogue import Words
from holdfast.platform.runtime.logs import Log

RETRY_AFTER_S = 5
KINDS = (400, 403, 404, 405, 410, 413, 429, 500, 502)
"""Each has its sentences, `problem.<kind>.title` and `.text`."""
MAX_WHERE_CHARS = 200
"""Of an address, in what a program is told."""
_EXPIRED = frozenset({"offer_expired", "offer_no_longer_available"})
_log = Log("pages")


def problem_page(render: Renderer, visit: Visit, status: int) -> Response:
    """The page of a status."""
    kind = status if status in KINDS else 500 if status >= 500 else 400
    response: Response
    if "text/html" in visit.request.headers.get("accept", ""):
        response = render.page(visit, "problem.html", kind, kind=kind)
    else:
        response = JSONResponse({"error": _fault(visit, kind)}, kind, HEADERS)
    if kind in (429, 502):
        response.headers["retry-after"] = str(RETRY_AFTER_S)
    return response


def _fault(visit: Visit, kind: int) -> dict[str, str]:
    say, request = Words("en"), visit.request
    return {
        "what": say(f"problem.{kind}.title"),
        "where": f"{request.method} {request.url.path[:MAX_WHERE_CHARS]}",
        "fix": say(f"problem.{kind}.text"),
    }


def told(site: Site, visit: Visit, problem: Problem) -> Response:
    """The page of what kept an answer."""
    return problem_page(site.render, visit, status_of(problem, visit.request_id))


def status_of(problem: Problem, request_id: str = "") -> int:
    """Which status says it; what is our own fault is logged."""
    if isinstance(problem, Away):
        _log.warning("api_away", why=problem.why, request_id=request_id)
        return 502
    if problem.code in _EXPIRED:
        return 410
    if problem.status in (401, 403):  # the pages' own token is not good
        _log.error("token_refused", why=problem.message, request_id=request_id)
        return 502
    return problem.status if problem.status in (404, 410, 429) else 400
