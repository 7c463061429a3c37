"""The law of a request at the gateway: what every step needs of it, read once.

A body is taken from the client in pieces, bounded in size, and no slower than `SLOWEST_BYTES_PER_S`
after a first while: whoever drips bytes keeps a place for a minute at most.
"""

import asyncio
import time
from dataclasses import dataclass, field

from starlette.types import Receive, Scope

from holdfast.platform.gateway.headers import Header
from holdfast.platform.gateway.principals import NOBODY, Principal
from holdfast.platform.web.connection import TRACE_KEY
from holdfast.platform.web.observed_app import fresh_id
from holdfast.platform.web.request_ids import request_id_of

PIECE_S = 20.0
"""From one piece of a body to the next."""
BODY_S = 30.0
"""A body has so long, and more the more of it came."""
SLOWEST_BYTES_PER_S = 8 << 10
"""A body that is large may take longer, but not longer than at this rate."""


class BodyTooLong(Exception):
    """The body is longer than its route allows."""


class BodyTooSlow(Exception):
    """The body does not come."""


class ClientGone(Exception):
    """The client went away."""


@dataclass(slots=True)
class Asked:
    """A request. `began` is monotonic; `body_bytes` counts what was taken of the body."""

    scope: Scope
    receive: Receive
    method: str
    path: str
    raw_path: bytes
    query: bytes
    headers: list[Header]
    named: dict[bytes, bytes]
    request_id: bytes
    began: float = field(default_factory=time.monotonic)
    body_bytes: int = 0
    host: str = ""
    """The client's address."""
    trace: str = ""
    """What the balancer calls the client's connection; empty when it has no name."""
    principal: Principal = NOBODY

    @property
    def target(self) -> bytes:
        """Path and query as they go on."""
        return self.raw_path + b"?" + self.query if self.query else self.raw_path

    @property
    def where(self) -> str:
        """How the request is called in answers and logs: never with its query."""
        return f"{self.method} {self.path[:200]}"

    @property
    def head_bytes(self) -> int:
        """How long the address and all headers are together."""
        headers = sum([len(name) + len(value) + 4 for name, value in self.headers])
        return headers + len(self.raw_path) + len(self.query)

    @property
    def has_body(self) -> bool:
        """Whether a body is declared."""
        length = self.named.get(b"content-length", b"0")
        return length.strip(b"0") != b"" or b"transfer-encoding" in self.named

    @property
    def wants_page(self) -> bool:
        """Whether a browser asks for a page."""
        return b"text/html" in self.named.get(b"accept", b"")

    @property
    def wants_german(self) -> bool:
        """Whether German comes first among the languages that are accepted."""
        return self.named.get(b"accept-language", b"").lower().startswith(b"de")

    async def piece(self, most: int) -> tuple[bytes, bool]:
        """The next of the body, and whether more follows."""
        left = BODY_S + self.body_bytes / SLOWEST_BYTES_PER_S - (time.monotonic() - self.began)
        try:
            async with asyncio.timeout(max(0.0, min(PIECE_S, left))):
                message = await self.receive()
        except TimeoutError:
            raise BodyTooSlow from None
        if message["type"] == "http.disconnect":
            raise ClientGone
        data: bytes = message.get("body", b"")
        self.body_bytes += len(data)
        if self.body_bytes > most:
            raise BodyTooLong
        return data, bool(message.get("more_body", False))


def asked_of(scope: Scope, receive: Receive) -> Asked:
    """The request of an ASGI scope, with the id that it brought or a new one."""
    headers: list[Header] = list(scope["headers"])
    named = dict(headers)
    client = scope.get("client")
    return Asked(
        scope=scope,
        receive=receive,
        method=scope["method"],
        path=scope["path"],
        raw_path=scope["raw_path"],
        query=scope["query_string"],
        headers=headers,
        named=named,
        request_id=request_id_of(headers, fresh_id).encode("ascii"),
        host=str(client[0]).partition("%")[0] if client else "",
        trace=scope.get("state", {}).get(TRACE_KEY, ""),
    )
