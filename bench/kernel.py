"""Measure the kernel path against HAProxy, the relay and no balancer at all, in one run.

    python -m bench.kernel [--seconds 12] [--pin]

Needs root, nft and conntrack. The kernel path is in a network namespace of its own, with its own
echo server: the tracking of connections that it needs must not slow the others down. The client
steps into it for its samples. Otherwise all is as in `bench.relay`.
"""

import argparse
import ctypes
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from bench.relay import SAMPLE_S, Route, echo_server, haproxy, holdfast_relay, measure, report

CLONE_NEWNET = 0x40000000
CARRIED_S = 5.0


def main() -> int:
    """Run and print; 2 when this machine cannot."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=12.0, help="per figure and path")
    parser.add_argument("--pin", action="store_true", help="everything on one CPU")
    given = parser.parse_args()
    missing = [name for name in ("nft", "conntrack", "ip", "haproxy") if not shutil.which(name)]
    if missing or os.geteuid():
        print(f"this bench needs root and {', '.join(missing) or 'nothing else'}")
        return 2
    if given.pin:
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with ExitStack() as stack:
        space = stack.enter_context(namespace())
        server, pid = stack.enter_context(echo_server(proxied=False))
        paths = [
            Route("direct", server, None, pid),
            Route("relay", *stack.enter_context(holdfast_relay(server, False)), pid),
            Route("haproxy", *stack.enter_context(haproxy(server, False)), pid),
        ]
        enter = partial(inside, space)
        with enter():
            behind, pid = stack.enter_context(echo_server(proxied=False))
            found = stack.enter_context(holdfast_relay(behind, False, "kernel"))
            wait_until_carried()
        paths.append(Route("kernel", *found, pid, enter))
        load = " / ".join(f"{part:.1f}" for part in os.getloadavg())
        print(f"{os.cpu_count()} CPUs, pinned: {given.pin}, load average before: {load}")
        measure(paths, max(1, round(given.seconds / SAMPLE_S)))
    report(paths)
    load = " / ".join(f"{part:.1f}" for part in os.getloadavg())
    print(f"load average after: {load}")
    return 0


def wait_until_carried() -> None:
    """Until the balancer's rules are there; the relay would serve before."""
    deadline = time.monotonic() + CARRIED_S
    while time.monotonic() < deadline:
        listing = subprocess.run(["nft", "list", "ruleset"], capture_output=True, check=True)
        if b"dnat ip to" in listing.stdout:
            return
        time.sleep(0.05)
    raise AssertionError("the kernel does not carry the listener")


@contextmanager
def namespace() -> Iterator[str]:
    """A network namespace with a loopback interface, removed at the end."""
    name = f"hf-bench-{os.getpid()}"
    subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        subprocess.run(["ip", "-n", name, "link", "set", "lo", "up"], check=True)
        yield name
    finally:
        subprocess.run(["ip", "netns", "delete", name], check=False)


@contextmanager
def inside(space: str) -> Iterator[None]:
    """This thread, its sockets, and the processes and threads it starts, are in the namespace."""
    setns = ctypes.CDLL(None, use_errno=True).setns
    here, there = Path("/proc/thread-self/ns/net"), Path(f"/run/netns/{space}")
    with here.open() as home, there.open() as away:
        assert setns(away.fileno(), CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())
        try:
            yield
        finally:
            assert setns(home.fileno(), CLONE_NEWNET) == 0


if __name__ == "__main__":
    sys.exit(main())
