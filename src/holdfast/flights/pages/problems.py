"""The law of problems: what kept an answer becomes a page that says so, and what to do.

A page hands in what `Api` gave it; no page shows the API's own sentences unless it says so.
"""

from starlette.responses import Response

from holdfast.flights.pages.api import Away, Problem
from holdfast.flights.pages.rendering import Renderer
from holdfast.flights.pages.site import Site, Visit
from holdfast.platform.runtime.logs import Log

RETRY_AFTER_S = 5
KINDS = (400, 403, 404, 405, 410, 413, 429, 500, 502)
"""Each has its sentences, `problem.<kind>.title` and `.text`."""
_EXPIRED = frozenset({"offer_expired", "offer_no_longer_available"})
_log = Log("pages")


def problem_page(render: Renderer, visit: Visit, status: int) -> Response:
    """The page of a status."""
    kind = status if status in KINDS else 500 if status >= 500 else 400
    response = render.page(visit, "problem.html", kind, kind=kind)
    if kind in (429, 502):
        response.headers["retry-after"] = str(RETRY_AFTER_S)
    return response


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
