"""Webhooks over HTTP: subscriptions, their events and deliveries, pings and redeliveries."""

from dataclasses import dataclass

import msgspec

from holdfast.flights.domain.webhook import Delivery, Event, Webhook
from holdfast.flights.entrypoints.http.faults import ApiFault, invalid_field, not_found
from holdfast.flights.entrypoints.http.operation import Call, Operation, Page, elsewhere
from holdfast.flights.entrypoints.http.parameters import choice, identifier
from holdfast.flights.entrypoints.marks import answered, page_of
from holdfast.flights.service.ports.webhooks import DeliveryFilter, Webhooks
from holdfast.flights.service.subscribe_webhooks import BadTarget, Subscriptions, TooMany
from holdfast.flights.wire.duffel_texts import moment
from holdfast.flights.wire.duffel_webhooks import (
    EVENT_TYPES,
    DeliveryShape,
    DescribedEvent,
    EventShape,
    WebhookBody,
    WebhookShape,
    WebhookUpdateBody,
)

_TAG = "webhooks"
CREATE = Operation(
    "POST",
    "/air/webhooks",
    "Subscribe to events",
    elsewhere,
    WebhookShape,
    body=WebhookBody,
    status=201,
    scope="book",
    tag=_TAG,
)
LIST = Operation(
    "GET", "/air/webhooks", "List subscriptions", elsewhere, WebhookShape, paged=True, tag=_TAG
)
GET = Operation(
    "GET", "/air/webhooks/{id}", "Get a subscription", elsewhere, WebhookShape, tag=_TAG
)
UPDATE = Operation(
    "PATCH",
    "/air/webhooks/{id}",
    "Change a subscription",
    elsewhere,
    WebhookShape,
    body=WebhookUpdateBody,
    scope="book",
    tag=_TAG,
)
DELETE = Operation(
    "DELETE",
    "/air/webhooks/{id}",
    "End a subscription",
    elsewhere,
    type(None),
    scope="book",
    tag=_TAG,
)
PING = Operation(
    "POST",
    "/air/webhooks/{id}/actions/ping",
    "Send an event to try a subscription out",
    elsewhere,
    type(None),
    scope="book",
    tag=_TAG,
)
EVENTS = Operation(
    "GET",
    "/air/webhooks/events",
    "List what happened",
    elsewhere,
    DescribedEvent,
    paged=True,
    tag=_TAG,
)
EVENT = Operation(
    "GET", "/air/webhooks/events/{id}", "Get an event", elsewhere, DescribedEvent, tag=_TAG
)
REDELIVER = Operation(
    "POST",
    "/air/webhooks/events/{id}/actions/redeliver",
    "Send an event once more",
    elsewhere,
    type(None),
    scope="book",
    tag=_TAG,
)
DELIVERIES = Operation(
    "GET",
    "/air/webhooks/deliveries",
    "List tries to deliver",
    elsewhere,
    DeliveryShape,
    parameters=(
        choice("delivery_success", ("true", "false"), "Only tries that did, or did not, succeed."),
        choice("type", EVENT_TYPES, "Only of events of this type."),
        identifier("endpoint_id", "Only to this subscription."),
    ),
    paged=True,
    tag=_TAG,
)
DECLARED = (
    CREATE,
    LIST,
    EVENTS,
    EVENT,
    REDELIVER,
    DELIVERIES,
    GET,
    UPDATE,
    DELETE,
    PING,
)
_read_event = msgspec.json.Decoder(EventShape).decode


