"""Measure the balancing policies on uneven work, over real processes, all in one run.

    python -m bench.uneven [--seconds 20] [--rounds 6] [--heavier 50]

A member works off one session after the other; a session costs no processor, only time, and one of
ten lasts fifty times as long. Each policy has a balancer process of its own and a queue of its own
in each of the four member processes, and every arrival sends the same session through all of them
at the same moment: what the machine does otherwise hits all policies alike. A figure is the median
over rounds; a ratio is the median of the ratios to round robin within a round. Twice: with equal
members, and with one of half the speed. The goal: the best policy's p99 at most 0.6 of round
robin's. Small differences mean nothing.
"""

import argparse
import asyncio
import contextlib
import multiprocessing
import os
import random
import statistics
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from multiprocessing.connection import Connection as Pipe

from bench.relay import START_S, process
from holdfast.platform.balancer.policies import POLICIES
from holdfast.platform.balancer.server import run_balancer
from holdfast.platform.balancer.settings import BalancerSettings
from holdfast.platform.membership.beacon import Beacon, BeaconSettings, Identity
from holdfast.platform.membership.wire import Keyring, Load
from holdfast.platform.runtime.app import Listener
from holdfast.platform.runtime.settings import FleetSettings

KEYS = Keyring.of([b"only-for-this-bench-" * 2])
SERVICE = "work"
SLOTS = 1
LIGHT_S, HEAVY_SHARE = 0.01, 0.1
WARM_UP_S = 8.0
LONGEST_WAIT_S = 60.0
CLIENT_ADDRESSES = 200
"""Clients come from so many loopback addresses, or affinity would have one client."""
GOAL = 0.6

Address = tuple[str, int]


@dataclass(frozen=True)
class World:
    """`load`: the share of the members' time that sessions ask for."""

    name: str
    speeds: tuple[float, ...]
    load: float


WORLDS = (
    World("4 equal members, load 0.7", (1.0, 1.0, 1.0, 1.0), 0.7),
    World("one of 4 at half speed, load 0.5", (1.0, 1.0, 1.0, 0.5), 0.5),
)


@dataclass
class Runs:
    """Times in seconds by policy and round."""

    times_s: dict[tuple[str, int], list[float]] = field(default_factory=dict)
    failed: int = 0

    def quantile_s(self, policy: str, number: int, share: float) -> float:
        ordered = sorted(self.times_s[policy, number])
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=20.0, help="of a round")
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--heavier", type=float, default=50.0)
    given = parser.parse_args()
    print(f"{os.cpu_count()} CPUs, load average {os.getloadavg()[0]:.1f} at the start")
    for world in WORLDS:
        report(world, measure(world, given), given.rounds)
    print(f"load average {os.getloadavg()[0]:.1f} at the end")


def measure(world: World, given: argparse.Namespace) -> Runs:
    """Start everything, drive it, stop everything."""
    with ExitStack() as stack:
        public: dict[str, Address] = {}
        beats: dict[str, Address] = {}
        for policy in POLICIES:
            ours, theirs = multiprocessing.Pipe()
            stack.enter_context(process(_balance, theirs, policy))
            assert ours.poll(2 * START_S), "a balancer did not start"
            addresses: Mapping[str, str] = ours.recv()
            public[policy] = _address(addresses[SERVICE])
            beats[policy] = _address(addresses["heartbeats"])
        for number, speed in enumerate(world.speeds):
            ours, theirs = multiprocessing.Pipe()
            stack.enter_context(process(_member, theirs, f"n{number}", speed, beats))
            assert ours.poll(2 * START_S), "a member did not start"
        return asyncio.run(_drive(world, public, given))


def report(world: World, runs: Runs, rounds: int) -> None:
    """A Markdown table, and whether the goal is met."""
    count = sum(len(times) for times in runs.times_s.values())
    print(f"\n**{world.name}**: {count} sessions, {runs.failed} failed\n")
    print("| policy | p50 ms | p99 ms | p99 to round robin |\n|---|---|---|---|")
    ratios = {}
    for policy in POLICIES:
        median, worst = (
            statistics.median(runs.quantile_s(policy, n, share) for n in range(rounds))
            for share in (0.5, 0.99)
        )
        ratios[policy] = statistics.median(
            runs.quantile_s(policy, n, 0.99) / runs.quantile_s(POLICIES[0], n, 0.99)
            for n in range(rounds)
        )
        print(f"| {policy} | {1000 * median:.0f} | {1000 * worst:.0f} | {ratios[policy]:.2f} |")
    best = min(ratios, key=ratios.__getitem__)
    verdict = "met" if ratios[best] <= GOAL else "missed"
    print(f"\nBest: {best} at {ratios[best]:.2f}; the goal of {GOAL} is {verdict}.", flush=True)


