"""docs/reference/page-cache.md on the travel pages: strangers share bytes, others have theirs."""

import httpx
import msgspec

from holdfast.flights.pages.routes import PAGES, pages_app
from holdfast.flights.wiring.settings import FlightsSettings
from holdfast.flights.wiring.sites.pages import kept_for_strangers
from holdfast.platform.web.rendered import RenderedFigures
from tests.flights.pages.pages_site import PlayedApi
from tests.flights.pages.test_flight_view import status
from tests.support.flights_world import WorldClock

FLIGHT = "/flights/ZZ100?date=2026-12-01"


def played() -> PlayedApi:
    answer = httpx.Response(200, content=msgspec.json.encode(status()))
    return PlayedApi({"GET /api/flights/status/ZZ100": answer})


class Kept:
    """The pages with their shelves."""

    def __init__(self, settings: FlightsSettings | None = None) -> None:
        self.api, self.clock, self.figures = played(), WorldClock(), RenderedFigures()
        app = pages_app(self.api.api(), self.clock, PAGES)
        self.app = kept_for_strangers(app, settings or FlightsSettings(), self.clock, self.figures)

    async def get(self, path: str, **headers: str) -> httpx.Response:
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://travel") as client:
            return await client.get(path, headers=headers)


async def test_strangers_get_the_same_bytes_and_no_cookie() -> None:
    kept = Kept()
    first, second = await kept.get(FLIGHT), await kept.get(FLIGHT)
    assert first.content == second.content
    assert b"ZZ100" in first.content
    assert "set-cookie" not in first.headers, "a name is for who searches"
    assert first.headers["cache-control"] == "private, no-store"
    assert first.headers["content-security-policy"]
    assert kept.figures.made["status"] == 1
    asked = [one.url.path for one in kept.api.asked]
    assert asked.count("/api/flights/status/ZZ100") == 1
    again = await kept.get(FLIGHT, **{"if-none-match": first.headers["etag"]})
    assert again.status_code == 304


async def test_whoever_has_a_cookie_is_answered_anew_and_leaves_nothing_behind() -> None:
    kept = Kept()
    known = await kept.get("/", cookie="holdfast_session=secret; holdfast_language=de")
    assert 'lang="de"' in known.text
    assert "set-cookie" in known.headers, "its browser gets its name as ever"
    assert not kept.figures.made
    assert 'lang="en"' in (await kept.get("/")).text


async def test_it_lives_for_its_time_and_another_day_is_another_page() -> None:
    kept = Kept()
    for seconds in (0.0, 4.0, 4.0):
        kept.clock.move(seconds=seconds)
        await kept.get("/")
    assert kept.figures.made["forms"] == 2


async def test_a_flight_that_is_not_there_is_looked_for_each_time() -> None:
    kept = Kept()
    for _ in range(2):
        assert (await kept.get("/flights/ZZ999")).status_code == 404
    assert kept.figures.made["status"] == 2


async def test_it_can_be_turned_off() -> None:
    kept = Kept(FlightsSettings(page_cache_s=0.0))
    assert "set-cookie" in (await kept.get("/")).headers
    assert not kept.figures.asked
