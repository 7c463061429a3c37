"""The law of a connection: one request at a time over one socket, answers whole and bounded.

It opens when it is first needed and again after it was closed; what goes wrong is a `Broken` with a
word to count it by. A closed connection that was idle is tried once more, as browsers do.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import httptools

from holdfast.platform.runtime.journey import Ask

ANSWER_S = 30.0
"""Longer, and a person has left."""
CONNECT_S = 10.0
MAX_ANSWER_BYTES = 16 << 20


class Broken(Exception):
    """No answer: the word says why."""


@dataclass(slots=True)
class Answer:
    """A whole answer."""

    status: int = 0
    etag: str = ""
    body: bytes = b""


@dataclass(slots=True)
class _Reading:
    """What httptools tells of an answer."""

    answer: Answer = field(default_factory=Answer)
    parts: list[bytes] = field(default_factory=list)
    size: int = 0
    is_whole: bool = False

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"etag":
            self.answer.etag = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        self.size += len(body)
        if self.size > MAX_ANSWER_BYTES:
            raise Broken("too-long")
        self.parts.append(body)

    def on_message_complete(self) -> None:
        self.is_whole = True


class Connection:
    """A connection to a host and port."""

    def __init__(self, host: str, port: int) -> None:
        self.port = port
        self._host = host
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    @property
    def is_open(self) -> bool:
        """Whether the other side has not closed it, for all that is known."""
        return self._streams is not None and not self._streams[0].at_eof()

    async def open(self) -> None:
        """Connect; `Broken` when that fails."""
        try:
            async with asyncio.timeout(CONNECT_S):
                self._streams = await asyncio.open_connection(self._host, self.port)
        except TimeoutError:
            raise Broken("connect-timeout") from None
        except OSError:
            raise Broken("refused") from None

    async def ask(self, ask: Ask, headers: Mapping[str, str]) -> Answer:
        """The answer to one request; `Broken` when there is none."""
        was_open = self.is_open
        if not was_open:
            await self.open()
        try:
            return await self._once(ask, headers)
        except Broken:
            self.close()
            if not was_open or ask.method != "GET":
                raise
        await self.open()
        return await self._once(ask, headers)

    def close(self) -> None:
        """Drop it."""
        if self._streams is not None:
            self._streams[1].transport.abort()
            self._streams = None

    async def _once(self, ask: Ask, headers: Mapping[str, str]) -> Answer:
        assert self._streams is not None
        reader, writer = self._streams
        try:
            async with asyncio.timeout(ANSWER_S):
                writer.write(self._raw(ask, headers))
                return await whole_answer(reader.read)
        except TimeoutError:
            raise Broken("timeout") from None
        except (OSError, httptools.HttpParserError):
            raise Broken("reset") from None

    def _raw(self, ask: Ask, headers: Mapping[str, str]) -> bytes:
        lines = [f"{ask.method} {ask.target} HTTP/1.1", f"host: {self._host}:{self.port}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if ask.body or ask.method != "GET":
            lines += ["content-type: application/json", f"content-length: {len(ask.body)}"]
        return "\r\n".join([*lines, "", ""]).encode() + ask.body


async def whole_answer(read: Callable[[int], Awaitable[bytes]]) -> Answer:
    """The answer that `read` brings, which gives at most so many bytes and nothing at the end;
    `Broken` or `httptools.HttpParserError` when it is none."""
    reading = _Reading()
    parser = httptools.HttpResponseParser(reading)
    while not reading.is_whole:
        data = await read(65_536)
        if not data:
            raise Broken("closed")
        parser.feed_data(data)
    reading.answer.status = parser.get_status_code()
    reading.answer.body = b"".join(reading.parts)
    return reading.answer
