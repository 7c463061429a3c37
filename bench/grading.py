"""Measure grading end to end: clients -> balancer -> 3 nodes -> results API -> PostgreSQL.

    python -m bench.grading [--seconds 8]

A whole fleet runs on this machine, and so does the load generator. *verdict* is one attempt of
`seed-user-id`: the answer comes only when the verdict is durable, so its latency is last message ->
durable verdict. *message* is a chat and its `ACK`: no store. The peer of the ratios is an echo
server on the same event loop without any of ours, pinged by the same generator in the same run.
"""

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import uvloop

from bench.load import Pinger, Tally, chat, ping
from tests.support.fleet import Fleet, fleet

STUDENTS = 5000
SEED_PORT = 8080
PASSED = "TEST 1 USER ID CORRECTNESS PASSED"
IDLE_CONNECTIONS = 2000
NOISY_CONNECTIONS = 1000
Make = Callable[[int, Tally], Pinger]
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=8.0, help="for each figure")
    seconds = parser.parse_args().seconds
    with tempfile.TemporaryDirectory(prefix="holdfast-bench-") as folder:
        roster = Path(folder, "roster.csv")
        roster.write_text("".join(f"{uid},Student {uid}\n" for uid in range(STUDENTS)))
        with fleet(Path(folder, "data"), "--roster", str(roster)) as running:
            uvloop.run(measure(running, seconds))


async def measure(running: Fleet, seconds: float) -> None:
    """All figures, printed as they come."""
    address = ("127.0.0.1", running.port(SEED_PORT))
    # first, while no memory that was used before lies about
    await idle_memory(running, address)
    print("| what | clients | per second | p50 ms | p95 ms | p99 ms | wrong | lost | processor |")
    print("|---|---|---|---|---|---|---|---|---|")
    echo = await asyncio.get_running_loop().create_server(Echo, "127.0.0.1", 0)
    echo_address = echo.sockets[0].getsockname()
    for clients in (600, 2500):
        await figure(running, "echo, no server of ours", clients, (echo_address, ack), seconds)
        await figure(running, "message", clients, (address, ack), seconds)
        await figure(running, "verdict", clients, (address, verdict), seconds)
    quiet = await paced(running, "verdict, 600 clients once in 2 s", address, seconds)
    noise = asyncio.create_task(noisy(address, seconds))
    loud = await paced(running, "the same beside a noisy client", address, seconds)
    noise_tally = await noise
    print()
    print(
        f"A noisy client with {NOISY_CONNECTIONS} connections "
        f"({len(noise_tally.latencies_s) / seconds:,.0f} messages/s of its own) makes the others' "
        f"p95 {loud.quantile_ms(0.95) / quiet.quantile_ms(0.95):.1f} times as long."
    )


async def figure(
    running: Fleet, what: str, clients: int, path: tuple[tuple[str, int], Make], seconds: float
) -> None:
    """A closed loop: every client sends again as soon as it has its answer."""
    address, make = path
    with processor(running) as shares:
        tally = await ping(clients, address, make, seconds=seconds)
    line(what, clients, tally, seconds, shares)


async def paced(running: Fleet, what: str, address: tuple[str, int], seconds: float) -> Tally:
    """600 clients with a pause of about two seconds: far from saturation."""

    def make(number: int, tally: Tally) -> Pinger:
        return verdict(number, tally, pause_s=2.0)

    with processor(running) as shares:
        tally = await ping(600, address, make, seconds=seconds, spread_s=2.0)
    line(what, 600, tally, seconds, shares)
    return tally


async def noisy(address: tuple[str, int], seconds: float) -> Tally:
    """One address with very many connections that never pause."""
    return await ping(NOISY_CONNECTIONS, address, ack, seconds=seconds, source="127.0.0.9")


def verdict(number: int, tally: Tally, pause_s: float = 0.0) -> Pinger:
    """A client that attempts `seed-user-id` again and again."""
    uid = number % STUDENTS
    frame = chat(uid, f"TEST 1 USER ID: {uid}")
    return Pinger(frame, len(chat(uid, PASSED)), PASSED.encode(), tally, pause_s)


def ack(number: int, tally: Tally) -> Pinger:
    """A client that chats."""
    frame = chat(number % STUDENTS, "ping")
    return Pinger(frame, len(chat(0, "ACK: ping")), b"ping", tally, 0.0)


class Echo(asyncio.Protocol):
    """The peer: answers as many bytes as an `ACK` has."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop has transports of its own kind
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._transport.write(data + b"-----")


async def idle_memory(running: Fleet, address: tuple[str, int]) -> None:
    """Memory of balancer and nodes for each connection that does nothing."""
    pids = [*running.pids("balancer"), *running.pids("node")]
    before = [resident(pid) for pid in pids]
    opened = [await asyncio.open_connection(*address) for _ in range(IDLE_CONNECTIONS)]
    await asyncio.sleep(1.0)
    grown = [resident(pid) - was for pid, was in zip(pids, before, strict=True)]
    for _, writer in opened:
        writer.close()
    print(
        f"Memory per idle connection: balancer {grown[0] / IDLE_CONNECTIONS / 1024:.1f} KiB, "
        f"nodes {sum(grown[1:]) / IDLE_CONNECTIONS / 1024:.1f} KiB "
        f"({IDLE_CONNECTIONS} connections).\n"
    )


def line(what: str, clients: int, tally: Tally, seconds: float, shares: dict[str, float]) -> None:
    """One row of the table; processor as a share of one core."""
    used = ", ".join(f"{name} {share:.0%}" for name, share in shares.items())
    quantiles = " | ".join(f"{tally.quantile_ms(q):.1f}" for q in (0.50, 0.95, 0.99))
    rate = len(tally.latencies_s) / seconds
    cells = (what, clients, f"{rate:,.0f}", quantiles, tally.wrong, tally.lost, used)
    print("|", " | ".join(map(str, cells)), "|", flush=True)


@contextmanager
def processor(running: Fleet) -> Iterator[dict[str, float]]:
    """Fills in, at the end of the block, each kind of process's share of one core."""
    kinds = {name: running.pids(name) for name in ("balancer", "node", "results-api")}
    kinds["load"] = [os.getpid()]
    kinds["postgres"] = children_of(running.postgres())
    shares: dict[str, float] = {}
    began, before = time.monotonic(), {n: sum(map(ticks, p)) for n, p in kinds.items()}
    yield shares
    took_s = time.monotonic() - began
    for name, pids in kinds.items():
        shares[name] = (sum(map(ticks, pids)) - before[name]) / CLOCK_TICKS / took_s


def ticks(pid: int) -> int:
    """Processor time of a process so far; 0 when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])


def children_of(pid: int) -> list[int]:
    """PostgreSQL's server process and those of its connections."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [pid, *map(int, children.split())]


def resident(pid: int) -> int:
    """Resident memory of a process in bytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    return 1024 * int(status.partition("VmRSS:")[2].split()[0])


if __name__ == "__main__":
    main()
