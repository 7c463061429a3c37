"""The law of what stands behind: nothing is answered that did not come through a gateway.

Excepted are health, which balancers and people ask each process itself, and the addresses that have
a credential of their own (`/internal/`). The client that the passage names takes the place of the
gateway: its address for claims and logs, its scheme for cookies, the name of its connection.
"""

import time
from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send

from holdfast.platform.gateway.passage import HEADER, Seal, subject
from holdfast.platform.gateway.settings import GatewaySettings
from holdfast.platform.runtime.config import Effective
from holdfast.platform.runtime.logs import Log
from holdfast.platform.runtime.secrets import ensure_key
from holdfast.platform.runtime.settings import FleetSettings
from holdfast.platform.web.connection import TRACE_KEY

EXEMPT = ("/health/", "/internal/")
_REFUSED = (
    b'{"error": {"what": "this process answers through the gateway only", "where": "", '
    b'"fix": "use the public address"}}\n'
)
_log = Log("behind")


class Behind:
    """ASGI middleware of a process behind the gateway. `now`: seconds since 1970."""

    def __init__(self, app: ASGIApp, seal: Seal, now: Callable[[], float] = time.time) -> None:
        self._app = app
        self._seal = seal
        self._now = now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through that has its passage."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]
        headers = dict(scope["headers"])
        value = headers.get(HEADER)
        if value is None and path.startswith(EXEMPT):
            await self._app(scope, receive, send)
            return
        asked = subject(
            headers.get(b"x-request-id", b""),
            scope["method"],
            scope.get("raw_path") or path.encode(),
            scope["query_string"],
        )
        who = self._seal.read(value, asked, self._now()) if value is not None else None
        if who is None:
            _log.warning("no_passage", path=path[:200], client=scope.get("client"))
            await _refuse(send)
            return
        scope["client"] = (who.host, who.port)
        scope["scheme"] = who.scheme
        if who.trace:
            scope.setdefault("state", {})[TRACE_KEY] = who.trace
        await self._app(scope, receive, send)


def behind_gateway(app: ASGIApp, effective: Effective) -> ASGIApp:
    """The application as a process of this fleet serves it: behind the gateway, if there is one."""
    settings = effective.section(GatewaySettings)
    if not settings.copies:
        return app
    return Behind(app, seal_of(settings, effective.section(FleetSettings)))


def seal_of(settings: GatewaySettings, fleet: FleetSettings) -> Seal:
    """The seal of this fleet; its key file (a secret a line) is made if there is none."""
    return Seal(ensure_key(settings.key_path(fleet)).split())


async def _refuse(send: Send) -> None:
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(_REFUSED)),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": _REFUSED})
