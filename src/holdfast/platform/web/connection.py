"""The law of a connection: what uvicorn leaves open is closed here.

A head has a bounded size and a bounded time, an answer that nobody reads is given up, and when all
places are taken the connection that has waited longest for its next request makes room, so that no
crowd of idle ones keeps nodes out. A PROXY protocol header before the first request says who the
client behind a balancer is, and which port it called; it is taken from anybody where nothing is
named, because an address only ever says where the *sender* wants to be graded from.
"""

import asyncio
import contextlib
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from holdfast.platform.balancer.networks import Networks
from holdfast.platform.balancer.proxy_protocol import (
    SIGNATURE,
    Header,
    Malformed,
    NeedMore,
    parse,
    trace_of,
)
from holdfast.platform.web.whole_answers import CYCLE_KEY

MAX_HEAD_BYTES = 32 << 10
"""Request line and headers of one request; browsers send one or two kB."""
HEAD_S = 10.0
"""From a connection's or request's first moment to the end of its head."""
STALL_S = 30.0
"""An answer that its reader does not take for so long is given up."""
TRACE_KEY = "trace"
"""In `scope["state"]`: the balancer's name for the connection, as its access log has it."""
_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"connection: close\r\ncontent-length: 0\r\n\r\n"
)
_FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\n"
    b"retry-after: 1\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
)


@dataclass(slots=True)
class Places:
    """What a process has room for, all its servers together, for each connection is a file."""

    most: int = sys.maxsize
    taken: int = 0


@dataclass(slots=True)
class Room:
    """The places of one server: at most `limit` connections, the idle ones in order of age.
    `places` are those of its process."""

    limit: int
    places: Places = field(default_factory=Places)
    believed: Networks = field(default_factory=Networks)
    """Whose PROXY headers are taken; empty: everybody's."""
    idle: "dict[GuardedConnection, None]" = field(default_factory=dict)
    is_closing: bool = False
    """Whether each answer from now on is its connection's last."""


class GuardedConnection(HttpToolsProtocol):
    """uvicorn's connection, guarded. Built by uvicorn: see `guarded`."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        room: Room,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._room = room
        self._prelude: bytes | None = b""
        self._head_bytes = 0
        self._in_head = True
        self._head_clock = _Clock()
        self._stall_clock = _Clock()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Find a place and start the clock of the first head."""
        super().connection_made(transport)
        _watch_peer(transport)
        places = self._room.places
        places.taken += 1
        is_full = len(self.connections) > self._room.limit or places.taken > places.most
        if is_full and not self._make_room():
            transport.write(_FULL)
            transport.close()
            return
        self._room.idle[self] = None
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Give the place back and stop all clocks."""
        self._room.places.taken -= 1
        self._room.idle.pop(self, None)
        self._head_clock.stop()
        self._stall_clock.stop()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take the PROXY header off, then hand on and count."""
        if self._prelude is not None:
            data = self._after_prelude(self._prelude + data)
            if not data:
                return
        if self._in_head:
            self._head_bytes += len(data)  # the end of the head sets it to zero again
        super().data_received(data)
        if self._in_head and self._head_bytes and not self._head_clock.runs:
            self._expect_head()
        if self._head_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
            self.transport.write(_TOO_LARGE)
            self.transport.close()

    def on_headers_complete(self) -> None:
        """A head is through: work begins."""
        self._in_head = False
        self._head_bytes = 0
        self._head_clock.stop()
        self._room.idle.pop(self, None)
        super().on_headers_complete()
        self.scope["state"][CYCLE_KEY] = self.cycle
        if self._room.is_closing:
            self.cycle.keep_alive = False

    def on_message_complete(self) -> None:
        """The next bytes begin another head; its clock starts with them."""
        super().on_message_complete()
        self._in_head = True

    def on_response_complete(self) -> None:
        """Work is done: the connection waits for its next request, or begins with it."""
        super().on_response_complete()
        if self.cycle.response_complete and not self.transport.is_closing():
            self._room.idle[self] = None

    def answer_last(self) -> None:
        """Let the answer to the request under way, if there is one, be the last and say so."""
        if self not in self._room.idle:
            self.shutdown()

    def pause_writing(self) -> None:
        """The reader does not keep up: wait, but not for ever."""
        super().pause_writing()
        self._stall_clock.start(self.loop, STALL_S, self.transport.abort)

    def resume_writing(self) -> None:
        """The reader took something."""
        self._stall_clock.stop()
        super().resume_writing()

    def _after_prelude(self, data: bytes) -> bytes:
        """What follows a PROXY header; nothing as long as it may still be one."""
        found = parse(data)
        match found:
            case NeedMore():
                self._prelude = data
                return b""
            case Malformed() if data.startswith(SIGNATURE):
                self.transport.close()
                return b""
            case Malformed():
                self._prelude = None
                return data
        self._prelude = None
        if isinstance(found, Header):
            if self._room.believed and (self.client or ("",))[0] not in self._room.believed:
                self.transport.close()
                return b""
            self.client, self.server = found.source, found.destination
            # uvicorn copies this into every request's scope["state"].
            self.app_state = {**self.app_state, TRACE_KEY: trace_of(found.tlvs)}
        return data[found.length :]

    def _make_room(self) -> bool:
        """Close the connection that has been idle longest; whether there was one."""
        oldest = next(iter(self._room.idle), None)
        if oldest is None:
            return False
        del self._room.idle[oldest]
        oldest.transport.close()
        return True

    def _expect_head(self) -> None:
        self._head_clock.start(self.loop, HEAD_S, self.transport.close)


def guarded(room: Room) -> type[asyncio.Protocol]:
    """What uvicorn takes as its `http` class, for a server whose places are `room`."""
    return cast(type[asyncio.Protocol], partial(GuardedConnection, room=room))


class _Clock:
    """A deadline that is set and lifted many times."""

    __slots__ = ("_timer",)

    def __init__(self) -> None:
        self._timer: asyncio.TimerHandle | None = None

    @property
    def runs(self) -> bool:
        return self._timer is not None

    def start(
        self, loop: asyncio.AbstractEventLoop, seconds: float, then: Callable[[], object]
    ) -> None:
        self.stop()
        self._timer = loop.call_later(seconds, then)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _watch_peer(transport: asyncio.Transport) -> None:
    """Let the kernel end connections whose peer has vanished or never takes what was sent."""
    peer = transport.get_extra_info("socket")
    if peer is None:
        return
    with contextlib.suppress(OSError):
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(STALL_S * 1000))
