"""A load generator that speaks HTTP/1.1 with as little work as possible: bytes made beforehand.

One asyncio loop, one Protocol object a connection, a closed loop: each connection sends its next
request when the last is answered. It shares the machine with what it measures.
"""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle
from typing import cast

MAX_ANSWER_BYTES = 64 << 20
"""An answer beyond this is a fault of the bench."""


def request(
    method: str, target: str, headers: dict[str, str] | None = None, body: bytes = b""
) -> bytes:
    """A request as it is sent."""
    lines = [f"{method} {target} HTTP/1.1", "host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body:
        lines += ["content-type: application/json", f"content-length: {len(body)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@dataclass
class Tally:
    """What a run has seen."""

    latencies_s: list[float] = field(default_factory=list)
    wrong: int = 0
    bytes: int = 0
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.latencies_s) / self.seconds

    def quantile_ms(self, share: float) -> float:
        """The latency that this share of answers stayed under, in ms."""
        if not self.latencies_s:
            return float("nan")
        ordered = sorted(self.latencies_s)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Asking(asyncio.Protocol):
    """One connection."""

    def __init__(self, requests: Iterator[bytes], tally: Tally, expected: bytes) -> None:
        self._requests = requests
        self._tally = tally
        self._expected = b"HTTP/1.1 " + expected
        self._got = bytearray()
        self._needed = 0
        self._sent_at = 0.0
        self._transport: asyncio.Transport | None = None
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop has transports of its own kind
        self._transport = cast(asyncio.Transport, transport)
        self._send()

    def stop(self) -> None:
        """Ask no more."""
        if self._transport is not None:
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._got += data
        if not self._needed:
            self._needed = _length(self._got)
        if self._needed < 0:
            whole = self._got.endswith(b"\r\n0\r\n\r\n")
        else:
            whole = 0 < self._needed <= len(self._got)
        if not whole:
            assert len(self._got) < MAX_ANSWER_BYTES
            return
        self._tally.latencies_s.append(time.monotonic() - self._sent_at)
        self._tally.wrong += not self._got.startswith(self._expected)
        self._tally.bytes += len(self._got)
        self._got.clear()
        self._needed = 0
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_result(None)

    def _send(self) -> None:
        assert self._transport is not None
        self._sent_at = time.monotonic()
        self._transport.write(next(self._requests))


def _length(got: bytearray) -> int:
    """Bytes of the whole answer; -1: it comes in chunks; 0: its head is not all there yet."""
    end = got.find(b"\r\n\r\n")
    if end < 0:
        return 0
    for line in bytes(got[:end]).split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return end + 4 + int(value)
    return -1


async def load(
    address: tuple[str, int],
    requests: list[bytes],
    *,
    clients: int,
    seconds: float,
    expected: bytes = b"200",
) -> Tally:
    """So many connections for so many seconds, asking these in turn."""
    tally, turns = Tally(), cycle(requests)
    loop = asyncio.get_running_loop()
    made = [
        (await loop.create_connection(lambda: Asking(turns, tally, expected), *address))[1]
        for _ in range(clients)
    ]
    started = time.monotonic()
    await asyncio.sleep(seconds)
    tally.seconds = time.monotonic() - started
    for one in made:
        one.stop()
    await asyncio.gather(*(one.ended for one in made))
    return tally
