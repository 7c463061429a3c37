"""A gateway in process, on a real socket, before members that are real servers of this process."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from holdfast.platform.balancer.networks import Networks
from holdfast.platform.balancer.proxy_protocol import Tlv, encode
from holdfast.platform.balancer.rates import RateLimit
from holdfast.platform.gateway.behind import Behind
from holdfast.platform.gateway.limits import Limits
from holdfast.platform.gateway.members import Members, hear
from holdfast.platform.gateway.passage import Seal
from holdfast.platform.gateway.proxy import Done, Gateway, Ways
from holdfast.platform.gateway.refusals import plain_json
from holdfast.platform.gateway.routes import Routes
from holdfast.platform.gateway.upstream import Lines
from holdfast.platform.membership.detector import Member, Present
from holdfast.platform.membership.wire import Keyring, Load
from holdfast.platform.runtime.lifecycle import Stop
from holdfast.platform.runtime.site import Route, Site
from holdfast.platform.web.connection import TRACE_KEY
from holdfast.platform.web.serving import Serving, listen, serve

SECRET = b"a secret that only tests know"
THINGS = "things-http"
CLIENT = ("203.0.113.9", 4711)
ANSWER_S = 10.0
NO_LIMIT = RateLimit()
ROUTES = (
    Route("/keyed", THINGS, max_body_bytes=1 << 20, keyed=True),
    Route("/large", THINGS, max_body_bytes=8 << 20),
    Route("/quick", THINGS, head_s=0.2),
    Route("/nobody", "nobody-http"),
    Route("/", THINGS, max_body_bytes=200_000),
)


@dataclass
class Front:
    """The gateway's socket, what it stands on, and what it noted."""

    port: int
    ways: Ways
    noted: list[Done] = field(default_factory=list)

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A raw connection."""
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def say(self, *parts: bytes) -> bytes:
        """Send parts, and read until the gateway closes."""
        reader, writer = await self.connect()
        try:
            for part in parts:
                writer.write(part)
                await writer.drain()
            async with asyncio.timeout(ANSWER_S):
                return await reader.read()
        except ConnectionResetError:
            return b""
        finally:
            writer.close()

    async def get(self, path: str, *headers: str, method: str = "GET") -> "Answer":
        """The answer to one request without a body."""
        lines = [f"{method} {path} HTTP/1.1", "Host: front.test", "Connection: close", *headers]
        return Answer.of(await self.say(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")))

    def enter(
        self,
        name: str,
        port: int,
        service: str = THINGS,
        incarnation: int = 1,
        *,
        draining: bool = False,
    ) -> None:
        """A member beats."""
        member = Member(
            node=name,
            incarnation=incarnation,
            services={service: ("127.0.0.1", port)},
            draining=draining,
            suspect=False,
            load=Load(),
        )
        self.ways.members.take(Present(member, None), asyncio.get_running_loop().time())


@dataclass(frozen=True)
class Answer:
    """A raw answer, taken apart."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @classmethod
    def of(cls, raw: bytes) -> "Answer":
        head, _, body = raw.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        fields = dict(line.lower().split(": ", 1) for line in lines if ": " in line)
        return cls(int(first.split()[1]), fields, body)


class Echo:
    """A member that tells what it was asked, and does as it is told by the path."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.asked: list[dict[str, Any]] = []
        self.holds = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body, more = b"", True
        while more and not scope["path"].endswith("/early"):
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        headers = {k.decode(): v.decode("latin-1") for k, v in scope["headers"]}
        told = {**headers, "client": scope["client"], "scheme": scope["scheme"]}
        told["trace"] = scope.get("state", {}).get(TRACE_KEY, "")
        path = scope["raw_path"].decode()
        self.asked.append({**told, "path": path, "body": body, "method": scope["method"]})
        if path.endswith("/hangs"):
            await self.holds.wait()
        if path.endswith("/events"):
            await self._events(send)
            return
        if path.endswith("/stops"):
            start = [(b"content-type", b"text/plain")]
            await send({"type": "http.response.start", "status": 200, "headers": start})
            await send({"type": "http.response.body", "body": b"half", "more_body": True})
            raise ConnectionError("the member stops")
        size = 3_000_000 if path.endswith("/much") else len(body)
        answer = f"{self.name} {size} {path}".encode().ljust(size if size > 1000 else 0, b".")
        sent = [
            (b"content-type", b"text/plain"),
            (b"content-length", b"%d" % len(answer)),
            (b"x-of", b"member"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": sent})
        shown = b"" if scope["method"] == "HEAD" else answer
        await send({"type": "http.response.body", "body": shown})

    async def _events(self, send: Send) -> None:
        kind = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": kind})
        await send({"type": "http.response.body", "body": b"data: 1\n\n", "more_body": True})
        await self.holds.wait()
        await send({"type": "http.response.body", "body": b"data: 2\n\n"})


@asynccontextmanager
async def serving(app: ASGIApp, **how: Any) -> AsyncIterator[int]:
    """The port of an application on a socket."""
    listener = listen("127.0.0.1", 0, "a member")
    stop, started = Stop(), asyncio.Event()
    serving = Serving(what="a member", connections=50, drain_s=0.5, started=started.set, **how)
    task = asyncio.create_task(serve(app, listener, stop, serving))
    try:
        await started.wait()
        yield listener.getsockname()[1]
    finally:
        stop.set()
        await task


@asynccontextmanager
async def front(
    *members: ASGIApp,
    hosts: tuple[str, ...] = (),
    principal: RateLimit = NO_LIMIT,
    address: RateLimit = NO_LIMIT,
    strangers: RateLimit = NO_LIMIT,
    tls_ports: frozenset[int] = frozenset(),
) -> AsyncIterator[Front]:
    """A gateway before these members; all has ended when the block is left."""
    async with AsyncExitStack() as stack:
        ear = stack.enter_context(hear("127.0.0.1", 0))
        lines = Lines()
        ways = Ways(
            members=Members({THINGS, "nobody-http"}, ear, Keyring.of([b"k" * 32]), lines.let_go),
            lines=lines,
            seal=Seal([SECRET]),
            limits=Limits(principal, address, strangers=strangers),
            tls_ports=tls_ports,
        )
        gateway = Gateway(Routes(Site("front", ROUTES, plain_json), hosts), plain_json, ways)
        how = {"closing": ways.close_streams, "believed": Networks(["127.0.0.1"])}
        made = Front(0, ways)
        ways.note = made.noted.append
        for number, member in enumerate(members):
            port = await stack.enter_async_context(serving(Behind(member, ways.seal)))
            made.enter(f"m{number}", port)
        stack.callback(lines.close)  # before the members end: they would wait for it
        made.port = await stack.enter_async_context(serving(gateway, **how))
        yield made


def proxied(request: bytes, port: int = 8000, *tlvs: Tlv) -> bytes:
    """A request with what a balancer says of its client before it."""
    return encode("tcp", CLIENT, ("192.0.2.1", port), tlvs) + request
