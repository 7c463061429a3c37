"""Connections are bounded in size and time, and tell who stands behind a balancer."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from holdfast.platform.balancer.proxy_protocol import encode, encode_local
from holdfast.platform.web import connection
from holdfast.platform.web.connection import MAX_HEAD_BYTES, Places
from tests.platform.web.served_site import Served, served
from tests.support.eventually import eventually

GET = b"GET /health/live HTTP/1.1\r\nhost: t\r\nconnection: close\r\n\r\n"
CLIENT = ("192.0.2.55", 1234)
PROXY = encode("tcp", CLIENT, ("127.0.0.1", 8000))


@pytest.fixture
async def server() -> AsyncIterator[Served]:
    async with served() as found:
        yield found


def echo(body: bytes = b"hello") -> bytes:
    head = f"POST /echo HTTP/1.1\r\nhost: t\r\ncontent-length: {len(body)}\r\n"
    return head.encode() + b"connection: close\r\n\r\n" + body


async def test_a_plain_request_is_answered(server: Served) -> None:
    assert (await server.say(GET)).startswith(b"HTTP/1.1 200 OK")


async def test_a_proxy_header_tells_who_the_client_is(server: Served) -> None:
    assert b'"address":"192.0.2.55"' in await server.say(PROXY + echo())


async def test_without_a_proxy_header_the_client_is_the_sender(server: Served) -> None:
    assert b'"address":"127.0.0.1"' in await server.say(echo())


async def test_a_header_in_single_bytes_is_understood(server: Served) -> None:
    parts = [bytes([byte]) for byte in PROXY]
    assert b'"address":"192.0.2.55"' in await server.say(*parts, echo())


async def test_a_balancers_own_probe_is_answered(server: Served) -> None:
    assert (await server.say(encode_local() + GET)).startswith(b"HTTP/1.1 200 OK")


async def test_a_broken_proxy_header_ends_the_connection(server: Served) -> None:
    assert await server.say(PROXY[:12] + b"\xff\xff\x00\x00" + GET) == b""


async def test_a_request_with_a_body_larger_than_a_head_is_fine(server: Served) -> None:
    size = MAX_HEAD_BYTES * 4
    answer = await server.say(echo(b"x" * size))
    assert answer.startswith(b"HTTP/1.1 200")
    assert f'"bytes":{size}'.encode() in answer


async def test_a_head_that_is_too_long_is_431(server: Served) -> None:
    assert await server.say(GET[:-2] + b"x: " + b"a" * (MAX_HEAD_BYTES // 2) + b"\r\n\r\n")
    flood = GET[:-2] + b"x: " + b"a" * MAX_HEAD_BYTES
    assert (await server.say(flood)).startswith(b"HTTP/1.1 431")


async def test_what_is_no_http_is_400(server: Served) -> None:
    assert (await server.say(b"\x00\x00\x00\x01\x00\x00\r\n\r\n")).startswith(b"HTTP/1.1 400")


async def test_a_head_that_does_not_come_in_time_ends_the_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection, "HEAD_S", 0.05)
    async with served() as server:
        assert await server.say() == b""
        assert await server.say(b"GET / HT") == b""


async def test_a_second_request_on_the_connection_has_its_own_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection, "HEAD_S", 0.3)
    async with served() as server:
        reader, writer = await server.connect()
        writer.write(GET.replace(b"connection: close\r\n", b""))
        await reader.readuntil(b'{"ok":true}')
        writer.write(b"GET / HT")
        async with asyncio.timeout(10):
            assert await reader.read() == b""
        writer.close()


async def test_many_requests_on_one_connection_are_answered(server: Served) -> None:
    keep = GET.replace(b"connection: close\r\n", b"")
    answer = await server.say(PROXY + keep * 5 + GET)
    assert answer.count(b"HTTP/1.1 200 OK") == 6


KEEP = GET.replace(b"connection: close\r\n", b"")


async def test_the_connection_that_waited_longest_makes_room() -> None:
    async with served(connections=10) as server:
        first, *others = [await server.connect() for _ in range(10)]
        for reader, writer in (first, *others):
            writer.write(KEEP)
            await reader.readuntil(b'{"ok":true}')
        first[1].write(KEEP)  # the first is no longer the one that waited longest
        await first[0].readuntil(b'{"ok":true}')
        assert b"200 OK" in await server.say(GET)
        async with asyncio.timeout(10):
            assert await others[0][0].read() == b""
        for reader, writer in (first, *others[1:]):
            writer.write(KEEP)
            await reader.readuntil(b'{"ok":true}')
        for _, writer in (first, *others):
            writer.close()


async def test_servers_of_one_process_share_its_places() -> None:
    places = Places(most=3)
    async with served(places=places) as one, served(places=places) as other:
        idle = [await one.connect(), await one.connect(), await other.connect()]
        for reader, writer in idle:
            writer.write(KEEP)
            await reader.readuntil(b'{"ok":true}')
        assert places.taken == 3
        assert b"200 OK" in await other.say(GET)
        async with asyncio.timeout(10):
            assert await idle[2][0].read() == b"", "each makes room among its own"
        for _, writer in idle:
            writer.close()
    assert places.taken == 0


async def live_stream(server: Served) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection that is at work for as long as it lasts."""
    reader, writer = await server.connect()
    writer.write(b"GET /live HTTP/1.1\r\nhost: t\r\n\r\n")
    await reader.readuntil(b": live")
    return reader, writer


async def test_when_all_places_work_a_newcomer_is_told_to_come_back() -> None:
    async with served(connections=2) as server:
        streams = [await live_stream(server) for _ in range(2)]
        assert (await server.say(GET)).startswith(b"HTTP/1.1 503")
        streams[0][1].close()
        await eventually(lambda: len(server.streams.queues) == 1)
        assert b"200 OK" in await server.say(GET)
        streams[1][1].close()


async def test_an_answer_that_nobody_reads_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "STALL_S", 0.05)
    async with served() as server:
        _, writer = await live_stream(server)
        lazy = writer.get_extra_info("socket")
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)

        def given_up() -> bool:
            server.streams.say(b"t" * 100_000)
            return not server.streams.queues

        await eventually(given_up)
        writer.close()
