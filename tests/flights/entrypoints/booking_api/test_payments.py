from typing import Any

import httpx
import pytest

from tests.flights.duffel_site import OTHER_TOKEN, duffel_site, order_body, search
from tests.flights.entrypoints.http.site import fault, source

Json = Any


async def _held(client: httpx.AsyncClient) -> Json:
    (offer, *_) = await search(client)
    answer = await client.post("/air/orders", json=order_body(offer, type="hold", payments=None))
    return answer.json()["data"]


def _body(
    order: Json, amount: str = "100.00", currency: str = "EUR", kind: str = "balance"
) -> Json:
    payment = {"type": kind, "amount": amount, "currency": currency}
    return {"data": {"order_id": order["id"], "payment": payment}}


@pytest.mark.parametrize("kind", ["balance", "arc_bsp_cash"])
async def test_a_held_order_is_paid_and_its_payments_are_listed(kind: str) -> None:
    async with duffel_site() as site, site.client() as client:
        order = await _held(client)
        answer = await client.post("/air/payments", json=_body(order, kind=kind))
        assert answer.status_code == 201
        payment = answer.json()["data"]
        assert (payment["type"], payment["amount"], payment["currency"]) == (kind, "100.00", "EUR")
        found = (await client.get(f"/air/orders/{order['id']}")).json()["data"]
        assert not found["payment_status"]["awaiting_payment"]
        assert found["documents"]
        listed = await client.get("/air/payments", params={"order_id": order["id"]})
        assert listed.json()["data"] == [payment]


async def test_another_amount_than_what_is_due_is_refused() -> None:
    async with duffel_site() as site, site.client() as client:
        order = await _held(client)
        for amount, currency in (
            ("99.99", "EUR"),
            ("100.00", "GBP"),
            ("1.234", "EUR"),
            ("", "EUR"),
        ):
            answer = await client.post("/air/payments", json=_body(order, amount, currency))
            assert fault(answer) == (422, "validation_error", "invalid_data_param")
            assert source(answer)[1] == "/payment/amount"


async def test_an_order_is_paid_once() -> None:
    async with duffel_site() as site, site.client() as client:
        order = await _held(client)
        assert (await client.post("/air/payments", json=_body(order))).is_success
        answer = await client.post("/air/payments", json=_body(order))
        assert fault(answer) == (422, "invalid_state_error", "already_paid")


async def test_a_hold_that_ended_cannot_be_paid() -> None:
    async with duffel_site() as site, site.client() as client:
        order = await _held(client)
        site.clock.move(hours=25)
        answer = await client.post("/air/payments", json=_body(order))
        assert fault(answer) == (422, "invalid_state_error", "past_payment_required_by_date")


async def test_after_the_price_guarantee_the_held_price_is_over() -> None:
    async with duffel_site() as site, site.client() as client:
        order = await _held(client)
        site.clock.move(hours=13)
        answer = await client.post("/air/payments", json=_body(order))
        assert fault(answer) == (422, "invalid_state_error", "price_changed")


async def test_orders_of_others_cannot_be_paid() -> None:
    async with duffel_site() as site, site.client() as client, site.client(OTHER_TOKEN) as other:
        order = await _held(client)
        assert (await other.post("/air/payments", json=_body(order))).status_code == 404
        listed = await other.get("/air/payments", params={"order_id": order["id"]})
        assert listed.json()["data"] == []
