"""Measure the TCP relay against HAProxy, nginx and no balancer at all, in one run.

    python bench/relay.py [--seconds 12] [--pin] [--proxied]

One echo server, one client, four paths to it: direct, through Holdfast's relay, through HAProxy
(mode tcp) and nginx (stream), one thread each, where they are installed. Everything is up at once;
half-second samples are taken in random order, so that whatever else the machine does hits all paths
alike; a ratio is the median of the ratios of each round.
`--pin` puts the whole path on one CPU: then the figures compare CPU cost, not who has more cores.
Differences under 15 % mean nothing. Of round trips, less is better. `--idle` connections are opened
at the end, for the memory that one takes in each balancer.
"""

import argparse
import multiprocessing
import os
import random
import resource
import select
import shutil
import socket
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from holdfast.platform.balancer.server import run_balancer
from holdfast.platform.balancer.settings import BalancerSettings
from holdfast.platform.membership.wire import Heartbeat, Keyring, encode
from holdfast.platform.runtime.app import Listener
from holdfast.platform.runtime.settings import FleetSettings

MESSAGE = b"x" * 64
SAMPLE_S = 0.5
CONNECTING_AT_ONCE = 16
BEAT_EVERY_S = 0.5
SERVICE = "echo"
KEYS = Keyring.of([b"only-for-this-bench-" * 2])
START_S = 5.0
CLIENT_WAIT_S = 10.0
BULK_AHEAD = 1 << 18
"""Bytes under way at once: less than the kernel's buffers hold, or the echo would stand still."""
SETTLE_S = 2.0
STREAM_MODULE = Path("/usr/lib/nginx/modules/ngx_stream_module.so")


