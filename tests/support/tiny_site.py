"""A little HTTP server for load tests: it counts, can stand still, and knows ETags."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class TinySite:
    """Answers everything with 200 `ok`; `/missing` with 404, `/close` with nothing."""

    port: int = 0
    paths: list[str] = field(default_factory=list)
    connections: int = 0
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    visits: dict[asyncio.Task[None], asyncio.StreamWriter] = field(default_factory=dict)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        visit = asyncio.current_task()
        assert visit is not None
        self.visits[visit] = writer
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                path = head.split(b" ")[1].decode()
                self.paths.append(path)
                await self.gate.wait()
                if path == "/close":
                    break
                writer.write(self._answer(path, head))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
            del self.visits[visit]

    def _answer(self, path: str, head: bytes) -> bytes:
        if b"if-none-match" in head.lower():
            return b"HTTP/1.1 304 Not Modified\r\netag: x1\r\n\r\n"
        status = b"404 Not Found" if path == "/missing" else b"200 OK"
        return b"HTTP/1.1 " + status + b"\r\netag: x1\r\ncontent-length: 2\r\n\r\nok"


@asynccontextmanager
async def tiny_site() -> AsyncIterator[TinySite]:
    """The server, its gate open."""
    site = TinySite()
    site.gate.set()
    server = await asyncio.start_server(site.serve, "127.0.0.1", 0)
    site.port = server.sockets[0].getsockname()[1]
    try:
        yield site
    finally:
        site.gate.set()
        server.close()
        for writer in site.visits.values():
            writer.close()
        await asyncio.gather(*site.visits)
