import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec
import pytest

from holdfast.flights.domain.disruption import AirlineChange, ChangeKind
from holdfast.flights.domain.order import Order, Payment
from holdfast.flights.domain.webhook import FIRST_WAIT_S, Happening, Webhook
from holdfast.flights.service import deliver_webhooks
from holdfast.flights.service.deliver_webhooks import DeliverWebhooks, Describe, no_changes
from holdfast.flights.service.ports.order_lists import Page
from holdfast.flights.service.ports.webhooks import DeliveryFilter, Make, Sent
from holdfast.flights.store.memory_webhooks import MemoryWebhooks
from holdfast.flights.wire.duffel_webhooks import signature
from holdfast.platform.data.failures import Unavailable
from tests.support.eventually import eventually
from tests.support.flights_world import NOW, WorldClock
from tests.support.little_atlas import little_names
from tests.support.sold_trips import offer, order

OWNER = "acme"
ORDER = order(offer())
PAID = Payment("pay_1", ORDER.id, ORDER.total, NOW)


@dataclass
class Receiver:
    """A `Sender` that keeps what it is given and answers what it is told."""

    answers: list[Sent] = field(default_factory=list)
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    async def send(self, url: str, headers: dict[str, str], body: bytes) -> Sent:
        self.got.append((url, headers, body))
        return self.answers.pop(0) if self.answers else Sent(200, "ok")


@dataclass
class Desk:
    """A delivery over memory, with one subscription to everything."""

    clock: WorldClock
    store: MemoryWebhooks
    receiver: Receiver
    deliver: DeliverWebhooks
    changes: list[AirlineChange]

    def happened(self, kind: str, subject: str = ORDER.id, number: int = 1) -> None:
        self.store.happened(Happening(number, OWNER, False, kind, ORDER.id, subject, NOW))

    async def tries(self) -> list[tuple[bool, int | None]]:
        found = await self.store.deliveries(OWNER, False, DeliveryFilter(), Page())
        return [(one.succeeded, one.status) for one in found.items]


async def _desk(orders: Sequence[Order] = (ORDER,)) -> Desk:
    clock, receiver = WorldClock(), Receiver()
    store = MemoryWebhooks(clock.wall)
    changes: list[AirlineChange] = []

    async def order_of(order_id: str, _owner: str) -> Order | None:
        return next((one for one in orders if one.id == order_id), None)

    async def payments_of(_owner: str, _order_id: str) -> Sequence[Payment]:
        return [PAID]

    async def changes_of(_order_id: str, _owner: str) -> Sequence[AirlineChange]:
        return changes

    events = ("order.created", "payment.created", "order.airline_initiated_change_detected")
    hook = Webhook("sev_1", OWNER, False, "https://example.org/h", events, True, "secret", NOW, NOW)
    await store.create(hook)
    numbers = itertools.count(1)
    describe = Describe(little_names(), order_of, payments_of, changes_of)
    deliver = DeliverWebhooks(
        store, describe, receiver, clock, lambda: next(numbers).to_bytes(16, "big")
    )
    return Desk(clock, store, receiver, deliver, changes)


async def test_an_order_is_told_as_the_api_tells_it_signed() -> None:
    desk = await _desk()
    desk.happened("order.created")
    assert await desk.deliver.once() == 2
    ((url, headers, body),) = desk.receiver.got
    assert url == "https://example.org/h"
    assert headers["x-duffel-signature"] == signature("secret", int(NOW.timestamp()), body)
    told = msgspec.json.decode(body)
    assert (told["type"], told["live_mode"], told["api_version"]) == ("order.created", False, "v2")
    assert told["data"]["object"]["id"] == ORDER.id
    assert told["data"]["object"]["booking_reference"] == ORDER.reference
    assert told["idempotency_key"] == ORDER.id
    assert told["created_at"].endswith("Z")
    assert await desk.tries() == [(True, 200)]
    assert await desk.deliver.once() == 0


async def test_a_payment_is_told_as_a_payment() -> None:
    desk = await _desk()
    desk.happened("payment.created", "pay_1")
    await desk.deliver.once()
    told = msgspec.json.decode(desk.receiver.got[0][2])
    assert told["data"]["object"]["amount"] == "90.80"


async def test_a_change_by_an_airline_is_part_of_the_order_that_is_told() -> None:
    desk = await _desk()
    desk.changes.append(AirlineChange("aic_1", ORDER.id, ChangeKind.SCHEDULE, (), NOW))
    desk.happened("order.airline_initiated_change_detected", "aic_1")
    await desk.deliver.once()
    told = msgspec.json.decode(desk.receiver.got[0][2])
    (change,) = told["data"]["object"]["airline_initiated_changes"]
    assert change["id"] == "aic_1"


@pytest.mark.parametrize(
    ("kind", "subject"), [("order.created", "x"), ("payment.created", "pay_2")]
)
async def test_what_is_not_there_any_more_is_not_told_and_stops_nothing(
    kind: str, subject: str
) -> None:
    desk = await _desk([] if kind == "order.created" else [ORDER])
    desk.happened(kind, subject)
    assert await desk.deliver.once() == 1
    assert desk.receiver.got == []
    assert await desk.deliver.once() == 0


async def test_a_failure_is_tried_again_with_the_same_bytes_until_it_succeeds() -> None:
    desk = await _desk()
    desk.receiver.answers += [Sent(503, "away"), Sent(None, "no answer")]
    desk.happened("order.created")
    await desk.deliver.once()
    assert await desk.deliver.once() == 0
    desk.clock.move(seconds=FIRST_WAIT_S)
    assert await desk.deliver.once() == 1
    desk.clock.move(seconds=2 * FIRST_WAIT_S)
    assert await desk.deliver.once() == 1
    assert sorted(await desk.tries(), key=str) == [(False, 503), (False, None), (True, 200)]
    assert len({body for _, _, body in desk.receiver.got}) == 1
    assert len({headers["x-duffel-signature"] for _, headers, _ in desk.receiver.got}) == 3


async def test_after_72_hours_nobody_tries_any_more() -> None:
    desk = await _desk()
    desk.receiver.answers += [Sent(500, "")] * 100
    desk.happened("order.created")
    tried = 0
    for _ in range(24 * 5):
        tried += min(1, await desk.deliver.once())
        desk.clock.move(hours=1)
    assert 15 < tried < 30
    assert len(await desk.tries()) == len(desk.receiver.got)


async def test_the_same_happening_is_the_same_event() -> None:
    desk = await _desk()
    desk.happened("order.created")
    desk.happened("order.created")
    await desk.deliver.once()
    assert len((await desk.store.events(OWNER, False, Page())).items) == 1


async def test_nobody_keeps_changes_where_there_is_no_store_of_them() -> None:
    assert await no_changes("ord_1", OWNER) == ()


async def test_it_works_until_it_is_stopped_and_survives_a_store_that_is_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(deliver_webhooks, "POLL_S", 0.001)
    monkeypatch.setattr(deliver_webhooks, "AWAY_S", 0.001)
    monkeypatch.setattr(deliver_webhooks, "SWEEP_S", 0.0)
    desk = await _desk()
    publish, failures = desk.store.publish, [Unavailable("away")]

    async def sometimes(make: Make, limit: int) -> int:
        if failures:
            raise failures.pop()
        return await publish(make, limit)

    monkeypatch.setattr(type(desk.store), "publish", lambda _, make, limit: sometimes(make, limit))
    desk.happened("order.created")
    running = asyncio.create_task(desk.deliver.run())
    await eventually(lambda: len(desk.receiver.got) == 1)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