@dataclass
class Route:
    """One way to the echo server, and what was measured on it."""

    name: str
    address: tuple[str, int]
    pid: int | None
    server_pid: int | None = None
    enter: Callable[[], AbstractContextManager[None]] = nullcontext
    """Where its client lives: another network namespace, perhaps."""
    samples: dict[str, list[float]] = field(default_factory=dict)
    cpu_us: dict[str, list[float]] = field(default_factory=dict)
    whole_us: dict[str, list[float]] = field(default_factory=dict)
    """CPU of client, balancer and server together: what a message or connection costs in all,
    whatever else the machine does."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=12.0, help="per figure and path")
    parser.add_argument("--pin", action="store_true", help="everything on one CPU")
    parser.add_argument("--proxied", action="store_true", help="with PROXY headers to the server")
    parser.add_argument("--idle", type=int, default=10_000, help="idle connections; 0: none")
    given = parser.parse_args()
    allow_descriptors()
    if given.pin:
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with ExitStack() as stack:
        server, pid = stack.enter_context(echo_server(proxied=given.proxied))
        paths = [
            Route("direct", server, None, pid),
            Route("holdfast", *stack.enter_context(holdfast_relay(server, given.proxied)), pid),
        ]
        if shutil.which("haproxy"):
            found = stack.enter_context(haproxy(server, given.proxied))
            paths.append(Route("haproxy", *found, pid))
        if shutil.which("nginx") and STREAM_MODULE.exists() and not given.proxied:
            paths.append(Route("nginx", *stack.enter_context(nginx(server)), pid))
        print(f"{os.cpu_count()} CPUs, pinned: {given.pin}, proxied: {given.proxied}")
        measure(paths, max(1, round(given.seconds / SAMPLE_S)))
        count = min(given.idle, most() - 100)
        idle = idle_bytes(paths, count) if count else {}
    report(paths)
    for name, size in idle.items():
        print(f"{name}: {size:.0f} bytes for each of {count} idle connections")


def measure(paths: list[Route], rounds: int) -> None:
    figures: dict[str, Callable[[tuple[str, int]], Iterator[float]]] = {
        "messages/s, 1 connection": lambda address: ping_pong(address, 1),
        "messages/s, 64 connections": lambda address: ping_pong(address, 64),
        "messages/s, 1000 connections": lambda address: ping_pong(address, 1000),
        "connections/s": connect_rate,
        "bulk, MB/s": bulk,
        "round trip p99 of 64, us": round_trip_p99,
    }
    for name, figure in figures.items():
        runs = [(path, figure(path.address)) for path in paths]
        for path, run in runs:
            with path.enter():
                next(run)  # connects everything, and warms up
        for number in range(rounds):
            random.shuffle(runs)
            for path, run in runs:
                before, whole = cpu_s(path.pid), whole_cpu_s(path)
                with path.enter():
                    rate = next(run)
                if number == 0:
                    continue
                path.samples.setdefault(name, []).append(rate)
                each = 1e6 / max(1.0, rate * SAMPLE_S)
                path.cpu_us.setdefault(name, []).append((cpu_s(path.pid) - before) * each)
                path.whole_us.setdefault(name, []).append((whole_cpu_s(path) - whole) * each)
        for _, run in runs:
            run.close()  # type: ignore[attr-defined]  # these are generators


def report(paths: list[Route]) -> None:
    base = next((path for path in paths if path.name == "haproxy"), paths[0])
    print(f"{'':31}" + "".join(f"{path.name:>12}" for path in paths) + f"   against {base.name}")
    for name in base.samples:
        medians = [statistics.median(path.samples[name]) for path in paths]
        ratios = "  ".join(
            f"{path.name} {against(path, base, name):.2f}" for path in paths if path is not base
        )
        print(f"{name:31}" + "".join(f"{median:12.0f}" for median in medians) + f"   {ratios}")
        costs = [statistics.median(path.cpu_us[name]) for path in paths]
        print(f"{'  its CPU, us each':31}" + "".join(f"{cost:12.1f}" for cost in costs))
        wholes = [statistics.median(path.whole_us[name]) for path in paths]
        cheaper = "  ".join(
            f"{path.name} {statistics.median(base.whole_us[name]) / whole:.2f}"
            for path, whole in zip(paths, wholes, strict=True)
            if path is not base
        )
        print(
            f"{'  CPU of the whole way, us each':31}"
            + "".join(f"{whole:12.1f}" for whole in wholes)
            + f"   {cheaper}"
        )


def against(path: Route, base: Route, name: str) -> float:
    """The median ratio of samples taken in the same round, and so under the same conditions."""
    pairs = zip(path.samples[name], base.samples[name], strict=True)
    return statistics.median(mine / other for mine, other in pairs)


def ping_pong(address: tuple[str, int], connections: int) -> Iterator[float]:
    """Messages/s over so many connections, each with one message under way."""
    socks = [connect(address) for _ in range(connections)]
    poller = select.epoll()
    for sock in socks:
        poller.register(sock.fileno(), select.EPOLLIN)
    fds = [sock.fileno() for sock in socks]
    try:
        for fd in fds:
            os.write(fd, MESSAGE)
        collect(poller, len(fds))
        yield 0.0
        while True:
            for fd in fds:
                os.write(fd, MESSAGE)
            began, count = time.perf_counter(), 0
            until = began + SAMPLE_S
            while time.perf_counter() < until:
                for fd, _ in poller.poll(CLIENT_WAIT_S):
                    os.read(fd, 4096)
                    os.write(fd, MESSAGE)
                    count += 1
            rate = count / (time.perf_counter() - began)
            collect(poller, len(fds))
            yield rate
    finally:
        for sock in socks:
            sock.close()
        poller.close()


def bulk(address: tuple[str, int]) -> Iterator[float]:
    """MB/s there and back over one connection that is always full."""
    sock, block = connect(address), memoryview(b"x" * 65_536)
    sock.setblocking(False)
    poller = select.epoll()
    poller.register(sock.fileno(), select.EPOLLIN | select.EPOLLOUT)
    sent = took = 0
    try:
        yield 0.0
        while True:
            began, before = time.perf_counter(), took
            until = began + SAMPLE_S
            while time.perf_counter() < until:
                for _, mask in poller.poll(CLIENT_WAIT_S):
                    if mask & select.EPOLLIN:
                        took += len(os.read(sock.fileno(), 262_144))
                    if mask & select.EPOLLOUT and sent - took < BULK_AHEAD:
                        sent += os.write(sock.fileno(), block)
            rate = (took - before) / 1e6 / (time.perf_counter() - began)
            sock.setblocking(True)
            while took < sent:
                took += len(os.read(sock.fileno(), 262_144))
            sock.setblocking(False)
            yield rate
    finally:
        sock.close()
        poller.close()


def round_trip_p99(address: tuple[str, int]) -> Iterator[float]:
    """The 99th percentile of round trips over 64 connections, us; a moment between two messages of
    a connection, so that the way is busy and not full."""
    socks = [connect(address) for _ in range(64)]
    for sock in socks:
        sock.setblocking(True)
    try:
        yield 0.0
        while True:
            trips: list[float] = []
            until = time.perf_counter() + SAMPLE_S
            while time.perf_counter() < until:
                for sock in socks:
                    began = time.perf_counter()
                    os.write(sock.fileno(), MESSAGE)
                    os.read(sock.fileno(), 4096)
                    trips.append(time.perf_counter() - began)
            yield statistics.quantiles(trips, n=100)[-1] * 1e6
    finally:
        for sock in socks:
            sock.close()


def idle_bytes(paths: list[Route], count: int) -> dict[str, float]:
    """Resident bytes of each balancer for one idle connection, of `count`."""
    found: dict[str, float] = {}
    for path in paths:
        if path.pid is None:
            continue
        before = resident_bytes(path.pid)
        socks = [connect(path.address) for _ in range(count)]
        for sock in socks:  # each has been served once
            sock.setblocking(True)
            os.write(sock.fileno(), MESSAGE)
            assert os.read(sock.fileno(), 4096), "an idle connection was refused"
        found[path.name] = (resident_bytes(path.pid) - before) / count
        for sock in socks:
            sock.close()
        time.sleep(SETTLE_S)
    return found


def resident_bytes(pid: int) -> int:
    """Of a process and its children: nginx works in one."""
    kin = [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]
    pages = sum(int(Path(f"/proc/{one}/statm").read_text().split()[1]) for one in kin)
    return pages * os.sysconf("SC_PAGE_SIZE")


def allow_descriptors() -> None:
    """As many as the system lets us, for us and for who is started."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def most() -> int:
    """Connections that each balancer is allowed: two descriptors each, and some for itself."""
    return min(12_000, resource.getrlimit(resource.RLIMIT_NOFILE)[1] // 2 - 700)


def collect(poller: "select.epoll", messages: int) -> None:
    """Take the answers that are still under way."""
    while messages > 0:
        ready = poller.poll(CLIENT_WAIT_S)
        assert ready, "the path has lost a message"
        for fd, _ in ready:
            messages -= len(os.read(fd, 65536)) // len(MESSAGE)


def connect_rate(address: tuple[str, int]) -> Iterator[float]:
    """Connections/s: connect, one message there and back, close; several at once."""
    yield 0.0
    while True:
        poller = select.epoll()
        socks: dict[int, socket.socket] = {}
        began, count = time.perf_counter(), 0
        until = began + SAMPLE_S
        for _ in range(CONNECTING_AT_ONCE):
            _begin(address, poller, socks)
        while socks:
            for fd, _ in poller.poll(CLIENT_WAIT_S):
                assert len(os.read(fd, 4096)) == len(MESSAGE), "closed without an answer"
                socks.pop(fd).close()
                count += 1
                if time.perf_counter() < until:
                    _begin(address, poller, socks)
        yield count / (time.perf_counter() - began)
        poller.close()


def finish(address: tuple[str, int], count: int) -> None:
    """So many connections, each with one message there and back; several at once."""
    poller = select.epoll()
    socks: dict[int, socket.socket] = {}
    begun = min(count, CONNECTING_AT_ONCE)
    for _ in range(begun):
        _begin(address, poller, socks)
    while socks:
        ready = poller.poll(CLIENT_WAIT_S)
        assert ready, "nobody answers"
        for fd, _ in ready:
            assert len(os.read(fd, 4096)) == len(MESSAGE), "closed without an answer"
            socks.pop(fd).close()
            if begun < count:
                begun += 1
                _begin(address, poller, socks)
    poller.close()


def _begin(
    address: tuple[str, int], poller: "select.epoll", socks: dict[int, socket.socket]
) -> None:
    sock = connect(address)
    socks[sock.fileno()] = sock
    poller.register(sock.fileno(), select.EPOLLIN)
    os.write(sock.fileno(), MESSAGE)


def connect(address: tuple[str, int]) -> socket.socket:
    sock = socket.create_connection(address, timeout=CLIENT_WAIT_S)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


@contextmanager
def echo_server(*, proxied: bool, host: str = "127.0.0.1") -> Iterator[tuple[tuple[str, int], int]]:
    """A process that sends back what it gets, without PROXY headers if there are any; its address
    and process id."""
    listening = socket.create_server((host, 0), backlog=4096)
    with process(_echo, listening, proxied) as pid:
        yield listening.getsockname(), pid
    listening.close()


def _echo(listening: socket.socket, proxied: bool) -> None:
    poller, socks, fresh = select.epoll(), {}, set()
    listening.setblocking(False)
    poller.register(listening.fileno(), select.EPOLLIN)
    while True:
        for fd, _ in poller.poll():
            if fd == listening.fileno():
                sock, _ = listening.accept()
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                socks[sock.fileno()] = sock
                fresh.add(sock.fileno())
                poller.register(sock.fileno(), select.EPOLLIN)
                continue
            try:
                data = os.read(fd, 65536)
                if data and proxied and fd in fresh and data.startswith(b"\r\n\r\n\0\r\nQUIT\n"):
                    data = data[28:]
                    fresh.discard(fd)
                    if not data:
                        continue
                if data:
                    os.write(fd, data)
            except ConnectionError:
                data = b""
            if not data:
                fresh.discard(fd)
                socks.pop(fd).close()


@contextmanager
def holdfast_relay(
    server: tuple[str, int],
    proxied: bool,
    data_path: Literal["relay", "kernel"] = "relay",
    host: str = "127.0.0.1",
) -> Iterator[tuple[tuple[str, int], int]]:
    """The balancer in a process of its own, with one member that a thread here beats for."""
    answers, stop = multiprocessing.Pipe()
    with process(_balance, stop, proxied, data_path, host) as pid:
        assert answers.poll(START_S), "the balancer did not start"
        addresses: dict[str, str] = answers.recv()
        over = threading.Event()
        beats = _address(addresses["heartbeats"])
        beater = threading.Thread(target=_beat, args=(beats, server, over))
        beater.start()
        try:
            time.sleep(2 * BEAT_EVERY_S)
            yield _address(addresses[SERVICE]), pid
        finally:
            over.set()
            beater.join()


def _balance(
    ready: "multiprocessing.connection.Connection",
    proxied: bool,
    data_path: Literal["relay", "kernel"],
    host: str,
) -> None:
    run_balancer(
        FleetSettings(host=host),
        BalancerSettings(
            heartbeat_port=0,
            data_path=data_path,
            connections=most(),
            connections_per_listener=most(),
            connections_per_client=most(),
        ),
        [Listener(SERVICE, "tcp", 0, SERVICE, proxied=proxied)],
        KEYS,
        ready=ready.send,
        stop_fds=[],
    )


def _beat(to: tuple[str, int], server: tuple[str, int], over: threading.Event) -> None:
    incarnation, began, sequence = time.time_ns(), time.monotonic(), 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        while not over.wait(BEAT_EVERY_S):
            sequence += 1
            beat = Heartbeat(
                node="echo-1",
                incarnation=incarnation,
                sequence=sequence,
                sent_at=time.time(),
                uptime_s=time.monotonic() - began,
                interval_s=5.0,  # the client of this bench may keep us from beating
                services={SERVICE: server},
            )
            sock.sendto(encode(beat, KEYS), to)


@contextmanager
def haproxy(
    server: tuple[str, int], proxied: bool, host: str = "127.0.0.1"
) -> Iterator[tuple[tuple[str, int], int]]:
    """HAProxy with one thread in front of the server."""
    with socket.create_server((host, 0)) as probe:
        port = probe.getsockname()[1]
    send_proxy = " send-proxy-v2" if proxied else ""
    config = f"""
global
    nbthread 1
    maxconn {most()}
defaults
    mode tcp
    timeout connect 1s
    timeout client 1h
    timeout server 1h
listen echo
    bind {host}:{port} backlog 4096
    server echo1 {server[0]}:{server[1]}{send_proxy}
"""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "haproxy.cfg")
        file.write_text(config)
        running = subprocess.Popen(["haproxy", "-db", "-q", "-f", str(file)])
        try:
            _wait_for((host, port))
            yield (host, port), running.pid
        finally:
            running.terminate()
            running.wait(START_S)


