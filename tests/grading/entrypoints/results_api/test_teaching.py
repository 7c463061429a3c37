"""Rosters come in whole, tokens go to teachers only."""

import httpx
import pytest

from holdfast.grading.service.import_roster import MAX_ROSTER_BYTES
from tests.support.results_site import SERVICE, VIEWER, Site

ROSTER, TOKENS = "/api/grading/roster", "/api/grading/roster/tokens"


async def test_a_roster_is_imported_and_counted(teacher: httpx.AsyncClient) -> None:
    roster = "uid,name\n1234,Anna\n7,Benjamin\n8,Carla\n"
    answer = await teacher.post(ROSTER, content=roster, headers={"content-type": "text/csv"})
    assert answer.status_code == 200
    assert answer.json() == {"added": 1, "renamed": 1, "unchanged": 1}


async def test_a_bad_roster_names_every_bad_line_and_changes_nothing(
    teacher: httpx.AsyncClient,
) -> None:
    answer = await teacher.post(ROSTER, content="5,Eve\nx,Ben\n6\n")
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["what"].startswith("nothing was imported: line 2")
    assert [detail["line"] for detail in error["details"]] == [2, 3]
    assert (await teacher.get("/users/5")).status_code == 404


async def test_a_roster_that_is_too_long_is_413(teacher: httpx.AsyncClient) -> None:
    answer = await teacher.post(ROSTER, content=b"1" * (MAX_ROSTER_BYTES + 1))
    assert answer.status_code == 413


@pytest.mark.parametrize("token", [None, "wrong", VIEWER, SERVICE])
async def test_only_the_admin_token_imports_and_lists_tokens(site: Site, token: str | None) -> None:
    client = site.client(token)
    for answer in (await client.post(ROSTER, content="1,Mallory"), await client.get(TOKENS)):
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
    assert (await client.get("/users/1")).status_code == 404


async def test_every_student_has_a_token_of_their_own(teacher: httpx.AsyncClient) -> None:
    told = (await teacher.get(TOKENS)).json()
    assert [(one["uid"], one["name"]) for one in told] == [(7, "Bén <b>"), (1234, "Anna")]
    assert len({one["token"] for one in told}) == 2
