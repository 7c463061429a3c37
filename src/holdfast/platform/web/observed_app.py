"""The law of an observed application: each request gets an id, is counted, timed and logged.

It wraps an ASGI application and changes nothing of its answers but `X-Request-Id`. While the
process drains it answers `/health/ready` itself: no, to browsers as a page. A line of the log tells
method and route, never the address, its query or a header: those may hold tokens, and ids that are
secrets.
"""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from typing import Literal

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from holdfast.platform.runtime import logs
from holdfast.platform.runtime.logs import Log
from holdfast.platform.telemetry.readiness import Readiness
from holdfast.platform.telemetry.requests import NO_ROUTE, RequestFigures
from holdfast.platform.telemetry.routes import READY
from holdfast.platform.telemetry.unready import RETRY_AFTER_S, not_ready
from holdfast.platform.web.connection import TRACE_KEY
from holdfast.platform.web.request_ids import HEADER, request_id_of, with_request_id

SLOW_S = 1.0
"""A request that took so long is logged with the failed ones."""
ROUTE_KEY = "route"
"""In `scope["state"]`: the template of the address, set by whoever chose the handler."""
_NOT_READY = b'{"ok":false}\n'

Wanted = Literal["none", "errors", "all"]
_log = Log("http")
_numbers = count(1)


def fresh_id() -> str:
    """A request id: of this process, in order."""
    return f"{_process()}{next(_numbers):08x}"


@cache
def _process() -> str:
    """Made when it is first needed: processes that are forked from one have each their own."""
    return secrets.token_hex(8)


def named_route(scope: Scope) -> str:
    """The route that the application has named; empty when none took the request."""
    route = scope.get("state", {}).get(ROUTE_KEY, "")
    return route if isinstance(route, str) else ""


@dataclass(frozen=True, slots=True)
class ObservedApp:
    """The application `app`, observed. `wanted`: which requests are logged."""

    app: ASGIApp
    readiness: Readiness
    figures: RequestFigures = field(default_factory=RequestFigures)
    wanted: Wanted = "errors"
    route_of: Callable[[Scope], str] = named_route

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = request_id_of(scope["headers"], fresh_id)
        scope["headers"] = with_request_id(scope["headers"], request_id)
        trace = scope.setdefault("state", {}).get(TRACE_KEY, "")
        names = {"request": request_id, "trace": trace} if trace else {"request": request_id}
        watched = _Watched(send, request_id)
        began = time.perf_counter()
        self.figures.began()
        with logs.bound(**names):
            try:
                if self.readiness.draining and scope["path"] == READY:
                    await _say_no(scope, watched)
                else:
                    await self.app(scope, receive, watched)
            finally:
                took_s = time.perf_counter() - began
                route = self.route_of(scope)
                self.figures.ended(route, scope["method"], watched.status, took_s)
                self._note(scope["method"], route, watched.status, took_s)

    def _note(self, method: str, route: str, status: int, took_s: float) -> None:
        if self.wanted == "none":
            return
        bad = status >= 500 or status == 0
        if not (bad or self.wanted == "all" or took_s >= SLOW_S):
            return
        write = _log.warning if bad else _log.info
        took_ms = round(took_s * 1000, 2)
        write(
            "request",
            method=method[:16],
            route=route or NO_ROUTE,
            status=status,
            took_ms=took_ms,
        )


@dataclass(slots=True)
class _Watched:
    """Sends on, and sees what status it is. `status` 0: nothing was sent."""

    send: Send
    request_id: str
    status: int = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = message.get("headers", ())
            if all(name != HEADER for name, _ in headers):
                message = {
                    **message,
                    "headers": [*headers, (HEADER, self.request_id.encode("ascii"))],
                }
        await self.send(message)


async def _say_no(scope: Scope, send: Send) -> None:
    asked = Headers(scope=scope)
    said = not_ready(_NOT_READY, asked.get("accept", ""), asked.get("accept-language", ""))
    headers = [
        (b"content-type", said.content_type.encode("ascii")),
        (b"content-length", b"%d" % len(said.body)),
        (b"cache-control", b"no-store"),
        (b"content-security-policy", b"default-src 'none'"),
        (b"retry-after", b"%d" % RETRY_AFTER_S),
        (b"vary", b"accept, accept-language"),
        (b"x-content-type-options", b"nosniff"),
    ]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": said.body})
