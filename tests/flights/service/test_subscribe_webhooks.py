import itertools

import pytest

from holdfast.flights.domain.webhook import Webhook
from holdfast.flights.service.ports.access import Caller
from holdfast.flights.service.ports.order_lists import Page
from holdfast.flights.service.ports.webhooks import MAX_WEBHOOKS_OF_OWNER
from holdfast.flights.service.subscribe_webhooks import BadTarget, Subscriptions, TooMany
from holdfast.flights.store.memory_webhooks import MemoryWebhooks
from tests.support.flights_world import WorldClock

CALLER = Caller("anna", "token", False, frozenset({"book"}))
URL = "https://example.org/hook"


def _subscriptions(*, allow_private: bool = False) -> Subscriptions:
    clock, numbers = WorldClock(), itertools.count(1)
    return Subscriptions(
        MemoryWebhooks(clock.wall),
        clock,
        allow_private,
        lambda size: next(numbers).to_bytes(size, "big"),
    )


async def _kept(desk: Subscriptions) -> Webhook:
    prepared = desk.prepared(CALLER, URL, ["order.created", "order.created"])
    assert isinstance(prepared, Webhook)
    kept = await desk.keep(prepared)
    assert isinstance(kept, Webhook)
    return kept


async def test_a_subscription_gets_an_id_and_a_secret_of_its_own() -> None:
    desk = _subscriptions()
    first, second = await _kept(desk), await _kept(desk)
    assert first.id != second.id
    assert first.secret != second.secret
    assert first.events == ("order.created",)
    assert (first.owner, first.live_mode, first.active) == ("anna", False, True)


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1/", "http://[::1]/", "http://10.0.0.1:80/", "http://localhost/", "ftp://x"],
)
async def test_private_addresses_are_refused_unless_they_are_allowed(url: str) -> None:
    assert isinstance(_subscriptions().prepared(CALLER, url, ["order.created"]), BadTarget)
    allowed = _subscriptions(allow_private=True).prepared(CALLER, url, ["order.created"])
    assert isinstance(allowed, BadTarget) is url.startswith("ftp")


async def test_there_is_a_bound_of_subscriptions() -> None:
    desk = _subscriptions()
    for _ in range(MAX_WEBHOOKS_OF_OWNER):
        await _kept(desk)
    prepared = desk.prepared(CALLER, URL, ["order.created"])
    assert isinstance(prepared, Webhook)
    assert isinstance(await desk.keep(prepared), TooMany)


async def test_only_what_is_given_changes() -> None:
    desk = _subscriptions()
    made = await _kept(desk)
    changed = await desk.change(made.id, "anna", url=None, events=None, active=False)
    assert isinstance(changed, Webhook)
    assert (changed.url, changed.events, changed.active) == (URL, made.events, False)
    changed = await desk.change(
        made.id, "anna", url="https://example.org/2", events=["payment.created"], active=None
    )
    assert isinstance(changed, Webhook)
    assert (changed.url, changed.events) == ("https://example.org/2", ("payment.created",))
    bad = await desk.change(made.id, "anna", url="http://10.0.0.1/", events=None, active=None)
    assert isinstance(bad, BadTarget)
    assert await desk.change(made.id, "bert", url=None, events=None, active=None) is None


async def test_a_ping_is_an_event_for_one_subscription() -> None:
    desk = _subscriptions()
    made = await _kept(desk)
    await _kept(desk)
    event = await desk.ping(made.id, "anna")
    assert event is not None
    assert event.webhook_id == made.id
    assert await desk.ping(made.id, "bert") is None
    assert (await desk.webhooks.events("anna", False, Page())).items == (event,)


async def test_pings_are_different_events() -> None:
    desk = _subscriptions()
    made = await _kept(desk)
    first, second = await desk.ping(made.id, "anna"), await desk.ping(made.id, "anna")
    assert first is not None
    assert second is not None
    assert first.id != second.id
