"""The application as a whole: pages stand behind the same rules, and faults reach browsers well."""

from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from holdfast.grading.entrypoints.results_api.app import Pages
from holdfast.grading.pages.routes import enter_page
from tests.support.results_site import VIEWER, results_site

HTML = {"accept": "text/html"}


async def page(request: Request) -> Response:
    return HTMLResponse(f"<p>{request.state.role.name}</p>")


async def broken(_: Request) -> Response:
    raise ZeroDivisionError("secret detail")


def error_page(_: Request, status: int, reason: str, home: str) -> Response:
    return HTMLResponse(f"<h1>In plain words</h1> {reason} {home}", status)


ROUTES = [Route("/", page), Route("/broken", broken)]
PAGES = Pages(enter_page(), ROUTES)


async def test_pages_stand_behind_the_access_rules() -> None:
    async with results_site(is_open=False, pages=PAGES) as site:
        assert (await site.client().get("/")).status_code == 401
        assert (await site.client(VIEWER).get("/")).text == "<p>VIEWER</p>"


async def test_a_browser_gets_an_error_page_and_a_program_gets_json() -> None:
    async with results_site(pages=replace(PAGES, error=error_page)) as site:
        client = site.client()
        assert "plain words" in (await client.get("/nowhere", headers=HTML)).text
        assert (await client.get("/nowhere")).json()["error"]["what"]
        assert (await client.get("/api/grading/nowhere", headers=HTML)).json()["error"]["what"]


async def test_a_page_that_breaks_is_a_500_without_insides() -> None:
    async with results_site(pages=PAGES) as site:
        transport = httpx.ASGITransport(site.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://t") as client:
            answer = await client.get("/broken")
    assert answer.status_code == 500
    assert "secret" not in answer.text


async def test_nobody_elses_request_comes_on_the_line_of_one_that_broke() -> None:
    async with results_site(pages=replace(PAGES, error=error_page)) as site:
        transport = httpx.ASGITransport(site.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://t") as client:
            for headers in ({}, HTML):
                answer = await client.get("/broken", headers=headers)
                assert (answer.status_code, answer.headers["connection"]) == (500, "close")
            assert "connection" not in (await client.get("/nowhere")).headers


@pytest.mark.parametrize("spelling", [str.upper, lambda path: path + "/"])
async def test_addresses_have_one_spelling(spelling: Callable[[str], str]) -> None:
    async with results_site() as site:
        assert (await site.client().get(spelling("/users"))).status_code == 404
