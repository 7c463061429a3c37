"""The law of the pool: few connections, many callers, every wait and every queue with an end.

A free connection costs its caller no task, no timer and no round trip (sessions carry no state, so
nothing is reset). The one given back last goes out first; who waits is served in order. It knows
nothing of SQL or the driver, only connections that open, close and say whether they are closed.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from holdfast.platform.data.failures import Busy, Unavailable

IDLE_S = 300.0
"""A connection that was not needed for so long is closed when the next one comes back."""
CLOSE_S = 2.0
"""A connection may take so long to say goodbye; then it is dropped."""


class Connection(Protocol):
    """What the pool needs of a driver's connection."""

    def is_closed(self) -> bool: ...
    def terminate(self) -> None: ...
    async def close(self, *, timeout: float | None = None) -> None: ...


C = TypeVar("C", bound=Connection)


@dataclass(frozen=True, slots=True)
class PoolState:
    """A pool at one moment, and how many callers it has turned away since it began."""

    size: int
    lent: int
    idle: int
    opening: int
    waiting: int
    turned_away: int


class Pool(Generic[C]):
    """At most `size` connections for at most `waiting` more callers."""

    def __init__(
        self,
        connect: Callable[[], Awaitable[C]],
        *,
        size: int,
        waiting: int,
        acquire_s: float,
    ) -> None:
        """`connect` opens one connection and has its own time limit."""
        self._connect = connect
        self._size = size
        self._waiting = waiting
        self._acquire_s = acquire_s
        self._idle: list[tuple[float, C]] = []
        self._lent: set[C] = set()
        self._opening = 0
        self._waiters: deque[asyncio.Future[C | None]] = deque()
        self._farewells: set[asyncio.Task[None]] = set()
        self._loop = asyncio.get_running_loop()
        self._closed = False
        self._turned_away = 0

    @property
    def state(self) -> PoolState:
        """What it is doing now."""
        return PoolState(
            size=self._size,
            lent=len(self._lent),
            idle=len(self._idle),
            opening=self._opening,
            waiting=len(self._waiters),
            turned_away=self._turned_away,
        )

    async def acquire(self) -> C:
        """A connection that was open a moment ago; give it back by `release`.

        Raises `Busy` when all are in use for too long or too many callers wait, `Unavailable`
        after `close`, and whatever `connect` raises.
        """
        if self._closed:
            raise Unavailable("this process has closed its database connections")
        while self._idle:
            _, connection = self._idle.pop()
            if not connection.is_closed():
                self._lent.add(connection)
                return connection
        if len(self._lent) + self._opening + len(self._farewells) < self._size:
            self._opening += 1
            return await self._open()
        handed = await self._wait()
        return handed if handed is not None else await self._open()

    def release(self, connection: C, *, reusable: bool = True) -> None:
        """Give a connection back; one that is not `reusable` is closed behind the scenes."""
        if connection.is_closed():
            self._lent.discard(connection)
            self._hand_on_place()
        elif self._closed or not reusable:
            self._lent.discard(connection)
            self._say_goodbye(connection)
        elif not self._hand_on(connection):
            self._lent.discard(connection)
            self._idle.append((self._loop.time(), connection))
            self._close_oldest()

    async def close(self, within_s: float) -> None:
        """No new work; wait a bounded time for work in progress; then close everything."""
        self._closed = True
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_exception(Unavailable("this process closes its database connections"))
        while self._idle:
            self._say_goodbye(self._idle.pop()[1])
        deadline = self._loop.time() + within_s
        while (self._lent or self._opening) and self._loop.time() < deadline:
            await asyncio.sleep(0.01)
        for connection in list(self._lent):
            connection.terminate()
        if self._farewells:
            await asyncio.wait(self._farewells, timeout=CLOSE_S)

    async def _open(self) -> C:
        """Open a connection in a place that was counted as opening."""
        try:
            connection = await self._connect()
        except BaseException:
            self._opening -= 1
            self._hand_on_place()
            raise
        self._opening -= 1
        self._lent.add(connection)
        return connection

    async def _wait(self) -> C | None:
        """A connection from somebody else, or None: a place to open one."""
        if len(self._waiters) >= self._waiting:
            self._turned_away += 1
            raise Busy(f"{len(self._waiters)} callers are waiting for a database connection")
        waiter: asyncio.Future[C | None] = self._loop.create_future()
        self._waiters.append(waiter)
        try:
            async with asyncio.timeout(self._acquire_s):
                return await waiter
        except TimeoutError:
            self._give_up(waiter)
            self._turned_away += 1
            raise Busy(f"no database connection in {self._acquire_s:g} s") from None
        except BaseException:
            self._give_up(waiter)
            raise

    def _give_up(self, waiter: "asyncio.Future[C | None]") -> None:
        """A waiter that was served in the moment it left passes its luck on."""
        with contextlib.suppress(ValueError):
            self._waiters.remove(waiter)
        if waiter.cancelled() or not waiter.done() or waiter.exception() is not None:
            return
        connection = waiter.result()
        if connection is not None:
            self.release(connection)
        else:
            self._opening -= 1
            self._hand_on_place()

    def _hand_on(self, connection: C | None) -> bool:
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(connection)
                return True
        return False

    def _hand_on_place(self) -> None:
        if not self._closed and self._hand_on(None):
            self._opening += 1

    def _close_oldest(self) -> None:
        since, connection = self._idle[0]
        if len(self._idle) > 1 and self._loop.time() - since > IDLE_S:
            self._idle.pop(0)
            self._say_goodbye(connection)

    def _say_goodbye(self, connection: C) -> None:
        task = self._loop.create_task(close_gently(connection))
        self._farewells.add(task)  # it keeps its place until it is gone
        task.add_done_callback(self._gone)

    def _gone(self, task: "asyncio.Task[None]") -> None:
        self._farewells.discard(task)
        self._hand_on_place()


async def close_gently(connection: Connection) -> None:
    """Close a connection in bounded time, whatever state it is in."""
    try:
        async with asyncio.timeout(CLOSE_S):
            await connection.close(timeout=CLOSE_S)
    except Exception:  # whatever is wrong with it, it must go
        connection.terminate()
