from datetime import timedelta
from typing import Any

import httpx

from tests.flights.duffel_site import OTHER_TOKEN, duffel_site, order_body, search
from tests.flights.entrypoints.http.site import fault, source
from tests.support.flights_world import DAY

Json = Any
LATER = DAY + timedelta(days=3)


async def _order(client: httpx.AsyncClient) -> Json:
    (offer, *_) = await search(client)
    return (await client.post("/air/orders", json=order_body(offer))).json()["data"]


async def _offer(client: httpx.AsyncClient, order: Json) -> Json:
    asked = {"origin": "FRA", "destination": "LHR", "departure_date": LATER.isoformat()}
    slices = {"add": [asked], "remove": [{"slice_id": order["slices"][0]["id"]}]}
    body = {"data": {"order_id": order["id"], "slices": slices}}
    answer = await client.post("/air/order_change_requests", json=body)
    return answer.json()["data"]["order_change_offers"][0]


async def _choose(client: httpx.AsyncClient, offer: Json) -> httpx.Response:
    body = {"data": {"selected_order_change_offer": offer["id"]}}
    return await client.post("/air/order_changes", json=body)


def _paying(amount: str = "20.00") -> Json:
    return {"data": {"payment": {"type": "balance", "amount": amount, "currency": "EUR"}}}


async def test_a_change_is_chosen_paid_and_in_effect() -> None:
    async with duffel_site() as site, site.client() as client:
        order = await _order(client)
        offer = await _offer(client, order)
        chosen = await _choose(client, offer)
        assert chosen.status_code == 201
        change = chosen.json()["data"]
        assert change["id"] == offer["order_change_id"]
        assert (change["confirmed_at"], change["penalty_total_amount"]) == (None, "20.00")
        path = f"/air/order_changes/{change['id']}"
        assert (await client.get(path)).json()["data"] == change
        key = {"idempotency-key": "one"}
        done = await client.post(f"{path}/actions/confirm", json=_paying(), headers=key)
        assert done.json()["data"]["confirmed_at"] is not None
        again = await client.post(f"{path}/actions/confirm", json=_paying())
        assert again.json() == done.json()
        found = (await client.get(f"/air/orders/{order['id']}")).json()["data"]
        assert found["total_amount"] == "120.00"
        segment = found["slices"][0]["segments"][0]
        assert segment["departing_at"].startswith(LATER.isoformat())
        assert found["booking_reference"] == order["booking_reference"]
        assert [who["id"] for who in found["passengers"]] == [
            who["passenger_id"] for who in segment["passengers"]
        ]


async def test_choosing_twice_is_one_change() -> None:
    async with duffel_site() as site, site.client() as client:
        offer = await _offer(client, await _order(client))
        assert (await _choose(client, offer)).json() == (await _choose(client, offer)).json()


async def test_what_is_due_must_be_paid() -> None:
    async with duffel_site() as site, site.client() as client:
        change = (await _choose(client, await _offer(client, await _order(client)))).json()["data"]
        path = f"/air/order_changes/{change['id']}/actions/confirm"
        for body in (_paying("19.99"), {"data": {}}):
            answer = await client.post(path, json=body)
            assert source(answer)[1] == "/payment/amount"
        assert source(await client.post(path))[1] == "/payment/amount"


async def test_an_offer_for_a_change_expires() -> None:
    async with duffel_site() as site, site.client() as client:
        offer = await _offer(client, await _order(client))
        site.clock.move(minutes=31)
        answer = await _choose(client, offer)
        assert fault(answer) == (422, "airline_error", "offer_no_longer_available")


async def test_changes_of_others_are_not_there() -> None:
    async with duffel_site() as site, site.client() as client, site.client(OTHER_TOKEN) as other:
        offer = await _offer(client, await _order(client))
        assert (await _choose(other, offer)).status_code == 404
        change = (await _choose(client, offer)).json()["data"]
        path = f"/air/order_changes/{change['id']}"
        assert (await other.get(path)).status_code == 404
        answer = await other.post(f"{path}/actions/confirm", json=_paying())
        assert answer.status_code == 404
