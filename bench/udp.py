"""Measure UDP: the relay, the kernel path and nginx's stream, against no balancer, in one run.

    python -m bench.udp [--seconds 6]

64-byte datagrams there and back, 64 under way at most, over 1, 64 and 1,000 flows that stay; and
new flows, each with one datagram there and back, 16 at once. Members want no header, or the kernel
could not carry them. The kernel path needs root, nft and conntrack, and has a network namespace of
its own with its own server and client. HAProxy knows no UDP of this kind, so ratios are to nginx.
New flows are made with a pause between two samples, or the tables of all would fill; figures are
medians, a lost datagram is one that was waited for 0.2 s.
"""

import argparse
import os
import random
import shutil
import statistics
import time
from contextlib import ExitStack
from functools import partial

from bench.kernel import inside, namespace, wait_until_carried
from bench.peers import Client, client, echo_server
from bench.proxies import STREAM_MODULE, allow_descriptors, holdfast_relay, nginx
from bench.relay import SAMPLE_S, Route, against, cpu_s, load

UNDER_WAY = 64
NEW_AT_ONCE = 16
NEW_FLOWS_S = 0.1
"""A sample of new flows: some hundreds, for each stays in a table for a minute."""
FIGURES = (
    ("datagrams/s, 1 flow", "flows 1", f"datagrams {SAMPLE_S} {UNDER_WAY}"),
    ("datagrams/s, 64 flows", "flows 64", f"datagrams {SAMPLE_S} {UNDER_WAY}"),
    ("datagrams/s, 1000 flows", "flows 1000", f"datagrams {SAMPLE_S} {UNDER_WAY}"),
    ("new flows/s", "close", f"newflows {NEW_FLOWS_S} {NEW_AT_ONCE}"),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=6.0, help="per figure and path")
    given = parser.parse_args()
    allow_descriptors()
    with ExitStack() as stack:
        paths = _paths(stack)
        print(f"{os.cpu_count()} CPUs, {vars(given)}, load average before: {load()}", flush=True)
        runs = []
        for path in paths:
            with path.enter():
                runs.append((path, stack.enter_context(client(path.address))))
        lost = _measure(runs, max(1, round(given.seconds / SAMPLE_S)))
    _report(paths, lost)
    print(f"load average after: {load()}")


def _paths(stack: ExitStack) -> list[Route]:
    server, pid = stack.enter_context(echo_server("udp"))
    relay = stack.enter_context(holdfast_relay(server, False, transport="udp"))
    paths = [Route("direct", server, None, pid), Route("relay", *relay, pid)]
    if shutil.which("nginx") and STREAM_MODULE.exists():
        paths.append(Route("nginx", *stack.enter_context(nginx(server, "udp")), pid))
    if shutil.which("nft") and shutil.which("conntrack") and not os.geteuid():
        enter = partial(inside, stack.enter_context(namespace()))
        with enter():
            behind, pid = stack.enter_context(echo_server("udp"))
            found = stack.enter_context(holdfast_relay(behind, False, "kernel", transport="udp"))
            wait_until_carried()
        paths.append(Route("kernel", *found, pid, enter))
    return paths


def _measure(runs: list[tuple[Route, Client]], rounds: int) -> dict[tuple[str, str], float]:
    """Samples in random order, the first of which warms up; what was lost, by figure and path."""
    lost: dict[tuple[str, str], float] = {}
    for name, ready, order in FIGURES:
        for _, asker in runs:
            asker.ask(ready)
        for number in range(rounds + 1):
            random.shuffle(runs)
            for path, asker in runs:
                before = cpu_s(path.pid), cpu_s(path.server_pid) + cpu_s(asker.pid)
                count, seconds, gone = asker.ask(order)
                after = cpu_s(path.pid), cpu_s(path.server_pid) + cpu_s(asker.pid)
                if number == 0:
                    continue
                own, ends = (
                    (b - a) * 1e6 / max(1.0, count) for a, b in zip(before, after, strict=True)
                )
                path.samples.setdefault(name, []).append(count / max(seconds, 1e-9))
                path.cpu_us.setdefault(name, []).append(own)
                path.whole_us.setdefault(name, []).append(own + ends)
                lost[name, path.name] = lost.get((name, path.name), 0) + gone
            time.sleep(NEW_FLOWS_S if name.startswith("new") else 0.0)
    return lost


def _report(paths: list[Route], lost: dict[tuple[str, str], float]) -> None:
    base = next((path for path in paths if path.name == "nginx"), paths[0])
    print("| | " + " | ".join(path.name for path in paths) + " |")
    print("|---" * (len(paths) + 1) + "|")
    for name, *_ in FIGURES:
        cells = [
            f"{statistics.median(path.samples[name]):,.0f}"
            f" (x{against(path.samples[name], base.samples[name]):.2f})"
            for path in paths
        ]
        print(f"| {name} | " + " | ".join(cells) + " |")
        costs = [
            f"{statistics.median(path.cpu_us[name]):.1f} / "
            f"{statistics.median(path.whole_us[name]):.1f}"
            for path in paths
        ]
        print("| processor, us each: balancer / whole way | " + " | ".join(costs) + " |")
        gone = [f"{lost.get((name, path.name), 0):.0f}" for path in paths]
        print("| lost | " + " | ".join(gone) + " |", flush=True)


if __name__ == "__main__":
    main()
