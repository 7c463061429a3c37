import hashlib
import hmac

import msgspec
from msgspec import Raw

from holdfast.flights.wire.duffel_webhooks import (
    EVENT_TYPES,
    PING,
    EventDataShape,
    EventShape,
    encoded_event,
    signature,
)


def test_the_signature_is_that_of_the_moment_and_the_body() -> None:
    told = signature("secret", 1616202842, b'{"a":1}')
    head, _, digest = told.partition(",v1=")
    assert head == "t=1616202842"
    assert digest == hmac.new(b"secret", b'1616202842.{"a":1}', hashlib.sha256).hexdigest()


def test_an_event_carries_its_object_as_it_was_made() -> None:
    shape = EventShape(
        "wev_1", "v2", PING, EventDataShape(Raw(b'{"x":1.50}')), False, "key", "now", "org_1"
    )
    body = encoded_event(shape)
    assert b'"object":{"x":1.50}' in body
    assert msgspec.json.decode(body, type=EventShape) == shape


def test_pings_are_an_event_type_like_any_other() -> None:
    assert PING in EVENT_TYPES