@dataclass(frozen=True, slots=True)
class WebhookEndpoints:
    """See `operations`."""

    subscriptions: Subscriptions
    webhooks: Webhooks

    def operations(self) -> list[Operation]:
        """All operations of webhooks."""
        return [
            CREATE.by(self.create),
            LIST.by(self.list),
            EVENTS.by(self.events),
            EVENT.by(self.event),
            REDELIVER.by(self.redeliver),
            DELIVERIES.by(self.deliveries),
            GET.by(self.get),
            UPDATE.by(self.update),
            DELETE.by(self.delete),
            PING.by(self.ping),
        ]

    async def create(self, call: Call) -> object:
        """The new subscription, with its secret."""
        body: WebhookBody = call.body
        prepared = self.subscriptions.prepared(call.caller, body.url, body.events)
        if isinstance(prepared, BadTarget):
            raise _bad_target()
        kept = await self.subscriptions.keep(prepared)
        if isinstance(kept, TooMany):
            raise invalid_field("url", "There are too many subscriptions: delete some.")
        return _shape(kept, secret=kept.secret)

    async def list(self, call: Call) -> Page[WebhookShape]:
        """A page of subscriptions, newest first."""
        caller = call.caller
        listed = await self.webhooks.webhooks(caller.owner, caller.live_mode, page_of(call))
        return answered(listed, [_shape(one) for one in listed.items])

    async def get(self, call: Call) -> WebhookShape:
        """One subscription."""
        found = await self.webhooks.webhook(call.path_id(prefix="sev_"), call.caller.owner)
        if found is None:
            raise not_found()
        return _shape(found)

    async def update(self, call: Call) -> WebhookShape:
        """The changed subscription."""
        body: WebhookUpdateBody = call.body
        changed = await self.subscriptions.change(
            call.path_id(prefix="sev_"),
            call.caller.owner,
            url=body.url,
            events=body.events,
            active=body.active,
        )
        if isinstance(changed, BadTarget):
            raise _bad_target()
        if changed is None:
            raise not_found()
        return _shape(changed)

    async def delete(self, call: Call) -> None:
        """Nothing."""
        if not await self.webhooks.delete(call.path_id(prefix="sev_"), call.caller.owner):
            raise not_found()

    async def ping(self, call: Call) -> None:
        """Nothing: the event is on its way."""
        event = await self.subscriptions.ping(call.path_id(prefix="sev_"), call.caller.owner)
        if event is None:
            raise not_found()

    async def events(self, call: Call) -> Page[EventShape]:
        """A page of events, newest first."""
        caller = call.caller
        listed = await self.webhooks.events(caller.owner, caller.live_mode, page_of(call))
        return answered(listed, [_event(one) for one in listed.items])

    async def event(self, call: Call) -> EventShape:
        """One event."""
        found = await self.webhooks.event(call.path_id(prefix="wev_"), call.caller.owner)
        if found is None:
            raise not_found()
        return _event(found)

    async def redeliver(self, call: Call) -> None:
        """Nothing: the event is on its way again."""
        if not await self.webhooks.send_again(call.path_id(prefix="wev_"), call.caller.owner):
            raise not_found()

    async def deliveries(self, call: Call) -> Page[DeliveryShape]:
        """A page of tries, newest first."""
        succeeded = call.text("delivery_success")
        wanted = DeliveryFilter(
            None if succeeded is None else succeeded == "true",
            call.text("type"),
            call.text("endpoint_id"),
        )
        caller = call.caller
        listed = await self.webhooks.deliveries(
            caller.owner, caller.live_mode, wanted, page_of(call)
        )
        return answered(listed, [_delivery(one) for one in listed.items])


def _bad_target() -> ApiFault:
    return invalid_field("url", "The URL must be a public http or https address.")


def _shape(webhook: Webhook, *, secret: str | msgspec.UnsetType = msgspec.UNSET) -> WebhookShape:
    return WebhookShape(
        id=webhook.id,
        url=webhook.url,
        events=list(webhook.events),
        active=webhook.active,
        live_mode=webhook.live_mode,
        created_at=moment(webhook.created_at),
        updated_at=moment(webhook.updated_at),
        secret=secret,
    )


def _event(event: Event) -> EventShape:
    return _read_event(event.body)


def _delivery(delivery: Delivery) -> DeliveryShape:
    return DeliveryShape(
        id=delivery.id,
        event_id=delivery.event_id,
        endpoint_id=delivery.webhook_id,
        url=delivery.url,
        type=delivery.type,
        live_mode=delivery.live_mode,
        delivery_success=delivery.succeeded,
        response_status_code=delivery.status,
        response_body=delivery.answer,
        created_at=moment(delivery.created_at),
    )
