"""The law of lines: connections to members, kept for the next request, one request at a time.

What comes back is read by the same parser that reads clients, in pieces: a line that holds more
than `HIGH_BYTES` nobody took stops reading. A line is used again only if its answer ended where it
said it would; one that says anything without being asked is closed.
"""

import asyncio
import contextlib
import socket
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import cast

import httptools

from holdfast.platform.gateway.headers import Header

HIGH_BYTES = 256 << 10
"""Of an answer that its client does not take yet."""
SHORT_BYTES = 64 << 10
"""An answer up to this is taken as a whole before its client hears of it."""
CONNECT_S = 2.0
"""Members are on this machine or near it."""
IDLE_S = 30.0
"""A line is kept less long than members keep theirs, so that few are found closed."""
IDLE_LINES = 64
"""Lines kept for each member."""
MAX_HEAD_BYTES = 64 << 10
"""Of an answer: our own services send one or two kB."""


SILENT_S = 4
"""A member whose machine says nothing for so long, not even that it got what was sent, is gone:
its lines end, so that what may be repeated goes to another. Answers may take as long as they do."""

TAKING_S = 60
"""A member that is sent a long body may leave it lying so long."""


class Cut(Exception):
    """A line ended, or spoke nonsense, before the end of its answer."""


@dataclass(frozen=True, slots=True)
class Head:
    """The beginning of an answer."""

    status: int
    headers: Sequence[Header]
    is_short: bool = False
    """Whether it has a declared length of no more than `SHORT_BYTES`, or no body at all."""


class Line(asyncio.Protocol):
    """A connection to a member. `begin`, `send`, then `head` and `piece` until it is None."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._parser: httptools.HttpResponseParser | None = None
        self._wake: asyncio.Future[None] | None = None
        self._writable = asyncio.Event()
        self._writable.set()
        self._head: Head | None = None
        self._headers: list[Header] = []
        self._head_bytes = 0
        self._pieces: deque[bytes] = deque()
        self._held = 0
        self._is_done = self._is_lost = self._is_paused = self._is_interim = False
        self._is_late = False
        self._is_until_end = self._has_spoken = False
        self._is_head_only = self._is_kept = self._is_long = False
        self.used = 0
        self.idle_since = 0.0

    # What the gateway does

    def begin(self, *, head_only: bool) -> None:
        """A new request. `head_only`: its answer has no body, whatever it declares."""
        self._parser = httptools.HttpResponseParser(self)
        self._head, self._headers, self._head_bytes = None, [], 0
        self._is_done = self._is_until_end = self._has_spoken = False
        self._is_head_only = head_only
        self.used += 1

    def write(self, data: bytes) -> None:
        """Send some of the request; `Cut` when the line has ended."""
        if self._is_lost or self._transport is None:
            raise Cut
        self._transport.write(data)

    def will_be_long(self) -> None:
        """More of a body follows than the member's machine takes by itself. It is the line's last
        request."""
        self._is_long = True
        _watch_machine(self._transport, TAKING_S)

    async def room(self) -> None:
        """Wait until the member took what was sent."""
        await self._writable.wait()
        if self._is_lost:
            raise Cut

    async def head(self, within_s: float | None = None) -> Head:
        """The beginning of the answer; `TimeoutError` when it does not come in time."""
        while self._head is None:
            await self._until(lambda: self._head, within_s)
        return self._head

    async def piece(self, within_s: float | None = None) -> bytes | None:
        """What has come of the body, at least a byte; None after its end. `Cut` when nothing comes
        in time."""
        if not (self._pieces or self._is_done):
            try:
                await self._until(lambda: self._pieces or self._is_done, within_s)
            except TimeoutError:
                raise Cut from None
        return self._taken() if self._pieces else None

    async def whole(self, within_s: float | None = None) -> bytes:
        """The body of a short answer, all of it; `Cut` when it does not come in time."""
        if not self._is_done:
            try:
                await self._until(lambda: self._is_done, within_s)
            except TimeoutError:
                raise Cut from None
        return self._taken()

    def _taken(self) -> bytes:
        data = self._pieces.popleft() if len(self._pieces) == 1 else b"".join(self._pieces)
        self._pieces.clear()
        self._held = 0
        if self._is_paused and self._transport is not None:
            self._is_paused = False
            self._transport.resume_reading()
        return data

    @property
    def has_spoken(self) -> bool:
        """Whether a byte of an answer came."""
        return self._has_spoken

    @property
    def is_reusable(self) -> bool:
        """Whether the next request may use the line."""
        return (
            self._is_done
            and self._is_kept
            and not (self._is_lost or self._is_head_only or self._is_until_end or self._is_long)
        )

    @property
    def is_lost(self) -> bool:
        """Whether the line has ended."""
        return self._is_lost

    def rest(self, now: float) -> None:
        """Wait for the next request."""
        self._parser = None
        self.idle_since = now

    def finish(self) -> None:
        """Let a live stream end as if its member had ended it."""
        self._is_done = True
        self._is_kept = False
        self._tell()

    def abort(self) -> None:
        """End the line at once."""
        self._is_lost = True
        if self._transport is not None:
            self._transport.abort()
        self._tell()

    # What asyncio does

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Connected."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop has a class of its own
        _watch_machine(transport, SILENT_S)

    def data_received(self, data: bytes) -> None:
        """Some of the answer."""
        if self._parser is None or self._is_done:
            self.abort()
            return
        self._has_spoken = True
        if self._head is None:
            self._head_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self.abort()
            return
        if self._head is None and self._head_bytes > MAX_HEAD_BYTES:
            self.abort()
            return
        if self._held > HIGH_BYTES and not self._is_paused and self._transport is not None:
            self._is_paused = True
            self._transport.pause_reading()
        self._tell()

    def eof_received(self) -> bool:
        """The member is done with the line."""
        if self._head is not None and self._is_until_end:
            self._is_done = True
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """The line has ended."""
        self._is_lost = True
        self._writable.set()
        self._tell()

    def pause_writing(self) -> None:
        """The member does not keep up."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """It does again."""
        self._writable.set()

    # What the parser finds

    def on_message_begin(self) -> None:
        """Another answer than the one that was asked for ends the line."""
        if self._is_done:
            self._is_lost = True

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header."""
        if self._is_done:
            return
        self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """The head is whole; interim ones are passed over."""
        if self._is_done or self._parser is None:
            return
        status = self._parser.get_status_code()
        self._is_interim = status < 200
        if self._is_interim:
            self._headers = []
            return
        named = dict(self._headers)
        length = named.get(b"content-length")
        if status in (204, 304) and length not in (None, b"0"):
            self._is_head_only = True  # it tells of a body that does not come
        has_body = not (status in (204, 304) or self._is_head_only)
        self._is_until_end = has_body and length is None and b"transfer-encoding" not in named
        is_short = not has_body or (length is not None and int(length) <= SHORT_BYTES)
        self._head = Head(status, self._headers, is_short)
        if self._is_head_only:
            self._is_done = True

    def on_body(self, body: bytes) -> None:
        """Some of the body."""
        if not self._is_done:
            self._pieces.append(body)
            self._held += len(body)

    def on_message_complete(self) -> None:
        """The answer is whole."""
        if not self._is_interim and self._parser is not None:
            self._is_done = True
            self._is_kept = self._parser.should_keep_alive()

    async def _until(self, is_there: Callable[[], object], within_s: float | None) -> None:
        """Wait for what comes. A bare timer costs a seventh of `asyncio.timeout`."""
        loop = asyncio.get_running_loop()
        self._is_late = False
        clock = loop.call_later(within_s, self._ring) if within_s is not None else None
        try:
            while not is_there():
                if self._is_lost:
                    raise Cut
                if self._is_late:
                    raise TimeoutError
                self._wake = loop.create_future()
                await self._wake
        finally:
            self._wake = None
            if clock is not None:
                clock.cancel()

    def _ring(self) -> None:
        self._is_late = True
        self._tell()

    def _tell(self) -> None:
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)


