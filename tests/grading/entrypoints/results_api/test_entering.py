"""A token becomes a cookie, and the way in leads nowhere else."""

import httpx
import pytest

from holdfast.grading.domain.roster import User, UserId
from holdfast.grading.service.claim_identity import ClaimKey
from holdfast.platform.auth.passport import COOKIE as SESSION
from tests.support.people import House
from tests.support.results_site import ADMIN, CLAIM_KEY, SERVICE, VIEWER, results_site


@pytest.mark.parametrize("token", [VIEWER, ADMIN, f" {VIEWER}\n"])
async def test_the_form_with_a_right_token_gives_a_cookie_that_reads(token: str) -> None:
    async with results_site(is_open=False) as site:
        client = site.client()
        answer = await client.post("/enter", data={"token": token, "next": "/users"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/users")
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert token.strip() not in cookie
        assert (await client.get("/users")).status_code == 200


async def test_a_link_with_a_token_leads_straight_in() -> None:
    async with results_site(is_open=False) as site:
        client = site.client()
        answer = await client.get("/enter", params={"token": VIEWER, "next": "/online"})
        assert answer.headers["location"] == "/online"
        assert (await client.get("/online")).status_code == 200


@pytest.mark.parametrize("token", ["", "wrong", SERVICE, "\ud83d", "é"])
async def test_a_wrong_token_is_told_so_and_gives_nothing(token: str) -> None:
    async with results_site(is_open=False) as site:
        client = site.client()
        body = b"token=" + token.encode("utf-8", "surrogatepass")
        answer = await client.post("/enter", content=body)
        assert answer.status_code == 403
        assert "opens nothing here" in answer.text
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "target",
    ["https://evil.test", "//evil.test", "/\\evil.test", "evil", "", "/a\r\nb", "/" + "a" * 3000],
)
async def test_the_way_in_never_leads_to_another_site(target: str) -> None:
    async with results_site(is_open=False) as site:
        answer = await site.client().post("/enter", data={"token": VIEWER, "next": target})
        assert answer.headers["location"] == "/"


async def test_the_form_escapes_where_it_leads() -> None:
    async with results_site(is_open=False) as site:
        answer = await site.client().get("/enter", params={"next": '/"><script>'})
        assert answer.status_code == 200
        assert "<script>" not in answer.text


async def test_the_form_runs_and_styles_nothing_of_its_own() -> None:
    async with results_site(is_open=False) as site:
        answer = await site.client().get("/enter")
        assert "<style" not in answer.text
        assert "unsafe-inline" not in answer.headers["content-security-policy"]
        assert "no-store" in answer.headers["cache-control"]


async def test_a_long_form_is_refused() -> None:
    async with results_site(is_open=False) as site:
        answer: httpx.Response = await site.client().post("/enter", content=b"t" * 10_000)
        assert answer.status_code == 413


async def test_who_has_logged_in_is_led_to_their_account_unless_more_is_needed() -> None:
    house = House()
    async with results_site(is_open=False, house=house) as site:
        client = site.client()
        client.cookies.set(SESSION, await house.session("mira"))
        at_home = await client.get("/enter")
        assert (at_home.status_code, at_home.headers["location"]) == (303, "/me")
        assert at_home.headers["cache-control"] == "no-store"
        assert (await client.get("/enter?next=%2Fteach")).status_code == 200
        client.cookies.set(SESSION, "invented")
        assert (await client.get("/enter")).status_code == 200


@pytest.mark.parametrize(
    ("token", "words"),
    [(ADMIN, "With the token of the course staff"), (VIEWER, "With a token that reads all")],
)
async def test_who_came_with_a_token_is_told_so_and_goes_out_again(token: str, words: str) -> None:
    async with results_site(is_open=False, house=House()) as site:
        client = site.client()
        await client.post("/enter", data={"token": token})
        page = await client.get("/enter")
        assert words in page.text
        assert 'action="/logout"' in page.text
        assert (await client.get("/enter?next=%2Fteach")).text.count("<form") > 1, "the way in"
        evil = await client.post("/logout", headers={"origin": "http://evil.test"})
        assert evil.status_code == 403
        assert (await client.get("/users")).status_code == 200, "nobody else logs them out"
        out = await client.post("/logout")
        assert (out.status_code, out.headers["location"]) == (303, "/enter")
        assert (await client.get("/users")).status_code == 401
        assert words not in (await client.get("/enter")).text


async def test_a_student_goes_out_as_they_came() -> None:
    async with results_site(is_open=False, house=House()) as site:
        await site.store.import_roster([User(UserId(7), "Anna")])
        client = site.client()
        token = ClaimKey("course", CLAIM_KEY).token(UserId(7))
        await client.post("/enter/student", data={"uid": "7", "token": token})
        assert "As student 7" in (await client.get("/enter")).text
        await client.post("/logout")
        assert (await client.get("/users/7")).status_code == 401


async def test_logging_out_of_an_account_ends_what_a_token_gave_too() -> None:
    house = House()
    async with results_site(is_open=False, house=house) as site:
        client = site.client()
        await client.post("/enter", data={"token": ADMIN})
        client.cookies.set(SESSION, await house.session("mira"), domain="results.test")
        await client.post("/logout")
        assert (await client.get("/users")).status_code == 401
