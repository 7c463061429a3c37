"""The law of a client's sockets: a TCP connection or a UDP socket as a line of frames.

A line turns what comes into events of the client's engine and puts them into the client's queue.
The queue is bounded: a full one stops the reading of streams and drops datagrams, as a network
does. Every wait for the network has a time-out.
"""

import asyncio
from contextlib import suppress
from typing import Protocol

from holdfast.errors import HoldfastError
from holdfast.grading.domain.events import Closed, Event, Received, Undecodable
from holdfast.grading.domain.reference.stream import ForgivingStream
from holdfast.grading.wire.connection import Frame, Garbled
from holdfast.grading.wire.course import COURSE

CONNECT_S = 10.0
WRITE_S = 10.0
"""A server that reads nothing for so long is gone."""
CLOSE_S = 2.0
READ_BYTES = 4096
QUEUED_EVENTS = 1024
"""Events that wait for the engine: a course test has some dozens."""


class Line(Protocol):
    """One connection or flow of a client."""

    async def send(self, raw: bytes) -> None:
        """Send one frame. Silent when the other side is gone: that shows as a `Closed`."""

    async def close(self) -> None:
        """Close it; no events come any more."""


Events = asyncio.Queue[tuple[Line, Event]]
"""What came, and on which line: a closed line's last events are not those of its successor."""


class TcpLine:
    """A TCP connection; make it with `connect`."""

    def __init__(
        self,
        name: str,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        events: Events,
    ) -> None:
        self._name = name
        self._reader = reader
        self._writer = writer
        self._events = events
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def connect(cls, name: str, address: tuple[str, int], events: Events) -> "TcpLine":
        """Connect. `HoldfastError` names the address and says why not."""
        try:
            async with asyncio.timeout(CONNECT_S):
                reader, writer = await asyncio.open_connection(*address)
        except (OSError, OverflowError, TimeoutError) as error:
            raise _unreachable("TCP", address, error) from None
        return cls(name, reader, writer, events)

    async def send(self, raw: bytes) -> None:
        """See `Line`."""
        with suppress(OSError, TimeoutError):
            self._writer.write(raw)
            async with asyncio.timeout(WRITE_S):
                await self._writer.drain()

    async def close(self) -> None:
        """See `Line`."""
        self._reading.cancel()
        self._writer.close()
        with suppress(OSError, TimeoutError, asyncio.CancelledError):
            async with asyncio.timeout(CLOSE_S):
                await self._writer.wait_closed()

    async def _read(self) -> None:
        # No time-out here: how long to wait for a server is the engine's decision.
        stream = ForgivingStream()
        with suppress(OSError):
            while data := await self._reader.read(READ_BYTES):
                for found in stream.feed(data):
                    await self._events.put((self, _event(self._name, found)))
        await self._events.put((self, Closed(self._name)))


class UdpLine(asyncio.DatagramProtocol):
    """A UDP socket that talks to one address; make it with `connect`."""

    def __init__(self, name: str, events: Events) -> None:
        self._name = name
        self._events = events
        self._transport: asyncio.DatagramTransport | None = None

    @classmethod
    async def connect(cls, name: str, address: tuple[str, int], events: Events) -> "UdpLine":
        """Bind a socket. `HoldfastError` when there is no way to the address."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_S):
                transport, line = await loop.create_datagram_endpoint(
                    lambda: cls(name, events), remote_addr=address
                )
        except (OSError, OverflowError, TimeoutError) as error:
            raise _unreachable("UDP", address, error) from None
        line._transport = transport
        return line

    async def send(self, raw: bytes) -> None:
        """See `Line`."""
        if self._transport is not None:
            self._transport.sendto(raw)

    async def close(self) -> None:
        """See `Line`."""
        if self._transport is not None:
            self._transport.close()

    def datagram_received(self, data: bytes, _: object) -> None:
        """See `asyncio.DatagramProtocol`."""
        with suppress(asyncio.QueueFull):
            event = _event(self._name, COURSE.decode_datagram(data))
            self._events.put_nowait((self, event))

    def error_received(self, exc: Exception) -> None:
        """Nobody listens there, just now: to a UDP client that is a lost datagram."""


def _event(line: str, found: Frame | Garbled) -> Event:
    match found:
        case Frame():
            return Received(line, found)
        case Garbled(raw=raw, failure=failure):
            return Undecodable(line, raw, failure.reason)


def _unreachable(kind: str, address: tuple[str, int], error: Exception) -> HoldfastError:
    host, port = address
    reason = "no answer" if isinstance(error, TimeoutError) else (error.args[-1:] or ("?",))[0]
    return HoldfastError(f"{kind} port {port} of {host} cannot be reached: {reason}.")
