"""A small application on a real socket: says who asks, takes a body, and streams without end."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from holdfast.platform.runtime.lifecycle import Stop
from holdfast.platform.web.connection import Places
from holdfast.platform.web.serving import Serving, UnderWay, listen, places_here, serve

ANSWER_S = 10.0


@dataclass
class Streams:
    """The open streams of a site: `say` sends to all of them, `end` ends them."""

    queues: set["asyncio.Queue[bytes]"] = field(default_factory=set)

    def say(self, data: bytes) -> None:
        for queue in self.queues:
            queue.put_nowait(data)

    def end(self) -> None:
        self.say(b"")

    async def open(self, _: Request) -> Response:
        async def parts() -> AsyncIterator[bytes]:
            queue: asyncio.Queue[bytes] = asyncio.Queue()
            self.queues.add(queue)
            try:
                yield b": live"
                while data := await queue.get():
                    yield data
            finally:
                self.queues.discard(queue)

        return StreamingResponse(parts())


async def _ok(_: Request) -> Response:
    return JSONResponse({"ok": True})


async def _echo(request: Request) -> Response:
    assert request.client
    return JSONResponse({"address": request.client.host, "bytes": len(await request.body())})


@dataclass
class Served:
    """A running server and how to talk to it."""

    port: int
    stop: Stop
    streams: Streams
    running: "asyncio.Task[None]"
    under_way: UnderWay
    closes: asyncio.Event

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A raw connection."""
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def say(self, *parts: bytes) -> bytes:
        """Send parts, each on its own, and read until the server closes."""
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


@asynccontextmanager
async def served(
    *,
    connections: int = 100,
    places: Places | None = None,
    beside: Sequence[Callable[[], Awaitable[None]]] = (),
) -> AsyncIterator[Served]:
    """Serve until the block is left; everything has ended then."""
    streams, stop, started, closes = Streams(), Stop(), asyncio.Event(), asyncio.Event()

    def closing() -> None:
        streams.end()
        closes.set()

    app = Starlette(
        routes=[
            Route("/health/live", _ok),
            Route("/echo", _echo, methods=["POST"]),
            Route("/live", streams.open),
        ]
    )
    listener = listen("127.0.0.1", 0, "The test's server")
    how = Serving(
        what="The test's server",
        connections=connections,
        drain_s=2,
        beside=beside,
        started=started.set,
        closing=closing,
        places=places or places_here(),
    )
    port = listener.getsockname()[1]
    running = asyncio.create_task(serve(app, listener, stop, how))
    try:
        async with asyncio.timeout(ANSWER_S):
            await started.wait()
            yield Served(port, stop, streams, running, how.under_way, closes)
            stop.set()
            await running
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
