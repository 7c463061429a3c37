"""A hold whose price guarantee has ended: ask for the price of now, accept it by paying it."""

from dataclasses import replace
from typing import Any

import httpx

from holdfast.flights.domain.fare import Price
from holdfast.flights.domain.price_rule import SupplierPrice, accept
from tests.flights.duffel_site import (
    OTHER_TOKEN,
    DuffelSite,
    duffel_site,
    order_body,
    search,
    seats_of,
)
from tests.flights.entrypoints.http.site import fault

Json = Any


async def held(site: DuffelSite, client: httpx.AsyncClient, *, seat: str = "") -> Json:
    """An order whose price guarantee is over, and whose seats are not."""
    (offer, *_) = await search(client)
    services = []
    if seat:
        (shown,) = (await client.get("/air/seat_maps", params={"offer_id": offer["id"]})).json()[
            "data"
        ]
        services = seats_of(shown)[seat]["available_services"]
    body = order_body(offer, services=services, type="hold", payments=None)
    answer = await client.post("/air/orders", json=body)
    assert answer.status_code == 201, answer.text
    site.clock.move(hours=13)
    return answer.json()["data"]


def asks(site: DuffelSite, total: int) -> None:
    """BA asks so much for FRA-LHR, as long ago as makes it count."""
    old = next(one for one in site.world.catalogue.published if one.key.off == "LHR")
    at = site.clock.now.timestamp() - 7200
    asked = SupplierPrice(Price(total, 100), old.state.s_seq + 1, at)
    site.world.catalogue.reprice(replace(old, state=accept(old.state, asked)))


async def reprice(client: httpx.AsyncClient, order: Json, **headers: str) -> httpx.Response:
    return await client.post(f"/air/orders/{order['id']}/actions/reprice", headers=headers)


async def pay(client: httpx.AsyncClient, order: Json, amount: str) -> httpx.Response:
    payment = {"type": "balance", "amount": amount, "currency": "EUR"}
    body = {"data": {"order_id": order["id"], "payment": payment}}
    return await client.post("/air/payments", json=body)


async def test_the_price_of_now_is_told_guaranteed_for_a_while_and_paid() -> None:
    async with duffel_site() as site, site.client() as client:
        order = await held(site, client)
        asks(site, 11_000)
        refused = await pay(client, order, "100.00")
        assert fault(refused) == (422, "invalid_state_error", "price_changed")
        assert "/actions/reprice" in refused.json()["errors"][0]["message"]
        answer = await reprice(client, order)
        assert answer.status_code == 200
        new = answer.json()["data"]
        amounts = (new["total_amount"], new["base_amount"], new["tax_amount"])
        assert amounts == ("110.00", "109.00", "1.00")
        status = new["payment_status"]
        assert status["awaiting_payment"]
        assert status["price_guarantee_expires_at"] == "2026-11-27T01:30:00.000000Z"
        assert status["payment_required_by"] == order["payment_status"]["payment_required_by"]
        assert (await client.get(f"/air/orders/{order['id']}")).json()["data"] == new
        site.clock.move(minutes=29)
        asks(site, 15_000)
        old = await pay(client, order, "100.00")
        assert fault(old) == (422, "validation_error", "invalid_data_param")
        assert (await pay(client, order, "110.00")).status_code == 201


async def test_a_price_that_fell_is_told_too() -> None:
    async with duffel_site() as site, site.client() as client:
        order = await held(site, client)
        asks(site, 9_000)
        assert (await reprice(client, order)).json()["data"]["total_amount"] == "90.00"


async def test_while_the_price_is_guaranteed_there_is_no_other() -> None:
    async with duffel_site() as site, site.client() as client:
        order = await held(site, client)
        asks(site, 11_000)
        assert (await reprice(client, order)).is_success
        asks(site, 9_000)
        answer = await reprice(client, order)
        assert fault(answer) == (422, "invalid_state_error", "price_guaranteed")
        site.clock.move(minutes=30)
        assert fault(await pay(client, order, "110.00"))[2] == "price_changed"
        assert (await reprice(client, order)).json()["data"]["total_amount"] == "90.00"


