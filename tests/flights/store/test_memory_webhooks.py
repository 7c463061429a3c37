import itertools
from datetime import UTC, datetime, timedelta

import pytest

from holdfast.flights.domain.webhook import Happening
from holdfast.flights.store.memory_webhooks import MemoryWebhooks
from tests.flights.store.webhooks_contract import AT, ErrandsContract, Hooks, WebhooksContract


@pytest.fixture
def hooks() -> Hooks:
    """A store whose clock the test moves."""
    now = datetime.now(UTC)
    numbers = itertools.count(1)

    def clock() -> datetime:
        return now

    store = MemoryWebhooks(clock)

    async def happen(owner: str, kind: str) -> None:
        number = next(numbers)
        store.happened(Happening(number, owner, False, kind, "ord_1", "ord_1", AT))

    async def pass_s(seconds: float) -> None:
        nonlocal now
        now += timedelta(seconds=seconds)

    return Hooks(store, happen, pass_s)


class TestWebhooks(WebhooksContract):
    pass


class TestErrands(ErrandsContract):
    pass
