"""Subscribing to what happens: making, changing and trying out webhooks.

A secret is drawn when a subscription is made and told once. URLs that name a private address are
refused at once; names are looked up each time something is sent, for they may move.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from holdfast.flights.domain.ids import make_id
from holdfast.flights.domain.webhook import (
    Event,
    Happening,
    Webhook,
    is_address,
    is_public,
    target_of,
)
from holdfast.flights.service.deliver_webhooks import event_of
from holdfast.flights.service.ports.access import Caller
from holdfast.flights.service.ports.webhooks import Webhooks
from holdfast.flights.wire.duffel_webhooks import PING
from holdfast.platform.runtime.clock import Clock


@dataclass(frozen=True, slots=True)
class BadTarget:
    """The URL cannot be one that we call."""


@dataclass(frozen=True, slots=True)
class TooMany:
    """The owner has as many subscriptions as anybody may."""


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """The use cases of one installation. `draw` gives so many random bytes."""

    webhooks: Webhooks
    clock: Clock
    allow_private: bool = False
    draw: Callable[[int], bytes] = secrets.token_bytes

    def prepared(self, caller: Caller, url: str, events: Sequence[str]) -> Webhook | BadTarget:
        """A subscription that is not kept yet, with its new secret."""
        if not self._is_fit(url):
            return BadTarget()
        now = self.clock.wall()
        return Webhook(
            id=make_id("sev", self.draw(16)),
            owner=caller.owner,
            live_mode=caller.live_mode,
            url=url,
            events=tuple(dict.fromkeys(events)),
            active=True,
            secret=make_id("whs", self.draw(16)).removeprefix("whs_"),
            created_at=now,
            updated_at=now,
        )

    async def keep(self, webhook: Webhook) -> Webhook | TooMany:
        """Keep a prepared subscription."""
        return webhook if await self.webhooks.create(webhook) else TooMany()

    async def change(
        self,
        webhook_id: str,
        owner: str,
        *,
        url: str | None,
        events: Sequence[str] | None,
        active: bool | None,
    ) -> Webhook | BadTarget | None:
        """Change what is given; None: the owner has no such subscription."""
        found = await self.webhooks.webhook(webhook_id, owner)
        if found is None:
            return None
        if url is not None and not self._is_fit(url):
            return BadTarget()
        changed = replace(
            found,
            url=found.url if url is None else url,
            events=found.events if events is None else tuple(dict.fromkeys(events)),
            active=found.active if active is None else active,
            updated_at=self.clock.wall(),
        )
        return changed if await self.webhooks.update(changed) else None

    async def ping(self, webhook_id: str, owner: str) -> Event | None:
        """Make an event for this subscription alone; None: the owner has no such one."""
        found = await self.webhooks.webhook(webhook_id, owner)
        if found is None:
            return None
        happening = Happening(
            number=0,
            owner=owner,
            live_mode=found.live_mode,
            type=PING,
            order_id="",
            subject=make_id("pin", self.draw(16)),
            created_at=self.clock.wall(),
        )
        event = replace(event_of(happening, {}), webhook_id=webhook_id)
        await self.webhooks.announce(event)
        return event

    def _is_fit(self, url: str) -> bool:
        target = target_of(url)
        if target is None:
            return False
        if self.allow_private:
            return True
        is_private = is_address(target.host) and not is_public(target.host)
        return not is_private and target.host != "localhost"
