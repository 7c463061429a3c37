"""The pages as a browser gets them: whole, bounded, safe, plain about what is wrong."""

import httpx
import pytest
from starlette.responses import PlainTextResponse, Response

from holdfast.flights.pages import routes
from holdfast.flights.pages.routes import ASSETS, PAGES
from holdfast.flights.pages.site import Route, Site, Visit
from holdfast.platform.web.assets import load_assets
from tests.flights.pages.pages_site import PagesSite, PlayedApi

LARGEST_ASSETS = 60_000


async def _echo(_: Site, visit: Visit) -> Response:
    return PlainTextResponse(visit.field("name"))


async def _broken(_: Site, __: Visit) -> Response:
    raise ZeroDivisionError


async def _slow(_: Site, __: Visit) -> Response:
    raise TimeoutError


TRIED = (
    Route("POST", "/echo", _echo),
    Route("GET", "/broken", _broken),
    Route("GET", "/slow", _slow),
)


@pytest.fixture
def pages() -> PagesSite:
    return PagesSite(pages=(*PAGES, *TRIED))


@pytest.mark.parametrize(("language", "words"), [("en", "Search"), ("de", "Suche")])
async def test_the_first_page_is_in_the_readers_language(
    pages: PagesSite, language: str, words: str
) -> None:
    answer = await pages.get("/", language)
    assert answer.status_code == 200
    assert f'<html lang="{language}">' in answer.text
    assert words in answer.text
    assert 'href="#main"' in answer.text


async def test_the_language_is_switched_by_a_link_that_comes_back(pages: PagesSite) -> None:
    async with pages.browser("en") as browser:
        switched = await browser.get("/language/de?next=/flights%3Fx%3D1")
        assert switched.status_code == 303
        assert switched.headers["location"] == "/flights?x=1"
        assert '<html lang="de">' in (await browser.get("/")).text


@pytest.mark.parametrize("next_", ["//evil.example", "http://evil.example/", "/\\evil", ""])
async def test_the_switch_leads_nowhere_else(pages: PagesSite, next_: str) -> None:
    answer = await pages.get(f"/language/en?next={next_}")
    assert answer.headers["location"] == "/"


async def test_an_unknown_language_or_address_is_not_found(pages: PagesSite) -> None:
    for path in ("/language/xx", "/nothing/here", "/%00"):
        answer = await pages.get(path)
        assert answer.status_code == 404
        assert "There is no such page" in answer.text
        assert answer.headers["content-security-policy"]


async def test_a_wrong_method_is_told(pages: PagesSite) -> None:
    answer = await pages.get("/echo")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"


async def test_a_form_reaches_its_page_and_a_foreign_one_does_not(pages: PagesSite) -> None:
    async with pages.browser() as browser:
        own = await browser.post("/echo", data={"name": "Ada"}, headers={"origin": "http://travel"})
        assert own.text == "Ada"
        for origin in ("http://evil", "http://[", "null"):
            headers = {"origin": origin}
            foreign = await browser.post("/echo", data={"name": "x"}, headers=headers)
            assert foreign.status_code == 403
        odd = await browser.post("/echo", json={"name": "x"})
        assert odd.status_code == 400


async def test_a_page_that_breaks_or_takes_too_long_says_so(pages: PagesSite) -> None:
    broken, slow = await pages.get("/broken"), await pages.get("/slow")
    assert broken.status_code == 500
    assert "written down" in broken.text
    assert slow.status_code == 502


async def test_a_browser_is_named_once(pages: PagesSite) -> None:
    async with pages.browser() as browser:
        first = await browser.get("/")
        assert "holdfast_viewer=" in first.headers["set-cookie"]
        assert "set-cookie" not in (await browser.get("/")).headers


async def test_assets_have_addresses_that_change_with_them(pages: PagesSite) -> None:
    files = load_assets(ASSETS)
    answer = await pages.get(files.address("page.css"))
    assert "immutable" in answer.headers["cache-control"]
    assert files.address("page.css") in (await pages.get("/")).text
    assert sum(len(one.body) for one in files.files.values()) < LARGEST_ASSETS


async def test_the_process_lives_and_is_ready_when_the_api_is() -> None:
    there = PlayedApi({"GET /health/live": httpx.Response(200, json={"ok": True})})
    for played, status in ((there, 200), (PlayedApi(), 503)):
        pages = PagesSite(played)
        assert (await pages.get("/health/live")).status_code == 200
        assert (await pages.get("/health/ready")).status_code == status


def test_no_two_pages_have_one_address() -> None:
    addresses = [(one.method, one.path) for one in PAGES]
    assert len(set(addresses)) == len(addresses)
    assert routes.ANSWER_WITHIN_S > 0
