import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest

from holdfast.flights.store.webhook_sender import MAX_ANSWER_CHARS, HttpSender

Handle = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


@asynccontextmanager
async def _receiver(handle: Handle) -> AsyncIterator[str]:
    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.close()
        await server.wait_closed()


@asynccontextmanager
async def _sender(**settings: Any) -> AsyncIterator[HttpSender]:
    sender = HttpSender(**{"allow_private": True, **settings})
    try:
        yield sender
    finally:
        await sender.close()


def _answering(answer: bytes, got: list[bytes]) -> Handle:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        got.append(head + await reader.readexactly(length))
        writer.write(answer)
        await writer.drain()
        writer.close()

    return handle


async def test_a_body_is_posted_as_it_is_with_its_headers() -> None:
    got: list[bytes] = []
    async with _receiver(_answering(OK, got)) as url, _sender() as sender:
        sent = await sender.send(f"{url}/hook?a=1", {"x-duffel-signature": "t=1,v1=ab"}, b'{"a":1}')
    assert (sent.status, sent.answer, sent.succeeded) == (200, "ok", True)
    head, _, body = got[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /hook?a=1 HTTP/1.1")
    assert b"x-duffel-signature: t=1,v1=ab" in head.lower()
    assert body == b'{"a":1}'


async def test_the_host_of_the_url_is_told_though_an_address_is_called(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    got: list[bytes] = []
    async with _receiver(_answering(OK, got)) as url, _sender() as sender:
        _resolve(monkeypatch, "127.0.0.1")
        port = url.rpartition(":")[2]
        sent = await sender.send(f"http://hooks.example.org:{port}/h", {}, b"{}")
    assert sent.succeeded
    assert f"host: hooks.example.org:{port}".encode() in got[0].lower()


async def test_failures_of_the_receiver_are_values() -> None:
    got: list[bytes] = []
    away = b"HTTP/1.1 503 Away\r\ncontent-length: 4\r\n\r\nbusy"
    async with _receiver(_answering(away, got)) as url, _sender() as sender:
        sent = await sender.send(url, {}, b"{}")
    assert (sent.status, sent.answer, sent.succeeded) == (503, "busy", False)


async def test_redirects_are_not_followed() -> None:
    got: list[bytes] = []
    moved = b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n"
    async with _receiver(_answering(moved, got)) as url, _sender() as sender:
        assert (await sender.send(url, {}, b"{}")).status == 302
    assert len(got) == 1


async def test_of_an_endless_answer_only_the_beginning_is_read() -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            while True:
                writer.write(b"\x00abc" * 1000)
                await writer.drain()
        except ConnectionError:
            writer.close()

    async with _receiver(handle) as url, _sender() as sender:
        sent = await sender.send(url, {}, b"{}")
    assert sent.status == 200
    assert len(sent.answer) == MAX_ANSWER_CHARS
    assert "\x00" not in sent.answer


async def test_a_receiver_that_says_nothing_is_given_up() -> None:
    silent = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await silent.wait()
        writer.close()

    async with _receiver(handle) as url, _sender(timeout_s=0.05) as sender:
        sent = await sender.send(url, {}, b"{}")
        silent.set()
    assert sent.status is None
    assert not sent.succeeded


async def test_nobody_at_the_address_is_a_value_too() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with _sender() as sender:
        sent = await sender.send(f"http://127.0.0.1:{port}/", {}, b"{}")
    assert sent.status is None
    assert sent.answer


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/", "http://[::1]:9/", "http://10.0.0.1/"])
async def test_private_addresses_are_never_called(url: str) -> None:
    async with _sender(allow_private=False) as sender:
        sent = await sender.send(url, {}, b"{}")
    assert (sent.status, sent.answer) == (None, "the URL leads to a private address")


async def test_a_name_with_one_private_address_is_not_called(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with _sender(allow_private=False) as sender:
        _resolve(monkeypatch, "93.184.216.34", "127.0.0.1")
        sent = await sender.send("http://hooks.example.org/", {}, b"{}")
    assert sent.answer == "the URL leads to a private address"


async def test_what_is_no_url_is_not_called() -> None:
    async with _sender() as sender:
        assert (await sender.send("file:///etc/passwd", {}, b"")).status is None


def _resolve(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Every name leads to these addresses."""

    async def getaddrinfo(_host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in addresses]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
