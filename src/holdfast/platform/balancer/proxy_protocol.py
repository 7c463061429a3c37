"""PURE. PROXY protocol version 2: the few bytes that tell a member who the client really is.

On TCP the header opens the connection to the member; on UDP it opens *every* datagram, in both
directions (source = client, destination = the public address and port the client used). Source of
the rules: "The PROXY protocol", HAProxy Technologies, section 2.2. Input is hostile until proven
otherwise: `parse` never raises, never asks for more than `MAX_HEADER_BYTES`, and refuses a wrong
signature at its first wrong byte so that nobody waits for bytes that cannot help.
"""

import struct
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Literal

Transport = Literal["tcp", "udp"]
Address = tuple[str, int]
"""A numeric IPv4 or IPv6 address and a port, such as `("192.0.2.7", 51544)`."""
Tlv = tuple[int, bytes]
"""A type (0..255) and its value: the extensions that may follow the addresses."""

SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
MAX_HEADER_BYTES = 1024
"""Largest header taken or made: the addresses need 52 bytes, the rest is for extensions. Small
enough that ten thousand unfinished headers are 10 MB."""
MAX_TLVS = 32
"""Most extensions in one header; a header of nothing but empty ones would cost time otherwise."""

TRACE_TLV = 0xE0
"""The extension (one of those left to applications) that holds a connection's trace id."""
TRACE_BYTES = 16

_FIXED = struct.Struct("!12sBBH")
_V4 = struct.Struct("!4s4sHH")
_V6 = struct.Struct("!16s16sHH")
_TLV = struct.Struct("!BH")
_LOCAL_COMMAND, _PROXY_COMMAND = 0x20, 0x21
_FAMILIES: dict[int, tuple[struct.Struct, Transport]] = {
    0x11: (_V4, "tcp"),
    0x12: (_V4, "udp"),
    0x21: (_V6, "tcp"),
    0x22: (_V6, "udp"),
}
_KIND_OF = {(_V4, "tcp"): 0x11, (_V4, "udp"): 0x12, (_V6, "tcp"): 0x21, (_V6, "udp"): 0x22}


@dataclass(frozen=True, slots=True)
class Header:
    """A relayed client. `length`: bytes of the header; the payload begins there."""

    source: Address
    destination: Address
    transport: Transport
    length: int
    tlvs: tuple[Tlv, ...] = ()


@dataclass(frozen=True, slots=True)
class Local:
    """The balancer speaks for itself (a probe): no client stands behind this connection."""

    length: int


@dataclass(frozen=True, slots=True)
class NeedMore:
    """Right so far; the header is known to need at least `total` bytes, counted from its start."""

    total: int


@dataclass(frozen=True, slots=True)
class Malformed:
    """Not a version 2 header; `reason` is a sentence for the log."""

    reason: str


def encode(
    transport: Transport, source: Address, destination: Address, tlvs: tuple[Tlv, ...] = ()
) -> bytes:
    """The header for a client at `source` that reached us at `destination`.

    Addresses of different families are both written as IPv6 (IPv4 in its mapped form). Raises
    `ValueError` for what is no numeric address or port, or when the extensions are too long.
    """
    near, far = _packed(source[0]), _packed(destination[0])
    if len(near) != len(far):
        near, far = _mapped(near), _mapped(far)
    block = _V4 if len(near) == 4 else _V6
    try:
        body = block.pack(near, far, source[1], destination[1])
        body += b"".join(_TLV.pack(kind, len(value)) + value for kind, value in tlvs)
    except struct.error as error:
        raise ValueError(f"a port or extension is out of range: {error}") from error
    if len(body) > MAX_HEADER_BYTES - _FIXED.size or len(tlvs) > MAX_TLVS:
        raise ValueError(f"the extensions exceed {MAX_HEADER_BYTES} bytes or {MAX_TLVS} entries")
    return _FIXED.pack(SIGNATURE, _PROXY_COMMAND, _KIND_OF[block, transport], len(body)) + body


def trace_of(tlvs: tuple[Tlv, ...]) -> str:
    """The trace id among a header's extensions, in hexadecimal; empty when there is none."""
    for kind, value in tlvs:
        if kind == TRACE_TLV and len(value) == TRACE_BYTES:
            return value.hex()
    return ""


def encode_local() -> bytes:
    """The header of a probe: a connection that carries no client."""
    return _FIXED.pack(SIGNATURE, _LOCAL_COMMAND, 0, 0)


def parse(data: bytes) -> Header | Local | NeedMore | Malformed:
    """What stands at the start of `data`, which may go on behind the header. Never raises."""
    head = data[: len(SIGNATURE)]
    if head != SIGNATURE[: len(head)]:
        return Malformed("it does not begin with the PROXY protocol version 2 signature")
    if len(data) < _FIXED.size:
        return NeedMore(_FIXED.size)
    _, command, kind, body_bytes = _FIXED.unpack_from(data)
    if command not in (_LOCAL_COMMAND, _PROXY_COMMAND):
        return Malformed(f"version and command 0x{command:02x} are not version 2 LOCAL or PROXY")
    length = _FIXED.size + body_bytes
    if length > MAX_HEADER_BYTES:
        return Malformed(f"{length} bytes are more than the limit of {MAX_HEADER_BYTES}")
    if len(data) < length:
        return NeedMore(length)
    if command == _LOCAL_COMMAND or kind == 0:
        return Local(length)
    if kind not in _FAMILIES:
        return Malformed(f"family and transport 0x{kind:02x} are not TCP or UDP over IP")
    return _client(data[_FIXED.size : length], *_FAMILIES[kind])


def _client(body: bytes, block: struct.Struct, transport: Transport) -> Header | Malformed:
    if len(body) < block.size:
        return Malformed(f"{len(body)} bytes are too few for the addresses")
    near, far, near_port, far_port = block.unpack_from(body)
    tlvs = _tlvs(body[block.size :])
    if tlvs is None:
        return Malformed("its extensions do not add up to its length, or are too many")
    return Header(
        source=(_text(near), near_port),
        destination=(_text(far), far_port),
        transport=transport,
        length=_FIXED.size + len(body),
        tlvs=tlvs,
    )


def _tlvs(rest: bytes) -> tuple[Tlv, ...] | None:
    found: list[Tlv] = []
    at = 0
    while at < len(rest):
        if len(rest) - at < _TLV.size or len(found) == MAX_TLVS:
            return None
        kind, value_bytes = _TLV.unpack_from(rest, at)
        at += _TLV.size
        if len(rest) - at < value_bytes:
            return None
        found.append((kind, rest[at : at + value_bytes]))
        at += value_bytes
    return tuple(found)


@lru_cache(maxsize=1024)  # reading an address takes as long as all the rest of a header
def _packed(host: str) -> bytes:
    return ip_address(host.partition("%")[0]).packed


def _mapped(packed: bytes) -> bytes:
    return packed if len(packed) == 16 else bytes(10) + b"\xff\xff" + packed


def _text(packed: bytes) -> str:
    if len(packed) == 4:
        return str(IPv4Address(packed))
    address = IPv6Address(packed)
    return str(address.ipv4_mapped or address)
