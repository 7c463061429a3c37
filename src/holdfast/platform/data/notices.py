"""The law of notifications: hints, never facts. Something changed; read it from the tables.

A `Missed` comes after every (re)connection and after an overflow: whoever listens then reads
everything anew, for notifications may have been lost. The queue is bounded, the connection is
probed, lost connections are opened again with back-off. It works on the leader only.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

PROBE_S = 5.0
"""A silent connection is asked whether it is alive so often: a cut-off server says nothing."""
RETRY_FIRST_S = 0.1
RETRY_MOST_S = 5.0
"""Back-off of reconnection: quick for a restart of the server, gentle for an outage."""
CLOSE_S = 2.0
"""Closing the connection may take so long; then it is dropped."""
MAX_PAYLOAD = 8000
"""PostgreSQL's own limit of a payload in bytes."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One notification."""

    channel: str
    payload: str


@dataclass(frozen=True, slots=True)
class Missed:
    """Notifications may have been missed: read everything anew. `why` is for the log."""

    why: str


class ListenConnection(Protocol):
    """The few methods of a driver's connection that listening needs."""

    async def add_listener(self, channel: str, callback: Callable[..., Any]) -> None: ...
    async def execute(self, query: str, *, timeout: float | None = None) -> str: ...
    async def close(self, *, timeout: float | None = None) -> None: ...
    def terminate(self) -> None: ...
    def is_closed(self) -> bool: ...
    def add_termination_listener(self, callback: Callable[..., Any]) -> None: ...


class Notices:
    """`async with database.listen("attempts") as notices:` then `async for event in notices:`."""

    def __init__(
        self,
        connect: Callable[[], Awaitable[ListenConnection]],
        channels: Sequence[str],
        *,
        capacity: int = 1000,
        probe_s: float = PROBE_S,
    ) -> None:
        """`connect` opens a connection with its own timeout; `capacity` bounds the queue."""
        self._connect = connect
        self._channels = tuple(channels)
        self._capacity = capacity
        self._probe_s = probe_s
        self._queue: deque[Notice | Missed] = deque()
        self._filled = asyncio.Event()
        self._lost = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Notices":
        self._task = asyncio.create_task(self._stay_connected(), name="database-notices")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def __aiter__(self) -> "Notices":
        return self

    async def __anext__(self) -> Notice | Missed:
        return await self.next()

    async def next(self) -> Notice | Missed:
        """The next event; waits for ever, so put it under the caller's own limit."""
        while not self._queue:
            self._filled.clear()
            await self._filled.wait()
        return self._queue.popleft()

    def _put(self, event: Notice | Missed) -> None:
        if len(self._queue) >= self._capacity:
            self._queue.clear()
            event = Missed(f"more than {self._capacity} notifications waited")
        self._queue.append(event)
        self._filled.set()

    def _heard(self, _connection: object, _pid: int, channel: str, payload: str) -> None:
        self._put(Notice(channel, payload))

    async def _stay_connected(self) -> None:
        wait_s = RETRY_FIRST_S
        while True:
            try:
                connection = await self._connect()
            except Exception:
                await asyncio.sleep(wait_s)
                wait_s = min(wait_s * 2, RETRY_MOST_S)
                continue
            try:
                await self._listen(connection)
                wait_s = RETRY_FIRST_S
                await self._stay_alive(connection)
            except Exception:
                await asyncio.sleep(wait_s)
            finally:
                await _close(connection)

    async def _listen(self, connection: ListenConnection) -> None:
        self._lost.clear()
        connection.add_termination_listener(lambda *_: self._lost.set())
        for channel in self._channels:
            await connection.add_listener(channel, self._heard)
        self._put(Missed("connected"))

    async def _stay_alive(self, connection: ListenConnection) -> None:
        while not connection.is_closed():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._probe_s):
                    await self._lost.wait()
                return
            await connection.execute("SELECT 1", timeout=self._probe_s)


async def _close(connection: ListenConnection) -> None:
    try:
        await connection.close(timeout=CLOSE_S)
    except Exception:
        connection.terminate()
    except asyncio.CancelledError:
        connection.terminate()
        raise
