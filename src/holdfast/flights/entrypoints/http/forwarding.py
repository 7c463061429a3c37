"""The law of forwarding: what another process serves is sent on by its path, whole or not at all.

A request goes out a second time only when the first try cannot have had an effect: nothing of it
was sent, or it reads, or it carries an `Idempotency-Key`. Bodies and answers pass through in
pieces, each wait has an end, and headers of one hop stay on it.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import httpx
from starlette.types import Message, Receive, Scope, Send

from holdfast.flights.entrypoints.http.answering import Header
from holdfast.flights.entrypoints.http.asked import Asked, asked_of
from holdfast.flights.entrypoints.http.clients import HEADER as CLIENT_HEADER
from holdfast.flights.entrypoints.http.clients import Clients
from holdfast.flights.entrypoints.http.faults import (
    ApiFault,
    bad_gateway,
    bad_request,
    not_found,
    unavailable,
)
from holdfast.platform.runtime.alternatives import Alternatives
from holdfast.platform.runtime.logs import Log
from holdfast.platform.web.observed_app import ROUTE_KEY
from holdfast.platform.web.trust import trust

CONNECT_S = 2.0
"""The other process is on this machine or next to it."""
PIECE_S = 30.0
"""From one piece of a body or an answer to the next; longer than any answer's own limit."""
POOL_S = 2.0
"""A free connection comes in less, or there is too much to do."""
CONNECTIONS = 256
"""Requests under way at once to all other processes together."""
IDLE_CONNECTIONS = 64
"""Connections kept for the next request."""
IDLE_S = 30.0
"""Kept less long than the other side keeps them, so that few are found closed."""
MAX_BODY_BYTES = 1 << 20
"""A body, unless the forward says otherwise."""
HELD_BYTES = 64 << 10
"""Bodies up to this are held until they are answered, so that they can be sent again."""
ANSWER_S = 60.0
"""A forwarded request from its start to its end, unless the forward says otherwise."""
_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
_NOT_SENT_ON = _HOP | {b"host", b"content-length", b"expect", b"x-request-id", CLIENT_HEADER}
_NOT_SENT_BACK = _HOP | {b"date", b"server"}
_SAFE = frozenset({"GET", "HEAD"})
_log = Log("forwarding")


@dataclass(frozen=True, slots=True)
class Forward:
    """What goes where: `/air/orders` is it and all below; `/air/order_*` all that begins so.
    `ways`: scheme, host and port of the process, or of the balancers before it."""

    prefix: str
    ways: Alternatives
    max_body_bytes: int = MAX_BODY_BYTES
    answer_s: float = ANSWER_S

    def covers(self, path: str) -> bool:
        """Whether a path is served there."""
        if self.prefix.endswith("*"):
            return path.startswith(self.prefix[:-1])
        return path == self.prefix or path.startswith(self.prefix + "/")


def forwarding_client(*places: str) -> httpx.AsyncClient:
    """The client of a `Forwarder` to these addresses; close it when the server has ended."""
    return httpx.AsyncClient(
        timeout=httpx.Timeout(PIECE_S, connect=CONNECT_S, pool=POOL_S),
        limits=httpx.Limits(
            max_connections=CONNECTIONS,
            max_keepalive_connections=IDLE_CONNECTIONS,
            keepalive_expiry=IDLE_S,
        ),
        verify=trust(*places),
        trust_env=False,
        follow_redirects=False,
    )


class Front(Protocol):
    """The application in front."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request that is not sent on."""

    async def refuse(self, asked: Asked, fault: ApiFault, send: Send) -> None:
        """Tell a client that the request could not be sent on, as any other fault."""


