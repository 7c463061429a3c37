"""Results in front of the real API in memory: searched once, locked, filtered, searched anew."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import msgspec
import pytest

from holdfast.flights.pages.api import Api
from holdfast.flights.pages.routes import pages_app
from holdfast.flights.pages.site import VIEWER_COOKIE
from tests.flights.duffel_site import DuffelSite, duffel_site
from tests.flights.entrypoints.http.site import TOKEN
from tests.flights.pages.offers import request as stored
from tests.flights.pages.offers import suggestion
from tests.flights.pages.pages_site import PagesSite, PlayedApi, data, query_of, refusal

ONEWAY = "/results?trip=oneway&from=FRA&to=LHR&out=2026-12-01"


@dataclass
class Travel:
    """The pages, the API behind them, a browser in front."""

    api: DuffelSite
    browser: httpx.AsyncClient

    async def get(self, path: str, status: int = 200) -> str:
        """The page at the end of all redirections."""
        answer = await self.browser.get(path, follow_redirects=True)
        assert answer.status_code == status, answer.text
        return answer.text

    async def search(self, path: str = ONEWAY) -> str:
        """Where a search leads."""
        answer = await self.browser.get(path)
        assert answer.status_code == 303
        return answer.headers["location"]


@pytest.fixture
async def travel() -> AsyncIterator[Travel]:
    async with duffel_site() as api:
        client = httpx.AsyncClient(transport=httpx.ASGITransport(api.app), base_url="http://api")
        app = pages_app(Api(client, TOKEN), api.clock)
        async with (
            client,
            httpx.AsyncClient(
                transport=httpx.ASGITransport(app),
                base_url="http://travel",
                headers={"accept-language": "en"},
            ) as browser,
        ):
            yield Travel(api, browser)


async def test_a_search_is_made_once_and_kept_in_the_address(travel: Travel) -> None:
    here = await travel.search()
    assert query_of(here)["search"][0].startswith("orq_")
    for _ in range(2):
        text = await travel.get(here)
        assert "Frankfurt" in text
        assert "British Airways" in text
        assert "Price locked until" in text
        assert "26 Nov, 12:30 UTC" in text, "without scripts the lock is a time"
    assert text.count("<article") == 3


async def test_a_card_tells_the_price_for_all_and_each_fares_terms(travel: Travel) -> None:
    text = await travel.get(ONEWAY + "&adults=2")
    assert "for 2 travellers, taxes included" in text
    assert "Flex" in text
    assert "€200.00" in text
    for shown in ("1 checked bag each", "Changes for €40.00", "Refund less €100.00", "Hold until"):
        assert shown in text
    assert 'href="/offers/off_' in text


async def test_names_and_brackets_are_understood_and_unknown_places_told(travel: Travel) -> None:
    here = await travel.search("/results?trip=oneway&from=frankfurt&to=X+(lon)&out=2026-12-01")
    assert (query_of(here)["from"], query_of(here)["to"]) == (["FRA"], ["LON"])
    text = await travel.get("/results?trip=oneway&from=atlantis&to=LHR&out=2026-12-01", 422)
    assert "No city and no airport is known by “atlantis”" in text
    asked = await travel.get("/results?trip=oneway&from=FRA&to=l&out=2026-12-01")
    assert "Which place do you mean?" in asked
    assert 'name="to" value="London (LON)" checked' in asked


async def test_two_names_of_one_place_are_no_trip(travel: Travel) -> None:
    text = await travel.get("/results?trip=oneway&from=FRA&to=Frankfurt&out=2026-12-01", 422)
    assert "That is where the trip begins" in text


async def test_what_the_api_refuses_stands_at_its_field(travel: Travel) -> None:
    text = await travel.get("/results?trip=oneway&from=LON&to=LHR&out=2026-12-01", 422)
    assert "same place" in text
    assert 'id="to-wrong"' in text


async def test_a_mistake_costs_no_search(travel: Travel) -> None:
    text = await travel.get("/results?from=FRA", 422)
    assert text.count('class="wrong"') == 3
    assert travel.api.world.drawn == 0


async def test_a_filter_leaves_what_fits_and_an_empty_list_has_remedies(travel: Travel) -> None:
    here = await travel.search()
    text = await travel.get(here + "&airline=LH")
    assert text.count("<article") == 1
    assert "1 of 3 connections" in text
    empty = await travel.get(here + "&airline=LH&refundable=1")
    assert "Your filters leave nothing" in empty
    assert "Without “Airlines”: 2 connections" in empty
    assert "Without “Refund possible”: 1 connection" in empty


async def test_prices_that_ended_are_searched_anew_and_the_difference_is_told(
    travel: Travel,
) -> None:
    here = await travel.search()
    travel.api.clock.move(minutes=31)
    text = await travel.get(here + "&sort=price")
    assert "The prices that you saw before have ended." in text
    assert "nothing has become dearer or cheaper" in text
    assert "26 Nov, 13:01 UTC" in text


async def test_a_day_without_flights_says_so_and_offers_others(travel: Travel) -> None:
    here = await travel.search("/results?trip=oneway&from=SIN&to=LHR&out=2026-12-01")
    text = await travel.get(here)
    assert "No flights on this day" in text
    assert "out=2026-12-02" in text
    travel.api.clock.move(minutes=16)
    again = await travel.browser.get(here)
    assert again.status_code == 303, "nothing found has no lock; it is looked for again"


async def test_a_search_for_something_else_or_of_nobody_is_made_anew(travel: Travel) -> None:
    search = query_of(await travel.search())["search"][0]
    for address in (
        ONEWAY.replace("2026-12-01", "2026-12-02") + f"&search={search}",
        ONEWAY + "&adults=2" + f"&search={search}",
        ONEWAY + "&search=orq_unknown",
        ONEWAY + "&search=../orders",
    ):
        answer = await travel.browser.get(address)
        assert answer.status_code == 303
        assert "search" not in query_of(answer.headers["location"])


async def test_a_return_trip_shows_both_ways(travel: Travel) -> None:
    text = await travel.get("/results?from=FRA&to=LHR&out=2026-12-01&back=2026-12-03&cabin=economy")
    assert "Thu 3 Dec 2026" in text
    assert "Departure of the way back" in text


async def test_a_browser_is_named_to_the_api_so_that_its_prices_do_not_rise() -> None:
    def places(request: httpx.Request) -> httpx.Response:
        return data([msgspec.to_builtins(suggestion(request.url.params["query"], "A place"))])

    made = data(msgspec.to_builtins(stored()), 201)
    played = PlayedApi({"GET /places/suggestions": places, "POST /air/offer_requests": made})
    async with PagesSite(played).browser() as browser:
        for _ in range(2):
            await browser.get(ONEWAY)
        named = {one.headers.get("x-viewer") for one in played.asked if one.method == "POST"}
        assert named == {browser.cookies[VIEWER_COOKIE]}


@pytest.mark.parametrize(("status", "page"), [(503, 502), (429, 429), (401, 502)])
async def test_an_api_that_is_away_or_busy_is_told(status: int, page: int) -> None:
    away = PlayedApi({"GET /places/suggestions": refusal(status, "x")})
    assert (await PagesSite(away).get(ONEWAY)).status_code == page
