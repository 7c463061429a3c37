"""Who may do what: closed by default, roles by token or cookie, nothing by guessing."""

from dataclasses import replace

import httpx
import pytest

from holdfast.grading.entrypoints.results_api.access import (
    COOKIE,
    COOKIE_S,
    Access,
    Role,
    role_needed,
)
from tests.grading.store.contract import closed, opened
from tests.support.results_site import ADMIN, SERVICE, VIEWER, Site, results_site

NOW = 1_000_000.0
ACCESS = Access(
    is_open=False,
    viewer=VIEWER.encode(),
    admin=ADMIN.encode(),
    service=SERVICE.encode(),
    now=lambda: NOW,
)
READS = (
    "/",
    "/users",
    "/users/7",
    "/assignments",
    "/online",
    "/api/grading/standings",
    "/api/grading/tests",
    "/api/grading/incidents",
    "/api/grading/live",
    "/openapi.json",
    "/no/such/thing",
)


@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize("token", [None, "", "wrong", SERVICE, VIEWER + "x"])
async def test_by_token_nothing_is_read_without_one(path: str, token: str | None) -> None:
    async with results_site(is_open=False) as site:
        answer = await site.client(token).get(path)
        assert answer.status_code == 401
        assert "token" in answer.json()["error"]["what"]


@pytest.mark.parametrize("token", [VIEWER, ADMIN])
async def test_viewers_and_admins_read(token: str) -> None:
    async with results_site(is_open=False) as site:
        for path in ("/users", "/api/grading/standings", "/openapi.json"):
            assert (await site.client(token).get(path)).status_code == 200


async def test_health_and_the_way_in_are_public() -> None:
    async with results_site(is_open=False) as site:
        for path in ("/health/live", "/health/ready", "/enter"):
            assert (await site.client().get(path)).status_code == 200


async def test_a_browser_without_a_cookie_is_led_to_the_way_in() -> None:
    async with results_site(is_open=False) as site:
        answer = await site.client().get("/users?a=1&b=2", headers={"accept": "text/html,*/*"})
        assert answer.status_code == 303
        assert answer.headers["location"] == "/enter?next=%2Fusers%3Fa%3D1%26b%3D2"


async def test_a_cookie_reads_and_a_forged_one_does_not(site: Site) -> None:
    async with results_site(is_open=False) as closed_site:
        access = replace(ACCESS, now=closed_site.clock.seconds)
        good = access.cookie_for(Role.VIEWER)
        for value, status in (
            (good, 200),
            (good[:-1] + ("0" if good[-1] != "0" else "1"), 401),
            (good.replace("viewer", "admin"), 401),
            ("viewer.99999999999.", 401),
            ("viewer", 401),
            ("", 401),
            ("service.99999999999.x", 401),
        ):
            client = closed_site.client(cookies={COOKIE: value})
            assert (await client.get("/users")).status_code == status, value


def test_a_cookie_ends_after_a_day_of_work() -> None:
    value = ACCESS.cookie_for(Role.ADMIN)
    assert ACCESS.role_of_cookie(value) is Role.ADMIN
    late = replace(ACCESS, now=lambda: NOW + COOKIE_S)
    assert late.role_of_cookie(value) is Role.PUBLIC


def test_a_new_token_ends_the_cookies_of_the_old_one() -> None:
    value = ACCESS.cookie_for(Role.VIEWER)
    assert replace(ACCESS, viewer=b"another").role_of_cookie(value) is Role.PUBLIC


async def test_a_cookie_does_not_act_for_another_site() -> None:
    async with results_site(is_open=False) as site:
        access = replace(ACCESS, now=site.clock.seconds)
        client = site.client(cookies={COOKIE: access.cookie_for(Role.ADMIN)})
        evil = {"origin": "http://evil.test"}
        own = {"origin": "http://results.test"}
        path = "/api/grading/roster"
        assert (await client.post(path, content="1,A", headers=evil)).status_code == 403
        assert (await client.post(path, content="1,A", headers=own)).status_code == 200


async def test_the_nodes_token_opens_only_the_nodes_door(site: Site) -> None:
    for token in (None, VIEWER, ADMIN, "wrong"):
        answer = await site.client(token).post("/internal/grading/batch", content=b"\x90")
        assert answer.status_code == 401
    answer = await site.client(SERVICE).post("/internal/grading/batch", content=b"\x90")
    assert answer.status_code == 200
    for path in ("/api/grading/roster/tokens",):
        assert (await site.client(SERVICE).get(path)).status_code == 401


async def test_open_access_gives_nobody_the_teachers_view(site: Site) -> None:
    opening = opened()
    await site.store.close_attempt(closed(opening))
    answer = await site.client("wrong").get(f"/api/grading/attempts/{opening.id}")
    assert answer.status_code == 200
    assert answer.json()["teacher_note"] is None


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("/internal/grading/batch", Role.SERVICE),
        ("/internal/anything", Role.SERVICE),
        ("/api/grading/roster", Role.ADMIN),
        ("/api/grading/roster/tokens", Role.ADMIN),
        ("/api/grading/claims", Role.PUBLIC),
        ("/health/live", Role.PUBLIC),
        ("/assets/1/style.css", Role.PUBLIC),
        ("/enter", Role.PUBLIC),
        ("/enter/x", Role.VIEWER),
        ("/", Role.VIEWER),
        ("//internal/grading/batch", Role.VIEWER),
        ("/api/grading/roster2", Role.VIEWER),
        ("/teach", Role.ADMIN),
        ("/teach/roster", Role.ADMIN),
        ("/causes", Role.ADMIN),
        ("/teacher", Role.VIEWER),
    ],
)
def test_the_address_decides_the_role(path: str, role: Role) -> None:
    assert role_needed(path) is role


@pytest.mark.parametrize(
    "path",
    [
        "//internal/grading/batch",
        "/./internal/grading/batch",
        "/internal/grading/batch/",
        "/users/",
    ],
)
async def test_no_other_spelling_of_an_address_leads_anywhere(site: Site, path: str) -> None:
    for answer in (await site.client().get(path), await site.client().post(path)):
        assert answer.status_code in (401, 404)


async def test_strange_cookies_and_headers_do_no_harm(anyone: httpx.AsyncClient) -> None:
    for headers in (
        {"cookie": f"{COOKIE}="},
        {"cookie": f'{COOKIE}="\\777"; bad'},
        {"cookie": COOKIE * 50},
        {"authorization": "Bearer"},
        {"authorization": "Basic eDp5"},
    ):
        assert (await anyone.get("/users", headers=headers)).status_code == 200
