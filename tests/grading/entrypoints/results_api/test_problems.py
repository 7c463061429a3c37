"""Every fault has the same shape; ours show nothing of our insides."""

import httpx
import pytest
from starlette.exceptions import HTTPException

from holdfast.errors import DefiniteError, IndefiniteError
from holdfast.grading.entrypoints.results_api.problems import (
    Problem,
    not_found,
    problem_of,
    response_of,
)
from tests.support.results_site import Site


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/no/such/thing", 404),
        ("GET", "/users/9", 404),
        ("POST", "/users", 405),
        ("DELETE", "/users/7", 405),
        ("GET", "/api/grading/incidents?uid=x", 400),
    ],
)
async def test_every_error_says_what_where_and_what_to_do(
    anyone: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await anyone.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"
    assert set(answer.json()) == {"error"}
    error = answer.json()["error"]
    assert set(error) == {"what", "where", "fix"}
    assert all(error.values())


async def test_a_wrong_method_names_the_right_ones(anyone: httpx.AsyncClient) -> None:
    assert "GET" in (await anyone.post("/users")).headers["allow"]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (DefiniteError("password=hunter2"), 503),
        (IndefiniteError("password=hunter2"), 503),
        (TimeoutError("password=hunter2"), 503),
        (ZeroDivisionError("password=hunter2"), 500),
    ],
)
async def test_our_own_faults_show_no_insides(
    site: Site, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    async def users() -> None:
        raise error

    monkeypatch.setattr(site.store, "users", users)
    answer = await site.client().get("/users")
    assert answer.status_code == status
    assert "hunter2" not in answer.text
    assert ("retry-after" in answer.headers) == (status == 503)


def test_a_problem_may_name_its_place_or_take_the_address() -> None:
    assert b'"where":"query uid"' in response_of(Problem(400, "w", "f", "query uid"), "GET /").body
    assert b'"where":"GET /"' in response_of(not_found("w", "f"), "GET /").body


def test_other_http_errors_keep_their_status() -> None:
    assert problem_of(HTTPException(418, "teapot")).status == 418
