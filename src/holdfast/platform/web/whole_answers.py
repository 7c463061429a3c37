"""The law of whole answers: one whose head and body are both there goes out in one write.

An ASGI application says them in two messages, and uvicorn writes each: twice the calls of the
kernel, and twice the packets. Who has all of an answer may say it here instead, when the connection
can take it at once; else nothing is done, and the usual way is taken.
"""

from collections.abc import Sequence

from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import (
    HEADER_VALUE_RE,
    STATUS_LINE,
    RequestResponseCycle,
)

CYCLE_KEY = "cycle"
"""In `scope["state"]`: uvicorn's record of the request and its answer."""


def say_whole(
    scope: Scope, status: int, headers: Sequence[tuple[bytes, bytes]], body: bytes
) -> bool:
    """Answer the request of this scope; False when nothing was said. The headers, names in lower
    case and out of a parser, declare the length of the body, or there is none to declare."""
    cycle = scope.get("state", {}).get(CYCLE_KEY)
    if not isinstance(cycle, RequestResponseCycle):
        return False
    if cycle.flow.write_paused or cycle.disconnected or cycle.response_started:
        return False
    if HEADER_VALUE_RE.search(b"".join([value for _, value in headers])):
        return False
    said = [STATUS_LINE[status]]
    for name, value in (*cycle.default_headers, *headers):
        said += (name, b": ", value, b"\r\n")
    said += (b"\r\n" if cycle.keep_alive else b"connection: close\r\n\r\n", body)
    cycle.response_started = True
    cycle.waiting_for_100_continue = False
    cycle.transport.write(b"".join(said))
    cycle.response_complete = True
    cycle.message_event.set()
    if not cycle.keep_alive:
        cycle.transport.close()
    cycle.on_response()
    return True
