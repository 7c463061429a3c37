from datetime import timedelta
from typing import Any

import httpx

from tests.flights.duffel_site import OTHER_TOKEN, duffel_site, order_body, search
from tests.flights.entrypoints.http.site import fault, source
from tests.support.flights_world import DAY

Json = Any
LATER = DAY + timedelta(days=3)


async def _order(client: httpx.AsyncClient, *, brand: str = "Flex", **changes: object) -> Json:
    (offer, *_) = await search(client, brand=brand)
    return (await client.post("/air/orders", json=order_body(offer, **changes))).json()["data"]


def _body(order: Json, *, remove: list[str] | None = None, **add: object) -> Json:
    asked = {"origin": "FRA", "destination": "LHR", "departure_date": LATER.isoformat(), **add}
    gone = [order["slices"][0]["id"]] if remove is None else remove
    slices = {"add": [asked], "remove": [{"slice_id": one} for one in gone]}
    return {"data": {"order_id": order["id"], "slices": slices}}


async def test_another_date_costs_the_penalty_and_the_difference() -> None:
    async with duffel_site() as site, site.client() as client:
        order = await _order(client)
        answer = await client.post("/air/order_change_requests", json=_body(order))
        assert answer.status_code == 201
        request = answer.json()["data"]
        assert request["slices"]["remove"] == [{"slice_id": order["slices"][0]["id"]}]
        assert request["slices"]["add"][0]["origin"]["iata_code"] == "FRA"
        assert len(request["order_change_offers"]) == 2
        by_more = {one["change_total_amount"] for one in request["order_change_offers"]}
        assert by_more == {"20.00"}
        (offer, *_) = request["order_change_offers"]
        assert (offer["penalty_amount"], offer["new_total_amount"]) == ("20.00", "120.00")
        assert offer["slices"]["remove"][0]["id"] == order["slices"][0]["id"]
        (added,) = offer["slices"]["add"]
        assert added["segments"][0]["departing_at"].startswith(LATER.isoformat())
        path = f"/air/order_change_requests/{request['id']}"
        assert (await client.get(path)).json()["data"] == request
        read = await client.get(f"/air/order_change_offers/{offer['id']}")
        assert read.json()["data"] == offer


async def test_offers_are_listed_sorted_and_paged() -> None:
    async with duffel_site() as site, site.client() as client:
        order = await _order(client)
        made = await client.post(
            "/air/order_change_requests", json=_body(order, destination="cit_lon_gb")
        )
        query = {"order_change_request_id": made.json()["data"]["id"]}

        async def listed(**more: object) -> Json:
            answer = await client.get("/air/order_change_offers", params={**query, **more})  # type: ignore[dict-item]
            return answer.json()

        everything = await listed()
        for sort in ("change_total_amount", "-total_duration"):
            assert len((await listed(sort=sort))["data"]) == len(everything["data"])
        assert (await listed(max_connections=0))["data"] == everything["data"]
        page = await listed(limit=1)
        rest = await listed(limit=1, after=page["meta"]["after"])
        assert page["data"] + rest["data"] == everything["data"]
        assert rest["meta"]["after"] is None
        back = await listed(limit=1, before=rest["meta"]["before"])
        assert back["data"] == page["data"]


async def test_what_cannot_be_changed_says_why() -> None:
    async with duffel_site() as site, site.client() as client:
        fixed = await _order(client, brand="Light")
        held = await _order(client, type="hold", payments=None)
        for order in (fixed, held):
            answer = await client.post("/air/order_change_requests", json=_body(order))
            assert fault(answer) == (422, "invalid_request_error", "unsupported_action")
        order = await _order(client)
        answer = await client.post(
            "/air/order_change_requests", json=_body(order, remove=["sli_other"])
        )
        assert source(answer)[1] == "/slices/remove"
        body = _body(order)
        body["data"]["slices"]["add"] *= 2
        answer = await client.post("/air/order_change_requests", json=body)
        assert source(answer)[1] == "/slices"
        answer = await client.post("/air/order_change_requests", json=_body(order, origin="QQQ"))
        assert source(answer)[1] == "/slices/add/0/origin"
        site.clock.move(days=6)
        answer = await client.post("/air/order_change_requests", json=_body(order))
        assert fault(answer)[2] == "unsupported_action"


async def test_orders_and_requests_of_others_are_not_there() -> None:
    async with duffel_site() as site, site.client() as client, site.client(OTHER_TOKEN) as other:
        order = await _order(client)
        assert (
            await other.post("/air/order_change_requests", json=_body(order))
        ).status_code == 404
        made = (await client.post("/air/order_change_requests", json=_body(order))).json()["data"]
        offer = made["order_change_offers"][0]["id"]
        for path in (
            f"/air/order_change_requests/{made['id']}",
            f"/air/order_change_offers?order_change_request_id={made['id']}",
            f"/air/order_change_offers/{offer}",
        ):
            assert (await other.get(path)).status_code == 404
