"""`Webhooks` and `Errands` on PostgreSQL; rows that others work on are skipped, not waited for."""

from collections.abc import Sequence

from holdfast.flights.domain.webhook import Delivery, Errand, Event, Happening, Webhook
from holdfast.flights.service.ports.order_lists import Listed, Mark, Page
from holdfast.flights.service.ports.webhooks import MAX_WEBHOOKS_OF_OWNER, DeliveryFilter, Make
from holdfast.flights.store.order_lists import cut
from holdfast.flights.store.statements import queries
from holdfast.platform.data.database import Calls, Database, Row
from holdfast.platform.data.queries import Statement

SQL = queries("webhooks")
MAX_SWEPT = 5000
"""Rows that one sweep forgets: some milliseconds; the next one takes the rest."""


class PostgresWebhooks:
    """See `Webhooks` and `Errands`. `database` is the leader's door."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, webhook: Webhook) -> bool:
        """See `Webhooks.create`."""
        made = await self._database.fetchval(
            SQL.create_webhook,
            webhook.id,
            webhook.owner,
            webhook.live_mode,
            webhook.url,
            list(webhook.events),
            webhook.active,
            webhook.secret,
            webhook.created_at,
            webhook.updated_at,
            MAX_WEBHOOKS_OF_OWNER,
        )
        return made is True

    async def webhook(self, webhook_id: str, owner: str) -> Webhook | None:
        """See `Webhooks.webhook`."""
        row = await self._database.fetchrow(SQL.webhook, webhook_id, owner)
        return None if row is None else _webhook(row)

    async def webhooks(self, owner: str, live_mode: bool, page: Page) -> Listed[Webhook]:
        """See `Webhooks.webhooks`."""
        rows = await self._page("webhooks", owner, live_mode, page)
        return cut([_webhook(row) for row in rows], page, lambda one: Mark(one.created_at, one.id))

    async def update(self, webhook: Webhook) -> bool:
        """See `Webhooks.update`."""
        done = await self._database.fetchval(
            SQL.update_webhook,
            webhook.id,
            webhook.owner,
            webhook.url,
            list(webhook.events),
            webhook.active,
            webhook.updated_at,
        )
        return done is True

    async def delete(self, webhook_id: str, owner: str) -> bool:
        """See `Webhooks.delete`."""
        return await self._database.fetchval(SQL.delete_webhook, webhook_id, owner) is True

    async def announce(self, event: Event) -> int:
        """See `Webhooks.announce`."""
        async with self._database.transaction() as tx:
            return await _announce(tx, event)

    async def send_again(self, event_id: str, owner: str) -> bool:
        """See `Webhooks.send_again`."""
        if await self.event(event_id, owner) is None:
            return False
        await self._database.fetchval(SQL.send_event, event_id)
        return True

    async def event(self, event_id: str, owner: str) -> Event | None:
        """See `Webhooks.event`."""
        row = await self._database.fetchrow(SQL.event, event_id, owner)
        return None if row is None else _event(row)

    async def events(self, owner: str, live_mode: bool, page: Page) -> Listed[Event]:
        """See `Webhooks.events`."""
        rows = await self._page("events", owner, live_mode, page)
        return cut([_event(row) for row in rows], page, lambda one: Mark(one.created_at, one.id))

    async def deliveries(
        self, owner: str, live_mode: bool, wanted: DeliveryFilter, page: Page
    ) -> Listed[Delivery]:
        """See `Webhooks.deliveries`."""
        more = (wanted.succeeded, wanted.type, wanted.webhook_id)
        rows = await self._page("deliveries", owner, live_mode, page, *more)
        return cut([_delivery(row) for row in rows], page, lambda one: Mark(one.created_at, one.id))

    async def publish(self, make: Make, limit: int) -> int:
        """See `Errands.publish`."""
        async with self._database.transaction() as tx:
            rows = await tx.fetch(SQL.happenings, limit)
            for row in rows:
                event = await make(_happening(row))
                if event is not None:
                    await _announce(tx, event)
            if rows:
                await tx.execute(SQL.forget_happenings, [row["id"] for row in rows])
            return len(rows)

    async def claim(self, limit: int, lease_s: float) -> Sequence[Errand]:
        """See `Errands.claim`."""
        return [_errand(row) for row in await self._database.fetch(SQL.claim, limit, lease_s)]

    async def done(self, delivery: Delivery, wait_s: float | None) -> None:
        """See `Errands.done`."""
        async with self._database.transaction() as tx:
            await tx.execute(
                SQL.keep_delivery,
                delivery.id,
                delivery.event_id,
                delivery.webhook_id,
                delivery.owner,
                delivery.live_mode,
                delivery.type,
                delivery.url,
                delivery.succeeded,
                delivery.status,
                delivery.answer,
                delivery.created_at,
            )
            errand = (delivery.event_id, delivery.webhook_id)
            if delivery.succeeded or wait_s is None:
                await tx.execute(SQL.errand_over, *errand)
            else:
                await tx.execute(SQL.errand_again, *errand, wait_s)

    async def sweep(self, older_than_s: float) -> int:
        """See `Errands.sweep`."""
        swept = await self._database.execute(SQL.sweep_events, older_than_s, MAX_SWEPT)
        return swept + await self._database.execute(SQL.sweep_deliveries, older_than_s, MAX_SWEPT)

    async def _page(
        self, list_: str, owner: str, live_mode: bool, page: Page, *more: object
    ) -> Sequence[Row]:
        """The rows of a page in reading order, newest first, and one more."""
        mark = page.before or page.after
        statement: Statement = SQL[f"{list_}_{'down' if page.before is None else 'up'}"]
        return await self._database.fetch(
            statement, owner, live_mode, mark and mark.at, mark and mark.id, page.limit + 1, *more
        )


async def _announce(calls: Calls, event: Event) -> int:
    await calls.execute(
        SQL.keep_event,
        event.id,
        event.owner,
        event.live_mode,
        event.type,
        event.body,
        event.webhook_id,
        event.created_at,
    )
    told: int = await calls.fetchval(SQL.send_event, event.id)
    return told


def _webhook(row: Row) -> Webhook:
    return Webhook(
        id=row["id"],
        owner=row["owner"],
        live_mode=row["live_mode"],
        url=row["url"],
        events=tuple(row["events"]),
        active=row["active"],
        secret=row["secret"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def _event(row: Row) -> Event:
    return Event(
        id=row["id"],
        owner=row["owner"],
        live_mode=row["live_mode"],
        type=row["type"],
        body=row["body"],
        created_at=row["created_at"],
        webhook_id=row["webhook_id"],
    )


def _happening(row: Row) -> Happening:
    return Happening(
        number=row["id"],
        owner=row["owner"],
        live_mode=row["live_mode"],
        type=row["type"],
        order_id=row["order_id"],
        subject=row["subject"],
        created_at=row["created_at"],
    )


def _errand(row: Row) -> Errand:
    return Errand(
        event_id=row["event_id"],
        owner=row["owner"],
        live_mode=row["live_mode"],
        type=row["type"],
        body=row["body"],
        webhook_id=row["webhook_id"],
        url=row["url"],
        secret=row["secret"],
        tries=row["tries"],
        age_s=row["age_s"],
    )


def _delivery(row: Row) -> Delivery:
    return Delivery(
        id=row["id"],
        event_id=row["event_id"],
        webhook_id=row["webhook_id"],
        owner=row["owner"],
        live_mode=row["live_mode"],
        type=row["type"],
        url=row["url"],
        succeeded=row["succeeded"],
        status=row["status"],
        answer=row["answer"],
        created_at=row["created_at"],
    )
