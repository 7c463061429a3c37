from typing import Any

import httpx
import pytest

from tests.flights.duffel_site import OTHER_TOKEN, duffel_site, order_body, search, seats_of
from tests.flights.entrypoints.http.site import fault, source

Json = Any


async def _request_id(client: httpx.AsyncClient) -> str:
    await search(client)
    (newest, *_) = (await client.get("/air/offer_requests")).json()["data"]
    return str(newest["id"])


async def test_every_read_of_an_offer_gives_the_same_bytes() -> None:
    async with duffel_site() as site, site.client() as client:
        (offer, *_) = await search(client)
        first = await client.get(f"/air/offers/{offer['id']}")
        site.clock.move(minutes=20)
        assert (await client.get(f"/air/offers/{offer['id']}")).content == first.content
        assert first.json()["data"] == offer


async def test_services_are_a_list_where_they_are_asked_for() -> None:
    async with duffel_site() as site, site.client() as client:
        (offer, *_) = await search(client)
        path = f"/air/offers/{offer['id']}"
        assert (await client.get(path)).json()["data"]["available_services"] is None
        asked = await client.get(path, params={"return_available_services": "true"})
        assert asked.json()["data"]["available_services"] == []


async def test_offers_of_a_search_are_sorted_filtered_and_paged() -> None:
    async with duffel_site() as site, site.client() as client:
        query = {"offer_request_id": await _request_id(client)}

        async def listed(**more: object) -> Json:
            answer = await client.get("/air/offers", params={**query, **more})  # type: ignore[dict-item]
            assert answer.status_code == 200, answer.text
            return answer.json()

        rising = [float(one["total_amount"]) for one in (await listed(sort="total_amount"))["data"]]
        assert rising == sorted(rising)
        falling = await listed(sort="-total_amount")
        assert [float(one["total_amount"]) for one in falling["data"]] == rising[::-1]
        assert len((await listed(max_connections=0))["data"]) == 3
        page = await listed(limit=2, sort="total_amount")
        rest = await listed(limit=2, sort="total_amount", after=page["meta"]["after"])
        assert len({one["id"] for one in page["data"] + rest["data"]}) == 3
        assert (rest["meta"]["after"], page["meta"]["before"]) == (None, None)
        back = await listed(limit=2, sort="total_amount", before=rest["meta"]["before"])
        assert back["data"] == page["data"]


async def test_a_list_needs_a_search_of_the_caller() -> None:
    async with duffel_site() as site, site.client() as client, site.client(OTHER_TOKEN) as other:
        assert fault(await client.get("/air/offers"))[2] == "validation_required"
        query = {"offer_request_id": await _request_id(client)}
        assert (await other.get("/air/offers", params=query)).status_code == 404
        wrong = await client.get("/air/offers", params={**query, "sort": "colour"})
        assert source(wrong)[0] == "sort"


async def test_an_offer_that_expired_is_gone_for_all_calls() -> None:
    async with duffel_site() as site, site.client() as client:
        (offer, *_) = await search(client)
        site.clock.move(minutes=31)
        path, who = f"/air/offers/{offer['id']}", offer["passengers"][0]["id"]
        names = {"data": {"given_name": "Ada", "family_name": "Stone"}}
        for answer in (
            await client.get(path),
            await client.patch(f"{path}/passengers/{who}", json=names),
            await client.post(f"{path}/actions/price", json={"data": {}}),
            await client.get("/air/seat_maps", params={"offer_id": offer["id"]}),
        ):
            assert fault(answer) == (422, "airline_error", "offer_no_longer_available")


async def test_passengers_are_named_before_an_order() -> None:
    async with duffel_site() as site, site.client() as client:
        (offer, *_) = await search(client)
        path = f"/air/offers/{offer['id']}/passengers/{offer['passengers'][0]['id']}"
        account = {"airline_iata_code": "BA", "account_number": "12901014"}
        told = {
            "given_name": "Ada",
            "family_name": "Stone",
            "loyalty_programme_accounts": [account],
        }
        who = (await client.patch(path, json={"data": told})).json()["data"]
        assert who["loyalty_programme_accounts"] == [account]
        found = (await client.get(f"/air/offers/{offer['id']}")).json()["data"]
        assert found["passengers"] == [who]
        assert found["passengers"][0]["given_name"] == "Ada"
        assert found["total_amount"] == offer["total_amount"]


