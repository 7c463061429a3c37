"""What is compared, each a process in front of one server: the balancer, HAProxy, nginx's stream.

Each with one thread, no log, and as many connections as this machine allows. HAProxy and nginx are
as their packages have them; `tuned` HAProxy has buffers of 64 kB, splicing, and saves packets where
it may (`tcp-smart-accept`, `tcp-smart-connect`).
"""

import multiprocessing
import resource
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from holdfast.platform.balancer.proxy_protocol import Transport
from holdfast.platform.balancer.server import run_balancer
from holdfast.platform.balancer.settings import BalancerSettings
from holdfast.platform.membership.wire import Heartbeat, Keyring, encode
from holdfast.platform.runtime.app import Listener
from holdfast.platform.runtime.settings import FleetSettings

BEAT_EVERY_S = 0.5
SERVICE = "echo"
KEYS = Keyring.of([b"only-for-this-bench-" * 2])
START_S = 5.0
UDP_FLOWS = 60_000
"""More than the one client address of this bench begins before its first are forgotten."""
STREAM_MODULE = Path("/usr/lib/nginx/modules/ngx_stream_module.so")
TUNED_GLOBAL = "tune.bufsize 65536\n    maxpipes 500"
TUNED = """
    option splice-auto
    option tcp-smart-accept
    option tcp-smart-connect"""

Address = tuple[str, int]


def allow_descriptors() -> None:
    """As many as the system lets us, for us and for who is started."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def most() -> int:
    """Connections that each balancer is allowed: two descriptors each, and some for itself."""
    return min(12_000, resource.getrlimit(resource.RLIMIT_NOFILE)[1] // 2 - 700)


@contextmanager
def holdfast_relay(
    server: Address,
    proxied: bool,
    data_path: Literal["relay", "kernel"] = "relay",
    host: str = "127.0.0.1",
    *,
    transport: Transport = "tcp",
    fast: bool = True,
    programs: str = "",
) -> Iterator[tuple[Address, int]]:
    """The balancer in a process of its own, with one member that a thread here beats for; `fast`:
    with the fast path, if it was compiled; `programs`: where the kernel path may keep a packet
    program, else it uses nftables."""
    answers, stop = multiprocessing.Pipe()
    settings = BalancerSettings(
        heartbeat_port=0,
        data_path=data_path,
        fast_path=fast,
        kernel_programs=programs,
        connections=most(),
        connections_per_listener=most(),
        connections_per_client=most(),
        connection_rate_per_client=0.0,  # as on loopback, where nobody is limited
        udp_flows_per_client=UDP_FLOWS,
        udp_flows=UDP_FLOWS,
    )
    listener = Listener(SERVICE, transport, 0, SERVICE, proxied=proxied)
    with process(_balance, stop, settings, listener, host) as pid:
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
    settings: BalancerSettings,
    listener: Listener,
    host: str,
) -> None:
    run_balancer(
        FleetSettings(host=host), settings, [listener], KEYS, ready=ready.send, stop_fds=[]
    )


def _beat(to: Address, server: Address, over: threading.Event) -> None:
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
    server: Address, proxied: bool, host: str = "127.0.0.1", *, tuned: bool = False
) -> Iterator[tuple[Address, int]]:
    """HAProxy with one thread in front of the server."""
    port = _free_port(host)
    send_proxy = " send-proxy-v2" if proxied else ""
    config = f"""
global
    nbthread 1
    maxconn {most()}
    {TUNED_GLOBAL if tuned else ""}
defaults
    mode tcp
    timeout connect 1s
    timeout client 1h
    timeout server 1h
    {TUNED if tuned else ""}
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
def nginx(server: Address, transport: Transport = "tcp") -> Iterator[tuple[Address, int]]:
    """nginx's stream module with one worker in front of the server; the worker's process id.

    UDP: a flow is kept for as long as ours are, whatever it is answered.
    """
    port = _free_port("127.0.0.1")
    kind = "udp" if transport == "udp" else "backlog=4096"
    with tempfile.TemporaryDirectory() as folder:
        config = f"""
load_module {STREAM_MODULE};
daemon off;
worker_processes 1;
pid {folder}/pid;
error_log {folder}/error.log crit;
events {{ worker_connections {max(2 * most(), UDP_FLOWS) + 500}; }}
stream {{
    proxy_timeout {"60s" if transport == "udp" else "1h"};
    server {{
        listen 127.0.0.1:{port} {kind};
        proxy_pass {server[0]}:{server[1]};
    }}
}}
"""
        file = Path(folder, "nginx.conf")
        file.write_text(config)
        running = subprocess.Popen(["nginx", "-c", str(file), "-e", f"{folder}/error.log"])
        try:
            yield ("127.0.0.1", port), _worker(running.pid)
        finally:
            running.terminate()
            running.wait(START_S)


def _free_port(host: str) -> int:
    with socket.create_server((host, 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def _worker(pid: int) -> int:
    """The first child of a process, once it has one."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        if children:
            time.sleep(0.2)
            return int(children[0])
        time.sleep(0.05)
    raise AssertionError("nginx has no worker")


def _wait_for(address: Address) -> None:
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


def _address(text: str) -> Address:
    host, _, port = text.rpartition(":")
    return host, int(port)
