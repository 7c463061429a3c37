"""How much a gateway takes: the same small service asked straight and through one, in ratios.

Service and gateway are processes of their own; this one asks on kept connections, one alone for
the latency and many at once for the rate. Both ways are asked in turns, so that a busy machine hits
both. Rates depend on who else is busy; the processor time of a request does so much less, and of
several rounds the least is shown.
"""

import argparse
import asyncio
import multiprocessing
import statistics
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path

import uvloop

from tests.support.gateway_site import Echo, front, serving

REQUEST = b"GET /x HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer some-token\r\n\r\n"
ROUNDS = 6


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="A gateway against no gateway.")
    parser.add_argument("--seconds", type=float, default=2.0, help="of each measurement")
    parser.add_argument("--connections", type=int, default=32)
    given = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    service, gateway = Started(context, _service, 0), None
    try:
        gateway = Started(context, _gateway, service.port)
        asyncio.run(_compare(service, gateway, given.seconds, given.connections))
    finally:
        for one in (gateway, service):
            if one is not None:
                one.stop()


class Started:
    """A child that serves until it is told to stop; `port` is where."""

    def __init__(self, context: object, serve: object, port: int) -> None:
        ours, theirs = multiprocessing.Pipe()
        self._pipe = ours
        self._child = context.Process(target=serve, args=(theirs, port))  # type: ignore[attr-defined]
        self._child.start()
        self.port = ours.recv()

    def processor_s(self) -> float:
        """What its main thread has used of a processor."""
        told = Path(f"/proc/{self._child.pid}/schedstat").read_text()
        return int(told.split()[0]) / 1e9

    def stop(self) -> None:
        self._pipe.send(None)
        self._child.join(10)


def _service(pipe: Connection, _: int) -> None:
    async def run() -> None:
        async with serving(Echo("bench")) as port:
            pipe.send(port)
            await asyncio.to_thread(pipe.recv)

    _with_fast_loop(run)


def _gateway(pipe: Connection, port: int) -> None:
    async def run() -> None:
        async with front() as made:
            made.ways.note = lambda _: None
            made.enter("m0", port)
            pipe.send(made.port)
            await asyncio.to_thread(pipe.recv)

    _with_fast_loop(run)


def _with_fast_loop(run: object) -> None:
    uvloop.run(run())  # type: ignore[operator]


async def _compare(service: Started, gateway: Started, seconds: float, connections: int) -> None:
    straight, through, both = service.port, gateway.port, (service, gateway)
    used: dict[int, list[tuple[float, ...]]] = {straight: [], through: []}
    alone: dict[int, list[float]] = {straight: [], through: []}
    rates: dict[int, list[float]] = {straight: [], through: []}
    for _ in range(ROUNDS):
        for port in (straight, through):
            alone[port] += await _asking(port, seconds / 4)
            before = [one.processor_s() for one in both]
            began = time.perf_counter()
            many = await asyncio.gather(*(_asking(port, seconds) for _ in range(connections)))
            rates[port].append(sum(map(len, many)) / (time.perf_counter() - began))
            count = sum(map(len, many))
            spent = (one.processor_s() - was for one, was in zip(both, before, strict=True))
            used[port].append(tuple(each / count for each in spent))
    p50 = {port: statistics.median(times) for port, times in alone.items()}
    rate = {port: statistics.median(found) for port, found in rates.items()}
    print(f"{'':24}{'straight':>10}{'gateway':>10}{'ratio':>8}")
    for name, of, unit in (("p50 alone, ms", p50, 1e3), (f"requests/s of {connections}", rate, 1)):
        ratio = of[through] / of[straight]
        print(f"{name:24}{of[straight] * unit:>10.2f}{of[through] * unit:>10.2f}{ratio:>8.2f}")
    for name, which in (("service", 0), ("gateway", 1)):
        least = {port: _least(found, which) * 1e6 for port, found in used.items()}
        print(f"{name + ', processor us':24}{least[straight]:>10.0f}{least[through]:>10.0f}")
    print(f"added p50: {(p50[through] - p50[straight]) * 1e3:.2f} ms")


def _least(found: Sequence[tuple[float, ...]], which: int) -> float:
    return min(each[which] for each in found)


async def _asking(port: int, seconds: float) -> list[float]:
    """How long each request took, one after another on one connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    took, end = [], time.perf_counter() + seconds
    while (began := time.perf_counter()) < end:
        writer.write(REQUEST)
        await reader.readuntil(b"bench 0 /x")
        took.append(time.perf_counter() - began)
    writer.close()
    return took


if __name__ == "__main__":
    main()
