"""What kept an answer becomes a page that says so."""

import json

import pytest

from holdfast.flights.pages.api import Away, Problem, Refused
from holdfast.flights.pages.problems import KINDS, problem_page, status_of, told
from tests.flights.pages.pages_site import site, visit


@pytest.mark.parametrize(
    ("problem", "status"),
    [
        (Away("nobody"), 502),
        (Refused(401, "access_token_not_found", ""), 502),
        (Refused(403, "insufficient_permissions", ""), 502),
        (Refused(404, "not_found", ""), 404),
        (Refused(422, "offer_expired", ""), 410),
        (Refused(422, "offer_no_longer_available", ""), 410),
        (Refused(422, "invalid", ""), 400),
        (Refused(429, "rate_limit_exceeded", ""), 429),
    ],
)
def test_each_problem_has_its_page(problem: Problem, status: int) -> None:
    answer = told(site(), visit(), problem)
    assert answer.status_code == status == status_of(problem)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["en", "de"])
def test_a_page_says_what_is_wrong_and_where_to_go(kind: int, language: str) -> None:
    here = visit("/x", accept_language=language, accept="text/html")
    answer = problem_page(site().render, here, kind)
    text = bytes(answer.body).decode()
    assert here.words(f"problem.{kind}.title") in text
    assert 'href="/"' in text
    assert ("retry-after" in answer.headers) is (kind in (429, 502))


def test_a_program_is_told_in_json() -> None:
    answer = problem_page(site().render, visit("/x", accept_language="de"), 429)
    assert json.loads(bytes(answer.body)) == {
        "error": {
            "what": "Too many questions at once",
            "where": "GET /x",
            "fix": "Very many people are searching just now. Please try again in a minute.",
        }
    }
    assert answer.headers["retry-after"]
    assert "no-store" in answer.headers["cache-control"]


def test_other_statuses_have_the_page_of_their_kind() -> None:
    render = site().render
    assert problem_page(render, visit(), 418).status_code == 400
    assert problem_page(render, visit(), 599).status_code == 500
