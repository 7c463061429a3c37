"""Telling subscribers what happened: happenings become events, events are signed and sent.

The object of an event is told as it stands when the event is made; the bytes made then are sent on
every try. Any number of processes may run this at once. Events that nobody could be told of for 72
hours stay in the list and can be asked for again.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import msgspec
from msgspec import Raw

from holdfast.errors import DefiniteError, IndefiniteError
from holdfast.flights.domain.disruption import AirlineChange
from holdfast.flights.domain.ids import derive, make_id
from holdfast.flights.domain.order import Order, Payment
from holdfast.flights.domain.webhook import Delivery, Errand, Event, Happening, wait_after
from holdfast.flights.service.ports.webhooks import Errands, Sender, Sent
from holdfast.flights.wire.duffel_airline_changes import airline_change_shape
from holdfast.flights.wire.duffel_orders import order_shape
from holdfast.flights.wire.duffel_payments import payment_shape
from holdfast.flights.wire.duffel_places import Names
from holdfast.flights.wire.duffel_texts import moment
from holdfast.flights.wire.duffel_webhooks import (
    API_VERSION,
    SIGNATURE_HEADER,
    EventDataShape,
    EventShape,
    encoded_event,
    signature,
)
from holdfast.platform.runtime.clock import Clock
from holdfast.platform.runtime.logs import Log

_log = Log("flights_webhooks")
PUBLISHED_AT_ONCE = 100
"""Happenings of one transaction: some milliseconds each, and nobody waits for them."""
SENT_AT_ONCE = 16
"""Errands of one round, sent side by side."""
LEASE_S = 60.0
"""Longer than any try takes; so long an errand is lost when its process dies."""
POLL_S = 0.5
"""Between looks when there was nothing to do: what subscribers wait for at most, beside the way."""
AWAY_S = 5.0
"""Between looks while the store is away."""
KEPT_S = 30 * 24 * 3600.0
"""Events and tries are listed for so long."""
SWEEP_S = 600.0
"""Between two sweeps."""
OrderOf = Callable[[str, str], Awaitable[Order | None]]
"""The order of an id and owner."""
PaymentsOf = Callable[[str, str], Awaitable[Sequence[Payment]]]
"""The payments of an owner's order: owner first."""
ChangesOf = Callable[[str, str], Awaitable[Sequence[AirlineChange]]]
"""What the airline changed of an order of an owner."""


async def no_changes(_order_id: str, _owner: str) -> Sequence[AirlineChange]:
    """Where nobody keeps changes."""
    return ()


@dataclass(frozen=True, slots=True)
class Describe:
    """The objects that events are about, in the shapes of the API."""

    names: Names
    order_of: OrderOf
    payments_of: PaymentsOf
    changes_of: ChangesOf = no_changes

    async def event(self, happening: Happening) -> Event | None:
        """The event of a happening; None when what it is about is not there."""
        told = await self._object(happening)
        if told is None:
            _log.warning("webhook_subject_gone", type=happening.type, subject=happening.subject)
            return None
        return event_of(happening, told)

    async def _object(self, happening: Happening) -> object:
        order = await self.order_of(happening.order_id, happening.owner)
        if order is None:
            return None
        if happening.type == "payment.created":
            payments = await self.payments_of(happening.owner, happening.order_id)
            paid = next((one for one in payments if one.id == happening.subject), None)
            return paid and payment_shape(paid, live_mode=happening.live_mode)
        changes = await self.changes_of(happening.order_id, happening.owner)
        shapes = [airline_change_shape(self.names, one, order) for one in changes]
        return order_shape(self.names, order, changes=shapes)


def event_of(happening: Happening, told: object) -> Event:
    """An event about `told`; the same happening gives the same id."""
    event_id = derive("wev", happening.number, happening.type, happening.subject)
    shape = EventShape(
        id=event_id,
        api_version=API_VERSION,
        type=happening.type,
        data=EventDataShape(Raw(msgspec.json.encode(told))),
        live_mode=happening.live_mode,
        idempotency_key=happening.subject,
        created_at=moment(happening.created_at),
        identity_organisation_id=derive("org", happening.owner),
    )
    return Event(
        id=event_id,
        owner=happening.owner,
        live_mode=happening.live_mode,
        type=happening.type,
        body=encoded_event(shape),
        created_at=happening.created_at,
    )


@dataclass(frozen=True, slots=True)
class DeliverWebhooks:
    """The work of one process. `draw` gives 16 random bytes."""

    errands: Errands
    describe: Describe
    sender: Sender
    clock: Clock
    draw: Callable[[], bytes] = lambda: secrets.token_bytes(16)

    async def run(self) -> None:
        """Work until cancelled."""
        swept_at = self.clock.monotonic()
        while True:
            try:
                done = await self.once()
                if self.clock.monotonic() - swept_at >= SWEEP_S:
                    swept_at = self.clock.monotonic()
                    await self.errands.sweep(KEPT_S)
            except (DefiniteError, IndefiniteError) as error:
                _log.warning("webhooks_wait", why=str(error))
                await asyncio.sleep(AWAY_S)
                continue
            if not done:
                await asyncio.sleep(POLL_S)

    async def once(self) -> int:
        """One round: publish what happened, send what is due; how much there was to do."""
        published = await self.errands.publish(self.describe.event, PUBLISHED_AT_ONCE)
        claimed = await self.errands.claim(SENT_AT_ONCE, LEASE_S)
        async with asyncio.TaskGroup() as group:
            for errand in claimed:
                group.create_task(self._run(errand))
        return published + len(claimed)

    async def _run(self, errand: Errand) -> None:
        at = self.clock.wall()
        headers = {
            "content-type": "application/json",
            SIGNATURE_HEADER: signature(errand.secret, int(at.timestamp()), errand.body),
        }
        sent = await self.sender.send(errand.url, headers, errand.body)
        wait_s = None if sent.succeeded else wait_after(errand.tries + 1, errand.age_s)
        if not sent.succeeded and wait_s is None:
            _log.warning("webhook_given_up", webhook=errand.webhook_id, event=errand.event_id)
        await self.errands.done(self._delivery(errand, sent), wait_s)

    def _delivery(self, errand: Errand, sent: Sent) -> Delivery:
        return Delivery(
            id=make_id("sed", self.draw()),
            event_id=errand.event_id,
            webhook_id=errand.webhook_id,
            owner=errand.owner,
            live_mode=errand.live_mode,
            type=errand.type,
            url=errand.url,
            succeeded=sent.succeeded,
            status=sent.status,
            answer=sent.answer,
            created_at=self.clock.wall(),
        )
