"""The pool: never more connections than allowed, nobody forgotten, nothing kept that is broken."""

import asyncio
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.platform.data import pool as pool_module
from holdfast.platform.data.failures import Busy, Unavailable
from holdfast.platform.data.pool import Pool

WAIT_S = 20.0


class Wire:
    """A connection that counts how many of its kind are open."""

    def __init__(self, server: "Server", number: int) -> None:
        self.server = server
        self.number = number
        self.open = True

    def is_closed(self) -> bool:
        return not self.open

    def terminate(self) -> None:
        if self.open:
            self.open = False
            self.server.open -= 1

    async def close(self, *, timeout: float | None = None) -> None:
        await asyncio.sleep(0)
        if self.server.stuck:
            await asyncio.Event().wait()
        self.terminate()


class Server:
    """Opens connections; may be slow, away, or never say goodbye."""

    def __init__(self) -> None:
        self.open = 0
        self.most = 0
        self.made = 0
        self.away = False
        self.stuck = False

    async def connect(self) -> Wire:
        await asyncio.sleep(0)
        if self.away:
            raise Unavailable("away")
        self.made += 1
        self.open += 1
        self.most = max(self.most, self.open)
        return Wire(self, self.made)


def pool_of(
    server: Server, size: int = 2, waiting: int = 10, acquire_s: float = 20.0
) -> Pool[Wire]:
    return Pool(server.connect, size=size, waiting=waiting, acquire_s=acquire_s)


async def test_connections_are_opened_on_demand_and_the_last_returned_goes_out_first() -> None:
    server = Server()
    pool = pool_of(server)
    one = await pool.acquire()
    two = await pool.acquire()
    assert server.made == 2
    pool.release(one)
    pool.release(two)
    assert await pool.acquire() is two
    assert await pool.acquire() is one


async def test_who_waits_is_served_in_order() -> None:
    pool = pool_of(Server(), size=1)
    first = await pool.acquire()
    served: list[int] = []

    async def work(number: int) -> None:
        wire = await pool.acquire()
        served.append(number)
        pool.release(wire)

    tasks = [asyncio.create_task(work(number)) for number in range(5)]
    await asyncio.sleep(0)
    pool.release(first)
    async with asyncio.timeout(WAIT_S):
        await asyncio.gather(*tasks)
    assert served == [0, 1, 2, 3, 4]


async def test_waiting_and_the_queue_have_an_end() -> None:
    pool = pool_of(Server(), size=1, waiting=1, acquire_s=0.02)
    held = await pool.acquire()
    waiting = asyncio.create_task(pool.acquire())
    await asyncio.sleep(0)
    with pytest.raises(Busy, match="1 callers are waiting"):
        await pool.acquire()
    with pytest.raises(Busy, match=r"in 0.02 s"):
        await waiting
    pool.release(held)
    assert await pool.acquire() is held


async def test_a_closed_connection_is_never_handed_out() -> None:
    server = Server()
    pool = pool_of(server, size=1)
    wire = await pool.acquire()
    pool.release(wire)
    wire.terminate()
    again = await pool.acquire()
    assert again is not wire
    waiting = asyncio.create_task(pool.acquire())
    await asyncio.sleep(0)
    again.terminate()
    pool.release(again)
    async with asyncio.timeout(WAIT_S):
        third = await waiting
    assert not third.is_closed()
    assert server.most == 1


async def test_a_connection_that_is_not_reusable_keeps_its_place_until_it_is_gone() -> None:
    server = Server()
    pool = pool_of(server, size=1)
    wire = await pool.acquire()
    pool.release(wire, reusable=False)
    assert not wire.is_closed()
    async with asyncio.timeout(WAIT_S):
        other = await pool.acquire()
    assert wire.is_closed()
    assert other is not wire
    assert server.most == 1


async def test_a_connection_that_does_not_say_goodbye_is_dropped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pool_module, "CLOSE_S", 0.02)
    server = Server()
    pool = pool_of(server, size=1)
    server.stuck = True
    pool.release(await pool.acquire(), reusable=False)
    async with asyncio.timeout(WAIT_S):
        await pool.acquire()
    assert server.most == 1


