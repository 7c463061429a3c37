"""Two routes for one address: the gate's word decides which one answers."""

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Match, Route

from holdfast.grading.entrypoints.results_api.access import Role
from holdfast.grading.entrypoints.results_api.faces import for_teachers


async def page(_: Request) -> Response:
    return PlainTextResponse("everything")


@pytest.mark.parametrize("role", [None, *Role])
def test_a_route_for_teachers_is_there_for_nobody_else(role: Role | None) -> None:
    scope = {"type": "http", "path": "/users", "method": "GET", "headers": []}
    state = {} if role is None else {"state": {"role": role}}
    match, _ = for_teachers(Route("/users", page)).matches({**scope, **state})
    assert (match is Match.FULL) == (role is Role.ADMIN)
