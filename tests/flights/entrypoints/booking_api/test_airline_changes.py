from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx

from holdfast.flights.domain.disruption import AirlineChange, ChangeKind, LegChange, LegTimes
from holdfast.flights.domain.flight import LegKey
from tests.flights.duffel_site import DuffelSite, duffel_site, order_body, search
from tests.flights.entrypoints.http.site import fault
from tests.support.flights_world import DAY, NOW

Json = Any


async def _changed(site: DuffelSite, client: httpx.AsyncClient) -> Json:
    """An order whose flight now leaves half an hour later."""
    (offer, *_) = await search(client)
    order = (await client.post("/air/orders", json=order_body(offer))).json()["data"]
    segment = order["slices"][0]["segments"][0]
    number = int(segment["marketing_carrier_flight_number"])
    key = LegKey("BA", number, "", date.fromisoformat(DAY.isoformat()), "FRA", "LHR")
    at = datetime(2026, 12, 1, 7, 0, tzinfo=UTC)
    was = LegTimes(at, at + timedelta(minutes=100), "320")
    now = LegTimes(at + timedelta(minutes=30), at + timedelta(minutes=130), "320")
    change = LegChange(key, was, now)
    site.disruptions.listed.append(
        AirlineChange("aic_1", order["id"], ChangeKind.SCHEDULE, (change,), NOW)
    )
    return order


async def test_a_moved_flight_is_listed_and_part_of_its_order() -> None:
    async with duffel_site() as site, site.client() as client:
        order = await _changed(site, client)
        query = {"order_id": order["id"]}
        (listed,) = (await client.get("/air/airline_initiated_changes", params=query)).json()[
            "data"
        ]
        assert listed["removed"][0]["id"] == order["slices"][0]["id"]
        assert len(listed["added"]) == 1
        found = (await client.get(f"/air/orders/{order['id']}")).json()["data"]
        assert found["airline_initiated_changes"] == [listed]
        (in_list,) = (await client.get("/air/orders")).json()["data"]
        assert in_list["airline_initiated_changes"] == [listed]


async def test_a_change_is_accepted_in_either_way_and_stays_so() -> None:
    async with duffel_site() as site, site.client() as client:
        await _changed(site, client)
        path = "/air/airline_initiated_changes/aic_1"
        accepted = (await client.post(f"{path}/actions/accept")).json()["data"]
        assert accepted["action_taken"] == "accepted"
        told = {"data": {"action_taken": "accepted"}}
        assert (await client.patch(path, json=told)).json()["data"] == accepted
        answer = await client.patch(path, json={"data": {"action_taken": "cancelled"}})
        assert fault(answer)[2] == "unsupported_action"


async def test_declining_is_cancelling_and_all_comes_back() -> None:
    async with duffel_site() as site, site.client() as client:
        order = await _changed(site, client)
        quote = await client.post(
            "/air/order_cancellations", json={"data": {"order_id": order["id"]}}
        )
        assert quote.json()["data"]["refund_amount"] == order["total_amount"]


async def test_unknown_orders_and_changes_are_not_there() -> None:
    async with duffel_site() as site, site.client() as client:
        query = {"order_id": "ord_x"}
        answer = await client.get("/air/airline_initiated_changes", params=query)
        assert answer.status_code == 404
        answer = await client.post("/air/airline_initiated_changes/aic_x/actions/accept")
        assert answer.status_code == 404
