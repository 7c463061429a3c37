"""The law of envelopes: `{"data": ...}`, pages with `meta`, errors with their request's id.

PURE. Bytes are put together from parts that are encoded once, so an envelope costs one join. Media
types are sent bare: clients compare the whole value, and a charset makes them ignore the body.
"""

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from holdfast.flights.entrypoints.http.cursors import encode_cursor
from holdfast.flights.entrypoints.http.faults import ApiFault, Source
from holdfast.flights.wire.status_shapes import encode_problem

JSON = "application/json"
EMPTY = b"{}"
"""What is answered when there is nothing to say: clients cannot read an empty body."""
DOCUMENTATION = "/openapi.json"
"""Where errors are explained, on the same host."""
_encode = msgspec.json.Encoder(decimal_format="string").encode


class FieldSource(Struct, frozen=True):
    """Which field of the request is wrong."""

    field: str
    pointer: str


class ErrorShape(Struct, frozen=True, omit_defaults=True):
    """One error."""

    type: str
    title: str
    message: str
    code: str
    documentation_url: str
    source: FieldSource | str | None = None


class ErrorMeta(Struct, frozen=True):
    """Which request failed, and how."""

    request_id: str
    status: int


class ErrorBody(Struct, frozen=True):
    """The body of every answer that is no success."""

    errors: list[ErrorShape]
    meta: ErrorMeta


class PageMeta(Struct, frozen=True):
    """Where a list goes on: cursors, null at its ends."""

    limit: int
    before: str | None
    after: str | None


class AmadeusSource(Struct, frozen=True):
    """Which parameter is wrong."""

    parameter: str


class AmadeusError(Struct, frozen=True, omit_defaults=True):
    """One error in the shape of Amadeus."""

    status: int
    code: int
    title: str
    detail: str
    source: AmadeusSource | None = None


class AmadeusErrors(Struct, frozen=True):
    """The body of an error in the shape of Amadeus."""

    errors: list[AmadeusError]


_AMADEUS_CODES = {400: 477, 401: 38190, 403: 38197, 404: 1797, 422: 477, 429: 38194, 500: 141}
"""Their numbers for: invalid format, token, permission, no result, quota, system error."""


def encoded_plain(value: object) -> bytes:
    """A value as JSON, or `{}` for None."""
    return EMPTY if value is None else _encode(value)


def encoded_data(value: object) -> bytes:
    """`{"data": value}`, or `{}` for None."""
    return EMPTY if value is None else b'{"data":' + _encode(value) + b"}"


def encoded_page(
    items: Sequence[object], limit: int, before: str | None, after: str | None
) -> bytes:
    """A page of a list; `before` and `after` are keys and become cursors."""
    meta = PageMeta(
        limit, encode_cursor(before) if before else None, encode_cursor(after) if after else None
    )
    return b'{"data":' + _encode(items) + b',"meta":' + _encode(meta) + b"}"


def encoded_fault(fault: ApiFault, request_id: str) -> bytes:
    """The error in the usual shape."""
    source: FieldSource | str | None
    match fault.source:
        case Source():
            source = FieldSource(fault.source.field, fault.source.pointer)
        case named:
            source = named
    shape = ErrorShape(fault.type, fault.title, fault.message, fault.code, DOCUMENTATION, source)
    return _encode(ErrorBody([shape], ErrorMeta(request_id, fault.status)))


def encoded_amadeus_fault(fault: ApiFault) -> bytes:
    """The error in the shape of Amadeus."""
    code = _AMADEUS_CODES.get(fault.status, _AMADEUS_CODES[500] if fault.status >= 500 else 477)
    source = AmadeusSource(fault.source.field) if isinstance(fault.source, Source) else None
    title = fault.title.upper()
    return _encode(AmadeusErrors([AmadeusError(fault.status, code, title, fault.message, source)]))


def encoded_native_fault(fault: ApiFault, where: str) -> bytes:
    """The error in the native shape: what is wrong, where and what to do about it. `where` is the
    request; a fault that names a field has that instead."""
    what, fix = fault.title, fault.message
    if fault.code == "not_found":
        what, fix = fault.message, "Check the address and the ids in it."
    place = fault.source.field if isinstance(fault.source, Source) else where
    return encode_problem(_phrase(what), place, _phrase(fix))


def _phrase(sentence: str) -> str:
    """A sentence as a part of one: both parts are told in one line."""
    begin = sentence[:1] if sentence[1:2].isupper() else sentence[:1].lower()
    return (begin + sentence[1:]).removesuffix(".")
