"""The law of webhooks in the API: subscriptions, events, deliveries, and what is signed how.

PURE. An event is sent as the same bytes on every try, for the signature covers them: lower-case hex
HMAC-SHA256 of `<unix seconds>.<body>` under the subscription's secret.
"""

import hashlib
import hmac
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Raw, Struct, UnsetType

EventType = Literal[
    "order.created",
    "order.creation_failed",
    "order.airline_initiated_change_detected",
    "order.cancelled",
    "order.updated",
    "payment.created",
    "order_cancellation.created",
    "order_cancellation.confirmed",
    "ping.triggered",
]
EVENT_TYPES: tuple[str, ...] = (
    "order.created",
    "order.creation_failed",
    "order.airline_initiated_change_detected",
    "order.cancelled",
    "order.updated",
    "payment.created",
    "order_cancellation.created",
    "order_cancellation.confirmed",
    "ping.triggered",
)
TOLD: tuple[str, ...] = (
    "order.created",
    "order.airline_initiated_change_detected",
    "payment.created",
    "ping.triggered",
)
"""Those that are ever sent. The others can be subscribed to, for clients of this API ask for them,
and nobody hears of them: an order is made in the call that asks for it, or refused there, so no
creation fails later; what a buyer does to his order is answered to him."""
PING = "ping.triggered"
"""Sent to one subscription when it is asked for, whatever it subscribed to."""
MAX_URL_CHARS = 2000
MAX_EVENTS = 30
API_VERSION = "v2"
SIGNATURE_HEADER = "x-duffel-signature"
_PORT = r"(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[0-9]{1,4})"
URL_PATTERN = (
    r"^[Hh][Tt][Tt][Pp][Ss]?://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:"
    + _PORT
    + r")?([/?#][!-~]*)?$"
)
"""An http or https address without a user in it; of one in brackets only those that are IPv6."""
UrlText = Annotated[
    str,
    Meta(
        min_length=8,
        max_length=MAX_URL_CHARS,
        pattern=URL_PATTERN,
        description="Where events are posted to: http or https, no user. Addresses that are not"
        " public may be refused.",
    ),
]
EventTypes = Annotated[
    list[EventType],
    Meta(
        min_length=1,
        max_length=MAX_EVENTS,
        description=f"Types that are wanted. Sent are {', '.join(TOLD)}; the others never happen"
        " here or are not told.",
    ),
]


class WebhookBody(Struct, frozen=True):
    """A subscription that is to be made."""

    url: UrlText
    events: EventTypes


class WebhookUpdateBody(Struct, frozen=True):
    """What of a subscription is to change."""

    url: UrlText | None = None
    events: EventTypes | None = None
    active: bool | None = None


class WebhookShape(Struct, frozen=True):
    """A subscription; its secret is told once."""

    id: str
    url: str
    events: list[str]
    active: bool
    live_mode: bool
    created_at: str
    updated_at: str
    secret: str | UnsetType = UNSET


class EventDataShape(Struct, frozen=True):
    """What an event is about."""

    object: Raw


class EventShape(Struct, frozen=True):
    """An event, as it is sent and listed."""

    id: str
    api_version: str
    type: str
    data: EventDataShape
    live_mode: bool
    idempotency_key: str
    created_at: str
    identity_organisation_id: str


class DescribedEventData(Struct, frozen=True):
    """`EventDataShape` for the description of the API."""

    object: dict[str, Any]


class DescribedEvent(Struct, frozen=True):
    """`EventShape` for the description of the API."""

    id: str
    api_version: str
    type: str
    data: DescribedEventData
    live_mode: bool
    idempotency_key: str
    created_at: str
    identity_organisation_id: str


class DeliveryShape(Struct, frozen=True):
    """One try to deliver an event."""

    id: str
    event_id: str
    endpoint_id: str
    url: str
    type: str
    live_mode: bool
    delivery_success: bool
    response_status_code: int | None
    response_body: str | None
    created_at: str


def encoded_event(event: EventShape) -> bytes:
    """The body that is sent and signed."""
    return msgspec.json.encode(event)


def signature(secret: str, at_s: int, body: bytes) -> str:
    """The value of the signature header."""
    signed = hmac.new(secret.encode(), b"%d.%s" % (at_s, body), hashlib.sha256).hexdigest()
    return f"t={at_s},v1={signed}"
