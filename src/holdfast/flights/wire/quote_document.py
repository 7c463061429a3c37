"""An offer request as it is stored: two byte strings, MessagePack, compressed if that helps.

The query and the offers are apart, and each offer can be read without the others. Whatever cannot
be read back was written by another version or damaged: `ValueError`. Sizes are bounded, though only
we write these.
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from holdfast.flights.domain.offer import Offer, OfferRequest, Query

T = TypeVar("T")
COMPRESS_FROM_BYTES = 2048
"""Smaller documents are kept as they are: most of a single offer is its own names."""
MAX_DOCUMENT_BYTES = 64 * 1024 * 1024
"""Of the offers of one request when unpacked: many times what the largest search finds."""
LEVEL = 1
"""zlib's fastest: offers repeat each other, so it already shrinks them twentyfold."""
_PLAIN, _ZLIB = b"p", b"z"

_encode = msgspec.msgpack.Encoder().encode
_read_query = msgspec.msgpack.Decoder(Query).decode
_read_offer = msgspec.msgpack.Decoder(Offer).decode
_read_parts = msgspec.msgpack.Decoder(list[msgspec.Raw]).decode


@dataclass(frozen=True, slots=True)
class Document:
    """What is stored of a request besides its columns."""

    query: bytes
    offers: bytes


def document_of(request: OfferRequest) -> Document:
    """The documents of a request."""
    return Document(_packed(_encode(request.query)), _packed(_encode(request.offers)))


def query_in(packed: bytes) -> Query:
    """The query of a document."""
    return _decoded(_read_query, _unpacked(packed))


def offers_in(packed: bytes) -> tuple[Offer, ...]:
    """All offers of a document."""
    return tuple(_decoded(_read_offer, part) for part in _parts(packed))


def offer_in(packed: bytes, index: int) -> Offer | None:
    """One offer of a document; None when it holds fewer."""
    parts = _parts(packed)
    return _decoded(_read_offer, parts[index]) if index < len(parts) else None


def _parts(packed: bytes) -> list[msgspec.Raw]:
    return _decoded(_read_parts, _unpacked(packed))


def _decoded(read: Callable[[bytes | msgspec.Raw], T], raw: bytes | msgspec.Raw) -> T:
    try:
        return read(raw)
    except msgspec.MsgspecError as error:
        raise ValueError(f"a stored request cannot be read: {error}") from error


def _packed(plain: bytes) -> bytes:
    if len(plain) < COMPRESS_FROM_BYTES:
        return _PLAIN + plain
    return _ZLIB + zlib.compress(plain, LEVEL)


def _unpacked(packed: bytes) -> bytes:
    kind, body = packed[:1], packed[1:]
    if kind == _PLAIN:
        return body
    if kind != _ZLIB:
        raise ValueError("a stored request of another version")
    unpacker = zlib.decompressobj()
    try:
        plain = unpacker.decompress(body, MAX_DOCUMENT_BYTES)
    except zlib.error as error:
        raise ValueError(f"a stored request is damaged: {error}") from error
    if not unpacker.eof:
        raise ValueError("a stored request is cut off or too large")
    return plain
