"""One address on this machine for a service that has several: the first that answers is taken.

It plays the part of clients that know all addresses of a pair of balancers. The one that answered
last is tried first, and a dead one costs a client at most `CONNECT_S`.
"""

import asyncio
import contextlib
import threading
from collections.abc import Iterator, Sequence

from holdfast.platform.runtime.alternatives import Alternatives

CONNECT_S = 1.0
PIECE_BYTES = 65_536


@contextlib.contextmanager
def entrance(places: Sequence[str], ports: Sequence[int], offset: int) -> Iterator[None]:
    """Listen at 127.0.0.1 on every port plus `offset`, and lead to the same port of a place."""
    loop = asyncio.new_event_loop()
    ways = Alternatives(*places)
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def opened() -> list[asyncio.Server]:
        def handler(port: int) -> object:
            return lambda reader, writer: _lead(ways, port, reader, writer)

        return [
            await asyncio.start_server(handler(port), "127.0.0.1", port + offset)  # type: ignore[arg-type]
            for port in ports
        ]

    async def closed(servers: list[asyncio.Server]) -> None:
        for server in servers:
            server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    try:
        servers = asyncio.run_coroutine_threadsafe(opened(), loop).result(10)
        try:
            yield
        finally:
            asyncio.run_coroutine_threadsafe(closed(servers), loop).result(10)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _lead(
    ways: Alternatives, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    writers = [writer]
    try:
        found = await _connected(ways, port)
        if found is not None:
            there, to = found
            writers.append(to)
            await asyncio.gather(_pass(reader, to), _pass(there, writer))
    except (OSError, asyncio.CancelledError):
        pass
    finally:
        for one in writers:
            one.close()


async def _connected(
    ways: Alternatives, port: int
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
    for _ in range(2):
        place = ways.now
        try:
            async with asyncio.timeout(CONNECT_S):
                return await asyncio.open_connection(place, port)
        except (OSError, TimeoutError):
            ways.failed(place)
    return None


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while piece := await reader.read(PIECE_BYTES):
            writer.write(piece)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
    except OSError:
        writer.close()
