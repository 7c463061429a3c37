"""Notifications: hints that arrive, and an honest `Missed` whenever some may not have."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from holdfast.platform.data.database import Database, Limits
from holdfast.platform.data.notices import Missed, Notice, Notices
from holdfast.platform.data.queries import Statement

WAIT_S = 30.0
TELL = Statement("tell", "SELECT pg_notify($1, $2)")
LISTENERS = Statement(
    "listeners",
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'",
)


async def soon(notices: Notices) -> Notice | Missed:
    async with asyncio.timeout(WAIT_S):
        return await notices.next()


async def test_the_first_event_asks_to_read_everything(database: Database) -> None:
    async with database.listen("attempts") as notices:
        assert await soon(notices) == Missed("connected")


async def test_notifications_of_the_channels_arrive_in_order(database: Database) -> None:
    async with database.listen("attempts", "leases") as notices:
        await soon(notices)
        await database.fetch(TELL, "attempts", "1")
        await database.fetch(TELL, "other", "2")
        await database.fetch(TELL, "leases", "3")
        assert await soon(notices) == Notice("attempts", "1")
        assert await soon(notices) == Notice("leases", "3")


async def test_they_can_be_iterated(database: Database) -> None:
    async with database.listen("attempts") as notices, asyncio.timeout(WAIT_S):
        async for event in notices:
            assert event == Missed("connected")
            break


async def test_a_lost_connection_is_opened_again_and_told(database: Database) -> None:
    async with database.listen("attempts") as notices:
        await soon(notices)
        (listener,) = await database.fetch(LISTENERS)
        await database.fetch(Statement("end", "SELECT pg_terminate_backend($1)"), listener["pid"])
        assert await soon(notices) == Missed("connected")
        await database.fetch(TELL, "attempts", "again")
        assert await soon(notices) == Notice("attempts", "again")


async def test_leaving_gives_the_connection_back(database: Database) -> None:
    async with database.listen("attempts") as notices:
        await soon(notices)
    async with asyncio.timeout(WAIT_S):
        while await database.fetch(LISTENERS):
            await asyncio.sleep(0.01)


async def test_the_pool_is_not_used_for_listening(dsn: str) -> None:
    small = await Database.connect(dsn, limits=Limits(pool_size=1))
    async with small, small.listen("a") as one, small.listen("b") as two:
        await soon(one)
        await soon(two)
        assert await small.fetchval(Statement("one", "SELECT 1")) == 1


class Wire:
    """A connection of a server that can fall silent, fail and vanish."""

    def __init__(self, *, fails: str = "") -> None:
        self.heard: Callable[..., Any] = lambda *_: None
        self.ended: Callable[..., Any] = lambda *_: None
        self.closed = asyncio.Event()
        self.probes = 0
        self.fails = fails

    async def add_listener(self, channel: str, callback: Callable[..., Any]) -> None:
        if self.fails == "listen":
            raise OSError("gone")
        self.heard = callback

    async def execute(self, query: str, *, timeout: float | None = None) -> str:
        self.probes += 1
        if self.fails == "probe" and self.probes > 1:
            raise TimeoutError
        return "SELECT 1"

    async def close(self, *, timeout: float | None = None) -> None:
        if self.fails == "close":
            raise OSError("gone")
        self.closed.set()

    def terminate(self) -> None:
        self.closed.set()

    def is_closed(self) -> bool:
        return self.closed.is_set()

    def add_termination_listener(self, callback: Callable[..., Any]) -> None:
        self.ended = callback


def offered(*wires: Wire | Exception) -> tuple[Notices, list[Wire | Exception]]:
    """Notices whose connections are `wires`, one after the other."""
    left = list(wires)

    async def connect() -> Wire:
        if not left:
            await asyncio.Event().wait()
        found = left.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    return Notices(connect, ["a"], capacity=3, probe_s=0.01), left


async def test_an_overflow_keeps_nothing_but_the_news_of_it() -> None:
    wire = Wire()
    notices, _ = offered(wire)
    async with notices:
        assert await soon(notices) == Missed("connected")
        for number in range(4):
            wire.heard(None, 1, "a", str(number))
        assert await soon(notices) == Missed("more than 3 notifications waited")
        wire.heard(None, 1, "a", "next")
        assert await soon(notices) == Notice("a", "next")


@pytest.mark.parametrize("fails", ["probe", "listen", "close"])
async def test_a_silent_or_failing_connection_is_replaced(fails: str) -> None:
    first, second = Wire(fails=fails), Wire()
    notices, left = offered(OSError("refused"), first, second)
    async with notices:
        if fails != "listen":
            assert await soon(notices) == Missed("connected")
        if fails == "close":
            first.ended()
        assert await soon(notices) == Missed("connected")
        assert first.closed.is_set()
        assert left == []
        assert not second.closed.is_set()
    assert second.closed.is_set()


async def test_a_living_connection_is_probed_and_kept() -> None:
    wire = Wire()
    notices, _ = offered(wire)
    async with notices, asyncio.timeout(WAIT_S):
        while wire.probes < 3:
            await asyncio.sleep(0.001)
        assert not wire.closed.is_set()
