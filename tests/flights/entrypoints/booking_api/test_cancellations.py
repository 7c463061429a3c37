from typing import Any

import httpx

from holdfast.flights.domain.money import Money
from tests.flights.duffel_site import FUNDS, OTHER_TOKEN, duffel_site, order_body, search
from tests.flights.entrypoints.http.site import fault

Json = Any


async def _order(client: httpx.AsyncClient, *, brand: str = "Flex", hold: bool = False) -> Json:
    (offer, *_) = await search(client, brand=brand)
    body = order_body(offer, type="hold", payments=None) if hold else order_body(offer)
    return (await client.post("/air/orders", json=body)).json()["data"]


async def _quote(client: httpx.AsyncClient, order: Json) -> httpx.Response:
    return await client.post("/air/order_cancellations", json={"data": {"order_id": order["id"]}})


async def _confirm(client: httpx.AsyncClient, quote: Json) -> httpx.Response:
    return await client.post(f"/air/order_cancellations/{quote['id']}/actions/confirm")


async def test_a_quote_changes_nothing_until_it_is_confirmed() -> None:
    async with duffel_site() as site, site.client() as client:
        order = await _order(client)
        quote = (await _quote(client, order)).json()["data"]
        assert (quote["refund_amount"], quote["refund_to"]) == ("50.00", "balance")
        assert quote["confirmed_at"] is None
        found = (await client.get(f"/air/orders/{order['id']}")).json()["data"]
        assert found["cancelled_at"] is None
        conditions = order["conditions"]["refund_before_departure"]
        assert conditions == {
            "allowed": True, "penalty_amount": "50.00", "penalty_currency": "EUR",
        }  # fmt: skip
        confirmed = (await _confirm(client, quote)).json()["data"]
        assert confirmed["confirmed_at"].endswith("Z")
        assert await site.bookings.balance(site.owner, "EUR") == Money(FUNDS - 5000, "EUR")
        found = (await client.get(f"/air/orders/{order['id']}")).json()["data"]
        assert found["cancelled_at"] == confirmed["confirmed_at"]


async def test_confirming_twice_is_the_same_confirmation() -> None:
    async with duffel_site() as site, site.client() as client:
        quote = (await _quote(client, await _order(client))).json()["data"]
        first = await _confirm(client, quote)
        site.clock.move(minutes=5)
        assert (await _confirm(client, quote)).json() == first.json()


async def test_a_cancelled_order_cannot_be_cancelled_again() -> None:
    async with duffel_site() as site, site.client() as client:
        order = await _order(client)
        await _confirm(client, (await _quote(client, order)).json()["data"])
        answer = await _quote(client, order)
        assert fault(answer) == (422, "invalid_state_error", "already_cancelled")


async def test_a_quote_expires() -> None:
    async with duffel_site() as site, site.client() as client:
        quote = (await _quote(client, await _order(client))).json()["data"]
        site.clock.move(hours=1)
        answer = await _confirm(client, quote)
        assert fault(answer)[1:] == ("invalid_state_error", "order_cancellation_expired")


async def test_what_is_not_refundable_returns_nothing_and_a_hold_has_nothing_to_return() -> None:
    async with duffel_site() as site, site.client() as client:
        fixed = (await _quote(client, await _order(client, brand="Light"))).json()["data"]
        assert fixed["refund_amount"] == "0.00"
        held = (await _quote(client, await _order(client, hold=True))).json()["data"]
        assert (held["refund_amount"], held["refund_to"]) == ("0.00", "awaiting_payment")


async def test_cancellations_are_listed_and_read_by_their_owner_only() -> None:
    async with duffel_site() as site, site.client() as client, site.client(OTHER_TOKEN) as other:
        order = await _order(client)
        quote = (await _quote(client, order)).json()["data"]
        for query in ({}, {"order_id": order["id"]}):
            listed = (await client.get("/air/order_cancellations", params=query)).json()
            assert listed["data"] == [quote]
            assert listed["meta"]["after"] is None
        path = f"/air/order_cancellations/{quote['id']}"
        assert (await client.get(path)).json()["data"] == quote
        assert (await other.get(path)).status_code == 404
        assert (await _confirm(other, quote)).status_code == 404
        assert (await _quote(other, order)).status_code == 404
        assert (await other.get("/air/order_cancellations")).json()["data"] == []
