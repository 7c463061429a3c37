"""The law of the gateway: a request is answered by one member, whole or not at all.

Refuse what is ambiguous, for a foreign host, for nobody, too long or too often; take a member and a
line; send the request anew with a passage; let the answer through in pieces. A request is sent a
second time, to another member, only before a byte of an answer came, and only if the first try had
no effect or repeating it has none: nothing was sent, or it reads, or it carries an idempotency key
that its route honours. An answer that is cut off is cut off for the client, too.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.types import Receive, Scope, Send

from holdfast.platform.balancer.pool import Target
from holdfast.platform.gateway import refusals
from holdfast.platform.gateway.asked import (
    Asked,
    BodyTooLong,
    BodyTooSlow,
    ClientGone,
    asked_of,
)
from holdfast.platform.gateway.headers import ambiguity, sent_back, sent_on
from holdfast.platform.gateway.limits import Limits
from holdfast.platform.gateway.members import Members
from holdfast.platform.gateway.passage import HEADER, Passenger, Seal, subject
from holdfast.platform.gateway.principals import Principal, principal_of
from holdfast.platform.gateway.routes import Routes
from holdfast.platform.gateway.upstream import Cut, Head, Line, Lines
from holdfast.platform.runtime.logs import Log
from holdfast.platform.runtime.site import Refusal, Route
from holdfast.platform.telemetry.requests import RequestFigures
from holdfast.platform.web.connection import MAX_HEAD_BYTES
from holdfast.platform.web.whole_answers import say_whole

HELD_BYTES = 64 << 10
"""Bodies up to this are held until they are answered, so that they can be sent again."""
TRIES = 3
"""How often a request is sent at most."""
WAIT_S = 3.0
"""How long a request waits for a member when there is none: a restarted one has beaten by then."""
WAIT_POLL_S = 0.05
"""Between two looks of a request that waits."""
PIECE_S = 60.0
"""From one piece of an answer to the next: live streams say something four times as often."""
UNKNOWN = 401
"""What a member answers when it does not know what was brought."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
LIVE, READY = "/gateway/live", "/gateway/ready"
"""A gateway's own health, at every site."""
_ENDING = frozenset({refusals.AMBIGUOUS, refusals.HEAD_TOO_LONG, refusals.WRONG_HOST})
"""After these nothing more is read of a connection."""
_EVENTS = b"text/event-stream"
_log = Log("gateway")


class Refused(Exception):
    """The gateway answers itself: `kind` is one of `refusals`."""

    def __init__(self, kind: str, what: str = "", retry_after_s: int = 0) -> None:
        super().__init__(kind)
        self.kind = kind
        self.what = what
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class Done:
    """A request that was answered, for the access log. `status` 0: its client went away."""

    asked: Asked
    status: int
    member: str
    lasted_s: float


@dataclass(slots=True)
class Ways:
    """What all sites of one gateway share. `tls_ports`: public ports that speak TLS."""

    members: Members
    lines: Lines
    seal: Seal
    limits: Limits
    tls_ports: frozenset[int] = frozenset()
    who_is: Callable[[Mapping[bytes, bytes]], Principal] = principal_of
    note: Callable[[Done], None] = field(default=lambda _: None)
    figures: RequestFigures = field(default_factory=RequestFigures)
    streams: "set[Line]" = field(default_factory=set)
    is_closing: bool = False

    def close_streams(self) -> None:
        """End the live streams, which never end by themselves, and those that begin from now on."""
        self.is_closing = True
        for line in list(self.streams):
            line.finish()


