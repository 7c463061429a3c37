"""OWASP API1:2023, broken object level authorization: two agencies, two students, two airlines.

One agency makes one of everything; the other asks for all of it at every address that takes an id,
and finds what it finds for ids that nobody has.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx

from holdfast.flights.entrypoints.http.operation import Operation
from holdfast.grading.domain.roster import NotClaimed, Source, User
from holdfast.grading.entrypoints.results_api.settings import ResultsSettings
from tests.flights.duffel_site import OTHER_TOKEN, DuffelSite, duffel_site, order_body, search
from tests.grading.store.contract import ANNA, BEN
from tests.support.flights_world import DAY
from tests.support.results_site import ADMIN, results_site

Json = Any  # what the API answers; read field by field
HOOK = "https://hooks.example.org/holdfast"
PUBLIC_THINGS = {
    "/air/airports/{id}",
    "/air/cities/{id}",
    "/air/airlines/{id}",
    "/air/aircraft/{id}",
}
"""Reference data: the same for everybody."""
NOT_MADE_HERE = {
    "/air/airline_initiated_changes/{id}",
    "/air/airline_initiated_changes/{id}/actions/accept",
}
"""An airline makes these: tests/flights/entrypoints/booking_api/test_airline_changes.py."""


@dataclass
class Agency:
    """What one agency owns: ids by the path that takes them; bodies that name something owned."""

    client: httpx.AsyncClient
    ids: dict[str, str] = field(default_factory=dict)
    bodies: dict[str, Json] = field(default_factory=dict)
    queries: dict[str, str] = field(default_factory=dict)

    async def make(self, path: str, data: Json) -> Json:
        answer = await self.client.post(path, json={"data": data})
        assert answer.is_success, answer.text
        return answer.json()["data"]

    async def fill(self) -> None:
        """One of everything."""
        offers = await search(self.client)
        listed = (await self.client.get("/air/offer_requests")).json()["data"]
        offer = offers[0]
        order = await self._order(offer)
        held = await self.make(
            "/air/orders", order_body(offers[1], type="hold", payments=None)["data"]
        )
        quote = await self.make("/air/order_cancellations", {"order_id": held["id"]})
        trip = {
            "origin": "FRA",
            "destination": "LHR",
            "departure_date": (DAY + timedelta(days=3)).isoformat(),
        }
        slices = {"add": [trip], "remove": [{"slice_id": order["slices"][0]["id"]}]}
        wish = {"order_id": order["id"], "slices": slices}
        request = await self.make("/air/order_change_requests", wish)
        chosen = {"selected_order_change_offer": request["order_change_offers"][0]["id"]}
        change = await self.make("/air/order_changes", chosen)
        hook = await self.make("/air/webhooks", {"url": HOOK, "events": ["order.created"]})
        await self.client.post(f"/air/webhooks/{hook['id']}/actions/ping")
        events = (await self.client.get("/air/webhooks/events")).json()["data"]
        price = {"type": "balance", "amount": order["total_amount"], "currency": "EUR"}
        self.ids = {
            "/air/offer_requests/{id}": listed[0]["id"],
            "/air/offers/{id}": offer["id"],
            "/air/orders/{id}": order["id"],
            "/air/order_cancellations/{id}": quote["id"],
            "/air/order_change_requests/{id}": request["id"],
            "/air/order_change_offers/{id}": request["order_change_offers"][0]["id"],
            "/air/order_changes/{id}": change["id"],
            "/air/webhooks/{id}": hook["id"],
            "/air/webhooks/events/{id}": events[0]["id"],
            "passenger": offer["passengers"][0]["id"],
        }
        self.bodies = {
            "/air/orders": order_body(offer)["data"],
            "/air/payments": {"order_id": held["id"], "payment": price},
            "/air/order_cancellations": {"order_id": order["id"]},
            "/air/order_change_requests": wish,
            "/air/order_changes": chosen,
        }
        self.queries = {
            "/air/offers": f"offer_request_id={self.ids['/air/offer_requests/{id}']}",
            "/air/seat_maps": f"offer_id={offer['id']}",
            "/air/order_change_offers": f"order_change_request_id={request['id']}",
        }

    async def _order(self, offer: Json) -> Json:
        return await self.make("/air/orders", order_body(offer)["data"])

    def address(self, path: str) -> str:
        """The path with the id of what this agency owns there."""
        begin = max((known for known in self.ids if path.startswith(known)), key=len)
        real = begin.replace("{id}", self.ids[begin])
        return path.replace(begin, real).replace("{passenger_id}", self.ids["passenger"])


@asynccontextmanager
async def two_agencies() -> AsyncIterator[tuple[DuffelSite, Agency, httpx.AsyncClient]]:
    """A site, an agency that owns one of everything, and another one's client."""
    async with duffel_site() as site, site.client() as anna, site.client(OTHER_TOKEN) as bert:
        agency = Agency(anna)
        await agency.fill()
        yield site, agency, bert


