"""PURE. What a trusted upstream says before its client's first byte: PROXY protocol 1 or 2.

Read incrementally from the start of what has arrived. An upstream may speak for itself (a health
check, `UNKNOWN`, a Unix socket): then its own address stands. Extensions are read over; their
checksum is not verified, for TCP has its own. Source of the rules: "The PROXY protocol", HAProxy
Technologies, sections 2.1 and 2.2. Never raises, never asks for more than `MAX_HEADER_BYTES`.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

from holdfast.platform.balancer.proxy_protocol import (
    MAX_HEADER_BYTES,
    SIGNATURE,
    Address,
    Header,
    Local,
    Malformed,
    NeedMore,
    parse,
)

MAX_LINE_BYTES = 107
"""The longest header of version 1, its line end included."""
SHORTEST_BYTES = 15
"""`PROXY UNKNOWN` with its line end; version 2 has one byte more."""

_WORD = b"PROXY "
_PORT = re.compile(rb"0|[1-9][0-9]{0,4}")
_PROXY_COMMAND = 0x21
_UNIX_KINDS = (0x31, 0x32)


@dataclass(frozen=True, slots=True)
class Announced:
    """A whole header of `length` bytes. `source`: the client; None: the upstream itself."""

    source: Address | None
    length: int


def read_header(data: bytes) -> Announced | NeedMore | Malformed:
    """What stands at the start of `data`, which may go on behind the header."""
    if not data:
        return NeedMore(SHORTEST_BYTES)
    if data[:1] == _WORD[:1]:
        return _line(data[:MAX_LINE_BYTES])
    found = parse(data)
    match found:
        case Header(transport="tcp"):
            return Announced(found.source, found.length)
        case Header():
            return Malformed("it announces datagrams on a TCP connection")
        case Local(length):
            return Announced(None, length)
        case Malformed():
            return _of_unix_socket(data) or found
        case NeedMore():
            return found


def _line(start: bytes) -> Announced | NeedMore | Malformed:
    if start[: len(_WORD)] != _WORD[: len(start)]:
        return Malformed("it begins like a PROXY line and is none")
    line, end, _ = start.partition(b"\r\n")
    if not end:
        if len(start) == MAX_LINE_BYTES:
            return Malformed(f"its line is longer than {MAX_LINE_BYTES} bytes")
        return NeedMore(max(SHORTEST_BYTES, len(start) + 1))
    length = len(line) + len(end)
    words = line.split(b" ")
    if words[1] == b"UNKNOWN":
        return Announced(None, length)
    if len(words) != 6 or words[1] not in (b"TCP4", b"TCP6"):
        return Malformed("its line is not `PROXY TCP4|TCP6 source destination port port`")
    source, destination = (_host(words[1], word) for word in words[2:4])
    ports = [int(word) for word in words[4:] if _PORT.fullmatch(word)]
    if source is None or destination is None or len(ports) != 2 or max(ports) > 65_535:
        return Malformed("its line has a wrong address or port")
    return Announced((source, ports[0]), length)


def _host(family: bytes, word: bytes) -> str | None:
    try:
        text = word.decode("ascii")
        if family == b"TCP4":
            return str(IPv4Address(text))
        address = IPv6Address(text)
    except ValueError:
        return None
    return None if "%" in text else str(address.ipv4_mapped or address)


def _of_unix_socket(data: bytes) -> Announced | None:
    """The one legal family of version 2 that has no IP address."""
    fixed = len(SIGNATURE) + 4
    if len(data) < fixed or data[12] != _PROXY_COMMAND or data[13] not in _UNIX_KINDS:
        return None
    length = fixed + int.from_bytes(data[14:16], "big")
    return Announced(None, length) if length <= min(len(data), MAX_HEADER_BYTES) else None
