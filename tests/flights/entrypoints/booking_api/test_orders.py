"""Every rule of making an order, and what orders look like afterwards."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest

from holdfast.flights.domain.fare import Cabin
from holdfast.flights.domain.money import Money
from tests.flights.duffel_site import (
    FUNDS,
    OTHER_TOKEN,
    DuffelSite,
    duffel_site,
    order_body,
    search,
    seats_of,
)
from tests.flights.entrypoints.http.site import fault, source
from tests.support.flights_world import DAY

Json = Any
Change = Callable[[Json], None]


@asynccontextmanager
async def _shop() -> AsyncIterator[tuple[DuffelSite, httpx.AsyncClient]]:
    async with duffel_site() as site, site.client() as client:
        yield site, client


async def _seats(client: httpx.AsyncClient, offer: Json) -> dict[str, Json]:
    answer = await client.get("/air/seat_maps", params={"offer_id": offer["id"]})
    return seats_of(answer.json()["data"][0])


async def test_an_instant_order_is_paid_ticketed_and_told_whole() -> None:
    async with _shop() as (_, client):
        (offer, *_rest) = await search(client)
        answer = await client.post("/air/orders", json=order_body(offer, metadata={"trip": "7"}))
        assert answer.status_code == 201
        order = answer.json()["data"]
        assert (order["type"], order["total_amount"]) == ("instant", offer["total_amount"])
        assert order["offer_id"] == offer["id"]
        assert order["metadata"] == {"trip": "7"}
        assert order["payment_status"]["paid_at"] is not None
        assert [one["id"] for one in order["slices"]] == [one["id"] for one in offer["slices"]]
        assert order["documents"][0]["type"] == "electronic_ticket"
        assert (await client.get(f"/air/orders/{order['id']}")).json()["data"] == order


@pytest.mark.parametrize("kind", ["hold", "pay_later"])
async def test_a_held_order_waits_for_payment(kind: str) -> None:
    async with _shop() as (_, client):
        (offer, *_rest) = await search(client)
        answer = await client.post("/air/orders", json=order_body(offer, type=kind, payments=None))
        status = answer.json()["data"]["payment_status"]
        assert status["awaiting_payment"]
        assert status["payment_required_by"] is not None


def _without(name: str) -> Change:
    return lambda data: data["passengers"][0].pop(name)


def _person(name: str, value: object) -> Change:
    return lambda data: data["passengers"][0].update({name: value})


def _set(name: str, value: object) -> Change:
    return lambda data: data.update({name: value})


def _pay(name: str, value: object) -> Change:
    return lambda data: data["payments"][0].update({name: value})


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        (_set("selected_offers", []), "invalid_data_param", "/selected_offers"),
        (_set("payments", []), "validation_required", "/payments"),
        (_set("type", "later"), "invalid_data_param", "/type"),
        (_pay("amount", "99.99"), "invalid_data_param", "/payments/0/amount"),
        (_pay("amount", "x"), "invalid_data_param", "/payments/0/amount"),
        (_pay("currency", "GBP"), "invalid_data_param", "/payments/0/currency"),
        (_pay("type", "card"), "invalid_data_param", "/payments/0/type"),
        (_set("passengers", []), "invalid_data_param", "/passengers"),
        (_person("id", "pas_other"), "invalid_data_param", "/passengers"),
        (_person("given_name", "A" * 21), "invalid_data_param", "/passengers/0/given_name"),
        (_person("family_name", ""), "invalid_data_param", "/passengers/0/family_name"),
        (_person("family_name", "Ольга"), "invalid_data_param", "/passengers/0/family_name"),
        (_person("born_on", "2030-01-01"), "invalid_data_param", "/passengers/0/born_on"),
        (_person("born_on", "soon"), "invalid_data_param", "/passengers/0/born_on"),
        (_person("title", "lord"), "invalid_data_param", "/passengers/0/title"),
        (_person("gender", "x"), "invalid_data_param", "/passengers/0/gender"),
        (_person("email", "nobody"), "invalid_data_param", "/passengers/0/email"),
        (_person("phone_number", "123"), "invalid_data_param", "/passengers/0/phone_number"),
        (_without("given_name"), "validation_required", "/passengers/0/given_name"),
        (_without("email"), "validation_required", "/passengers/0/email"),
        (_set("metadata", {"k" * 41: "v"}), "invalid_data_param", "/metadata"),
        (_set("metadata", {str(n): "v" for n in range(51)}), "invalid_data_param", "/metadata"),
        (_set("metadata", {"k": "v" * 501}), "invalid_data_param", "/metadata"),
        (_set("metadata", {"k": 1}), "invalid_data_param", "/metadata/*"),
    ],
)
async def test_what_does_not_fit_is_refused_with_its_pointer_and_has_no_effect(
    change: Change, code: str, pointer: str
) -> None:
    async with _shop() as (site, client):
        (offer, *_rest) = await search(client)
        body = order_body(offer)
        change(body["data"])
        answer = await client.post("/air/orders", json=body)
        assert fault(answer) == (422, "validation_error", code)
        assert source(answer)[1] == pointer
        assert (await client.get("/air/orders")).json()["data"] == []
        assert await site.bookings.balance(site.owner, "EUR") == Money(FUNDS, "EUR")


async def test_two_passengers_cannot_have_one_name() -> None:
    async with _shop() as (_, client):
        (offer, *_rest) = await search(client, party=[{"type": "adult"}] * 2)
        body = order_body(offer)
        for who in body["data"]["passengers"]:
            who["family_name"] = "Stone"
        answer = await client.post("/air/orders", json=body)
        assert fault(answer) == (422, "validation_error", "duplicate_passenger_name")


async def test_whoever_holds_as_much_as_allowed_is_told_what_to_do() -> None:
    async with _shop() as (_, client):
        statuses = []
        for _number in range(3):
            (offer, *_rest) = await search(client)
            answer = await client.post(
                "/air/orders",
                json=order_body(offer, type="hold", payments=None),
                headers={"x-buyer": "person=mira, network=192.0.2.7"},
            )
            statuses.append(answer.status_code)
        assert statuses == [201, 201, 422]
        assert fault(answer) == (422, "invalid_state_error", "too_many_holds")
        assert "pay or cancel one" in answer.json()["errors"][0]["message"]


async def test_a_header_that_names_no_buyer_is_refused() -> None:
    async with _shop() as (_, client):
        (offer, *_rest) = await search(client)
        answer = await client.post(
            "/air/orders",
            json=order_body(offer, type="hold", payments=None),
            headers={"x-buyer": "anybody"},
        )
        assert answer.status_code == 422
        assert "x-buyer" in answer.json()["errors"][0]["message"]


async def test_an_offer_that_must_be_paid_at_once_cannot_be_held() -> None:
    async with _shop() as (_, client):
        (offer,) = await search(client, brand="Light")
        assert offer["payment_requirements"]["requires_instant_payment"]
        answer = await client.post(
            "/air/orders", json=order_body(offer, type="hold", payments=None)
        )
        assert fault(answer) == (422, "validation_error", "invalid_order_create_type")


async def test_an_offer_is_gone_when_it_has_expired_and_its_price_never_changed() -> None:
    async with _shop() as (site, client):
        (offer, *_rest) = await search(client)
        site.clock.move(minutes=29, seconds=59)
        again = (await client.get(f"/air/offers/{offer['id']}")).json()["data"]
        assert again["total_amount"] == offer["total_amount"]
        site.clock.move(seconds=1)
        answer = await client.post("/air/orders", json=order_body(offer))
        assert fault(answer) == (422, "airline_error", "offer_no_longer_available")


async def test_an_offer_is_booked_once() -> None:
    async with _shop() as (_, client):
        (offer, *_rest) = await search(client)
        assert (await client.post("/air/orders", json=order_body(offer))).status_code == 201
        answer = await client.post("/air/orders", json=order_body(offer))
        assert fault(answer) == (422, "airline_error", "duplicate_booking")


async def test_a_sold_out_class_is_an_airline_error_that_names_the_seats_left() -> None:
    async with _shop() as (site, client):
        (offer, *_rest) = await search(client)
        for place, counter in site.bookings.counters.items():
            if place[1] is Cabin.ECONOMY:
                taken = counter.take("Y", counter.left, held=False)
                assert taken is not None
                site.bookings.counters[place] = taken
        answer = await client.post("/air/orders", json=order_body(offer))
        assert fault(answer) == (422, "airline_error", "offer_no_longer_available")
        assert answer.json()["errors"][0]["title"] == "Sold out"
        assert answer.json()["errors"][0]["source"] == "BA"


async def test_a_balance_that_is_too_low_books_nothing() -> None:
    async with _shop() as (site, client):
        other = site.client(OTHER_TOKEN)
        (offer, *_rest) = await search(other)
        answer = await other.post("/air/orders", json=order_body(offer))
        assert fault(answer) == (422, "invalid_state_error", "insufficient_balance")
        assert client is not other
        await other.aclose()


async def test_offers_and_orders_of_others_are_not_there() -> None:
    async with _shop() as (site, client), site.client(OTHER_TOKEN) as other:
        (offer, *_rest) = await search(client)
        assert (await other.post("/air/orders", json=order_body(offer))).status_code == 404
        order = (await client.post("/air/orders", json=order_body(offer))).json()["data"]
        assert (await other.get(f"/air/orders/{order['id']}")).status_code == 404
        changed = await other.patch(
            f"/air/orders/{order['id']}", json={"data": {"metadata": {"a": "1"}}}
        )
        assert changed.status_code == 404
        assert (await client.get("/air/orders/ord_x")).status_code == 404
        unknown = order_body({**offer, "id": "off_x"})
        assert (await client.post("/air/orders", json=unknown)).status_code == 404


async def test_seats_are_paid_with_the_offer_and_taken_from_the_map() -> None:
    async with _shop() as (_, client):
        (offer, *_rest) = await search(client)
        seats = await _seats(client, offer)
        services = seats["5A"]["available_services"]
        answer = await client.post("/air/orders", json=order_body(offer, services=services))
        order = answer.json()["data"]
        assert order["total_amount"] == "115.00"
        passenger = order["slices"][0]["segments"][0]["passengers"][0]
        assert passenger["seat"]["designator"] == "5A"
        assert (await _seats(client, offer))["5A"]["available_services"] == []


async def test_a_seat_that_somebody_took_meanwhile_is_not_available() -> None:
    async with _shop() as (_, client):
        first, *_rest = await search(client)
        (second, *_rest) = [one for one in await search(client) if _flight(one) == _flight(first)]
        mine = (await _seats(client, first))["20A"]["available_services"]
        theirs = (await _seats(client, second))["20A"]["available_services"]
        assert (await client.post("/air/orders", json=order_body(first, services=mine))).is_success
        answer = await client.post("/air/orders", json=order_body(second, services=theirs))
        assert fault(answer) == (422, "airline_error", "ancillary_service_not_available")
        assert "20A" in answer.json()["errors"][0]["message"]


async def test_services_are_those_of_the_offer_each_once_and_one_seat_for_each() -> None:
    async with _shop() as (_, client):
        (offer, *_rest) = await search(client)
        seats = await _seats(client, offer)
        first, second = (seats[name]["available_services"][0] for name in ("20A", "20B"))
        answer = await client.post("/air/orders", json=order_body(offer, services=[first, first]))
        assert source(answer)[1] == "/services"
        answer = await client.post("/air/orders", json=order_body(offer, services=[first, second]))
        assert source(answer)[1] == "/services"
        unknown = {"id": "ase_x", "total_amount": "0.00"}
        answer = await client.post("/air/orders", json=order_body(offer, services=[unknown]))
        assert fault(answer)[2] == "ancillary_service_not_available"


async def test_nobody_with_an_infant_sits_at_an_exit() -> None:
    async with _shop() as (_, client):
        party = [{"type": "adult"}, {"type": "adult"}, {"type": "infant_without_seat"}]
        (offer, *_rest) = await search(client, party=party)
        seats = await _seats(client, offer)
        exits = next(
            seat for seat in seats.values() if seat["name"] == "Exit row" and seat["disclosures"]
        )
        by_person = {one["passenger_id"]: one for one in exits["available_services"]}
        holding, free = (who["id"] for who in offer["passengers"][:2])
        body = order_body(offer, services=[by_person[holding]])
        answer = await client.post("/air/orders", json=body)
        assert fault(answer)[2] == "ancillary_service_not_available"
        body = order_body(offer, services=[by_person[free]])
        assert (await client.post("/air/orders", json=body)).status_code == 201


async def test_orders_are_listed_by_pages_filters_and_sorts() -> None:
    async with _shop() as (_, client):
        made = []
        for number, kind in enumerate(("instant", "hold", "instant")):
            offers = await search(client, slices=[("FRA", "LHR", DAY + timedelta(days=number))])
            extra = {"payments": None} if kind == "hold" else {}
            body = order_body(offers[0], type=kind, **extra)
            made.append((await client.post("/air/orders", json=body)).json()["data"])
        ids = [one["id"] for one in made]

        async def listed(**query: object) -> list[str]:
            answer = await client.get("/air/orders", params=query)  # type: ignore[arg-type]
            assert answer.status_code == 200, answer.text
            return [one["id"] for one in answer.json()["data"]]

        assert set(await listed()) == set(ids)
        assert await listed(awaiting_payment="true") == [ids[1]]
        assert set(await listed(awaiting_payment="false")) == {ids[0], ids[2]}
        assert await listed(booking_reference=made[2]["booking_reference"]) == [ids[2]]
        assert set(await listed(**{"passenger_name[]": "Stonea"})) == set(ids)
        assert await listed(**{"passenger_name[]": "Nobody"}) == []
        for sort in ("pay_by", "payment_required_by"):
            assert (await listed(sort=sort))[0] == ids[1]
        page = (await client.get("/air/orders", params={"limit": 2})).json()
        rest = await listed(limit=2, after=page["meta"]["after"])
        assert {*(one["id"] for one in page["data"]), *rest} == set(ids)
        assert page["meta"]["before"] is None


async def test_metadata_is_replaced_in_either_shape() -> None:
    async with _shop() as (_, client):
        (offer, *_rest) = await search(client)
        order = (await client.post("/air/orders", json=order_body(offer))).json()["data"]
        path = f"/air/orders/{order['id']}"
        for told in ({"metadata": {"a": "1"}}, {"options": {"metadata": {"a": "2"}}}):
            answer = await client.patch(path, json={"data": told})
            assert answer.json()["data"]["metadata"]["a"] in ("1", "2")
        assert (await client.get(path)).json()["data"]["metadata"] == {"a": "2"}
        answer = await client.patch(path, json={"data": {}})
        assert fault(answer)[2] == "validation_required"


async def test_a_cancelled_order_tells_its_cancellation() -> None:
    async with _shop() as (_, client):
        (offer, *_rest) = await search(client)
        order = (await client.post("/air/orders", json=order_body(offer))).json()["data"]
        quote = await client.post(
            "/air/order_cancellations", json={"data": {"order_id": order["id"]}}
        )
        id_ = quote.json()["data"]["id"]
        await client.post(f"/air/order_cancellations/{id_}/actions/confirm")
        found = (await client.get(f"/air/orders/{order['id']}")).json()["data"]
        assert found["cancellation"]["id"] == id_
        assert found["available_actions"] == []


def _flight(offer: Json) -> str:
    return str(offer["slices"][0]["segments"][0]["marketing_carrier_flight_number"])


async def test_an_order_keeps_frequent_flyers_numbers_its_own_or_those_of_the_offer() -> None:
    async with duffel_site() as site, site.client() as client:
        first = {"airline_iata_code": "BA", "account_number": "1"}
        other = {"airline_iata_code": "LH", "account_number": "2"}
        party = [{"type": "adult", "loyalty_programme_accounts": [first]}]
        for told, kept in ((None, [first]), ([other], [other]), ([], [])):
            (offer, *_) = await search(client, party=party)
            body = order_body(offer)
            if told is not None:
                body["data"]["passengers"][0]["loyalty_programme_accounts"] = told
            made = (await client.post("/air/orders", json=body)).json()["data"]
            found = (await client.get(f"/air/orders/{made['id']}")).json()["data"]
            for order in (made, found):
                assert order["passengers"][0]["loyalty_programme_accounts"] == kept
