import asyncio
from datetime import timedelta

import pytest

from holdfast.flights.domain.webhook import Event, Happening
from holdfast.flights.store.webhooks import PostgresWebhooks
from holdfast.platform.data.database import Database
from holdfast.platform.data.queries import Statement
from tests.flights.store.webhooks_contract import (
    OWNER,
    ErrandsContract,
    Hooks,
    WebhooksContract,
    event,
    webhook,
)

HAPPEN = Statement(
    "happen",
    "INSERT INTO outbox (owner, live_mode, type, order_id, subject)"
    " VALUES ($1, false, $2, 'ord_1', 'ord_1')",
)
AGE = (
    "UPDATE webhook_errands SET due_at = due_at - $1::interval, first_at = first_at - $1::interval",
    "UPDATE webhook_events SET stored_at = stored_at - $1::interval",
    "UPDATE webhook_deliveries SET created_at = created_at - $1::interval",
)


@pytest.fixture
def hooks(flights_database: Database) -> Hooks:
    """A store on a database of the test's own; time passes by making what is stored older."""

    async def happen(owner: str, kind: str) -> None:
        await flights_database.execute(HAPPEN, owner, kind)

    async def pass_s(seconds: float) -> None:
        for sql in AGE:
            await flights_database.execute(Statement("age", sql), timedelta(seconds=seconds))

    return Hooks(PostgresWebhooks(flights_database), happen, pass_s)


class TestWebhooks(WebhooksContract):
    pass


class TestErrands(ErrandsContract):
    async def test_processes_share_what_happened_without_waiting_for_each_other(
        self, hooks: Hooks
    ) -> None:
        for _ in range(3):
            await hooks.happen(OWNER, "order.created")
        entered, leave = asyncio.Event(), asyncio.Event()

        async def slowly(happening: Happening) -> Event | None:
            entered.set()
            await leave.wait()
            return event(happening.number)

        async def quickly(happening: Happening) -> Event | None:
            return event(happening.number)

        await hooks.store.create(webhook())
        slow = asyncio.create_task(hooks.store.publish(slowly, 2))
        await entered.wait()
        assert await hooks.store.publish(quickly, 10) == 1
        leave.set()
        assert await slow == 2
        assert await hooks.store.publish(quickly, 10) == 0
