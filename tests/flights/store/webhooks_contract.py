"""The contract of webhooks: one suite that every store of `Webhooks` and `Errands` must pass.

A test module gives a fixture `hooks`. Time passes as the store's own clock has it: `hooks.pass_s`
makes what is stored older.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

import pytest

from holdfast.flights.domain.webhook import Delivery, Event, Happening, Webhook
from holdfast.flights.service.ports.order_lists import Page
from holdfast.flights.service.ports.webhooks import (
    MAX_WEBHOOKS_OF_OWNER,
    DeliveryFilter,
    Errands,
    Webhooks,
)

AT = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
OWNER, OTHER = "anna", "bert"
LEASE_S = 60.0


class Store(Webhooks, Errands, Protocol):
    """Both ports, as stores have them."""


@dataclass
class Hooks:
    """A store, how something happens, and how time passes."""

    store: Store
    happen: Callable[[str, str], Awaitable[None]]
    pass_s: Callable[[float], Awaitable[None]]


def webhook(number: int = 1, **changes: object) -> Webhook:
    """A subscription of Anna's to orders."""
    made = Webhook(
        id=f"sev_{number}",
        owner=OWNER,
        live_mode=False,
        url="https://example.org/hook",
        events=("order.created",),
        active=True,
        secret="secret",
        created_at=AT + timedelta(seconds=number),
        updated_at=AT,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def event(number: int = 1, **changes: object) -> Event:
    """An event about an order of Anna's."""
    at = AT + timedelta(seconds=number)
    made = Event(f"wev_{number}", OWNER, False, "order.created", b'{"a": 1}', at)
    return replace(made, **changes)  # type: ignore[arg-type]


def delivery(number: int = 1, **changes: object) -> Delivery:
    """A try that succeeded."""
    made = Delivery(
        id=f"sed_{number}",
        event_id="wev_1",
        webhook_id="sev_1",
        owner=OWNER,
        live_mode=False,
        type="order.created",
        url="https://example.org/hook",
        succeeded=True,
        status=200,
        answer="ok",
        created_at=datetime.now(UTC) + timedelta(seconds=number),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


async def _make(happening: Happening) -> Event | None:
    """The event of a happening in these tests; of a `payment.created` there is nothing to tell."""
    if happening.type == "payment.created":
        return None
    return event(happening.number, type=happening.type, owner=happening.owner)


class WebhooksContract:
    """Subscriptions, and lists of what came of them."""

    async def test_a_subscription_is_kept_whole(self, hooks: Hooks) -> None:
        made = webhook(events=("order.created", "payment.created"))
        assert await hooks.store.create(made)
        assert await hooks.store.webhook(made.id, OWNER) == made
        assert await hooks.store.webhook(made.id, OTHER) is None
        assert await hooks.store.webhook("sev_other", OWNER) is None

    async def test_an_id_is_kept_once_and_their_number_is_bounded(self, hooks: Hooks) -> None:
        for number in range(MAX_WEBHOOKS_OF_OWNER):
            assert await hooks.store.create(webhook(number))
        assert not await hooks.store.create(webhook(MAX_WEBHOOKS_OF_OWNER))
        assert not await hooks.store.create(webhook(0, owner=OTHER))
        assert await hooks.store.create(webhook(1000, owner=OTHER))
        assert await hooks.store.create(webhook(1001, live_mode=True))

    async def test_subscriptions_are_listed_newest_first_in_pages(self, hooks: Hooks) -> None:
        for number in range(5):
            await hooks.store.create(webhook(number))
        await hooks.store.create(webhook(9, live_mode=True))
        first = await hooks.store.webhooks(OWNER, False, Page(2))
        assert [one.id for one in first.items] == ["sev_4", "sev_3"]
        assert first.before is None
        second = await hooks.store.webhooks(OWNER, False, Page(2, after=first.after))
        assert [one.id for one in second.items] == ["sev_2", "sev_1"]
        last = await hooks.store.webhooks(OWNER, False, Page(2, after=second.after))
        assert ([one.id for one in last.items], last.after) == (["sev_0"], None)
        back = await hooks.store.webhooks(OWNER, False, Page(2, before=second.before))
        assert back.items == first.items

    async def test_a_subscription_is_changed_by_its_owner_only(self, hooks: Hooks) -> None:
        await hooks.store.create(webhook())
        changed = webhook(url="https://example.org/2", events=("a", "b"), active=False)
        assert not await hooks.store.update(replace(changed, owner=OTHER))
        assert await hooks.store.update(changed)
        assert await hooks.store.webhook("sev_1", OWNER) == changed
        assert not await hooks.store.update(webhook(2))

    async def test_what_was_due_to_an_ended_subscription_is_not_due_any_more(
        self, hooks: Hooks
    ) -> None:
        await hooks.store.create(webhook())
        await hooks.store.announce(event())
        assert not await hooks.store.delete("sev_1", OTHER)
        assert await hooks.store.delete("sev_1", OWNER)
        assert not await hooks.store.delete("sev_1", OWNER)
        assert await hooks.store.claim(10, LEASE_S) == []

    async def test_events_are_kept_and_listed(self, hooks: Hooks) -> None:
        for number in range(3):
            await hooks.store.announce(event(number))
        assert await hooks.store.event("wev_1", OWNER) == event(1)
        assert await hooks.store.event("wev_1", OTHER) is None
        listed = await hooks.store.events(OWNER, False, Page(2))
        assert [one.id for one in listed.items] == ["wev_2", "wev_1"]
        rest = await hooks.store.events(OWNER, False, Page(2, after=listed.after))
        assert [one.id for one in rest.items] == ["wev_0"]
        assert (await hooks.store.events(OWNER, True, Page())).items == ()

    async def test_tries_are_listed_and_filtered(self, hooks: Hooks) -> None:
        failed = delivery(2, succeeded=False, status=None, answer="no answer", webhook_id="sev_2")
        for one in (delivery(1), failed, delivery(3, type="payment.created")):
            await hooks.store.done(one, None)

        async def listed(wanted: DeliveryFilter) -> list[str]:
            found = await hooks.store.deliveries(OWNER, False, wanted, Page())
            return [one.id for one in found.items]

        assert await listed(DeliveryFilter()) == ["sed_3", "sed_2", "sed_1"]
        assert await listed(DeliveryFilter(succeeded=False)) == ["sed_2"]
        assert await listed(DeliveryFilter(succeeded=True)) == ["sed_3", "sed_1"]
        assert await listed(DeliveryFilter(type="payment.created")) == ["sed_3"]
        assert await listed(DeliveryFilter(webhook_id="sev_2")) == ["sed_2"]
        (found,) = (
            await hooks.store.deliveries(OWNER, False, DeliveryFilter(succeeded=False), Page())
        ).items
        assert found == failed


class ErrandsContract:
    """The work of delivering."""

    async def test_an_event_goes_to_all_active_subscriptions_that_want_it(
        self, hooks: Hooks
    ) -> None:
        await hooks.store.create(webhook(1))
        await hooks.store.create(webhook(2, events=("payment.created", "order.created")))
        await hooks.store.create(webhook(3, events=("payment.created",)))
        await hooks.store.create(webhook(4, active=False))
        await hooks.store.create(webhook(5, owner=OTHER))
        await hooks.store.create(webhook(6, live_mode=True))
        assert await hooks.store.announce(event()) == 2
        claimed = await hooks.store.claim(10, LEASE_S)
        assert {one.webhook_id for one in claimed} == {"sev_1", "sev_2"}
        assert {(one.body, one.secret, one.tries) for one in claimed} == {
            (b'{"a": 1}', "secret", 0)
        }

    async def test_an_event_for_one_goes_to_it_alone_even_if_it_sleeps(self, hooks: Hooks) -> None:
        await hooks.store.create(webhook(1))
        await hooks.store.create(webhook(2, active=False, events=("other",)))
        assert await hooks.store.announce(event(type="ping.triggered", webhook_id="sev_2")) == 1
        assert [one.webhook_id for one in await hooks.store.claim(10, LEASE_S)] == ["sev_2"]

    async def test_what_is_claimed_is_nobody_else_s_until_the_lease_ends(
        self, hooks: Hooks
    ) -> None:
        await hooks.store.create(webhook())
        await hooks.store.announce(event())
        assert len(await hooks.store.claim(10, LEASE_S)) == 1
        assert await hooks.store.claim(10, LEASE_S) == []
        await hooks.pass_s(LEASE_S + 1)
        assert len(await hooks.store.claim(10, LEASE_S)) == 1

    async def test_claims_are_bounded_and_never_shared(self, hooks: Hooks) -> None:
        for number in range(10):
            await hooks.store.create(webhook(number))
        await hooks.store.announce(event())
        claims = await asyncio.gather(*(hooks.store.claim(4, LEASE_S) for _ in range(4)))
        assert all(len(one) <= 4 for one in claims)
        claimed = [errand.webhook_id for one in claims for errand in one]
        assert len(claimed) == len(set(claimed))
        rest = await hooks.store.claim(10, LEASE_S)
        assert len(claimed) + len(rest) == 10

    async def test_a_delivered_event_is_over(self, hooks: Hooks) -> None:
        await hooks.store.create(webhook())
        await hooks.store.announce(event())
        await hooks.store.claim(10, LEASE_S)
        await hooks.store.done(delivery(), None)
        await hooks.pass_s(1000)
        assert await hooks.store.claim(10, LEASE_S) == []

    async def test_a_failed_try_comes_back_after_its_wait_and_counts(self, hooks: Hooks) -> None:
        await hooks.store.create(webhook())
        await hooks.store.announce(event())
        await hooks.store.claim(10, LEASE_S)
        await hooks.store.done(delivery(succeeded=False), 120.0)
        await hooks.pass_s(100)
        assert await hooks.store.claim(10, LEASE_S) == []
        await hooks.pass_s(30)
        (errand,) = await hooks.store.claim(10, LEASE_S)
        assert errand.tries == 1
        assert 125 <= errand.age_s <= 200

    async def test_a_try_that_was_given_up_is_over_until_it_is_asked_for(
        self, hooks: Hooks
    ) -> None:
        await hooks.store.create(webhook())
        await hooks.store.announce(event())
        await hooks.store.claim(10, LEASE_S)
        await hooks.store.done(delivery(succeeded=False), None)
        await hooks.pass_s(1000)
        assert await hooks.store.claim(10, LEASE_S) == []
        assert not await hooks.store.send_again("wev_1", OTHER)
        assert not await hooks.store.send_again("wev_other", OWNER)
        assert await hooks.store.send_again("wev_1", OWNER)
        (errand,) = await hooks.store.claim(10, LEASE_S)
        assert (errand.tries, errand.age_s < 60) == (0, True)

    async def test_happenings_become_events_once_and_are_gone(self, hooks: Hooks) -> None:
        await hooks.store.create(webhook())
        for kind in ("order.created", "payment.created", "order.created"):
            await hooks.happen(OWNER, kind)
        assert await hooks.store.publish(_make, 2) == 2
        assert await hooks.store.publish(_make, 2) == 1
        assert await hooks.store.publish(_make, 2) == 0
        assert len((await hooks.store.events(OWNER, False, Page())).items) == 2
        assert len(await hooks.store.claim(10, LEASE_S)) == 2

    async def test_a_failure_leaves_all_happenings_where_they_were(self, hooks: Hooks) -> None:
        await hooks.happen(OWNER, "order.created")
        await hooks.happen(OWNER, "payment.created")

        async def fail(happening: Happening) -> Event | None:
            if happening.type == "payment.created":
                raise ConnectionError
            return await _make(happening)

        with pytest.raises(ConnectionError):
            await hooks.store.publish(fail, 10)
        assert (await hooks.store.events(OWNER, False, Page())).items == ()
        assert await hooks.store.publish(_make, 10) == 2

    async def test_old_events_and_tries_are_forgotten(self, hooks: Hooks) -> None:
        await hooks.store.create(webhook())
        await hooks.store.announce(event())
        await hooks.store.done(delivery(created_at=datetime.now(UTC)), None)
        assert await hooks.store.sweep(3600) == 0
        await hooks.pass_s(7200)
        assert await hooks.store.sweep(3600) == 2
        assert await hooks.store.event("wev_1", OWNER) is None
        assert await hooks.store.claim(10, LEASE_S) == []
