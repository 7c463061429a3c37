"""Connections are held as bare sockets, looked at, and asked again."""

import asyncio
import socket

import pytest

from holdfast.platform.load import holding as module
from holdfast.platform.load.holding import Holder, Order, is_open, paced, source_of
from tests.support.tiny_site import tiny_site


def order(*ports: int, count: int = 6, path: str = "/") -> Order:
    return Order("127.0.0.1", ports, path, 0, count, 10_000.0)


async def test_they_are_dealt_out_to_all_ports_and_answer_again() -> None:
    async with tiny_site() as one, tiny_site() as other:
        holder = Holder(order(one.port, other.port))
        opened, again = await holder.open(), await holder.ask_again()
        holder.close()
        assert (one.connections, other.connections) == (3, 3)
    assert (opened.answered, opened.open_ones) == (6, 6)
    assert (again.asked, again.answered, again.open_ones) == (6, 6, 6)


async def test_those_that_are_refused_are_counted_by_why() -> None:
    async with tiny_site() as site:
        port = site.port
        missing = await Holder(order(port, path="/missing")).open()
        cut = await Holder(order(port, path="/close")).open()
    away = await Holder(order(port)).open()
    assert dict(missing.failed) == {"404": 6}
    assert dict(cut.failed) == {"closed": 6}
    assert dict(away.failed) == {"refused": 6}
    assert missing.answered == cut.answered == away.answered == 0


async def test_one_that_was_closed_meanwhile_is_not_asked_and_not_opened_anew() -> None:
    async with tiny_site() as site:
        holder = Holder(order(site.port, count=3))
        await holder.open()
        holder.held[0][1].shutdown(socket.SHUT_RDWR)
        again = await holder.ask_again()
        holder.close()
        assert site.connections == 3
    assert (again.asked, again.answered, again.failed["closed-before"]) == (2, 2, 1)


async def test_one_that_breaks_at_the_second_question_is_counted() -> None:
    async with tiny_site() as site:
        holder = Holder(order(site.port, count=2))
        await holder.open()
        holder.order = order(site.port, count=2, path="/close")
        again = await holder.ask_again()
        holder.close()
    assert (again.asked, again.answered, dict(again.failed)) == (2, 0, {"closed": 2})


def test_a_socket_is_open_while_its_peer_is_silent_and_there() -> None:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with ours:
        assert is_open(ours)
        theirs.send(b"x")
        assert not is_open(ours), "it said something unasked"
        theirs.close()
        ours.recv(1)
        assert not is_open(ours)
    assert not is_open(ours)


def test_many_come_from_several_addresses_of_loopback_only() -> None:
    assert source_of("127.0.0.1", 0) != source_of("127.0.0.1", module.PER_ADDRESS)
    assert source_of("192.0.2.1", 0) == source_of("example.org", 0) == source_of("::1", 0) == ""


async def test_never_more_are_acted_on_at_once_than_allowed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "AT_ONCE", 3)
    busy, most = 0, 0

    async def act(_: int) -> None:
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        for _step in range(5):
            await asyncio.sleep(0)
        busy -= 1

    await paced(range(20), 1e6, act)
    assert most == 3
