from typing import Any

import pytest

from tests.flights.duffel_site import OTHER_TOKEN, duffel_site, search
from tests.flights.entrypoints.http.site import fault, source
from tests.support.flights_world import DAY

Json = Any
SLICE = {"origin": "FRA", "destination": "LHR", "departure_date": DAY.isoformat()}


def _body(**changes: object) -> Json:
    return {"data": {"slices": [SLICE], "passengers": [{"type": "adult"}], **changes}}


async def test_a_search_with_a_trailing_slash_is_the_same_call() -> None:
    async with duffel_site() as site, site.client() as client:
        answer = await client.post("/air/offer_requests/", json=_body())
        assert answer.status_code == 201
        assert answer.json()["data"]["id"].startswith("orq_")


async def test_offers_are_in_the_answer_only_where_they_are_wanted() -> None:
    async with duffel_site() as site, site.client() as client:
        bare = await client.post("/air/offer_requests?return_offers=false", json=_body())
        assert "offers" not in bare.json()["data"]
        full = (await client.post("/air/offer_requests", json=_body())).json()["data"]
        assert len(full["offers"]) == 3
        found = (await client.get(f"/air/offer_requests/{full['id']}")).json()["data"]
        assert found == full
        listed = (await client.get("/air/offer_requests")).json()["data"]
        assert {one["id"] for one in listed} == {full["id"], bare.json()["data"]["id"]}
        assert all("offers" not in one for one in listed)


async def test_places_are_told_by_id_code_and_city() -> None:
    async with duffel_site() as site, site.client() as client:
        for destination in ("lhr", "LON", "arp_lhr_gb", "cit_lon_gb"):
            asked = {**SLICE, "destination": destination}
            answer = await client.post("/air/offer_requests", json=_body(slices=[asked]))
            assert len(answer.json()["data"]["offers"]) == 3


async def test_a_connection_and_a_return_are_found() -> None:
    async with duffel_site() as site, site.client() as client:
        (over, *_) = await search(client, slices=[("FRA", "JFK", DAY)])
        assert len(over["slices"][0]["segments"]) == 2
        (back, *_) = await search(client, slices=[("FRA", "LHR", DAY), ("LHR", "FRA", DAY)])
        assert len(back["slices"]) == 2
        assert back["total_amount"] == "200.00"


async def test_a_key_gives_the_same_search_again() -> None:
    async with duffel_site() as site, site.client() as client:
        key = {"idempotency-key": "one"}
        first = await client.post("/air/offer_requests", json=_body(), headers=key)
        again = await client.post("/air/offer_requests", json=_body(), headers=key)
        assert again.content == first.content
        assert len((await client.get("/air/offer_requests")).json()["data"]) == 1


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"slices": []}, "/slices"),
        ({"passengers": []}, "/passengers"),
        ({"passengers": [{}]}, "/passengers/0/type"),
        ({"passengers": [{"type": "dog"}]}, "/passengers/0/type"),
        ({"passengers": [{"age": -1}]}, "/passengers/0/age"),
        ({"passengers": [{"type": "infant_without_seat"}]}, "/passengers"),
        ({"slices": [{**SLICE, "origin": "QQQ"}]}, "/slices/0/origin"),
        ({"slices": [{**SLICE, "destination": "FRA"}]}, "/slices/0/destination"),
        ({"slices": [{**SLICE, "departure_date": "2020-01-01"}]}, "/slices/0/departure_date"),
        ({"slices": [{**SLICE, "departure_date": "soon"}]}, "/slices/0/departure_date"),
        ({"cabin_class": "cargo"}, "/cabin_class"),
        ({"max_connections": -1}, "/max_connections"),
    ],
)
async def test_what_cannot_be_searched_is_refused_with_its_pointer(
    changes: dict[str, object], pointer: str
) -> None:
    async with duffel_site() as site, site.client() as client:
        answer = await client.post("/air/offer_requests", json=_body(**changes))
        assert fault(answer)[:2] == (422, "validation_error")
        assert source(answer)[1] == pointer


async def test_searches_of_others_are_not_there() -> None:
    async with duffel_site() as site, site.client() as client, site.client(OTHER_TOKEN) as other:
        made = (await client.post("/air/offer_requests", json=_body())).json()["data"]
        assert (await other.get(f"/air/offer_requests/{made['id']}")).status_code == 404
        assert (await other.get("/air/offer_requests")).json()["data"] == []
