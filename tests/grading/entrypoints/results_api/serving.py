"""A results API on a real socket, over a memory store."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from holdfast.grading.entrypoints.results_api.process import NAME, Background, run_results_api
from holdfast.grading.entrypoints.results_api.settings import ResultsSettings
from holdfast.platform.runtime.clock import SystemClock
from holdfast.platform.runtime.lifecycle import Stop
from holdfast.platform.web.serving import listen
from tests.support.people import House
from tests.support.results_site import Site, results_site

ANSWER_S = 10.0


@dataclass
class Served:
    """A running server and how to talk to it."""

    site: Site
    port: int
    stop: Stop
    running: "asyncio.Task[None]"

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
    settings: ResultsSettings | None = None, house: House | None = None
) -> AsyncIterator[Served]:
    """Serve until the block is left; everything has ended then."""
    chosen = settings or ResultsSettings()
    async with results_site(settings=chosen, house=house) as site:
        stop, started = Stop(), asyncio.Event()
        listener = listen("127.0.0.1", 0, NAME)
        port = listener.getsockname()[1]

        async def follow() -> None:
            await asyncio.Event().wait()

        running = asyncio.create_task(
            run_results_api(
                site.app,
                Background(site.store, site.hub, follow, SystemClock()),
                settings=chosen,
                listener=listener,
                stop=stop,
                drain_s=2,
                started=started.set,
            )
        )
        try:
            async with asyncio.timeout(ANSWER_S):
                await started.wait()
                yield Served(site, port, stop, running)
                stop.set()
                await running
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
