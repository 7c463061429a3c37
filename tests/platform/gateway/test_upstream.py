import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from holdfast.platform.gateway.upstream import (
    IDLE_LINES,
    IDLE_S,
    MAX_HEAD_BYTES,
    SHORT_BYTES,
    SILENT_S,
    TAKING_S,
    Cut,
    Line,
    Lines,
)

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


@asynccontextmanager
async def member(*answers: bytes, closes: bool = False) -> AsyncIterator[tuple[str, int]]:
    """Says these bytes, each after a request, whatever was asked."""

    over: list[asyncio.Task[None] | None] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        over.append(asyncio.current_task())
        with suppress(OSError, asyncio.IncompleteReadError):
            for answer in answers:
                await reader.readuntil(b"\r\n\r\n")
                writer.write(answer)
                await writer.drain()
            if not closes:
                await reader.read()
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        host, port = server.sockets[0].getsockname()[:2]
        yield host, port
    finally:
        server.close()
        await server.wait_closed()
        await asyncio.gather(*(task for task in over if task is not None))


async def ask(line: Line, *, head_only: bool = False) -> None:
    line.begin(head_only=head_only)
    line.write(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")


async def body_of(line: Line) -> bytes:
    found = b""
    while (piece := await line.piece()) is not None:
        found += piece
    return found


async def test_a_line_is_used_for_one_answer_after_another() -> None:
    lines = Lines()
    async with member(OK, OK) as endpoint:
        for used in (1, 2):
            line = await lines.take(endpoint, 0.0)
            await ask(line)
            head = await line.head()
            assert (head.status, head.is_short) == (200, True)
            assert await line.whole() == b"ok"
            lines.give(endpoint, line, 0.0)
            assert line.used == used
        lines.close()
        assert line.is_lost


@pytest.mark.parametrize(
    ("answer", "closes", "body", "is_short"),
    [
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
         False, b"ok", False),
        (b"HTTP/1.1 204 No Content\r\n\r\n", False, b"", True),
        (b"HTTP/1.1 304 Not Modified\r\ncontent-length: 9\r\n\r\n", False, b"", True),
        (b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n" + OK, False, b"ok", True),
        (b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nto the end", True, b"to the end", False),
        (b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s"
         % (SHORT_BYTES + 1, b"x" * (SHORT_BYTES + 1)), False, b"x" * (SHORT_BYTES + 1), False),
    ],
)  # fmt: skip
async def test_an_answer_ends_where_it_says(
    answer: bytes, closes: bool, body: bytes, is_short: bool
) -> None:
    async with member(answer, closes=closes) as endpoint:
        line = await Lines().take(endpoint, 0.0)
        await ask(line)
        head = await line.head()
        assert head.is_short is is_short
        assert dict(head.headers).get(b"link") is None
        assert await body_of(line) == body
        line.abort()


async def test_an_answer_to_a_head_has_no_body_and_its_line_no_second_use() -> None:
    async with member(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n") as endpoint:
        line = await Lines().take(endpoint, 0.0)
        await ask(line, head_only=True)
        assert (await line.head()).status == 200
        assert await line.whole() == b""
        assert not line.is_reusable
        line.abort()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\nhalf",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\nok",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nx: " + b"y" * (2 * MAX_HEAD_BYTES),
    ],
)
async def test_an_answer_that_is_cut_or_nonsense_is_told_so(answer: bytes) -> None:
    async with member(answer, closes=True) as endpoint:
        line = await Lines().take(endpoint, 0.0)
        await ask(line)
        with pytest.raises(Cut):
            await _all_of(line)
        assert not line.is_reusable
        line.abort()


async def _all_of(line: Line) -> None:
    await line.head()
    await line.whole()


async def test_a_line_that_says_more_than_it_was_asked_is_not_used_again() -> None:
    async with member(OK + b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\npoison") as endpoint:
        lines = Lines()
        line = await lines.take(endpoint, 0.0)
        await ask(line)
        await line.head()
        assert await line.piece() == b"ok"
        lines.give(endpoint, line, 0.0)
        assert line.is_lost


async def test_a_reader_that_waits_stops_the_line_and_gets_everything() -> None:
    size = 2 << 20
    answer = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (size, b"x" * size)
    async with member(answer) as endpoint:
        line = await Lines().take(endpoint, 0.0)
        await ask(line)
        await line.head()
        async with asyncio.timeout(5):
            while not line._is_paused:
                await asyncio.sleep(0)
        assert line._held < size
        assert len(await body_of(line)) == size
        line.abort()


async def test_lines_that_were_idle_too_long_are_closed_and_others_kept_in_bounds() -> None:
    lines = Lines()
    async with member(*[OK] * 2) as endpoint:
        line = await lines.take(endpoint, 0.0)
        await ask(line)
        await line.head()
        await line.whole()
        lines.give(endpoint, line, 0.0)
        lines.sweep(IDLE_S - 1)
        assert not line.is_lost
        lines.sweep(IDLE_S + 1)
        assert line.is_lost
        other = await lines.take(endpoint, IDLE_S + 1)
        assert other is not line
        other.abort()
    assert IDLE_LINES > 1


async def test_lines_to_a_member_that_ends_are_let_go() -> None:
    lines = Lines()
    async with member(OK) as endpoint:
        line = await lines.take(endpoint, 0.0)
        await ask(line)
        await line.head()
        await line.whole()
        lines.give(endpoint, line, 0.0)
        lines.let_go(("127.0.0.1", 1))
        assert not line.is_lost
        lines.let_go(endpoint)
        assert line.is_lost


async def test_a_machine_that_vanishes_ends_its_lines_but_a_long_body_has_time() -> None:
    async with member(OK, OK) as endpoint:
        line = await Lines().take(endpoint, 0.0)
        assert line._transport is not None
        peer = line._transport.get_extra_info("socket")
        assert _patience_s(peer) == SILENT_S
        assert peer.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        line.begin(head_only=False)
        line.will_be_long()
        assert _patience_s(peer) == TAKING_S
        line.write(b"POST / HTTP/1.1\r\n\r\n")
        assert await line.whole() == b"ok"
        assert not line.is_reusable
        line.abort()


def _patience_s(peer: socket.socket) -> float:
    return peer.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) / 1000


async def test_nobody_at_an_address_is_an_error_at_once() -> None:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    endpoint = server.sockets[0].getsockname()[:2]
    server.close()
    await server.wait_closed()
    with pytest.raises(OSError, match=r"refused|Connect"):
        await Lines().take(endpoint, 0.0)
