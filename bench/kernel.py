"""Measure the kernel path against HAProxy, the relay and no balancer at all, in one run.

    python -m bench.kernel [--seconds 12] [--pin] [--routed]

Needs root, nft, conntrack and haproxy. The kernel path is in a network namespace of its own, once
by nftables and once by a packet program: the tracking of connections that nftables needs must not
slow the others down. On loopback each has its own echo server, and the client steps into its
namespace for its samples. `--routed`: clients, balancers and
server are machines of their own (namespaces joined by cables), as in a real fleet; the clients'
addresses are hidden (full NAT). Otherwise all is as in `bench.relay`.
"""

import argparse
import ctypes
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from bench.peers import echo_server
from bench.proxies import allow_descriptors, haproxy, holdfast_relay
from bench.relay import SAMPLE_S, TCP, Route, load, measure, report
from holdfast.platform.balancer.packets import calls
from holdfast.platform.balancer.packets.program import DOOR_BYTES, DOOR_KEY_BYTES

CLONE_NEWNET = 0x40000000
CARRIED_S = 5.0
_numbers = itertools.count()


def main() -> int:
    """Run and print; 2 when this machine cannot."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=12.0, help="per figure and path")
    parser.add_argument("--pin", action="store_true", help="everything on one CPU")
    parser.add_argument("--routed", action="store_true", help="everybody on a machine of its own")
    parser.add_argument("--only", default="", help="figures that contain this")
    given = parser.parse_args()
    missing = [name for name in ("nft", "conntrack", "ip", "haproxy") if not shutil.which(name)]
    if missing or os.geteuid():
        print(f"this bench needs root and {', '.join(missing) or 'nothing else'}")
        return 2
    allow_descriptors()
    if given.pin:
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with ExitStack() as stack:
        paths = routed(stack) if given.routed else loopback(stack)
        print(f"{os.cpu_count()} CPUs, {vars(given)}, load average before: {load()}", flush=True)
        figures = [figure for figure in TCP if given.only in figure.name]
        measure(paths, figures, max(1, round(given.seconds / SAMPLE_S)))
    report(paths)
    print(f"load average after: {load()}")
    return 0


def loopback(stack: ExitStack) -> list[Route]:
    """Everybody on this machine's loopback, the kernel path on that of a namespace."""
    server, pid = stack.enter_context(echo_server())
    direct = Route("direct", server, None, pid)
    relay = Route("relay", *stack.enter_context(holdfast_relay(server, False)), pid)
    peer = Route("haproxy", *stack.enter_context(haproxy(server, False)), pid)
    enter = partial(inside, stack.enter_context(namespace()))
    with enter():
        behind, pid = stack.enter_context(echo_server())
        found = stack.enter_context(holdfast_relay(behind, False, "kernel"))
        wait_until_carried()
    routes = [direct, relay, peer, Route("nftables", *found, pid, enter)]
    programs = stack.enter_context(packet_programs())
    enter = partial(inside, stack.enter_context(namespace()))
    with enter():
        behind, pid = stack.enter_context(echo_server())
        relayed = holdfast_relay(behind, False, "kernel", programs=str(programs))
        found = stack.enter_context(relayed)
        wait_until_led(programs)
    return [*routes, Route("program", *found, pid, enter)]


def routed(stack: ExitStack) -> list[Route]:
    """Clients, two machines that balance (one of them in the kernel), and a server."""
    clients, programs, kernel, nodes = (stack.enter_context(namespace()) for _ in range(4))
    for space in (clients, programs, kernel, nodes):
        with inside(space):  # as on loopback: ended connections must not use ports up in seconds
            Path("/proc/sys/net/ipv4/tcp_tw_reuse").write_text("1")
    for number, middle in enumerate((programs, kernel)):
        left, right = f"10.{number}.1", f"10.{number}.2"
        cable(clients, f"{left}.2", middle, f"{left}.1")
        cable(middle, f"{right}.1", nodes, f"{right}.2")
        ip("-n", clients, "route", "add", f"{right}.0/24", "via", f"{left}.1")
        ip("-n", nodes, "route", "add", f"{left}.0/24", "via", f"{right}.1")
        with inside(middle):
            Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
    with inside(nodes):
        (_, port), pid = stack.enter_context(echo_server(host="0.0.0.0"))
    server, behind, enter = ("10.0.2.2", port), ("10.1.2.2", port), partial(inside, clients)
    with inside(programs):
        relay = stack.enter_context(holdfast_relay(server, False, host="10.0.1.1"))
        peer = stack.enter_context(haproxy(server, False, host="10.0.1.1"))
    with inside(kernel):
        found = stack.enter_context(holdfast_relay(behind, False, "kernel", host="10.1.1.1"))
        wait_until_carried()
    return [
        Route("direct", server, None, pid, enter),
        Route("relay", *relay, pid, enter),
        Route("haproxy", *peer, pid, enter),
        Route("kernel", *found, pid, enter),
    ]


@contextmanager
def packet_programs() -> Iterator[Path]:
    """A folder in which the kernel keeps programs."""
    with tempfile.TemporaryDirectory() as place:
        subprocess.run(["mount", "-t", "bpf", "bpf", place], check=True)
        try:
            yield Path(place)
        finally:
            subprocess.run(["umount", place], check=True)


def wait_until_led(programs: Path) -> None:
    """Until the balancer's program has its listener; the relay would serve before."""
    deadline = time.monotonic() + CARRIED_S
    while time.monotonic() < deadline:
        for doors in programs.glob("holdfast_*/doors"):
            fd = calls.pinned(str(doors))
            try:
                known = list(calls.entries(fd, DOOR_KEY_BYTES, DOOR_BYTES))
            finally:
                os.close(fd)
            if known:
                return
        time.sleep(0.05)
    raise AssertionError("the packet program leads nobody")


def cable(one: str, address: str, other: str, its_address: str) -> None:
    """Join two namespaces; each end is named after the other side's address."""
    ends = f"to{its_address.replace('.', '')}", f"to{address.replace('.', '')}"
    ip("-n", one, "link", "add", ends[0], "type", "veth", "peer", "name", ends[1], "netns", other)
    for space, end, own in ((one, ends[0], address), (other, ends[1], its_address)):
        ip("-n", space, "addr", "add", f"{own}/24", "dev", end)
        ip("-n", space, "link", "set", end, "up")


def ip(*words: str) -> None:
    """Run ip."""
    subprocess.run(["ip", *words], check=True)


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
    name = f"hf-bench-{os.getpid()}-{next(_numbers)}"
    ip("netns", "add", name)
    try:
        ip("-n", name, "link", "set", "lo", "up")
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