@contextmanager
def nginx(server: tuple[str, int]) -> Iterator[tuple[tuple[str, int], int]]:
    """nginx's stream module with one worker in front of the server; the worker's process id."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        config = f"""
load_module {STREAM_MODULE};
daemon off;
worker_processes 1;
pid {folder}/pid;
error_log {folder}/error.log warn;
events {{ worker_connections {2 * most() + 500}; }}
stream {{
    proxy_timeout 1h;
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        proxy_pass {server[0]}:{server[1]};
    }}
}}
"""
        file = Path(folder, "nginx.conf")
        file.write_text(config)
        running = subprocess.Popen(["nginx", "-c", str(file), "-e", f"{folder}/error.log"])
        try:
            _wait_for(("127.0.0.1", port))
            children = Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text().split()
            yield ("127.0.0.1", port), int(children[0])
        finally:
            running.terminate()
            running.wait(START_S)


def _wait_for(address: tuple[str, int]) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        try:
            socket.create_connection(address, timeout=1.0).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"nothing listens on {address}")


@contextmanager
def process(target: Callable[..., None], *arguments: object) -> Iterator[int]:
    """`target` in a process of its own, ended at the end."""
    running = multiprocessing.Process(target=target, args=arguments, daemon=True)
    running.start()
    assert running.pid is not None
    try:
        yield running.pid
    finally:
        running.kill()
        running.join(START_S)


def whole_cpu_s(path: Route) -> float:
    """CPU seconds of everybody on a way: this client, the balancer, the server."""
    return time.process_time() + cpu_s(path.pid) + cpu_s(path.server_pid)


def cpu_s(pid: int | None) -> float:
    """CPU seconds a process of one thread has used."""
    if pid is None:
        return 0.0
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host, int(port)


if __name__ == "__main__":
    main()
