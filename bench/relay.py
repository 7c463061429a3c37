"""Measure the TCP relay against HAProxy, nginx and no balancer at all, in one run.

    python -m bench.relay [--seconds 12] [--pin] [--apart] [--proxied] [--idle 10000] [--tuned]
                          [--python]

One echo server, one client (`peers.c`), four paths between them: direct, through Holdfast's relay,
through HAProxy (mode tcp) and nginx (stream), one thread each, where they are installed. Everything
is up at once; half-second samples are taken in random order, so that whatever else the machine does
hits all paths alike; a ratio is the median of the ratios of each round. Besides the rate stands
what a message or a connection costs in processor time, which other programs disturb less.
`--pin` puts the whole path on one CPU; `--apart` the balancers on one and the ends on the others.
Differences under 15 % mean nothing. Of round trips, less is better. `--idle` connections are opened
at the end, for the memory that one takes in each balancer.
"""

import argparse
import os
import random
import shutil
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from bench.peers import Address, client, echo_server
from bench.proxies import STREAM_MODULE, allow_descriptors, haproxy, holdfast_relay, most, nginx

SAMPLE_S = 0.5
CONNECTING_AT_ONCE = 16
SETTLE_S = 2.0


@dataclass
class Route:
    """One way to the echo server, and what was measured on it."""

    name: str
    address: Address
    pid: int | None
    server_pid: int | None = None
    enter: Callable[[], AbstractContextManager[None]] = nullcontext
    """Where its client lives: another network namespace, perhaps."""
    samples: dict[str, list[float]] = field(default_factory=dict)
    cpu_us: dict[str, list[float]] = field(default_factory=dict)
    whole_us: dict[str, list[float]] = field(default_factory=dict)
    """CPU of client, balancer and server together: what a message or connection costs in all,
    whatever else the machine does."""


@dataclass(frozen=True)
class Figure:
    """What is measured: how the client gets ready, what it does in a sample, and what its answer
    is in units of the name."""

    name: str
    ready: str
    sample: str
    value: Callable[[Sequence[float]], float]


def rate(answer: Sequence[float]) -> float:
    return answer[0] / answer[1]


TCP = (
    Figure("messages/s, 1 connection", "open 1", f"messages {SAMPLE_S}", rate),
    Figure("messages/s, 64 connections", "open 64", f"messages {SAMPLE_S}", rate),
    Figure("messages/s, 1000 connections", "open 1000", f"messages {SAMPLE_S}", rate),
    Figure("connections/s", "close", f"connections {SAMPLE_S} {CONNECTING_AT_ONCE}", rate),
    Figure("bulk, MB/s", "open 1", f"bulk {SAMPLE_S}", lambda answer: rate(answer) / 1e6),
    Figure("round trip p99 of 64, us", "open 64", f"trips {SAMPLE_S}", lambda answer: answer[0]),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=12.0, help="per figure and path")
    parser.add_argument("--pin", action="store_true", help="everything on one CPU")
    parser.add_argument("--apart", action="store_true", help="balancers on a CPU, ends on others")
    parser.add_argument("--proxied", action="store_true", help="with PROXY headers to the server")
    parser.add_argument("--tuned", action="store_true", help="HAProxy with larger buffers, too")
    parser.add_argument("--python", action="store_true", help="ours without its fast path, too")
    parser.add_argument("--idle", type=int, default=10_000, help="idle connections; 0: none")
    parser.add_argument("--only", default="", help="figures that contain this")
    given = parser.parse_args()
    allow_descriptors()
    if given.pin:
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    print(f"{os.cpu_count()} CPUs, {vars(given)}, load average before: {load()}", flush=True)
    with ExitStack() as stack:
        paths = _paths(stack, given)
        figures = [figure for figure in TCP if given.only in figure.name]
        with apart(paths, wanted=given.apart):
            measure(paths, figures, max(1, round(given.seconds / SAMPLE_S)))
        count = min(given.idle, most() - 100)
        idle = idle_bytes(paths, count) if count else {}
    report(paths)
    print(f"load average after: {load()}")
    for name, size in idle.items():
        print(f"{name}: {size:.0f} bytes for each of {count} idle connections")


def _paths(stack: ExitStack, given: argparse.Namespace) -> list[Route]:
    server, pid = stack.enter_context(echo_server())
    paths = [
        Route("direct", server, None, pid),
        Route("holdfast", *stack.enter_context(holdfast_relay(server, given.proxied)), pid),
    ]
    if given.python:
        found = stack.enter_context(holdfast_relay(server, given.proxied, fast=False))
        paths.append(Route("python", *found, pid))
    if shutil.which("haproxy"):
        found = stack.enter_context(haproxy(server, given.proxied))
        paths.append(Route("haproxy", *found, pid))
    if shutil.which("haproxy") and given.tuned:
        found = stack.enter_context(haproxy(server, given.proxied, tuned=True))
        paths.append(Route("tuned", *found, pid))
    if shutil.which("nginx") and STREAM_MODULE.exists() and not given.proxied:
        paths.append(Route("nginx", *stack.enter_context(nginx(server)), pid))
    return paths


