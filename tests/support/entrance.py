"""One address on this machine for a service that has several: the first that answers is taken.

It plays the part of clients that know all addresses of a pair of balancers. The one that answered
last is tried first, and a dead one costs a client at most `CONNECT_S`.
"""

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence

from holdfast.platform.runtime.alternatives import Alternatives

CONNECT_S = 1.0
PIECE_BYTES = 65_536
TURNS = 10
"""Of the loop: what asyncio itself has begun is done after fewer."""
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@contextlib.contextmanager
def entrance(places: Sequence[str], ports: Sequence[int], offset: int) -> Iterator[None]:
    """Listen at 127.0.0.1 on every port plus `offset`, and lead to the same port of a place."""
    loop = asyncio.new_event_loop()
    ways = Alternatives(*places)
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    # A half-closed connection is held by nobody: the loop knows it and its task weakly only.
    held: set[asyncio.Task[None] | None] = set()

    async def opened() -> list[asyncio.Server]:
        def handler(port: int) -> Handler:
            async def lead(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                task = asyncio.current_task()
                held.add(task)
                try:
                    await _lead(ways, port, reader, writer)
                finally:
                    held.discard(task)

            return lead

        return [
            await asyncio.start_server(handler(port), "127.0.0.1", port + offset) for port in ports
        ]

    async def closed(servers: list[asyncio.Server]) -> None:
        for server in servers:
            server.close()
        await _settled()  # who was accepted just now is led first
        tasks = [task for task in held if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await _settled()  # transports that were closed say so to their protocols

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


async def _settled() -> None:
    for _ in range(TURNS):
        await asyncio.sleep(0)


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
