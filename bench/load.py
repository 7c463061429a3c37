"""A load generator that speaks the course protocol with as little work as possible.

One asyncio loop, one Protocol object a connection, frames written as bytes made beforehand. It
shares the machine with what it measures, so its own processor time is reported beside the figures.
"""

import asyncio
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

ATTEMPTS_PER_CONNECTION = 150
"""A node ends a connection's attempts at 200: reconnect before that."""
CONNECT_AT_ONCE = 100


def text(words: str) -> bytes:
    """A text field."""
    raw = words.encode()
    return struct.pack(">H", len(raw)) + raw


def chat(uid: int, words: str) -> bytes:
    """A chat frame."""
    return struct.pack(">ii", 4, uid) + text(words)


def register(uid: int) -> bytes:
    """A register frame."""
    return struct.pack(">ii", 1, uid) + text("localhost") + struct.pack(">i", 4444)


@dataclass
class Tally:
    """What a run has seen: answers with their times (monotonic, s) and latencies (s)."""

    latencies_s: list[float] = field(default_factory=list)
    wrong: int = 0
    lost: int = 0

    def quantile_ms(self, share: float) -> float:
        """The latency that this share of answers stayed under, in ms."""
        if not self.latencies_s:
            return float("nan")
        ordered = sorted(self.latencies_s)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Pinger(asyncio.Protocol):
    """One connection: sends a frame, waits for an answer of known length, notes the time."""

    def __init__(
        self, frame: bytes, answer_bytes: int, expected: bytes, tally: Tally, pause_s: float
    ) -> None:
        self._frame = frame
        self._answer_bytes = answer_bytes
        self._expected = expected
        self._tally = tally
        self._pause_s = pause_s
        self._got = b""
        self._sent_at = 0.0
        self._left = ATTEMPTS_PER_CONNECTION
        self._loop = asyncio.get_running_loop()
        self._stopped = False
        self.ended: asyncio.Future[None] = self._loop.create_future()
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop has transports of its own kind
        self.transport = cast(asyncio.Transport, transport)

    def begin(self, after_s: float = 0.0) -> None:
        """Send the first frame, at once or a little later."""
        self._loop.call_later(after_s, self._send)

    def stop(self) -> None:
        """Send no more and close."""
        self._stopped = True
        if self.transport is not None:
            self.transport.close()

    def _send(self) -> None:
        if self._stopped or self.transport is None or self.transport.is_closing():
            return
        self._sent_at = time.monotonic()
        self.transport.write(self._frame)

    def data_received(self, data: bytes) -> None:
        self._got += data
        if len(self._got) < self._answer_bytes:
            return
        self._tally.latencies_s.append(time.monotonic() - self._sent_at)
        self._tally.wrong += self._expected not in self._got
        self._got = b""
        self._left -= 1
        if self._left <= 0:
            self.stop()
        elif self._pause_s:
            self._loop.call_later(self._pause_s, self._send)
        else:
            self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._stopped:
            self._tally.lost += 1
        if not self.ended.done():
            self.ended.set_result(None)


async def keep_connected(
    make: Callable[[], Pinger],
    address: tuple[str, int],
    *,
    until: float,
    source: str,
    after_s: float,
) -> None:
    """One client: connect, ping, connect again when the connection has had its attempts."""
    loop = asyncio.get_running_loop()
    while time.monotonic() < until:
        try:
            async with asyncio.timeout(10):
                _, pinger = await loop.create_connection(make, *address, local_addr=(source, 0))
        except (OSError, TimeoutError):
            await asyncio.sleep(0.1)
            continue
        pinger.begin(after_s)
        after_s = 0.0
        try:
            async with asyncio.timeout(until - time.monotonic()):
                await pinger.ended
        except TimeoutError:
            pinger.stop()
            return


async def ping(
    clients: int,
    address: tuple[str, int],
    make: Callable[[int, Tally], Pinger],
    *,
    seconds: float,
    source: str = "127.0.0.1",
    spread_s: float = 0.0,
) -> Tally:
    """So many clients for so many seconds; `make(number, tally)` makes a client's connection."""
    tally = Tally()
    until = time.monotonic() + seconds
    async with asyncio.TaskGroup() as group:
        for number in range(clients):
            after_s = spread_s * number / max(1, clients)
            group.create_task(
                keep_connected(
                    lambda n=number: make(n, tally),  # type: ignore[misc]
                    address,
                    until=until,
                    source=source,
                    after_s=after_s,
                )
            )
            if number % CONNECT_AT_ONCE == CONNECT_AT_ONCE - 1:
                await asyncio.sleep(0.05)
    return tally