@dataclass(slots=True)
class Lines:
    """The idle lines to all members, by address; the youngest is used first."""

    _idle: dict[tuple[str, int], list[Line]] = field(default_factory=dict)

    async def take(self, endpoint: tuple[str, int], now: float) -> Line:
        """A line to a member, a kept one if there is one. `OSError` or `TimeoutError` when the
        member cannot be reached."""
        kept = self._idle.get(endpoint)
        while kept:
            line = kept.pop()
            if not line.is_lost and now - line.idle_since <= IDLE_S:
                return line
            line.abort()
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(CONNECT_S):
            _, fresh = await loop.create_connection(Line, *endpoint)
        return fresh

    def give(self, endpoint: tuple[str, int], line: Line, now: float) -> None:
        """The request is over: keep its line, or close it."""
        kept = self._idle.setdefault(endpoint, [])
        if line.is_reusable and len(kept) < IDLE_LINES:
            line.rest(now)
            kept.append(line)
        else:
            line.abort()

    def let_go(self, endpoint: tuple[str, int]) -> None:
        """Close the idle lines to a member that ends."""
        for line in self._idle.pop(endpoint, ()):
            line.abort()

    def sweep(self, now: float) -> None:
        """Close what was idle too long; call it every few seconds."""
        for endpoint, kept in list(self._idle.items()):
            fresh = [one for one in kept if not one.is_lost and now - one.idle_since <= IDLE_S]
            for line in set(kept) - set(fresh):
                line.abort()
            self._idle[endpoint] = fresh
            if not fresh:
                del self._idle[endpoint]

    def close(self) -> None:
        """Close all idle lines."""
        for kept in self._idle.values():
            for line in kept:
                line.abort()
        self._idle.clear()


def _watch_machine(transport: asyncio.BaseTransport | None, silent_s: int) -> None:
    """Let the kernel end a line to a machine that has vanished, whether it was told something or
    an answer is waited for. Where it cannot, the time-outs of answers hold."""
    peer = transport.get_extra_info("socket") if transport is not None else None
    if peer is None or not hasattr(socket, "TCP_USER_TIMEOUT"):
        return
    tcp = socket.IPPROTO_TCP
    with contextlib.suppress(OSError):
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        peer.setsockopt(tcp, socket.TCP_KEEPIDLE, SILENT_S // 2)
        peer.setsockopt(tcp, socket.TCP_KEEPINTVL, 1)
        peer.setsockopt(tcp, socket.TCP_KEEPCNT, SILENT_S // 2)
        peer.setsockopt(tcp, socket.TCP_USER_TIMEOUT, silent_s * 1000)
