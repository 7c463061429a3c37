"""PURE. One HTTP/1.1 exchange of a port for operators: bytes in, one request, one answer.

h11 judges the protocol; here are the bounds. A connection carries one request and is closed behind
its answer: no pipelining, no keep-alive, nothing to count but bytes. Whatever comes in, `receive`
does not raise and keeps no more than `MAX_REQUEST_BYTES`.
"""

from dataclasses import dataclass
from http import HTTPStatus

import h11
import msgspec

MAX_HEAD_BYTES = 8_192
"""Request line and headers; curl and Prometheus send a few hundred."""
MAX_BODY_BYTES = 4_096
"""The longest body that means something is `{"weight": 12.5}`."""
MAX_REQUEST_BYTES = MAX_HEAD_BYTES + 2 * MAX_BODY_BYTES
"""All bytes of one request, chunk framing and what a client sends behind it included."""


@dataclass(frozen=True, slots=True)
class Request:
    """A whole, well-formed request. `path` is as sent, without its query; `tokens` are the bearer
    tokens of its Authorization headers; `accept` and `languages` what its reader would like."""

    method: str
    path: str
    host: str
    tokens: tuple[bytes, ...] = ()
    body: bytes = b""
    accept: str = ""
    languages: str = ""


@dataclass(frozen=True, slots=True)
class Response:
    """What is answered. `allow`: the methods there are, for status 405; `retry_after_s`: when to
    come back, 0 for nothing said."""

    status: int
    body: bytes
    content_type: str = "application/json"
    allow: str = ""
    retry_after_s: int = 0

    @property
    def raw(self) -> bytes:
        """The bytes on the wire."""
        lines = [
            f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}",
            f"content-type: {self.content_type}",
            f"content-length: {len(self.body)}",
            "cache-control: no-store",
            "x-content-type-options: nosniff",
            "connection: close",
        ]
        if self.allow:
            lines.append(f"allow: {self.allow}")
        if self.retry_after_s:
            lines.append(f"retry-after: {self.retry_after_s}")
        if self.status == HTTPStatus.UNAUTHORIZED:
            lines.append('www-authenticate: Bearer realm="holdfast"')
        return "\r\n".join([*lines, "", ""]).encode() + self.body


def said(what: object, status: int = 200) -> Response:
    """An answer in JSON."""
    return Response(status, msgspec.json.encode(what) + b"\n")


def failed(status: int, why: str, *, allow: str = "") -> Response:
    """An error in JSON: `{"error": "one sentence."}`."""
    return Response(status, msgspec.json.encode({"error": why}) + b"\n", allow=allow)


class Exchange:
    """The server's side of one connection, up to its request."""

    def __init__(self) -> None:
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEAD_BYTES)
        self._head: h11.Request | None = None
        self._body = b""
        self._taken = 0

    def receive(self, data: bytes) -> Request | Response | None:
        """Take what came, `b""` for the end of file. The request once it is whole, or the answer
        to what is none; None while more is needed. Not to be called again after either."""
        self._taken += len(data)
        if self._taken > MAX_REQUEST_BYTES:
            return failed(413, f"A request has at most {MAX_REQUEST_BYTES} bytes.")
        try:
            self._http.receive_data(data)
            return self._advance()
        except h11.RemoteProtocolError as error:
            return failed(error.error_status_hint, f"This is not HTTP/1.1: {error}.")

    def _advance(self) -> Request | Response | None:
        while True:
            event = self._http.next_event()
            match event:
                case h11.Request():
                    self._head = event
                case h11.Data(data=data):
                    self._body += data
                    if len(self._body) > MAX_BODY_BYTES:
                        return failed(413, f"A body has at most {MAX_BODY_BYTES} bytes.")
                case h11.EndOfMessage():
                    return self._whole()
                case h11.ConnectionClosed():
                    return failed(400, "The connection ended before the request did.")
                case _:
                    return None

    def _whole(self) -> Request:
        head = self._head
        assert head is not None, "a message ends behind its head"
        credentials = [value for name, value in head.headers if name == b"authorization"]
        said = {name: value.decode("latin-1") for name, value in reversed(list(head.headers))}
        return Request(
            method=head.method.decode("ascii"),
            path=head.target.partition(b"?")[0].decode("ascii"),
            host=said.get(b"host", ""),
            tokens=tuple(_bearer(value) for value in credentials),
            body=self._body,
            accept=said.get(b"accept", ""),
            languages=said.get(b"accept-language", ""),
        )


def _bearer(value: bytes) -> bytes:
    """The token of `Bearer TOKEN`; empty for other schemes."""
    scheme, _, token = value.strip().partition(b" ")
    return token.strip() if scheme.lower() == b"bearer" else b""