class Gateway:
    """The ASGI application of one site."""

    def __init__(self, routes: Routes, says: Callable[[Refusal], bytes], ways: Ways) -> None:
        self._routes = routes
        self._says = says
        self._ways = ways

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        asked = asked_of(scope, receive)
        if asked.path in (LIVE, READY):
            await self._health(asked, send)
            return
        self._ways.figures.began()
        passing = _Passing(self._ways, asked, send, self._is_secure(scope))
        try:
            passing.route = self._admitted(asked)
            await passing.go(passing.route)
        except Refused as refused:
            if not passing.is_answered:
                await self._refuse(passing, refused)
        except BodyTooLong:
            await self._refuse(passing, Refused(refusals.TOO_LONG))
        except BodyTooSlow:
            await self._refuse(passing, Refused(refusals.TOO_SLOW))
        except ClientGone:
            pass
        finally:
            if passing.status == UNKNOWN and asked.principal:
                self._ways.limits.disown(asked.principal)
            lasted_s = time.monotonic() - asked.began
            route = self._routes.called(passing.route)
            self._ways.figures.ended(route, asked.method, passing.status, lasted_s)
            self._ways.note(Done(asked, passing.status, passing.member, lasted_s))

    def _admitted(self, asked: Asked) -> Route:
        """Where the request leads; `Refused` when it leads nowhere, or may not."""
        if asked.head_bytes > MAX_HEAD_BYTES:
            raise Refused(refusals.HEAD_TOO_LONG)
        unclear = ambiguity(asked.headers, asked.target)
        if asked.scope["http_version"] not in ("1.0", "1.1"):
            unclear = "it is of another version of HTTP"
        if unclear:
            raise Refused(refusals.AMBIGUOUS, f"The request is not clear: {unclear}.")
        host = asked.named.get(b"host")
        if host is None and asked.scope["http_version"] != "1.0":
            raise Refused(refusals.AMBIGUOUS, "The request is not clear: it names no host.")
        if not self._routes.admits(host or b""):
            raise Refused(refusals.WRONG_HOST)
        route = self._routes.find(asked.path)
        if route is None:
            raise Refused(refusals.NOWHERE)
        asked.principal = self._ways.who_is(asked.named)
        over = self._ways.limits.refusal(asked.principal, asked.host, asked.began)
        if over is not None:
            what = f"There are too many requests of this {over.whose}."
            raise Refused(refusals.TOO_OFTEN, what, over.retry_after_s)
        length = asked.named.get(b"content-length")
        if length is not None and int(length) > route.max_body_bytes:
            what = f"The body is longer than {route.max_body_bytes} bytes."
            raise Refused(refusals.TOO_LONG, what)
        return route

    def _is_secure(self, scope: Scope) -> bool:
        server = scope.get("server")
        return server is not None and server[1] in self._ways.tls_ports

    async def _health(self, asked: Asked, send: Send) -> None:
        """Whether this gateway is there; whether each of the site's services is, too."""
        missing = set(self._ways.members.missing()) & self._routes.services
        is_well = asked.path == LIVE or not missing
        body = b'{"ok": true}\n' if is_well else b'{"ok": false}\n'
        headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
        headers.append((b"content-length", b"%d" % len(body)))
        status = 200 if is_well else 503
        safe = sent_back(headers, asked.request_id, secure=False)
        await send({"type": "http.response.start", "status": status, "headers": safe})
        shown = b"" if asked.method == "HEAD" else body
        await send({"type": "http.response.body", "body": shown})

    async def _refuse(self, passing: "_Passing", refused: Refused) -> None:
        if passing.is_answered:
            return
        asked, request_id = passing.asked, passing.asked.request_id
        told = refusals.refusal(refused.kind, asked.where, request_id.decode("ascii"), refused.what)
        kind, body = refusals.answer_of(
            refused.kind, told, self._says, page=asked.wants_page, german=asked.wants_german
        )
        retry = refused.retry_after_s or (refusals.RETRY_AFTER_S if told.status == 503 else 0)
        headers = [
            (b"content-type", kind),
            (b"content-length", b"%d" % len(body)),
            (b"cache-control", b"no-store"),
        ]
        if retry:
            headers.append((b"retry-after", b"%d" % retry))
        if asked.has_body or refused.kind in _ENDING:
            headers.append((b"connection", b"close"))  # what follows on the line is not looked at
        safe = sent_back(headers, request_id, secure=passing.is_secure)
        if (b"connection", b"close") in headers:
            safe.append((b"connection", b"close"))
        passing.status = told.status
        await passing.send({"type": "http.response.start", "status": told.status, "headers": safe})
        shown = b"" if asked.method == "HEAD" else body
        await passing.send({"type": "http.response.body", "body": shown})
        if told.status >= 500:
            names = {"trace": asked.trace} if asked.trace else {}
            _log.warning(
                "refused",
                kind=refused.kind,
                where=asked.where,
                member=passing.member,
                request=request_id.decode("ascii"),
                **names,
            )


