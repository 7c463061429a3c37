"""Clients of a real node, in the balancer's place: PROXY header first, then the student's bytes."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.rules import Rules
from holdfast.grading.domain.scenario import Scenario
from holdfast.grading.domain.scenarios import CATALOGUE
from holdfast.grading.entrypoints.node import (
    TCP_SERVICE,
    UDP_SERVICE,
    NodeSettings,
    Surroundings,
    run_node,
)
from holdfast.grading.service.ports import Ledger
from holdfast.grading.wire.connection import Frame
from holdfast.grading.wire.course import COURSE
from holdfast.grading.wire.message import Message
from holdfast.platform.balancer.proxy_protocol import encode, parse
from holdfast.platform.membership.wire import Load
from holdfast.platform.runtime.lifecycle import Stop

WITHIN_S = 10.0
"""No test waits longer for anything."""


@dataclass
class FakeBeacon:
    """Remembers what it was told."""

    draining: bool = False
    stopped: bool = False

    async def stop(self) -> None:
        self.stopped = True


@dataclass
class RunningNode:
    """A node that runs in this loop."""

    stop: Stop
    task: "asyncio.Task[None]"
    beacon: FakeBeacon
    services: dict[str, tuple[str, int]] = field(default_factory=dict)
    load: list[Load] = field(default_factory=list)

    @property
    def tcp(self) -> tuple[str, int]:
        return self.services[TCP_SERVICE]

    @property
    def udp(self) -> tuple[str, int]:
        return self.services[UDP_SERVICE]

    async def end(self) -> None:
        self.stop.set()
        async with asyncio.timeout(WITHIN_S):
            await self.task


@asynccontextmanager
async def running_node(
    ledger: Ledger,
    settings: NodeSettings,
    *,
    rules: Rules | None = None,
    catalogue: Mapping[TestId, Scenario] = CATALOGUE,
) -> AsyncIterator[RunningNode]:
    """A node that is ready, and stopped afterwards."""
    stop, beacon, ready = Stop(), FakeBeacon(), asyncio.Event()

    async def start_beacon(services, load):  # type: ignore[no-untyped-def]
        node.services.update(services)
        node.load.append(load())
        return beacon

    around = Surroundings(
        ledger=ledger,
        start_beacon=start_beacon,
        catalogue=catalogue,
        rules=rules or Rules(time_scale=0.01),
        on_ready=lambda _: ready.set(),
    )
    task = asyncio.ensure_future(run_node(settings, around, stop))
    node = RunningNode(stop, task, beacon)
    waiter = asyncio.ensure_future(ready.wait())
    try:
        async with asyncio.timeout(WITHIN_S):
            await asyncio.wait({waiter, task}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
        yield node
    finally:
        waiter.cancel()
        stop.set()
        async with asyncio.timeout(WITHIN_S):
            await task


def node_settings(folder: Path, **changes: object) -> NodeSettings:
    """Settings of a test's node: ephemeral ports, short goodbyes."""
    secret = folder / "seed.key"
    secret.write_text("5" * 64)  # making one waits for the disk
    usual: dict[str, object] = {
        "name": "n1",
        "seed_secret_file": secret,
        "drain_s": 0.2,
        "farewell_s": 2.0,
        "beat_interval_s": 0.05,
    }
    return NodeSettings(**{**usual, **changes})  # type: ignore[arg-type]


class TcpClient:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self._stream = COURSE.stream()
        self._frames: list[Message] = []

    @classmethod
    async def connect(
        cls,
        node: RunningNode,
        port: int = 4444,
        *,
        source: tuple[str, int] = ("192.0.2.7", 40_000),
        header: bytes | None = None,
    ) -> "TcpClient":
        reader, writer = await asyncio.open_connection(*node.tcp)
        writer.write(encode("tcp", source, ("127.0.0.1", port)) if header is None else header)
        return cls(reader, writer)

    async def send(self, *messages: Message | bytes) -> None:
        for message in messages:
            self.writer.write(COURSE.encode(message) if isinstance(message, Message) else message)
        async with asyncio.timeout(WITHIN_S):
            await self.writer.drain()

    async def read(self) -> Message | None:
        """The next frame; None at the end of the stream."""
        async with asyncio.timeout(WITHIN_S):
            while not self._frames:
                data = await self.reader.read(4096)
                if not data:
                    return None
                for item in self._stream.feed(data):
                    assert isinstance(item, Frame)
                    self._frames.append(item.message)
        return self._frames.pop(0)

    async def rest(self) -> list[Message]:
        """All frames up to the end of the stream."""
        found = []
        while (message := await self.read()) is not None:
            found.append(message)
        return found

    async def gone(self) -> bool:
        """True once the node has closed or reset the connection without a word."""
        async with asyncio.timeout(WITHIN_S):
            try:
                return await self.reader.read(1) == b""
            except ConnectionError:
                return True

    async def close(self) -> None:
        self.writer.close()
        try:
            async with asyncio.timeout(WITHIN_S):
                await self.writer.wait_closed()
        except ConnectionError:
            pass


class UdpClient(asyncio.DatagramProtocol):
    """One flow (or several, by `source`)."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[bytes] = asyncio.Queue()
        self._transport: asyncio.DatagramTransport | None = None

    @classmethod
    async def connect(cls, node: RunningNode) -> "UdpClient":
        loop = asyncio.get_running_loop()
        _, client = await loop.create_datagram_endpoint(cls, remote_addr=node.udp)
        return client

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def datagram_received(self, data: bytes, addr: object) -> None:
        self._queue.put_nowait(data)

    def send(
        self,
        message: Message | bytes,
        port: int = 5005,
        *,
        source: tuple[str, int] = ("192.0.2.7", 50_000),
    ) -> None:
        raw = COURSE.encode(message) if isinstance(message, Message) else message
        self.send_raw(encode("udp", source, ("127.0.0.1", port)) + raw)

    def send_raw(self, datagram: bytes) -> None:
        assert self._transport is not None
        self._transport.sendto(datagram)

    async def read_raw(self) -> bytes:
        """The next datagram as it came."""
        async with asyncio.timeout(WITHIN_S):
            return await self._queue.get()

    async def read(self) -> tuple[tuple[str, int], tuple[str, int], Message]:
        """Source and destination of the header, and the message."""
        data = await self.read_raw()
        header = parse(data)
        frame = COURSE.decode_datagram(data[header.length :])  # type: ignore[union-attr]
        assert isinstance(frame, Frame)
        return header.source, header.destination, frame.message  # type: ignore[union-attr]

    @property
    def unread(self) -> int:
        """Datagrams that came and were not read."""
        return self._queue.qsize()

    def close(self) -> None:
        assert self._transport is not None
        self._transport.close()
