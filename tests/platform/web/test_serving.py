"""A server begins when it accepts, and ends with everything beside it, leaving nobody hanging."""

import asyncio
import socket

import pytest
from starlette.applications import Starlette

from holdfast.errors import Mistake
from holdfast.platform.runtime.lifecycle import Stop
from holdfast.platform.web import serving as module
from holdfast.platform.web.serving import Serving, listen, places_here, serve
from tests.platform.web.served_site import served

WHAT = "The test's server"
UVICORN_LOOKS_S = 0.1
"""How often uvicorn looks whether it should end, and closes idle connections then."""


async def test_a_server_answers_from_its_start_to_its_stop() -> None:
    async with served() as server:
        answer = await server.say(b"GET /health/live HTTP/1.0\r\nhost: t\r\n\r\n")
        assert answer.endswith(b'{"ok":true}')
        server.stop.set()
        await server.running
        with pytest.raises(OSError):
            await server.connect()


async def test_no_more_places_are_promised_than_files_may_be_open(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "raised", lambda: 100)
    assert places_here().most == 75
    async with served(connections=76, places=places_here()):
        assert "connections_limited" in caplog.text
    monkeypatch.setattr(module, "raised", lambda: None)
    assert places_here().most > 1_000_000


async def test_streams_are_ended_by_the_closing_of_the_server() -> None:
    async with served() as server:
        reader, writer = await server.connect()
        writer.write(b"GET /live HTTP/1.1\r\nhost: t\r\n\r\n")
        await reader.readuntil(b": live")
        server.stop.set()
        await reader.read()
        await server.running
        writer.close()
    assert not server.streams.queues


async def test_a_request_on_its_way_to_a_server_that_stops_is_answered_as_the_last_one() -> None:
    async with served() as server:
        reader, writer = await server.connect()
        writer.write(b"GET /health/live HTTP/1.1\r\nhost: t\r\n\r\n")
        assert b"connection: close" not in await reader.readuntil(b'{"ok":true}')
        server.stop.set()
        await server.closes.wait()
        writer.write(b"GET /health/live HTTP/1.1\r\nhost: t\r\n\r\n")
        said = await reader.read()
        assert b"connection: close\r\n" in said
        assert said.endswith(b'{"ok":true}')
        await server.running
        writer.close()


async def test_a_server_that_stops_leaves_time_for_a_request_that_has_not_arrived(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "LAST_REQUESTS_S", 20.0)
    async with served() as server:
        reader, writer = await server.connect()
        writer.write(b"GET /health/live HTTP/1.1\r\nhost: t\r\n\r\n")
        await reader.readuntil(b'{"ok":true}')
        server.stop.set()
        await server.closes.wait()
        with pytest.raises(TimeoutError):  # the line is not closed meanwhile
            await asyncio.wait_for(reader.read(1), 3 * UVICORN_LOOKS_S)
        writer.write(b"GET /health/live HTTP/1.1\r\nhost: t\r\n\r\n")
        assert b"connection: close\r\n" in await reader.read()
        await server.running
        writer.close()


async def test_a_request_under_way_is_answered_as_the_last_one_of_its_connection() -> None:
    async with served() as server:
        reader, writer = await server.connect()
        writer.write(b"POST /echo HTTP/1.1\r\nhost: t\r\ncontent-length: 2\r\n\r\n1")
        while not len(server.under_way):
            await asyncio.sleep(0)
        server.stop.set()
        await server.closes.wait()
        writer.write(b"2")
        said = await reader.read()
        assert b"connection: close\r\n" in said
        assert said.endswith(b'"bytes":2}')
        await server.running
        writer.close()


async def test_a_server_tells_how_many_requests_it_is_busy_with() -> None:
    async with served() as server:
        assert len(server.under_way) == 0
        reader, writer = await server.connect()
        writer.write(b"GET /live HTTP/1.1\r\nhost: t\r\n\r\n")
        await reader.readuntil(b": live")
        assert len(server.under_way) == 1
        server.stop.set()
        await reader.read()
        await server.running
        writer.close()
        assert len(server.under_way) == 0


async def test_what_runs_beside_the_server_ends_with_it() -> None:
    ended = asyncio.Event()

    async def beside() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with served(beside=[beside]):
        assert not ended.is_set()
    assert ended.is_set()


async def test_a_fault_beside_the_server_ends_the_server_and_is_raised() -> None:
    async def fault() -> None:
        raise ZeroDivisionError

    how = Serving(what=WHAT, connections=10, drain_s=1, beside=[fault])
    with pytest.raises(ZeroDivisionError):
        await serve(Starlette(), listen("127.0.0.1", 0, WHAT), Stop(), how)


async def test_a_server_that_cannot_begin_says_why() -> None:
    listener = listen("127.0.0.1", 0, WHAT)
    listener.close()
    with pytest.raises(OSError):
        await serve(Starlette(), listener, Stop(), Serving(what=WHAT, connections=10, drain_s=1))


def test_a_taken_port_is_a_mistake_that_names_it() -> None:
    with listen("127.0.0.1", 0, WHAT) as first:
        port = first.getsockname()[1]
        wanted = f"^The test's server cannot listen on 127.0.0.1:{port}: address already in use"
        with pytest.raises(Mistake, match=wanted):
            listen("127.0.0.1", port, WHAT)


def test_an_address_that_is_not_ours_is_a_mistake() -> None:
    with pytest.raises(Mistake, match=r"192\.0\.2\.1"):
        listen("192.0.2.1", 0, WHAT)


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6 here")
def test_an_ipv6_address_can_be_listened_on() -> None:
    try:
        listener = listen("::1", 0, WHAT)
    except Mistake:
        return
    assert listener.family == socket.AF_INET6
    listener.close()
