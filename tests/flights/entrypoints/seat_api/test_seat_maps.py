from typing import Any

from tests.flights.duffel_site import OTHER_TOKEN, duffel_site, search, seats_of
from tests.flights.entrypoints.http.site import fault
from tests.support.flights_world import DAY

Json = Any


async def test_there_is_a_map_for_each_flight_in_order() -> None:
    async with duffel_site() as site, site.client() as client:
        (offer, *_) = await search(client, slices=[("FRA", "JFK", DAY)])
        answer = await client.get("/air/seat_maps", params={"offer_id": offer["id"]})
        maps = answer.json()["data"]
        segments = offer["slices"][0]["segments"]
        assert [one["segment_id"] for one in maps] == [one["id"] for one in segments]
        assert {one["slice_id"] for one in maps} == {offer["slices"][0]["id"]}
        assert [len(seats_of(one)) for one in maps] == [162, 228]
        assert [cabin["aisles"] for cabin in maps[1]["cabins"]] == [2, 2]


async def test_every_seat_has_a_service_for_each_who_may_have_it() -> None:
    async with duffel_site() as site, site.client() as client:
        party = [{"type": "adult"}, {"type": "child"}, {"type": "infant_without_seat"}]
        (offer, *_) = await search(client, party=party)
        answer = await client.get("/air/seat_maps", params={"offer_id": offer["id"]})
        seats = seats_of(answer.json()["data"][0])
        adult, child, _ = (who["id"] for who in offer["passengers"])
        assert [one["passenger_id"] for one in seats["20A"]["available_services"]] == [adult, child]
        assert {one["total_amount"] for one in seats["5A"]["available_services"]} == {"15.00"}
        assert seats["1A"]["available_services"] == []


async def test_only_v2_hears_of_restricted_seats() -> None:
    async with duffel_site() as site, site.client() as client:
        (offer, *_) = await search(
            client, party=[{"type": "adult"}, {"type": "infant_without_seat"}]
        )

        async def types(version: str) -> set[str]:
            async with site.client(version=version) as asking:
                answer = await asking.get("/air/seat_maps", params={"offer_id": offer["id"]})
                return {one["type"] for one in seats_of(answer.json()["data"][0]).values()}

        assert await types("v1") == {"seat"}
        assert await types("v2") == {"seat", "restricted_seat_general"}


async def test_maps_need_an_offer_or_an_order_of_the_caller() -> None:
    async with duffel_site() as site, site.client() as client, site.client(OTHER_TOKEN) as other:
        (offer, *_) = await search(client)
        assert fault(await client.get("/air/seat_maps"))[2] == "validation_required"
        for query in ({"offer_id": offer["id"]}, {"order_id": "ord_x"}):
            assert (await other.get("/air/seat_maps", params=query)).status_code == 404
