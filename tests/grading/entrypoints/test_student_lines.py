"""A client's sockets: frames become events, other bytes too, and a dead address is named."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from holdfast.errors import HoldfastError
from holdfast.grading.domain.events import Closed, Event, Received, Undecodable
from holdfast.grading.entrypoints.student_lines import Events, Line, TcpLine, UdpLine
from holdfast.grading.wire.course import COURSE, Chat, Registered, java_utf

HOST = "127.0.0.1"
CHAT = COURSE.encode(Chat(7, "hello"))
WITHIN_S = 10.0


@asynccontextmanager
async def listening(greeting: bytes) -> AsyncIterator[tuple[tuple[str, int], list[bytes]]]:
    """A TCP server that says something, keeps what it hears, and closes after 5 bytes."""
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        heard.append(await reader.read(5))
        writer.close()

    server = await asyncio.start_server(serve, HOST, 0)
    async with server:
        yield server.sockets[0].getsockname()[:2], heard


async def next_event(events: Events) -> tuple[Line, Event]:
    async with asyncio.timeout(WITHIN_S):
        return await events.get()


async def test_frames_and_other_bytes_of_a_stream_become_events_until_it_closes() -> None:
    events: Events = asyncio.Queue(10)
    greeting = COURSE.encode(Registered()) + java_utf("abcdef") + CHAT
    async with listening(greeting) as (address, heard):
        line = await TcpLine.connect("server", address, events)
        await line.send(b"12345")
        came = [await next_event(events) for _ in range(4)]
        await line.close()
    assert [type(event) for _, event in came] == [Received, Undecodable, Received, Closed]
    assert all(each is line for each, _ in came)
    assert heard == [b"12345"]


async def test_a_closed_line_is_silent() -> None:
    events: Events = asyncio.Queue(10)
    async with listening(b"") as (address, _):
        line = await TcpLine.connect("server", address, events)
        await line.close()
        await line.send(b"12345")
    assert events.empty()


async def test_datagrams_become_events_and_a_full_queue_drops_them() -> None:
    events: Events = asyncio.Queue(2)
    loop = asyncio.get_running_loop()
    heard: asyncio.Queue[tuple[bytes, tuple[str, int]]] = asyncio.Queue()

    class Server(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            heard.put_nowait((data, addr))

    transport, _ = await loop.create_datagram_endpoint(Server, local_addr=(HOST, 0))
    address = transport.get_extra_info("sockname")
    line = await UdpLine.connect("udp:1", address, events)
    await line.send(CHAT)
    async with asyncio.timeout(WITHIN_S):
        data, source = await heard.get()
    assert data == CHAT
    for raw in (CHAT, b"nonsense"):
        transport.sendto(raw, source)
    assert isinstance((await next_event(events))[1], Received)
    assert isinstance((await next_event(events))[1], Undecodable)
    for _ in range(3):
        line.datagram_received(CHAT, source)
    assert events.qsize() == 2
    await line.close()
    transport.close()


async def test_an_icmp_error_is_a_lost_datagram() -> None:
    line = UdpLine("udp:1", asyncio.Queue(1))
    line.error_received(ConnectionRefusedError())
    await line.send(CHAT)
    await line.close()


async def test_an_address_where_nobody_listens_is_named() -> None:
    server = await asyncio.start_server(lambda _, __: None, HOST, 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    with pytest.raises(HoldfastError, match=f"TCP port {port} of {HOST} cannot be reached"):
        await TcpLine.connect("server", (HOST, port), asyncio.Queue(1))


async def test_an_address_that_is_none_is_named_for_udp_too() -> None:
    with pytest.raises(HoldfastError, match="UDP port 70000"):
        await UdpLine.connect("udp:1", (HOST, 70_000), asyncio.Queue(1))
