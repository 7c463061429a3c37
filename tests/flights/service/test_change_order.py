"""The parts of changing an order that endpoints' tests do not see: what is searched, and keys."""

from tests.flights.duffel_site import duffel_site, order_body, search
from tests.support.flights_world import DAY


async def test_the_new_slices_are_searched_in_the_cabin_that_was_bought_for_the_same_party() -> (
    None
):
    async with duffel_site() as site, site.client() as client:
        party = [{"type": "adult"}, {"type": "infant_without_seat"}]
        (offer, *_) = await search(client, party=party)
        order = (await client.post("/air/orders", json=order_body(offer))).json()["data"]
        asked = {"origin": "FRA", "destination": "LHR", "departure_date": "2026-12-09"}
        gone = [{"slice_id": order["slices"][0]["id"]}]
        body = {"data": {"order_id": order["id"], "slices": {"add": [asked], "remove": gone}}}
        made = (await client.post("/air/order_change_requests", json=body)).json()["data"]
        (change, *_) = made["order_change_offers"]
        seats = change["slices"]["add"][0]["segments"][0]["passengers"]
        assert [one["passenger_id"] for one in seats] == [who["id"] for who in order["passengers"]]
        assert {one["cabin_class"] for one in seats} == {"economy"}
        assert change["penalty_amount"] == "40.00"


async def test_another_cabin_is_searched_where_it_is_asked_for() -> None:
    async with duffel_site() as site, site.client() as client:
        (offer, *_) = await search(client)
        order = (await client.post("/air/orders", json=order_body(offer))).json()["data"]
        asked = {
            "origin": "FRA",
            "destination": "LHR",
            "departure_date": DAY.isoformat(),
            "cabin_class": "first",
        }
        gone = [{"slice_id": order["slices"][0]["id"]}]
        body = {"data": {"order_id": order["id"], "slices": {"add": [asked], "remove": gone}}}
        made = (await client.post("/air/order_change_requests", json=body)).json()["data"]
        assert made["order_change_offers"] == []


async def test_of_two_changes_that_were_chosen_for_one_order_only_the_first_is_done() -> None:
    """The second gives up seats that the order has no more: they were sold to somebody else."""
    async with duffel_site() as site, site.client() as client:
        (offer, *_) = await search(client)
        order = (await client.post("/air/orders", json=order_body(offer))).json()["data"]
        paths = []
        for day in (9, 10):
            asked = {"origin": "FRA", "destination": "LHR", "departure_date": f"2026-12-{day:02}"}
            slices = {"add": [asked], "remove": [{"slice_id": order["slices"][0]["id"]}]}
            body = {"data": {"order_id": order["id"], "slices": slices}}
            made = (await client.post("/air/order_change_requests", json=body)).json()["data"]
            chosen = {"selected_order_change_offer": made["order_change_offers"][0]["id"]}
            change = (await client.post("/air/order_changes", json={"data": chosen})).json()["data"]
            paths.append(f"/air/order_changes/{change['id']}/actions/confirm")
        payment = {"type": "balance", "amount": "20.00", "currency": "EUR"}
        first, second, again = [
            await client.post(path, json={"data": {"payment": payment}})
            for path in (*paths, paths[0])
        ]
        assert (first.status_code, second.status_code) == (200, 422)
        assert again.json() == first.json()