async def test_a_viewer_is_not_told_more_than_what_a_search_has_just_shown() -> None:
    async with duffel_site() as site, site.client() as client:
        order = await held(site, client)
        await site.world.snapshots.refresh()
        assert (await search(client))[0]["total_amount"] == "100.00"
        asks(site, 11_000)
        assert (await reprice(client, order)).json()["data"]["total_amount"] == "100.00"


async def test_a_named_viewer_has_the_leases_of_that_name() -> None:
    async with duffel_site() as site, site.client() as client:
        order = await held(site, client)
        await site.world.snapshots.refresh()
        await search(client)
        asks(site, 11_000)
        new = (await reprice(client, order, **{"x-viewer": "ada"})).json()["data"]
        assert new["total_amount"] == "110.00"


async def test_a_chosen_seat_costs_what_it_did_or_less() -> None:
    async with duffel_site() as site, site.client() as client:
        order = await held(site, client, seat="5A")
        assert order["total_amount"] == "115.00"
        (tier,) = site.world.catalogue.seat_tiers["BA"]
        for price, total in ((Price(2_000), "115.00"), (Price(1_000), "110.00")):
            state = replace(tier.state, p=price, s=price)
            site.world.catalogue.seat_tiers["BA"] = [replace(tier, state=state)]
            new = (await reprice(client, order)).json()["data"]
            assert new["total_amount"] == total
            site.clock.move(minutes=31)


async def test_a_fare_that_is_gone_has_no_price_and_the_error_says_what_to_do() -> None:
    async with duffel_site() as site, site.client() as client:
        order = await held(site, client)
        site.world.catalogue.published = []
        answer = await reprice(client, order)
        assert fault(answer) == (422, "airline_error", "offer_no_longer_available")
        message = answer.json()["errors"][0]["message"]
        assert "BA101 is not sold in Flex" in message
        assert "cancel the order" in message
        assert "search anew" in message


async def test_what_would_cost_more_than_an_airlines_budget_has_no_price() -> None:
    async with duffel_site() as site, site.client() as client:
        order = await held(site, client)
        old = next(one for one in site.world.catalogue.published if one.key.off == "LHR")
        now = site.clock.now.timestamp()
        waits = replace(old.state, p_since=now, s=Price(20_000), s_at=now)
        site.world.catalogue.reprice(replace(old, state=waits))
        site.world.catalogue.spent_out["BA"] = ("EUR",)
        assert fault(await reprice(client, order))[2] == "offer_no_longer_available"


async def test_only_a_hold_that_stands_has_a_price_of_now() -> None:
    async with duffel_site() as site, site.client() as client, site.client(OTHER_TOKEN) as other:
        order = await held(site, client)
        assert (await reprice(other, order)).status_code == 404
        assert (await reprice(client, {"id": "ord_none"})).status_code == 404
        assert (await reprice(client, order)).is_success
        assert (await pay(client, order, "100.00")).is_success
        assert fault(await reprice(client, order))[2] == "already_paid"
        late = await held(site, client)
        site.clock.move(hours=12)
        assert fault(await reprice(client, late))[2] == "past_payment_required_by_date"


async def test_a_key_prices_once_and_is_answered_alike() -> None:
    async with duffel_site() as site, site.client() as client:
        order = await held(site, client)
        first = await reprice(client, order, **{"idempotency-key": "k"})
        asks(site, 9_000)
        site.clock.move(hours=1)
        again = await reprice(client, order, **{"idempotency-key": "k"})
        assert again.content == first.content
        assert (await client.get(f"/air/orders/{order['id']}")).json()["data"]["total_amount"] == (
            "100.00"
        )
