"""`Webhooks` and `Errands` in memory, for tests and trials: one process, gone when it ends.

`happened` is what the booking side's transactions do in the database.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar

from holdfast.flights.domain.webhook import Delivery, Errand, Event, Happening, Webhook
from holdfast.flights.service.ports.order_lists import Listed, Mark, Page
from holdfast.flights.service.ports.webhooks import MAX_WEBHOOKS_OF_OWNER, DeliveryFilter, Make
from holdfast.flights.store.order_lists import cut

T = TypeVar("T", Webhook, Event, Delivery)


@dataclass(slots=True)
class _Due:
    at: datetime
    first_at: datetime
    tries: int = 0


@dataclass(slots=True)
class MemoryWebhooks:
    """See `Webhooks` and `Errands`; `now` is its clock."""

    now: Callable[[], datetime]
    _webhooks: dict[str, Webhook] = field(default_factory=dict)
    _events: dict[str, tuple[Event, datetime]] = field(default_factory=dict)
    _due: dict[tuple[str, str], _Due] = field(default_factory=dict)
    _deliveries: dict[str, Delivery] = field(default_factory=dict)
    _outbox: list[Happening] = field(default_factory=list)

    def happened(self, happening: Happening) -> None:
        """Something to tell of."""
        self._outbox.append(happening)

    async def create(self, webhook: Webhook) -> bool:
        """See `Webhooks.create`."""
        mine = [one for one in self._webhooks.values() if _whose(one) == _whose(webhook)]
        if len(mine) >= MAX_WEBHOOKS_OF_OWNER or webhook.id in self._webhooks:
            return False
        self._webhooks[webhook.id] = webhook
        return True

    async def webhook(self, webhook_id: str, owner: str) -> Webhook | None:
        """See `Webhooks.webhook`."""
        found = self._webhooks.get(webhook_id)
        return found if found is not None and found.owner == owner else None

    async def webhooks(self, owner: str, live_mode: bool, page: Page) -> Listed[Webhook]:
        """See `Webhooks.webhooks`."""
        return _page(self._webhooks.values(), owner, live_mode, page)

    async def update(self, webhook: Webhook) -> bool:
        """See `Webhooks.update`."""
        found = await self.webhook(webhook.id, webhook.owner)
        if found is None:
            return False
        self._webhooks[webhook.id] = replace(
            found,
            url=webhook.url,
            events=webhook.events,
            active=webhook.active,
            updated_at=webhook.updated_at,
        )
        return True

    async def delete(self, webhook_id: str, owner: str) -> bool:
        """See `Webhooks.delete`."""
        if await self.webhook(webhook_id, owner) is None:
            return False
        del self._webhooks[webhook_id]
        self._due = {errand: due for errand, due in self._due.items() if errand[1] != webhook_id}
        return True

    async def announce(self, event: Event) -> int:
        """See `Webhooks.announce`."""
        self._events.setdefault(event.id, (event, self.now()))
        return self._send(event)

    async def send_again(self, event_id: str, owner: str) -> bool:
        """See `Webhooks.send_again`."""
        event = await self.event(event_id, owner)
        if event is not None:
            self._send(event)
        return event is not None

    async def event(self, event_id: str, owner: str) -> Event | None:
        """See `Webhooks.event`."""
        found = self._events.get(event_id)
        return found[0] if found is not None and found[0].owner == owner else None

    async def events(self, owner: str, live_mode: bool, page: Page) -> Listed[Event]:
        """See `Webhooks.events`."""
        return _page([event for event, _ in self._events.values()], owner, live_mode, page)

    async def deliveries(
        self, owner: str, live_mode: bool, wanted: DeliveryFilter, page: Page
    ) -> Listed[Delivery]:
        """See `Webhooks.deliveries`."""
        found = [
            one
            for one in self._deliveries.values()
            if wanted.succeeded in (None, one.succeeded)
            and wanted.type in (None, one.type)
            and wanted.webhook_id in (None, one.webhook_id)
        ]
        return _page(found, owner, live_mode, page)

    async def publish(self, make: Make, limit: int) -> int:
        """See `Errands.publish`."""
        taken = self._outbox[:limit]
        events = [await make(one) for one in taken]
        for event in events:
            if event is not None:
                await self.announce(event)
        del self._outbox[: len(taken)]
        return len(taken)

    async def claim(self, limit: int, lease_s: float) -> Sequence[Errand]:
        """See `Errands.claim`."""
        now = self.now()
        due = [errand for errand, one in self._due.items() if one.at <= now]
        return [
            self._claimed(errand, now, lease_s)
            for errand in sorted(due, key=lambda errand: self._due[errand].at)[:limit]
        ]

    async def done(self, delivery: Delivery, wait_s: float | None) -> None:
        """See `Errands.done`."""
        self._deliveries.setdefault(delivery.id, delivery)
        errand = (delivery.event_id, delivery.webhook_id)
        if delivery.succeeded or wait_s is None:
            self._due.pop(errand, None)
        elif errand in self._due:
            due = self._due[errand]
            due.tries += 1
            due.at = self.now() + timedelta(seconds=wait_s)

    async def sweep(self, older_than_s: float) -> int:
        """See `Errands.sweep`."""
        before = self.now() - timedelta(seconds=older_than_s)
        events = [id_ for id_, (_, stored_at) in self._events.items() if stored_at < before]
        tries = [id_ for id_, one in self._deliveries.items() if one.created_at < before]
        for id_ in events:
            del self._events[id_]
        for id_ in tries:
            del self._deliveries[id_]
        self._due = {errand: due for errand, due in self._due.items() if errand[0] in self._events}
        return len(events) + len(tries)

    def _send(self, event: Event) -> int:
        now = self.now()
        told = [
            hook.id
            for hook in self._webhooks.values()
            if _whose(hook) == _whose(event)
            and (
                hook.id == event.webhook_id
                if event.webhook_id is not None
                else hook.active and event.type in hook.events
            )
        ]
        for id_ in told:
            self._due[event.id, id_] = _Due(now, now)
        return len(told)

    def _claimed(self, errand: tuple[str, str], now: datetime, lease_s: float) -> Errand:
        event_id, webhook_id = errand
        due = self._due[errand]
        due.at = now + timedelta(seconds=lease_s)
        event, hook = self._events[event_id][0], self._webhooks[webhook_id]
        return Errand(
            event_id=event_id,
            owner=event.owner,
            live_mode=event.live_mode,
            type=event.type,
            body=event.body,
            webhook_id=webhook_id,
            url=hook.url,
            secret=hook.secret,
            tries=due.tries,
            age_s=(now - due.first_at).total_seconds(),
        )


def _whose(one: Webhook | Event | Delivery) -> tuple[str, bool]:
    return one.owner, one.live_mode


def _page(found: Iterable[T], owner: str, live_mode: bool, page: Page) -> Listed[T]:
    """A page, newest first."""
    mine = [one for one in found if _whose(one) == (owner, live_mode)]
    mine.sort(key=_key, reverse=page.before is None)
    mark = page.before or page.after
    if mark is not None:
        start = (mark.at, mark.id)
        mine = [
            one
            for one in mine
            if (_key(one) > start if page.before is not None else _key(one) < start)
        ]
    return cut(mine[: page.limit + 1], page, lambda one: Mark(*_key(one)))


def _key(one: Webhook | Event | Delivery) -> tuple[datetime, str]:
    return one.created_at, one.id
