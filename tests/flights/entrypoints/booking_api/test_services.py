from typing import Any

import httpx

from tests.flights.duffel_site import OTHER_TOKEN, duffel_site, order_body, search, seats_of
from tests.flights.entrypoints.http.site import fault, source

Json = Any


async def _order(client: httpx.AsyncClient, *, hold: bool = False) -> Json:
    (offer, *_) = await search(client)
    body = order_body(offer, type="hold", payments=None) if hold else order_body(offer)
    return (await client.post("/air/orders", json=body)).json()["data"]


async def _available(client: httpx.AsyncClient, order: Json) -> dict[str, Json]:
    answer = await client.get(f"/air/orders/{order['id']}/available_services")
    return {one["metadata"]["designator"]: one for one in answer.json()["data"]}


def _body(*services: Json, amount: str | None = "15.00") -> Json:
    payment = {"type": "balance", "amount": amount, "currency": "EUR"}
    return {
        "data": {
            "add_services": [{"id": one["id"], "quantity": 1} for one in services],
            **({"payment": payment} if amount is not None else {}),
        }
    }


async def test_a_seat_is_added_to_a_paid_order_and_paid_then() -> None:
    async with duffel_site() as site, site.client() as client:
        order = await _order(client)
        found = await _available(client, order)
        assert len(found) == 150
        path = f"/air/orders/{order['id']}/services"
        answer = await client.post(path, json=_body(found["5A"]))
        assert answer.status_code == 200
        changed = answer.json()["data"]
        assert changed["total_amount"] == "115.00"
        assert changed["services"][0]["metadata"]["designator"] == "5A"
        assert await _available(client, order) == {}
        again = await client.post(path, json=_body(found["5B"]))
        assert fault(again)[1:] == ("invalid_state_error", "seat_already_chosen")


async def test_a_held_order_takes_a_seat_and_pays_it_with_the_rest() -> None:
    async with duffel_site() as site, site.client() as client:
        order = await _order(client, hold=True)
        seat = (await _available(client, order))["5A"]
        path = f"/air/orders/{order['id']}/services"
        wrong = await client.post(path, json=_body(seat))
        assert source(wrong)[1] == "/payment/amount"
        changed = (await client.post(path, json=_body(seat, amount=None))).json()["data"]
        assert changed["total_amount"] == "115.00"
        assert changed["payment_status"]["awaiting_payment"]


async def test_the_seat_map_of_an_order_has_the_same_services() -> None:
    async with duffel_site() as site, site.client() as client:
        order = await _order(client)
        answer = await client.get("/air/seat_maps", params={"order_id": order["id"]})
        seats = seats_of(answer.json()["data"][0])
        found = await _available(client, order)
        assert seats["5A"]["available_services"][0]["id"] == found["5A"]["id"]


async def test_a_seat_costs_what_it_costs_and_must_be_one_of_the_order() -> None:
    async with duffel_site() as site, site.client() as client:
        order = await _order(client)
        found = await _available(client, order)
        path = f"/air/orders/{order['id']}/services"
        assert source(await client.post(path, json=_body(found["5A"], amount="1.00")))[1] == (
            "/payment/amount"
        )
        unknown = await client.post(path, json=_body({"id": "ase_x"}))
        assert fault(unknown)[2] == "ancillary_service_not_available"
        both = await client.post(path, json=_body(found["5A"], found["5B"], amount="30.00"))
        assert source(both)[1] == "/add_services"
        twice = await client.post(path, json=_body(found["5A"], found["5A"], amount="30.00"))
        assert source(twice)[0] == "services"
        assert fault(await client.post(path, json=_body()))[0] == 422


async def test_a_taken_seat_is_not_available() -> None:
    async with duffel_site() as site, site.client() as client:
        first, second = await _order(client), await _order(client)
        mine, theirs = await _available(client, first), await _available(client, second)
        path = "/air/orders/{}/services"
        await client.post(path.format(first["id"]), json=_body(mine["5A"]))
        answer = await client.post(path.format(second["id"]), json=_body(theirs["5A"]))
        assert fault(answer)[2] == "ancillary_service_not_available"


async def test_nothing_can_be_added_to_orders_that_are_over_or_of_others() -> None:
    async with duffel_site() as site, site.client() as client, site.client(OTHER_TOKEN) as other:
        order = await _order(client)
        seat = (await _available(client, order))["5A"]
        path = f"/air/orders/{order['id']}/services"
        assert (await other.post(path, json=_body(seat))).status_code == 404
        quote = await client.post(
            "/air/order_cancellations", json={"data": {"order_id": order["id"]}}
        )
        id_ = quote.json()["data"]["id"]
        await client.post(f"/air/order_cancellations/{id_}/actions/confirm")
        assert await _available(client, order) == {}
        answer = await client.post(path, json=_body(seat))
        assert fault(answer)[0] == 422
