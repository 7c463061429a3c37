"""Who is told how: browsers by a page where people look, everybody else in JSON."""

import json

import pytest
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import Scope

from holdfast.grading.entrypoints.results_api.problems import Problem
from holdfast.grading.entrypoints.results_api.refusals import Refusals, wants_page

BROWSER = "text/html,application/xhtml+xml,*/*;q=0.8"


def scope(path: str, accept: str = BROWSER) -> Scope:
    headers = [(b"accept", accept.encode())] if accept else []
    return {"type": "http", "method": "GET", "path": path, "headers": headers}


def page(request: Request, status: int, reason: str, home: str) -> Response:
    return HTMLResponse(f"{request.url.path} {reason} {home}", status)


@pytest.mark.parametrize(
    ("path", "accept", "is_page"),
    [
        ("/tests", BROWSER, True),
        ("/tests", "*/*", False),
        ("/tests", "", False),
        ("/api/grading/tests", BROWSER, False),
        ("/internal/x", BROWSER, False),
        ("/health/live", BROWSER, False),
        ("/openapi.json", BROWSER, False),
    ],
)
def test_a_page_is_for_browsers_where_people_look(path: str, accept: str, is_page: bool) -> None:
    assert wants_page(scope(path, accept)) is is_page


def test_a_page_keeps_status_and_headers_of_the_problem() -> None:
    problem = Problem(503, "away", "try again")
    problem.headers = {"retry-after": "7"}
    answer = Refusals(page).answer(scope("/x"), problem, "others", "/students/7")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "7")
    assert bytes(answer.body) == b"/x others /students/7"


def test_without_pages_everybody_gets_json() -> None:
    answer = Refusals().answer(scope("/x"), Problem(404, "gone", "look elsewhere"))
    fault = json.loads(bytes(answer.body))["error"]
    assert fault == {"what": "gone", "where": "GET /x", "fix": "look elsewhere"}