@contextmanager
def apart(paths: Sequence[Route], *, wanted: bool) -> Iterator[None]:
    """Balancers on the first CPU; servers, and the clients that are started here, on the others."""
    before = os.sched_getaffinity(0)
    first = {min(before)}
    if wanted:
        for path in paths:
            if path.pid is not None:
                os.sched_setaffinity(path.pid, first)
            if path.server_pid is not None:
                os.sched_setaffinity(path.server_pid, before - first)
        os.sched_setaffinity(0, before - first)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def measure(paths: list[Route], figures: Sequence[Figure], rounds: int) -> None:
    """Take samples of each figure on each path, the first of which warms up."""
    with ExitStack() as stack:
        clients = []
        for path in paths:
            with path.enter():
                clients.append(stack.enter_context(client(path.address)))
        runs = list(zip(paths, clients, strict=True))
        for figure in figures:
            for _, asker in runs:
                asker.ask(figure.ready)
            for number in range(rounds + 1):
                random.shuffle(runs)
                for path, asker in runs:
                    of_path, of_ends = cpu_s(path.pid), cpu_s(path.server_pid) + cpu_s(asker.pid)
                    answer = asker.ask(figure.sample)
                    if number == 0:
                        continue
                    of_path = cpu_s(path.pid) - of_path
                    of_ends = cpu_s(path.server_pid) + cpu_s(asker.pid) - of_ends
                    each = 1e6 / max(1.0, answer[0])
                    path.samples.setdefault(figure.name, []).append(figure.value(answer))
                    path.cpu_us.setdefault(figure.name, []).append(of_path * each)
                    path.whole_us.setdefault(figure.name, []).append((of_path + of_ends) * each)
            for _, asker in runs:
                asker.ask("close")


def report(paths: list[Route]) -> None:
    """A table: medians, and ratios to HAProxy."""
    base = next((path for path in paths if path.name == "haproxy"), paths[0])
    print(f"{'':31}" + "".join(f"{path.name:>12}" for path in paths) + f"   against {base.name}")
    for name in base.samples:
        medians = [statistics.median(path.samples[name]) for path in paths]
        ratios = "  ".join(
            f"{path.name} {against(path.samples[name], base.samples[name]):.2f}"
            for path in paths
            if path is not base
        )
        print(f"{name:31}" + "".join(f"{median:12.0f}" for median in medians) + f"   {ratios}")
        if "/s" not in name or "MB" in name:
            continue
        costs = [statistics.median(path.cpu_us[name]) for path in paths]
        cheaper = "  ".join(
            f"{path.name} {against(base.cpu_us[name], path.cpu_us[name]):.2f}"
            for path in paths
            if path is not base and path.pid is not None
        )
        print(
            f"{'  its CPU, us each':31}" + "".join(f"{cost:12.1f}" for cost in costs) + "   "
            f"{cheaper}"
        )
        wholes = [statistics.median(path.whole_us[name]) for path in paths]
        cheaper = "  ".join(
            f"{path.name} {against(base.whole_us[name], path.whole_us[name]):.2f}"
            for path in paths
            if path is not base
        )
        print(
            f"{'  CPU of the whole way, us each':31}"
            + "".join(f"{whole:12.1f}" for whole in wholes)
            + f"   {cheaper}"
        )


def against(mine: Sequence[float], others: Sequence[float]) -> float:
    """The median ratio of samples taken in the same round, and so under the same conditions."""
    return statistics.median(
        one / max(other, 1e-9) for one, other in zip(mine, others, strict=True)
    )


def idle_bytes(paths: list[Route], count: int) -> dict[str, float]:
    """Resident bytes of each balancer for one idle connection, of `count` that were served once."""
    found: dict[str, float] = {}
    for path in paths:
        if path.pid is None:
            continue
        before = resident_bytes(path.pid)
        with path.enter(), client(path.address) as asker:
            asker.ask(f"open {count}")
            found[path.name] = (resident_bytes(path.pid) - before) / count
        time.sleep(SETTLE_S)
    return found


def resident_bytes(pid: int) -> int:
    """Of a process and its children: nginx works in one."""
    kin = [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]
    pages = sum(int(Path(f"/proc/{one}/statm").read_text().split()[1]) for one in kin)
    return pages * os.sysconf("SC_PAGE_SIZE")


def cpu_s(pid: int | None) -> float:
    """CPU seconds a process of one thread has used."""
    if pid is None:
        return 0.0
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def load() -> str:
    """The load averages."""
    return " / ".join(f"{part:.1f}" for part in os.getloadavg())


if __name__ == "__main__":
    main()