@dataclass(slots=True)
class _Passing:
    """One request on its way. `is_sent`: whether a member may know of it."""

    ways: Ways
    asked: Asked
    send: Send
    is_secure: bool
    is_answered: bool = False
    is_sent: bool = False
    is_over: bool = False
    status: int = 0
    member: str = ""
    route: Route | None = None

    async def go(self, route: Route) -> None:
        """Have it answered; `Refused` when that cannot be."""
        held, is_whole = await self._first_pieces(route)
        may_repeat = is_whole and (
            self.asked.method in SAFE or (route.keyed and b"idempotency-key" in self.asked.named)
        )
        tried: list[str] = []
        cuts, deadline = 0, time.monotonic() + WAIT_S
        while True:
            target = self.ways.members.pick(route.service, tried, self.asked.host)
            if target is None:
                if time.monotonic() >= deadline:
                    is_known = self.is_sent and self.asked.method not in SAFE
                    raise Refused(refusals.CUT if is_known else refusals.NO_MEMBER)
                tried.clear()  # whoever was tried may be back
                await asyncio.sleep(WAIT_POLL_S)
                continue
            tried.append(target.node)
            line = await self._line(target)
            if line is None:
                continue
            self.member = target.node
            try:
                await self._tried(route, target, line, held, is_whole=is_whole)
            except Cut:
                if self.is_answered:
                    return  # the server hangs up: the answer has no end
                cuts += 1
                if line.has_spoken or cuts == TRIES or (self.is_sent and not may_repeat):
                    raise Refused(refusals.CUT) from None
            else:
                return

    async def _line(self, target: Target) -> Line | None:
        """A line to a member; None when it cannot be reached."""
        try:
            line = await self.ways.lines.take(target.endpoint, time.monotonic())
        except (OSError, TimeoutError):
            self.ways.members.failed(target)
            return None
        self.ways.members.pool.succeeded(target)
        return line

    async def _first_pieces(self, route: Route) -> tuple[bytes, bool]:
        """The body, or its beginning; and whether that is all of it."""
        if not self.asked.has_body:
            return b"", True
        held = b""
        while len(held) <= HELD_BYTES:
            data, more = await self.asked.piece(route.max_body_bytes)
            held += data
            if not more:
                return held, True
        return held, False

    async def _tried(
        self, route: Route, target: Target, line: Line, held: bytes, *, is_whole: bool
    ) -> None:
        """One try at one member."""
        pool = self.ways.members.pool
        pool.opened(target)
        is_clean = False
        try:
            is_clean = await self._try(route, line, held, is_whole)
        finally:
            pool.closed(target)
            if is_clean:
                self.ways.lines.give(target.endpoint, line, time.monotonic())
            else:
                line.abort()

    async def _try(self, route: Route, line: Line, held: bytes, is_whole: bool) -> bool:
        """Send the request and let its answer through; whether all of both went through."""
        line.begin(head_only=self.asked.method == "HEAD")
        line.write(request_bytes(self.ways.seal, self.asked, held, is_whole, self.is_secure))
        self.is_sent = True
        if is_whole:
            await self._answer(await _head_of(line, route), line)
            return True
        sending = asyncio.create_task(self._send_rest(route, line))
        try:
            await self._answer(await self._early_head(route, line, sending), line)
            return sending.done()
        finally:
            await _ended(sending)

    async def _early_head(self, route: Route, line: Line, sending: "asyncio.Task[None]") -> Head:
        """The beginning of an answer, which may come before the end of the body."""
        waiting = asyncio.ensure_future(line.head())
        try:
            await asyncio.wait({waiting, sending}, return_when=asyncio.FIRST_COMPLETED)
            if not waiting.done():
                sending.result()  # too long, too slow, gone, or all is sent
            async with asyncio.timeout(route.head_s):
                return await waiting
        except TimeoutError:
            raise Refused(refusals.NO_ANSWER) from None
        finally:
            await _ended(waiting)

    async def _send_rest(self, route: Route, line: Line) -> None:
        """The pieces of a body that is not held, no faster than the member takes them."""
        is_chunked = b"content-length" not in self.asked.named
        more = True
        line.will_be_long()
        while more:
            data, more = await self.asked.piece(route.max_body_bytes)
            if data:
                line.write(_chunk(data) if is_chunked else data)
                await line.room()
        if is_chunked:
            line.write(b"0\r\n\r\n")

    async def _answer(self, head: Head, line: Line) -> None:
        """Let an answer through: a short one as a whole, others in pieces."""
        headers = sent_back(head.headers, self.asked.request_id, secure=self.is_secure)
        start = {"type": "http.response.start", "status": head.status, "headers": headers}
        if head.is_short:
            body = await line.whole(PIECE_S)
            self.is_answered, self.status = True, head.status
            if say_whole(self.asked.scope, head.status, headers, body):
                return
            await self.send(start)
            await self.send({"type": "http.response.body", "body": body})
            return
        self.is_answered, self.status = True, head.status
        await self.send(start)
        await self._stream(head, line)

    async def _stream(self, head: Head, line: Line) -> None:
        is_live = any(n == b"content-type" and v.startswith(_EVENTS) for n, v in head.headers)
        if is_live:
            self.ways.streams.add(line)
            if self.ways.is_closing:
                line.finish()
        watching = asyncio.create_task(self._watch(line)) if not self.asked.has_body else None
        try:
            while (piece := await line.piece(PIECE_S)) is not None:
                message = {"type": "http.response.body", "body": piece, "more_body": True}
                await self.send(message)
            self.is_over = True
            await self.send({"type": "http.response.body", "body": b""})
        finally:
            self.ways.streams.discard(line)
            if watching is not None:
                await _ended(watching)

    async def _watch(self, line: Line) -> None:
        """End the line when the client goes away: nobody waits for the rest."""
        while (await self.asked.receive())["type"] != "http.disconnect":
            pass
        if not self.is_over:
            line.abort()


