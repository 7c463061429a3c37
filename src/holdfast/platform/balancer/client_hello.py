"""PURE. Which server a TLS client asks for, read from its first message without decrypting.

Read incrementally from the start of what has arrived; the message may be spread over records as a
client likes, within bounds. What is not understood (reserved values, unknown extensions, a name
that cannot be a host's) is read over: only what is no ClientHello at all is refused, at its first
wrong byte. Sources of the rules: RFC 8446 sections 4.1.2 and 5.1, RFC 6066 section 3. Never raises.
"""

import re
from dataclasses import dataclass

from holdfast.platform.balancer.proxy_protocol import NeedMore

MAX_HELLO_BYTES = 16_384
"""The longest ClientHello taken, its record headers included; real ones have 200 to 2,000."""
MAX_RECORDS = 64
"""Most records that one is spread over: each costs time whenever more has arrived."""
MAX_EXTENSIONS = 256

_RECORD_BYTES = 5
_MESSAGE_BYTES = 4
_HANDSHAKE, _MAJOR, _CLIENT_HELLO = 22, 3, 1
_MAX_RECORD_BYTES = 16_384
_SERVER_NAME, _HOST_NAME = 0, 0
_HOST = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63}){0,126}")
_MAX_NAME_BYTES = 253


@dataclass(frozen=True, slots=True)
class ClientHello:
    """A whole ClientHello. `server_name` in lower case without a final dot; None: not asked for."""

    server_name: str | None


@dataclass(frozen=True, slots=True)
class NotTls:
    """No ClientHello, or none that is taken; `reason` is a sentence for the log."""

    reason: str


class _Broken(Exception):
    """Inside this module only: a length that does not add up."""


def parse_hello(data: bytes) -> ClientHello | NeedMore | NotTls:
    """What stands at the start of `data`, which may go on behind it."""
    message = bytearray()
    at = 0
    for _ in range(MAX_RECORDS):
        if not _may_begin_record(data[at : at + 2]):
            return NotTls("it does not begin with a TLS handshake record")
        if len(data) - at < _RECORD_BYTES:
            return _more(at + _RECORD_BYTES)
        length = int.from_bytes(data[at + 3 : at + 5], "big")
        if not 0 < length <= _MAX_RECORD_BYTES:
            return NotTls(f"a record of {length} bytes is not allowed")
        begin, at = at + _RECORD_BYTES, at + _RECORD_BYTES + length
        message += data[begin:at]
        if message and message[0] != _CLIENT_HELLO:
            return NotTls("the first handshake message is not a ClientHello")
        missing = _missing(message)
        if missing <= 0:
            return _hello(bytes(message))
        if min(len(data), at) + missing > MAX_HELLO_BYTES:
            return _more(MAX_HELLO_BYTES + 1)
        if len(data) < at:
            return _more(min(at, len(data) + missing))
    return NotTls(f"it is spread over more than {MAX_RECORDS} records")


def _may_begin_record(start: bytes) -> bool:
    return start == bytes((_HANDSHAKE, _MAJOR))[: len(start)]


def _more(total: int) -> NeedMore | NotTls:
    if total > MAX_HELLO_BYTES:
        return NotTls(f"it is longer than {MAX_HELLO_BYTES} bytes")
    return NeedMore(total)


def _missing(message: bytearray) -> int:
    """How many bytes the message lacks, as far as is known; 0 or less: none."""
    if len(message) < _MESSAGE_BYTES:
        return _MESSAGE_BYTES - len(message)
    return _MESSAGE_BYTES + int.from_bytes(message[1:4], "big") - len(message)


def _hello(message: bytes) -> ClientHello | NotTls:
    body = _Reader(message[_MESSAGE_BYTES : _MESSAGE_BYTES + int.from_bytes(message[1:4], "big")])
    try:
        body.take(2 + 32)
        body.vector(1)
        body.vector(2)
        body.vector(1)
        if body.at_end:
            return ClientHello(None)
        extensions = _Reader(body.vector(2))
        return ClientHello(_name_in(extensions))
    except _Broken:
        return NotTls("the lengths inside the ClientHello do not add up")


def _name_in(extensions: "_Reader") -> str | None:
    for _ in range(MAX_EXTENSIONS):
        if extensions.at_end:
            return None
        kind = int.from_bytes(extensions.take(2), "big")
        value = extensions.vector(2)
        if kind == _SERVER_NAME:
            return _host_in(_Reader(_Reader(value).vector(2)))
    raise _Broken


def _host_in(names: "_Reader") -> str | None:
    kind, name = names.take(1)[0], names.vector(2)
    if kind != _HOST_NAME or len(name) > _MAX_NAME_BYTES + 1:
        return None
    text = name.decode("ascii", "replace").lower().removesuffix(".")
    return text if _HOST.fullmatch(text) else None


class _Reader:
    """Takes bytes from the front; `_Broken` when there are too few."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def at_end(self) -> bool:
        return self._at == len(self._data)

    def take(self, count: int) -> bytes:
        """Exactly so many."""
        found = self._data[self._at : self._at + count]
        if len(found) < count:
            raise _Broken
        self._at += count
        return found

    def vector(self, length_bytes: int) -> bytes:
        """Bytes that are preceded by their number."""
        return self.take(int.from_bytes(self.take(length_bytes), "big"))