def with_ids(site: DuffelSite) -> list[Operation]:
    """All operations that take the id of something that is somebody's."""
    found = [one for one in site.operations if "{" in one.path]
    return [one for one in found if one.path not in PUBLIC_THINGS | NOT_MADE_HERE]


BODY_OF: dict[str, Json] = {
    "PATCH /air/orders/{id}": {"metadata": {"mine": "now"}},
    "POST /air/orders/{id}/services": {
        "add_services": [{"id": "ase_0000000000000000000001", "quantity": 1}],
        "payment": {"type": "balance", "amount": "15.00", "currency": "EUR"},
    },
    "PATCH /air/webhooks/{id}": {"active": False},
    "PATCH /air/offers/{id}/passengers/{passenger_id}": {
        "given_name": "Vega",
        "family_name": "Lyrae",
    },
}


async def test_an_agency_finds_its_own_at_every_address_with_an_id() -> None:
    async with two_agencies() as (site, agency, _):
        for operation in with_ids(site):
            if operation.method == "GET":
                answer = await agency.client.get(agency.address(operation.path))
                assert answer.status_code == 200, operation.path


async def test_another_agencys_things_are_not_there_at_any_address_with_an_id() -> None:
    async with two_agencies() as (site, agency, bert):
        for operation in with_ids(site):
            body = BODY_OF.get(f"{operation.method} {operation.path}", {})
            address = agency.address(operation.path)
            answer = await bert.request(operation.method, address, json={"data": body})
            assert answer.status_code == 404, (operation.method, address, answer.text)


async def test_another_agencys_things_cannot_be_named_in_a_body() -> None:
    async with two_agencies() as (_, agency, bert):
        for path, body in agency.bodies.items():
            answer = await bert.post(path, json={"data": body})
            assert answer.status_code in (404, 422), (path, answer.text)
            nobodys = await bert.post(path, json={"data": _of_nobody(body)})
            assert answer.status_code == nobodys.status_code, path


async def test_another_agencys_things_cannot_be_named_in_a_query() -> None:
    async with two_agencies() as (_, agency, bert):
        for path, query in agency.queries.items():
            assert (await agency.client.get(f"{path}?{query}")).status_code == 200, path
            answer = await bert.get(f"{path}?{query}")
            assert answer.status_code == 404 or answer.json()["data"] == [], path


async def test_no_list_shows_what_is_another_agencys() -> None:
    async with two_agencies() as (site, _, bert):
        lists = [one.path for one in site.operations if one.paged and one.method == "GET"]
        shared = {"/air/airports", "/air/cities", "/air/airlines", "/air/aircraft"}
        for path in set(lists) - shared:
            answer = await bert.get(path)
            assert answer.status_code == 422 or answer.json()["data"] == [], path


async def test_what_another_agency_tried_changed_nothing() -> None:
    async with two_agencies() as (site, agency, bert):
        path = agency.address("/air/orders/{id}")
        before = (await agency.client.get(path)).json()
        for operation in with_ids(site):
            body = BODY_OF.get(f"{operation.method} {operation.path}", {})
            address = agency.address(operation.path)
            await bert.request(operation.method, address, json={"data": body})
        assert (await agency.client.get(path)).json() == before
        hook = (await agency.client.get(agency.address("/air/webhooks/{id}"))).json()["data"]
        assert hook["active"] is True


def _of_nobody(body: Json) -> Json:
    """The same with ids that nobody has."""
    if isinstance(body, dict):
        return {name: _of_nobody(value) for name, value in body.items()}
    if isinstance(body, list):
        return [_of_nobody(value) for value in body]
    prefix, line, rest = str(body).partition("_")
    is_id = line and len(rest) >= 20 and rest.isalnum()
    return f"{prefix}_{'0' * len(rest)}" if is_id else body


async def test_a_student_cannot_claim_anothers_id_with_their_own_token() -> None:
    async with results_site(settings=ResultsSettings(identity="claimed")) as site:
        await site.store.import_roster([User(ANNA, "Anna"), User(BEN, "Ben")])
        listed = (await site.client(ADMIN).get("/api/grading/roster/tokens")).json()
        tokens = {one["uid"]: one["token"] for one in listed}
        anyone = site.client()
        stolen = await anyone.post("/api/grading/claims", json={"uid": ANNA, "token": tokens[BEN]})
        assert stolen.status_code == 403
        assert await site.store.identify(ANNA, Source("192.0.2.99", 5)) == NotClaimed(ANNA)
        own = await anyone.post("/api/grading/claims", json={"uid": BEN, "token": tokens[BEN]})
        assert own.status_code == 200
        assert await site.store.identify(ANNA, Source("192.0.2.99", 5)) == NotClaimed(ANNA)


async def test_a_students_personal_token_opens_nothing_but_their_claim() -> None:
    async with results_site(is_open=False) as site:
        await site.store.import_roster([User(ANNA, "Anna")])
        listed = (await site.client(ADMIN).get("/api/grading/roster/tokens")).json()
        student = site.client(listed[0]["token"])
        for path in ("/users", "/api/grading/standings", "/api/grading/roster/tokens"):
            assert (await student.get(path)).status_code == 401