def request_bytes(seal: Seal, asked: Asked, held: bytes, is_whole: bool, is_secure: bool) -> bytes:
    """A request as it is written for a member, with what is held of its body, framed anew."""
    client = asked.scope.get("client")
    who = Passenger(
        asked.host or "0.0.0.0",  # noqa: S104  nobody's address
        client[1] if client else 0,
        "https" if is_secure else "http",
        asked.trace,
    )
    about = subject(asked.request_id, asked.method, asked.raw_path, asked.query)
    more = [
        (b"x-request-id", asked.request_id),
        (HEADER, seal.stamp(who, about, time.time())),
    ]
    length = asked.named.get(b"content-length")
    if is_whole:
        if held or asked.has_body or length is not None:
            more.append((b"content-length", b"%d" % len(held)))
    else:
        more.append((b"content-length", length) if length else (b"transfer-encoding", b"chunked"))
    lines = [asked.method.encode("ascii"), b" ", asked.target, b" HTTP/1.1\r\n"]
    for name, value in sent_on(asked.headers, more):
        lines += (name, b": ", value, b"\r\n")
    lines += (b"\r\n", held if is_whole or length else _chunk(held))
    return b"".join(lines)


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


async def _head_of(line: Line, route: Route) -> Head:
    """The beginning of an answer, within its route's time."""
    try:
        return await line.head(route.head_s)
    except TimeoutError:
        raise Refused(refusals.NO_ANSWER) from None


async def _ended(task: "asyncio.Future[Any]") -> None:
    """Cancel a task and wait for its end; what it raised was told, or does not matter."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