async def test_frequent_flyers_numbers_stay_until_others_are_told() -> None:
    async with duffel_site() as site, site.client() as client:
        account = {"airline_iata_code": "BA", "account_number": "GB 129/014"}
        party = [{"type": "adult", "loyalty_programme_accounts": [account]}]
        (offer, *_) = await search(client, party=party)
        assert offer["passengers"][0]["loyalty_programme_accounts"] == [account]
        path = f"/air/offers/{offer['id']}/passengers/{offer['passengers'][0]['id']}"
        names = {"given_name": "Ada", "family_name": "Stone"}
        for told, kept in (
            (names, [account]),
            ({**names, "loyalty_programme_accounts": []}, []),
            (names, []),
        ):
            who = (await client.patch(path, json={"data": told})).json()["data"]
            assert who["loyalty_programme_accounts"] == kept
            found = (await client.get(f"/air/offers/{offer['id']}")).json()["data"]
            assert found["passengers"] == [who]


@pytest.mark.parametrize(
    "account",
    [
        {"airline_iata_code": "B", "account_number": "1"},
        {"airline_iata_code": "BA", "account_number": "1;"},
        {"airline_iata_code": "B-", "account_number": "1"},
        {"airline_iata_code": "BA", "account_number": ""},
    ],
)
async def test_what_is_no_frequent_flyers_number_is_refused(account: Json) -> None:
    async with duffel_site() as site, site.client() as client:
        (offer, *_) = await search(client)
        path = f"/air/offers/{offer['id']}/passengers/{offer['passengers'][0]['id']}"
        names = {"given_name": "Ada", "family_name": "Stone"}
        body = {"data": {**names, "loyalty_programme_accounts": [account]}}
        answer = await client.patch(path, json=body)
        assert fault(answer)[:2] == (422, "validation_error")


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"family_name": "Stone"}, "given_name"),
        ({"given_name": "Ada"}, "family_name"),
        ({"given_name": "Ada", "family_name": "St0ne"}, "family_name"),
        ({"given_name": " Ada", "family_name": "Stone"}, "given_name"),
    ],
)
async def test_names_that_no_order_would_take_are_refused(told: Json, field: str) -> None:
    async with duffel_site() as site, site.client() as client:
        (offer, *_) = await search(client)
        path = f"/air/offers/{offer['id']}/passengers/{offer['passengers'][0]['id']}"
        assert source(await client.patch(path, json={"data": told}))[0] == field


async def test_unknown_offers_and_passengers_are_not_there() -> None:
    async with duffel_site() as site, site.client() as client:
        (offer, *_) = await search(client)
        names = {"data": {"given_name": "Ada", "family_name": "Stone"}}
        path = f"/air/offers/{offer['id']}/passengers/pas_x"
        assert (await client.patch(path, json=names)).status_code == 404
        assert (await client.get("/air/offers/off_x")).status_code == 404
        assert (await client.get("/air/offers/orq_x")).status_code == 404


async def test_the_price_of_an_offer_is_its_own_with_what_is_intended_added() -> None:
    async with duffel_site() as site, site.client() as client:
        (offer, *_) = await search(client)
        maps = await client.get("/air/seat_maps", params={"offer_id": offer["id"]})
        seat = seats_of(maps.json()["data"][0])["5A"]["available_services"][0]
        body = {
            "intended_payment_methods": [{"type": "card", "card_id": "tcd_1"}, {"type": "balance"}],
            "intended_services": [{"id": seat["id"], "quantity": 1}],
        }
        path = f"/air/offers/{offer['id']}/actions/price"
        priced = (await client.post(path, json={"data": body})).json()["data"]
        assert priced["total_amount"] == offer["total_amount"]
        card, balance = priced["intended_payment_methods"]
        assert (card["charge_amount"], card["surcharge_amount"]) == ("115.00", "0.00")
        assert (card["card_id"], "card_id" in balance) == ("tcd_1", False)
        assert priced["intended_services"] == body["intended_services"]
        unknown = {"data": {"intended_services": [{"id": "ase_x", "quantity": 1}]}}
        answer = await client.post(path, json=unknown)
        assert fault(answer)[2] == "ancillary_service_not_available"
        assert (await client.post("/air/orders", json=order_body(offer))).status_code == 201