async def test_a_failed_opening_leaves_its_place_to_the_next() -> None:
    server = Server()
    pool = pool_of(server, size=1)
    server.away = True
    results = await asyncio.gather(*(pool.acquire() for _ in range(3)), return_exceptions=True)
    assert [type(result) for result in results] == [Unavailable] * 3
    server.away = False
    async with asyncio.timeout(WAIT_S):
        await pool.acquire()


async def test_a_waiter_that_leaves_when_it_is_served_passes_its_luck_on() -> None:
    pool = pool_of(Server(), size=1)
    held = await pool.acquire()
    leaving = asyncio.create_task(pool.acquire())
    staying = asyncio.create_task(pool.acquire())
    await asyncio.sleep(0)
    pool.release(held)
    leaving.cancel()
    async with asyncio.timeout(WAIT_S):
        assert await staying is held
    assert leaving.cancelled() or leaving.exception() is not None


async def test_a_waiter_that_leaves_when_it_gets_a_place_passes_it_on() -> None:
    pool = pool_of(Server(), size=1)
    held = await pool.acquire()
    leaving = asyncio.create_task(pool.acquire())
    staying = asyncio.create_task(pool.acquire())
    await asyncio.sleep(0)
    held.terminate()
    pool.release(held)
    leaving.cancel()
    async with asyncio.timeout(WAIT_S):
        assert not (await staying).is_closed()


async def test_connections_that_nobody_needs_are_closed_but_one_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = Server()
    pool = pool_of(server, size=3)
    wires = [await pool.acquire() for _ in range(3)]
    for wire in wires:
        pool.release(wire)
    monkeypatch.setattr(pool_module, "IDLE_S", -1.0)
    for _ in range(5):
        pool.release(await pool.acquire())
    async with asyncio.timeout(WAIT_S):
        while server.open > 1:
            await asyncio.sleep(0)
    pool.release(await pool.acquire())
    assert server.open == 1


async def test_closing_refuses_the_waiting_and_ends_the_rest() -> None:
    server = Server()
    pool = pool_of(server, size=2)
    idle, busy = await pool.acquire(), await pool.acquire()
    waiting = asyncio.create_task(pool.acquire())
    await asyncio.sleep(0)
    closing = asyncio.create_task(pool.close(0.05))
    with pytest.raises(Unavailable, match="closes its"):
        await waiting
    pool.release(idle)
    async with asyncio.timeout(WAIT_S):
        await closing
    assert busy.is_closed()
    pool.release(busy)
    with pytest.raises(Unavailable, match="has closed"):
        await pool.acquire()
    assert server.open == 0


async def crowd(seed: int, size: int) -> Server:
    """Many callers that fail, are cancelled, and lose their connections, all by one seed."""
    dice = random.Random(seed)
    server = Server()
    pool = pool_of(server, size=size, waiting=1000)

    async def caller() -> None:
        for _ in range(3):
            try:
                wire = await pool.acquire()
            except Unavailable:
                continue
            fate = dice.random()
            reusable = False
            try:
                await asyncio.sleep(0)
                if fate < 0.2:
                    wire.terminate()
                reusable = fate > 0.4
            finally:
                pool.release(wire, reusable=reusable)

    tasks = [asyncio.create_task(caller()) for _ in range(30)]
    for task in tasks:
        await asyncio.sleep(0)
        server.away = dice.random() < 0.2
        if dice.random() < 0.3:
            task.cancel()
    server.away = False
    async with asyncio.timeout(WAIT_S):
        await asyncio.gather(*tasks, return_exceptions=True)
        # Nobody has kept a place: as many as allowed can still be had.
        wires = [await pool.acquire() for _ in range(size)]
    for wire in wires:
        pool.release(wire)
    await pool.close(1.0)
    return server


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 4))
def test_whatever_callers_do_the_bound_holds_and_no_place_is_lost(seed: int, size: int) -> None:
    server = asyncio.run(crowd(seed, size))
    assert server.most <= size
    assert server.open == 0
