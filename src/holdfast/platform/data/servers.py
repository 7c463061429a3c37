"""The law of many servers: the leader is found by asking all of them at once, again and again.

Each server is looked at twice a second on a connection of its own; `routing` makes of it who may
answer what. A statement that fails casts doubt on its server: it is looked at at once, and nothing
is sent to it before it has answered. While there is no leader, writers wait a bounded time for one.
A single server is simply used. Knows no SQL and no driver.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, Literal, TypeVar

from holdfast.errors import HoldfastError, Mistake
from holdfast.platform.data.failures import Unavailable
from holdfast.platform.data.pool import Connection, Pool, PoolState, close_gently
from holdfast.platform.data.routing import (
    Facts,
    Need,
    Read,
    View,
    Write,
    failed,
    leader_of,
    looked,
    route,
)
from holdfast.platform.runtime.logs import Log

LOOK_EVERY_S = 0.5
"""A promotion is noticed this fast, when no failed statement tells of it earlier."""
LOOK_S = 1.5
"""A server that says nothing for so long is not used: it is cut off or stopped."""

C = TypeVar("C", bound=Connection)
Purpose = Literal["any", "write", "read"]
_log = Log("database")


@dataclass(frozen=True, slots=True)
class Dealings(Generic[C]):
    """How servers are spoken to. `connect(server, purpose)` opens a session, for writing only to a
    server that takes writes; `look` asks one session for the facts; both bounded in time."""

    connect: Callable[[str, Purpose], Awaitable[C]]
    look: Callable[[C], Awaitable[Facts]]
    make_pool: Callable[[Callable[[], Awaitable[C]]], Pool[C]]


@dataclass(slots=True)
class _Watched(Generic[C]):
    """One server: pools for its two uses, and the task that looks at it."""

    write: Pool[C]
    read: Pool[C]
    hurry: asyncio.Event = field(default_factory=asyncio.Event)
    task: "asyncio.Task[None] | None" = None


class Servers(Generic[C]):
    """Pools of sessions to one or several servers. `start`, then `pool`, at last `close`."""

    def __init__(self, names: Sequence[str], dealings: Dealings[C], *, wait_s: float) -> None:
        """`wait_s`: how long a caller waits while no server can answer."""
        self._dealings = dealings
        self._wait_s = wait_s
        self._only = names[0]
        self._alone = dealings.make_pool(lambda: dealings.connect(names[0], "any"))
        self._watched: Mapping[str, _Watched[C]] = {}
        if len(names) > 1:
            self._watched = {name: self._watch_of(name) for name in names}
        self._view = View.of(*names)
        self._changed = asyncio.Event()
        self._turn = 0
        self._mistake: Mistake | None = None

    @property
    def view(self) -> View:
        """What is known of the servers now."""
        return self._view

    @property
    def is_cluster(self) -> bool:
        """Whether there is more than one server."""
        return bool(self._watched)

    def pool_states(self) -> dict[tuple[str, str], PoolState]:
        """The pools by (server, use): one of a single server, two of each of several."""
        if not self._watched:
            return {(self._only, "any"): self._alone.state}
        return {
            (name, use): pool.state
            for name, one in self._watched.items()
            for use, pool in (("write", one.write), ("read", one.read))
        }

    def is_leader(self, name: str) -> bool:
        """Whether this server takes writes, for all that is known."""
        return not self._watched or leader_of(self._view) == name

    async def start(self) -> None:
        """Begin to look; returns once a leader is known. `Unavailable` when there is none in time,
        `Mistake` when a server refuses the address."""
        if not self._watched:
            self._alone.release(await self._alone.acquire())
            return
        for name, watched in self._watched.items():
            watched.task = asyncio.create_task(self._look_for_ever(name), name=f"look-{name}")
        try:
            await self.pool(Write())
        except Unavailable:
            await self.close(0)
            raise self._mistake or Unavailable(
                "no server of the database takes writes: it has no leader just now"
            ) from None

    async def pool(self, need: Need) -> tuple[str, Pool[C]]:
        """A server that can answer, and its pool; waits while there is none, then `Unavailable`."""
        if not self._watched:
            return self._only, self._alone
        found = self.ready(need)
        if found is not None:
            return found
        self._hurry()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._wait_s):
                while found is None:
                    self._changed.clear()
                    await self._changed.wait()
                    found = self.ready(need)
        if found is None:
            raise Unavailable(f"no server of the database can answer ({self._wait_s:g} s waited)")
        return found

    def ready(self, need: Need) -> tuple[str, Pool[C]] | None:
        """The same without waiting; None while there is none."""
        if not self._watched:
            return self._only, self._alone
        self._turn += 1
        names = route(self._view, need, asyncio.get_running_loop().time(), self._turn)
        if not names:
            return None
        watched = self._watched[names[0]]
        facts = self._view.servers[names[0]].facts
        assert facts is not None
        is_read = isinstance(need, Read) and not facts.is_leader
        return names[0], watched.read if is_read else watched.write

    def doubt(self, name: str) -> None:
        """A statement failed there: look before anything else is sent to it."""
        watched = self._watched.get(name)
        if watched is not None:
            self._see(failed(self._view, name))
            watched.hurry.set()

    async def close(self, within_s: float) -> None:
        """Stop looking, wait a bounded time for statements under way, close all sessions."""
        tasks = [one.task for one in self._watched.values() if one.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        pools = [pool for one in self._watched.values() for pool in (one.write, one.read)]
        await asyncio.gather(*(pool.close(within_s) for pool in (self._alone, *pools)))

    def _watch_of(self, name: str) -> _Watched[C]:
        deal = self._dealings
        return _Watched(
            write=deal.make_pool(lambda: deal.connect(name, "write")),
            read=deal.make_pool(lambda: deal.connect(name, "read")),
        )

    def _hurry(self) -> None:
        for watched in self._watched.values():
            watched.hurry.set()

    def _see(self, view: View) -> None:
        if view is not self._view:
            self._view = view
            self._changed.set()

    async def _look_for_ever(self, name: str) -> None:
        watched = self._watched[name]
        while True:
            with contextlib.suppress(HoldfastError, TimeoutError):
                await self._look_while_it_answers(name, watched)
            self._see(failed(self._view, name))
            await _pause(watched.hurry)

    async def _look_while_it_answers(self, name: str, watched: _Watched[C]) -> None:
        """Look again and again on one session; returns by raising what ended it."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(LOOK_S):
                session = await self._dealings.connect(name, "any")
        except Mistake as mistake:
            self._mistake = mistake
            raise
        try:
            while True:
                began = loop.time()
                async with asyncio.timeout(LOOK_S):
                    facts = await self._dealings.look(session)
                self._note(name, facts)
                self._see(looked(self._view, name, _since(facts, began)))
                await _pause(watched.hurry)
        finally:
            await asyncio.shield(close_gently(session))

    def _note(self, name: str, facts: Facts) -> None:
        before = self._view.servers[name].facts
        if before is None or before.is_leader != facts.is_leader:
            role = "leader" if facts.is_leader else "replica"
            _log.info("server_seen", server=name, role=role, timeline=facts.timeline)


async def _pause(hurry: asyncio.Event) -> None:
    """Until the next look is due, or somebody cannot wait for it."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LOOK_EVERY_S):
            await hurry.wait()
    if hurry.is_set():
        hurry.clear()
        await asyncio.sleep(LOOK_EVERY_S / 20)  # a crowd in a hurry does not make a storm


def _since(facts: Facts, began: float) -> Facts:
    return Facts(began, facts.is_leader, facts.timeline, facts.position)
