from typing import Any

import httpx
import pytest

from holdfast.flights.domain.webhook import Delivery
from holdfast.flights.service.ports.webhooks import MAX_WEBHOOKS_OF_OWNER
from tests.flights.duffel_site import OTHER_TOKEN, DuffelSite, duffel_site
from tests.flights.entrypoints.http.site import fault, source

Json = Any
URL = "https://hooks.example.org/holdfast"


async def _made(client: httpx.AsyncClient, **changes: object) -> Json:
    body = {"data": {"url": URL, "events": ["order.created"], **changes}}
    answer = await client.post("/air/webhooks", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


async def test_a_secret_is_told_once() -> None:
    async with duffel_site() as site, site.client() as client:
        made = await _made(client)
        assert len(made["secret"]) >= 20
        (listed,) = (await client.get("/air/webhooks")).json()["data"]
        assert "secret" not in listed
        assert listed == {name: made[name] for name in made if name != "secret"}
        assert (await client.get(f"/air/webhooks/{made['id']}")).json()["data"] == listed


async def test_a_subscription_is_changed_in_parts_and_ended_with_an_empty_object() -> None:
    async with duffel_site() as site, site.client() as client:
        path = f"/air/webhooks/{(await _made(client))['id']}"
        changed = await client.patch(path, json={"data": {"active": False}})
        assert changed.json()["data"]["active"] is False
        changed = await client.patch(
            path, json={"data": {"url": f"{URL}/2", "events": ["payment.created"] * 2}}
        )
        told = changed.json()["data"]
        assert (told["url"], told["events"], told["active"]) == (
            f"{URL}/2", ["payment.created"], False,
        )  # fmt: skip
        ended = await client.delete(path)
        assert (ended.status_code, ended.content) == (200, b"{}")
        assert (await client.delete(path)).status_code == 404
        assert (await client.patch(path, json={"data": {}})).status_code == 404
        assert (await client.get(path)).status_code == 404


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"url": "ftp://example.org/x"}, "url"),
        ({"url": "https://user@example.org/"}, "url"),
        ({"url": "https://"}, "url"),
        ({"events": []}, "events"),
        ({"events": ["order.exploded"]}, "events"),
    ],
)
async def test_what_cannot_be_called_or_told_is_refused(change: Json, field: str) -> None:
    async with duffel_site() as site, site.client() as client:
        body = {"data": {"url": URL, "events": ["order.created"], **change}}
        answer = await client.post("/air/webhooks", json=body)
        assert fault(answer) == (422, "validation_error", "invalid_data_param")
        assert source(answer)[0] == field
        if field == "url":
            path = f"/air/webhooks/{(await _made(client))['id']}"
            assert (await client.patch(path, json={"data": change})).status_code == 422


async def test_there_is_a_bound_of_subscriptions() -> None:
    async with duffel_site() as site, site.client() as client:
        for _ in range(MAX_WEBHOOKS_OF_OWNER):
            await _made(client)
        body = {"data": {"url": URL, "events": ["order.created"]}}
        assert (await client.post("/air/webhooks", json=body)).status_code == 422
        page = (await client.get("/air/webhooks", params={"limit": 60})).json()
        rest = await client.get("/air/webhooks", params={"after": page["meta"]["after"]})
        assert len(page["data"]) + len(rest.json()["data"]) == MAX_WEBHOOKS_OF_OWNER


async def test_a_ping_is_an_event_of_its_own_and_can_be_sent_again() -> None:
    async with duffel_site() as site, site.client() as client:
        made = await _made(client, active=True)
        ping = await client.post(f"/air/webhooks/{made['id']}/actions/ping")
        assert (ping.status_code, ping.content) == (200, b"{}")
        (event,) = (await client.get("/air/webhooks/events")).json()["data"]
        assert event["type"] == "ping.triggered"
        assert event["data"] == {"object": {}}
        path = f"/air/webhooks/events/{event['id']}"
        assert (await client.get(path)).json()["data"] == event
        (errand,) = await site.webhooks.claim(10, 60)
        assert await site.webhooks.claim(10, 60) == []
        again = await client.post(f"{path}/actions/redeliver")
        assert (again.status_code, again.content) == (200, b"{}")
        assert [one.event_id for one in await site.webhooks.claim(10, 60)] == [errand.event_id]


async def test_tries_are_listed_and_filtered() -> None:
    async with duffel_site() as site, site.client() as client:
        await _tried(site, "sed_1", succeeded=True)
        await _tried(site, "sed_2", succeeded=False)

        async def listed(**query: str) -> list[Json]:
            answer = await client.get("/air/webhooks/deliveries", params=query)
            return list(answer.json()["data"])

        assert {one["id"] for one in await listed()} == {"sed_1", "sed_2"}
        (failed,) = await listed(delivery_success="false")
        assert (failed["response_status_code"], failed["response_body"]) == (503, "away")
        assert [one["id"] for one in await listed(delivery_success="true")] == ["sed_1"]
        assert await listed(type="payment.created") == []
        assert len(await listed(endpoint_id="sev_1", type="order.created")) == 2


async def test_subscriptions_and_events_of_others_are_not_there() -> None:
    async with duffel_site() as site, site.client() as client, site.client(OTHER_TOKEN) as other:
        made = await _made(client)
        await client.post(f"/air/webhooks/{made['id']}/actions/ping")
        (event,) = (await client.get("/air/webhooks/events")).json()["data"]
        for method, path in (
            ("GET", f"/air/webhooks/{made['id']}"),
            ("DELETE", f"/air/webhooks/{made['id']}"),
            ("POST", f"/air/webhooks/{made['id']}/actions/ping"),
            ("GET", f"/air/webhooks/events/{event['id']}"),
            ("POST", f"/air/webhooks/events/{event['id']}/actions/redeliver"),
        ):
            assert (await other.request(method, path)).status_code == 404
        assert (await other.get("/air/webhooks/events")).json()["data"] == []


async def _tried(site: DuffelSite, id_: str, *, succeeded: bool) -> None:
    delivery = Delivery(
        id=id_,
        event_id="wev_1",
        webhook_id="sev_1",
        owner=site.owner,
        live_mode=False,
        type="order.created",
        url=URL,
        succeeded=succeeded,
        status=200 if succeeded else 503,
        answer="ok" if succeeded else "away",
        created_at=site.clock.wall(),
    )
    await site.webhooks.done(delivery, None)
