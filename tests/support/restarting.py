"""A balancer process that can be restarted, members behind it, and clients that never pause."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from holdfast.platform.balancer.proxy_protocol import Address
from tests.support.balancing import CLIENT_S, ask, receive
from tests.support.echo_member import echo_member
from tests.support.processes import Child, until

SCRIPT = """
import os, pathlib, sys
from holdfast.errors import Mistake
from holdfast.platform.balancer.process import run
from holdfast.platform.balancer.settings import BalancerSettings
from holdfast.platform.runtime.app import Listener
from holdfast.platform.runtime.config import Effective
from holdfast.platform.runtime.settings import FleetSettings

file = pathlib.Path(sys.argv[1])
if "HOLDFAST_GENERATION" in os.environ:
    exec(os.environ.get("TROUBLE", ""))
plain = "PLAIN" in os.environ
tcp, udp = int(os.environ.get("TCP_PORT", "0")), int(os.environ.get("UDP_PORT", "0"))
listeners = [
    Listener("t", "tcp", tcp, "tcp-service", refusal=b"nobody", busy=b"busy"),
    Listener("u", "udp", udp, "udp-service", refusal=b"nobody", proxied=not plain),
]
sections = {"fleet": FleetSettings, "balancer": BalancerSettings}
try:
    run(Effective.load(sections, environment=os.environ, file=file), listeners)
except Mistake as mistake:
    sys.exit(f"mistake: {mistake}")
"""


@dataclass
class Restartable:
    """A running balancer, by its first process."""

    child: Child
    data: Path
    addresses: dict[str, Address]

    @property
    def settings(self) -> Path:
        """Its settings file, read anew by each generation."""
        return self.data / "holdfast.toml"

    def ask(self, text: bytes = b"hello") -> bytes:
        """One TCP client's question; everything that comes back."""
        with socket.create_connection(self.addresses["t"], timeout=CLIENT_S) as client:
            client.sendall(text)
            return client.recv(1000)


@contextmanager
def restartable(data: Path, members: str = "", **environment: str) -> Iterator[Restartable]:
    """Start one with members of these names, all of them known. `PLAIN` in the environment: UDP
    members get no headers, and say which port they were asked from."""
    (data / "holdfast.toml").write_text("")
    settings = {
        "HOLDFAST_FLEET_DATA": str(data),
        "HOLDFAST_BALANCER_HEARTBEAT_PORT": "0",
        "HOLDFAST_BALANCER_ADMIN_PORT": "0",
        **environment,
    }
    with ExitStack() as held:
        child = held.enter_context(Child(SCRIPT, str(data / "holdfast.toml"), environment=settings))
        said = child.said()["ready"]
        assert isinstance(said, dict)
        parts = {name: str(text).rpartition(":") for name, text in said.items()}
        running = Restartable(child, data, {n: (h, int(p)) for n, (h, _, p) in parts.items()})
        for name in members:
            member = echo_member(name, running.addresses["heartbeats"], data / "fleet.key")
            held.enter_context(member)
        seen: set[bytes] = set()

        def all_are_known() -> bool:
            seen.add(running.ask())
            return len(seen - {b"nobody"}) == len(members)

        if members:
            until(all_are_known, "all members serve")
        yield running


@dataclass
class Load:
    """What clients saw while it ran."""

    opened: int = 0
    exchanged: int = 0
    datagrams: int = 0
    slowest_s: float = 0.0
    """The longest that a new connection took until its answer was there."""
    failures: list[str] = field(default_factory=list)

    def more(self, count: int) -> None:
        """Wait for so many more new connections, and some traffic on the old ones."""
        wanted, then, sent = self.opened + count, self.exchanged + count, self.datagrams + count

        def has_come() -> bool:
            came = self.opened >= wanted and self.exchanged >= then and self.datagrams >= sent
            return came or bool(self.failures)

        until(has_come, "clients are served")
        assert not self.failures, self.failures


@contextmanager
def load(balancer: Restartable, *, openers: int = 3, long_lived: int = 10) -> Iterator[Load]:
    """Clients that open connections without a pause, others that stay, and UDP flows."""
    found, over = Load(), threading.Event()
    jobs = [lambda: _open_on_and_on(balancer, found, over)] * openers
    jobs += [lambda: _stay(balancer, found, over, long_lived)]
    jobs += [lambda: _flow(balancer, found, over, long_lived)]
    threads = [threading.Thread(target=_tell, args=(job, found)) for job in jobs]
    for thread in threads:
        thread.start()
    try:
        yield found
    finally:
        over.set()
        for thread in threads:
            thread.join(2 * CLIENT_S)


def _tell(job, found: Load) -> None:  # type: ignore[no-untyped-def]
    try:
        job()
    except Exception as error:
        found.failures.append(repr(error))


def _open_on_and_on(balancer: Restartable, found: Load, over: threading.Event) -> None:
    while not over.is_set():
        began = time.monotonic()
        answer = balancer.ask()
        found.slowest_s = max(found.slowest_s, time.monotonic() - began)
        if not answer.endswith(b":hello"):
            found.failures.append(f"a new connection got {answer!r}")
        found.opened += 1


def _stay(balancer: Restartable, found: Load, over: threading.Event, many: int) -> None:
    with ExitStack() as held:
        clients = [
            held.enter_context(socket.create_connection(balancer.addresses["t"], CLIENT_S))
            for _ in range(many)
        ]
        number = 0
        while not over.is_set():
            for client in clients:
                number += 1
                text = b"%d" % number
                client.sendall(text)
                answer = receive(client, len(text) + 2)
                if answer[1:] != b":" + text:
                    found.failures.append(f"a long-lived connection got {answer!r}")
                found.exchanged += 1


def _flow(balancer: Restartable, found: Load, over: threading.Event, many: int) -> None:
    with ExitStack() as held:
        flows = []
        for _ in range(many):
            sock = held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            sock.settimeout(CLIENT_S)
            flows.append((sock, ask(sock, balancer.addresses["u"], b"x")[:1]))
        while not over.is_set():
            for sock, member in flows:
                answer = ask(sock, balancer.addresses["u"], b"y")
                if answer != member + b":y":
                    found.failures.append(f"a flow of {member!r} got {answer!r}")
                found.datagrams += 1
