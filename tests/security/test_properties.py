"""OWASP API3:2023, broken object property level authorization: nobody sets or sees a field that is
not theirs."""

from typing import Any

from holdfast.grading.domain.roster import User
from holdfast.grading.domain.verdict import Verdict
from tests.flights.duffel_site import OTHER_TOKEN, OWNER, duffel_site, order_body, search
from tests.grading.store.contract import ANNA, BEN, closed, opened
from tests.support.results_site import ADMIN, CLAIM_KEY, SERVICE, VIEWER, results_site

Json = Any  # what the API answers; read field by field
FORCED: dict[str, Json] = {
    "id": "ord_0000000000000000000009",
    "owner": "bert",
    "live_mode": True,
    "total_amount": "0.01",
    "base_amount": "0.01",
    "booking_reference": "AAAAAA",
    "created_at": "2020-01-01T00:00:00Z",
    "payment_status": {"awaiting_payment": False},
    "cancelled_at": None,
}
"""What an answer tells and nobody may set."""


async def test_a_buyer_sets_no_price_owner_or_id_of_an_order() -> None:
    async with duffel_site() as site, site.client() as client, site.client(OTHER_TOKEN) as bert:
        (offer, *_) = await search(client)
        body = order_body(offer)
        body["data"] |= FORCED
        answer = await client.post("/air/orders", json=body)
        assert answer.status_code == 201
        order = answer.json()["data"]
        assert order["total_amount"] == offer["total_amount"]
        for name in ("id", "booking_reference", "created_at"):
            assert order[name] != FORCED[name], name
        assert order["live_mode"] is False
        assert (await client.get(f"/air/orders/{order['id']}")).status_code == 200
        assert (await bert.get(f"/air/orders/{order['id']}")).status_code == 404


async def test_an_order_is_changed_in_its_metadata_and_nothing_else() -> None:
    async with duffel_site() as site, site.client() as client:
        (offer, *_) = await search(client)
        order = (await client.post("/air/orders", json=order_body(offer))).json()["data"]
        path = f"/air/orders/{order['id']}"
        body = {"data": {**FORCED, "metadata": {"shelf": "7"}}}
        assert (await client.patch(path, json=body)).status_code == 200
        found = (await client.get(path)).json()["data"]
        assert found == {**order, "metadata": {"shelf": "7"}}


async def test_a_subscriber_chooses_neither_owner_nor_secret() -> None:
    async with duffel_site() as site, site.client() as client, site.client(OTHER_TOKEN) as bert:
        wish = {"url": "https://hooks.example.org/", "events": ["order.created"]}
        forced = {"owner": "bert", "secret": "mine", "id": "sev_0000000000000000000009"}
        answer = await client.post("/air/webhooks", json={"data": {**wish, **forced}})
        made = answer.json()["data"]
        assert made["secret"] != "mine"
        assert made["id"] != forced["id"]
        assert (await bert.get("/air/webhooks")).json()["data"] == []
        kept = await site.webhooks.webhook(made["id"], OWNER)
        assert kept is not None


async def test_a_webhooks_secret_is_in_no_later_answer() -> None:
    async with duffel_site() as site, site.client() as client:
        wish = {"url": "https://hooks.example.org/", "events": ["order.created"]}
        made = (await client.post("/air/webhooks", json={"data": wish})).json()["data"]
        path = f"/air/webhooks/{made['id']}"
        await client.post(f"{path}/actions/ping")
        answers = [
            await client.get(path),
            await client.get("/air/webhooks"),
            await client.get("/air/webhooks/events"),
            await client.get("/air/webhooks/deliveries"),
            await client.patch(path, json={"data": {"active": False}}),
        ]
        for answer in answers:
            assert made["secret"] not in answer.text, answer.request.url


async def test_no_reader_sees_a_students_token_a_seed_of_a_running_attempt_or_a_teachers_note() -> (
    None
):
    async with results_site(is_open=False) as site:
        await site.store.import_roster([User(ANNA, "Anna"), User(BEN, "Ben")])
        running = opened(BEN)
        await site.store.open_attempt(running)
        await site.store.close_attempt(closed(opened(ANNA), Verdict.FAIL))
        listed = (await site.client(ADMIN).get("/api/grading/roster/tokens")).json()
        secrets = {one["token"] for one in listed} | {ADMIN, SERVICE, CLAIM_KEY.decode()}
        viewer = site.client(VIEWER)
        shown = [
            (await viewer.get(path)).text
            for path in (
                "/users",
                f"/users/{ANNA}",
                "/assignments",
                "/online",
                "/api/grading/standings",
                f"/api/grading/students/{ANNA}/attempts",
                f"/api/grading/attempts/{running.id}",
                "/api/grading/incidents",
                "/api/grading/tests",
            )
        ]
        for text in shown:
            assert not [secret for secret in secrets if secret in text]
        one = (await viewer.get(f"/api/grading/attempts/{running.id}")).json()
        assert (one["seed"], one["teacher_note"], one["transcript"]) == (None, None, None)