async def _drive(world: World, public: Mapping[str, Address], given: argparse.Namespace) -> Runs:
    dice, runs = random.Random(1), Runs()
    mean_s = LIGHT_S * (1 + HEAVY_SHARE * (given.heavier - 1))
    gap_s = mean_s / (world.load * sum(world.speeds) * SLOTS)
    await asyncio.sleep(2.0)  # two beats: all balancers know all members
    began = due = time.perf_counter()
    sessions: set[asyncio.Task[None]] = set()
    while due < began + WARM_UP_S + given.rounds * given.seconds:
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        number = int((due - began - WARM_UP_S) // given.seconds)
        work_s = LIGHT_S * (given.heavier if dice.random() < HEAVY_SHARE else 1.0)
        source = f"127.0.1.{1 + dice.randrange(CLIENT_ADDRESSES)}"
        for policy, address in public.items():
            session = asyncio.create_task(_session(runs, (policy, number), address, source, work_s))
            sessions.add(session)
            session.add_done_callback(sessions.discard)
        due += dice.expovariate(1 / gap_s)
    if sessions:
        await asyncio.wait(sessions, timeout=LONGEST_WAIT_S)
    return runs


async def _session(
    runs: Runs, key: tuple[str, int], address: Address, source: str, work_s: float
) -> None:
    began = time.perf_counter()
    try:
        async with asyncio.timeout(LONGEST_WAIT_S):
            reader, writer = await asyncio.open_connection(*address, local_addr=(source, 0))
            writer.write(f"{work_s}\n".encode())
            answered = await reader.readline() == b"done\n"
            writer.close()
    except (OSError, TimeoutError):
        answered = False
    if not answered:
        runs.failed += 1
    elif key[1] >= 0:
        runs.times_s.setdefault(key, []).append(time.perf_counter() - began)


def _balance(ready: Pipe, policy: str) -> None:
    settings = BalancerSettings(heartbeat_port=0, policies=(f"{SERVICE}={policy}",))
    listener = Listener(SERVICE, "tcp", 0, SERVICE, proxied=False)
    run_balancer(FleetSettings(), settings, [listener], KEYS, ready=ready.send, stop_fds=[])


def _member(ready: Pipe, name: str, speed: float, beats: Mapping[str, Address]) -> None:
    asyncio.run(_serve(ready, name, speed, beats))


async def _serve(ready: Pipe, name: str, speed: float, beats: Mapping[str, Address]) -> None:
    """A queue and a beacon for each policy; the process is ended from outside."""
    kept: list[object] = []
    for balancer in beats.values():
        queue = _Queue(speed)
        server = await asyncio.start_server(queue.serve, "127.0.0.1", 0, backlog=1024)
        services = {SERVICE: server.sockets[0].getsockname()}
        beacon = Beacon(
            BeaconSettings((balancer,), KEYS), Identity.fresh(name), services, queue.load
        )
        await beacon.start()
        kept += [server, beacon]
    ready.send(True)
    await asyncio.Event().wait()


class _Queue:
    """Sessions one after the other, first come, first served."""

    def __init__(self, speed: float) -> None:
        self._speed = speed
        self._slots = asyncio.Semaphore(SLOTS)
        self._inside = 0

    def load(self) -> Load:
        return Load(running=self._inside, capacity=SLOTS)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = await reader.readline()
        if line:
            self._inside += 1
            try:
                async with self._slots:
                    await asyncio.sleep(float(line) / self._speed)
            finally:
                self._inside -= 1
            with contextlib.suppress(OSError):
                writer.write(b"done\n")
        writer.close()


def _address(text: str) -> Address:
    host, _, port = text.rpartition(":")
    return host, int(port)


if __name__ == "__main__":
    main()