class Forwarder:
    """Sends on what `forwards` cover, the first that does; the rest is for `app`."""

    def __init__(
        self,
        app: Front,
        forwards: Sequence[Forward],
        client: httpx.AsyncClient,
        clients: Clients | None = None,
    ) -> None:
        self._app = app
        self._forwards = tuple(forwards)
        self._client = client
        self._clients = clients

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or have it answered."""
        forward = None
        if scope["type"] == "http":
            path = scope["path"]
            forward = next((one for one in self._forwards if one.covers(path)), None)
        if forward is None:
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})[ROUTE_KEY] = forward.prefix
        asked = asked_of(scope, receive)
        told = None
        if self._clients is not None:
            told = self._clients.told(self._clients.host_of(asked), asked.request_id)
        fault = await _Passage(forward, self._client, asked, receive, send, told).go()
        if fault is not None:
            await self._app.refuse(asked, fault, send)


class _TooLong(Exception):
    """The body is longer than its forward allows."""


class _Gone(Exception):
    """The client went away before the end of its body."""


@dataclass(slots=True)
class _Passage:
    """One request on its way."""

    forward: Forward
    client: httpx.AsyncClient
    asked: Asked
    receive: Receive
    send: Send
    told: str | None = None
    """The client's address, for the process that answers."""
    is_answered: bool = False
    """Whether the head of an answer was sent: then no other can be."""
    is_passing: bool = False
    """Whether pieces of a body that is not held were sent."""

    async def go(self) -> ApiFault | None:
        """Forward; what went wrong before the answer began, to be told to the client."""
        fault: ApiFault | None = None
        try:
            async with asyncio.timeout(self.forward.answer_s):
                await self._pass()
        except ApiFault as error:
            fault = error
        except _TooLong:
            most = self.forward.max_body_bytes
            fault = bad_request(f"The body is longer than {most} bytes: send less.", status=413)
        except _Gone:
            _log.info("client_gone", prefix=self.forward.prefix)
        except (httpx.HTTPError, TimeoutError) as error:
            _log.warning("forward_failed", prefix=self.forward.prefix, why=repr(error))
            fault = bad_gateway()
        return None if self.is_answered else fault  # a cut answer: the server hangs up

    async def _pass(self) -> None:
        held, is_whole = await self._first_pieces()
        response = await self._answered(held, is_whole)
        try:
            await self._send_back(response)
        finally:
            await response.aclose()

    async def _first_pieces(self) -> tuple[bytes, bool]:
        """The body, or its beginning; and whether that is all of it."""
        declared = self.asked.header(b"content-length") or ""
        is_number = declared.isascii() and declared.isdigit()
        if is_number and int(declared[:15]) > self.forward.max_body_bytes:
            raise _TooLong
        held = b""
        while len(held) <= HELD_BYTES:
            message = await self._piece()
            held += message.get("body", b"")
            if len(held) > self.forward.max_body_bytes:
                raise _TooLong
            if not message.get("more_body", False):
                return held, True
        return held, False

    async def _piece(self) -> Message:
        async with asyncio.timeout(PIECE_S):
            message = await self.receive()
        if message["type"] == "http.disconnect":
            raise _Gone
        return message

    async def _rest(self, held: bytes) -> AsyncIterator[bytes]:
        """The pieces of a body that is not held, the first ones first."""
        self.is_passing = True
        yield held
        size = len(held)
        while True:
            message = await self._piece()
            piece = message.get("body", b"")
            size += len(piece)
            if size > self.forward.max_body_bytes:
                raise _TooLong
            if piece:
                yield piece
            if not message.get("more_body", False):
                return

    async def _answered(self, held: bytes, is_whole: bool) -> httpx.Response:
        """The head of the answer, after one try or two."""
        try:
            return await self._try(held, is_whole)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            _log.warning("forward_refused", prefix=self.forward.prefix, why=repr(error))
        except httpx.PoolTimeout:
            raise unavailable() from None
        except (httpx.NetworkError, httpx.RemoteProtocolError):
            if self.is_passing or not self._may_repeat():
                raise
        try:
            return await self._try(held, is_whole)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            raise unavailable() from None

    def _may_repeat(self) -> bool:
        return self.asked.method in _SAFE or b"idempotency-key" in self.asked.headers

    async def _try(self, held: bytes, is_whole: bool) -> httpx.Response:
        headers = _sent_on(self.asked)
        if self.told is not None:
            headers.append((CLIENT_HEADER, self.told.encode("ascii")))
        content: bytes | AsyncIterator[bytes] = held
        if not is_whole:
            content = self._rest(held)
            declared = self.asked.headers.get(b"content-length")
            headers += [(b"content-length", declared)] if declared else []
        way = self.forward.ways.now
        request = self.client.build_request(
            self.asked.method, self._url(way), headers=headers, content=content
        )
        try:
            return await self.client.send(request, stream=True)
        except (httpx.NetworkError, httpx.ConnectTimeout, httpx.RemoteProtocolError):
            self.forward.ways.failed(way)
            raise

    def _url(self, way: str) -> httpx.URL:
        scope = self.asked.scope
        raw: bytes = scope.get("raw_path") or scope["path"].encode()
        if not raw.startswith(b"/") or raw.startswith(b"//") or not raw.isascii():
            raise not_found()
        query = self.asked.query
        target = raw + b"?" + query if query else raw
        try:
            return httpx.URL(way).copy_with(raw_path=target)
        except (httpx.InvalidURL, ValueError):
            raise not_found() from None

    async def _send_back(self, response: httpx.Response) -> None:
        dropped = _NOT_SENT_BACK | _named_by_connection(response.headers.get("connection", ""))
        headers = [(n.lower(), v) for n, v in response.headers.raw if n.lower() not in dropped]
        start = {"type": "http.response.start", "status": response.status_code, "headers": headers}
        self.is_answered = True
        await self.send(start)
        async for piece in response.aiter_raw():
            await self.send({"type": "http.response.body", "body": piece, "more_body": True})
        await self.send({"type": "http.response.body", "body": b""})


def _sent_on(asked: Asked) -> list[Header]:
    """The headers that go on, with the request's id, so that both processes tell the same."""
    named = _named_by_connection(asked.header(b"connection") or "")
    headers: Mapping[bytes, bytes] = asked.headers
    kept = [(n, v) for n, v in headers.items() if n not in _NOT_SENT_ON and n not in named]
    return [*kept, (b"x-request-id", asked.request_id.encode("ascii"))]


def _named_by_connection(value: str) -> frozenset[bytes]:
    """Headers that a `Connection` header keeps to its hop."""
    return frozenset(part.strip().lower().encode("latin-1") for part in value.split(","))
