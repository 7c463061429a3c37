from typing import Any

import httpx
import pytest

from tests.flights.duffel_site import duffel_site
from tests.flights.entrypoints.http.site import fault

Json = Any
LISTS = ("airports", "cities", "airlines")


async def _all(client: httpx.AsyncClient, path: str, limit: int) -> list[Json]:
    found: list[Json] = []
    after = ""
    while True:
        query = {"limit": str(limit), **({"after": after} if after else {})}
        page = (await client.get(path, params=query)).json()
        found += page["data"]
        after = page["meta"]["after"]
        if after is None:
            return found


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("limit", [1, 2, 3, 50])
async def test_pages_give_everything_once_in_the_order_of_codes(name: str, limit: int) -> None:
    async with duffel_site() as site, site.client() as client:
        codes = [one["iata_code"] for one in await _all(client, f"/air/{name}", limit)]
        assert codes == sorted(set(codes))
        assert len(codes) == {"airports": 10, "cities": 2, "airlines": 2}[name]


@pytest.mark.parametrize("name", LISTS)
async def test_everything_listed_can_be_got_by_its_id_and_only_there(name: str) -> None:
    async with duffel_site() as site, site.client() as client:
        for one in await _all(client, f"/air/{name}", 50):
            assert (await client.get(f"/air/{name}/{one['id']}")).json()["data"] == one
            for other in LISTS:
                if other != name:
                    answer = await client.get(f"/air/{other}/{one['id']}")
                    assert answer.status_code == 404
        assert (await client.get(f"/air/{name}/nothing")).status_code == 404


async def test_a_page_before_another_is_the_one_that_led_there() -> None:
    async with duffel_site() as site, site.client() as client:
        first = (await client.get("/air/airports", params={"limit": 4})).json()
        after = first["meta"]["after"]
        second = (await client.get("/air/airports", params={"limit": 4, "after": after})).json()
        before = second["meta"]["before"]
        again = (await client.get("/air/airports", params={"limit": 4, "before": before})).json()
        assert again["data"] == first["data"]
        assert again["meta"]["before"] is None


async def test_an_empty_list_has_no_cursors() -> None:
    async with duffel_site() as site, site.client() as client:
        page = (await client.get("/air/aircraft")).json()
        assert page == {"data": [], "meta": {"limit": 50, "before": None, "after": None}}


async def test_places_are_suggested_for_a_text_under_either_name() -> None:
    async with duffel_site() as site, site.client() as client:
        for name in ("query", "name"):
            found = (await client.get("/places/suggestions", params={name: "lond"})).json()["data"]
            assert found[0]["type"] == "city"
            assert {one["iata_code"] for one in found} == {"LON", "LHR", "LGW"}
            assert found[0]["country_name"] == "United Kingdom"


async def test_places_are_suggested_around_a_point_nearest_first() -> None:
    async with duffel_site() as site, site.client() as client:
        query = {"lat": "51.47", "lng": "-0.45", "rad": "50000"}
        found = (await client.get("/places/suggestions", params=query)).json()["data"]
        assert [one["iata_code"] for one in found] == ["LHR", "LGW"]
        del query["rad"]
        wide = (await client.get("/places/suggestions", params=query)).json()["data"]
        assert [one["iata_code"] for one in wide][:2] == ["LHR", "LGW"]


@pytest.mark.parametrize("query", [{}, {"lat": "1"}, {"query": ""}, {"lat": "91", "lng": "0"}])
async def test_suggestions_need_a_text_or_a_point(query: dict[str, str]) -> None:
    async with duffel_site() as site, site.client() as client:
        answer = await client.get("/places/suggestions", params=query)
        assert fault(answer)[:2] == (422, "validation_error")
