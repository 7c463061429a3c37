"""Live changes as server-sent events: `change` with an attempt, `missed` to read everything again,
`spoke` when the conversation of the one attempt that was asked for goes on.

Complete without it: a page that never hears of a change shows it at the next visit. Streams are
bounded in number, each has a bounded queue, and a comment every few seconds keeps relays awake and
finds readers that have gone.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from typing import assert_never

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from holdfast.grading.domain.roster import MAX_SHOWN, UserId
from holdfast.grading.entrypoints.results_api.endpoints import UID, Endpoint, Parameter
from holdfast.grading.entrypoints.results_api.problems import Problem
from holdfast.grading.entrypoints.results_api.requests import attempt_in_query, whole_number
from holdfast.grading.entrypoints.results_api.shapes import ChangeShape
from holdfast.grading.service.ports import Change, Spoke
from holdfast.grading.service.watch_changes import ChangeHub, Missed, News, Watcher

RETRY_MS = 2000
"""A browser that lost its stream comes back after so long."""
RETRY_AFTER_S = 30
"""When there are too many streams, come back after so long."""
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Live:
    """The handler of the event stream. `heartbeat_s`: how often a silent stream says something;
    `shown_uid`: the number that a student is shown as."""

    hub: ChangeHub
    heartbeat_s: float
    shown_uid: Callable[[int], int] = lambda uid: uid

    async def stream(self, request: Request) -> Response:
        """Open a stream of all changes, or of one student's; with an attempt's conversation."""
        uid = whole_number(request, "uid", None, MAX_SHOWN)
        watcher = self.hub.watch(attempt_in_query(request, "attempt"))
        if watcher is None:
            problem = Problem(503, "too many pages are open with live updates", "reload later")
            problem.headers = {"retry-after": str(RETRY_AFTER_S)}
            raise problem
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        return StreamingResponse(
            self._events(watcher, uid), headers=headers, media_type="text/event-stream"
        )

    async def _events(self, watcher: Watcher, uid: int | None) -> AsyncIterator[bytes]:
        try:
            yield f"retry: {RETRY_MS}\n: live\n\n".encode()
            while (piece := await self._next(watcher, uid)) is not None:
                if piece:
                    yield piece
        finally:
            self.hub.leave(watcher)

    async def _next(self, watcher: Watcher, uid: int | None) -> bytes | None:
        """What to send next: an event, a sign of life, nothing; None when it is over."""
        try:
            async with asyncio.timeout(self.heartbeat_s):
                news = await watcher.next()
        except TimeoutError:
            return b": still here\n\n"
        if news is None:
            return None
        if isinstance(news, Missed):
            return event_of(news)
        shown = replace(news, uid=UserId(self.shown_uid(news.uid)))
        return event_of(shown) if uid in (None, shown.uid) else b""

    def endpoints(self) -> list[Endpoint]:
        """Its declaration."""
        of_user = Parameter("uid", "query", UID.schema, "Only of this student.")
        id_of_one = {"type": "string", "pattern": "^[0-9a-f]{32}$"}
        of_attempt = Parameter(
            "attempt", "query", id_of_one, "Tell also when its conversation goes on (`spoke`)."
        )
        return [
            Endpoint(
                "GET",
                "/api/grading/live",
                "Changes as server-sent events: `change` (data: ChangeShape), `missed`, `spoke`",
                self.stream,
                ChangeShape,
                (400,),
                (of_user, of_attempt),
                media_type="text/event-stream",
            )
        ]


def event_of(news: News) -> bytes:
    """News as one server-sent event."""
    match news:
        case Change():
            shape = ChangeShape(news.attempt, news.uid, news.test, news.verdict)
            return b"event: change\ndata: " + _encode(shape) + b"\n\n"
        case Spoke():
            return b"event: spoke\ndata: " + _encode({"attempt": news.attempt}) + b"\n\n"
        case Missed():
            return b"event: missed\ndata: {}\n\n"
        case _:
            assert_never(news)
