"""A real balancer in a thread, members it can reach, and the beats that make them known.

Everything listens on ephemeral loopback ports and is closed at the end of its `with` block. Beats
go every 50 ms, so that silence is noticed in half a second.
"""

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from holdfast.platform.balancer.proxy_protocol import Address, Header, Local, parse
from holdfast.platform.balancer.reload import Reload
from holdfast.platform.balancer.server import Balancer
from holdfast.platform.balancer.settings import BalancerSettings
from holdfast.platform.membership.wire import Endpoint, Heartbeat, Keyring, encode
from holdfast.platform.runtime.app import Listener
from holdfast.platform.runtime.config import Effective
from holdfast.platform.runtime.settings import FleetSettings
from tests.support.processes import until

SECRET = b"a key that only tests know, 32 B+"
KEYS = Keyring.of([SECRET])
BEAT_EVERY_S = 0.05
CLIENT_S = 10.0
"""How long a test's client waits for anything."""
TCP = Listener("t", "tcp", 0, "tcp-service", refusal=b"nobody is here", busy=b"too many of you")
UDP = Listener("u", "udp", 0, "udp-service", refusal=b"nobody")
SETTINGS = BalancerSettings(
    heartbeat_port=0,
    admin_port=0,
    wait_for_member_s=0.5,
    linger_s=1.0,
    policy="round-robin",
    slow_start_s=0.0,
    kernel_programs="",  # what a machine happens to have mounted decides nothing
)
FLEET = FleetSettings(drain_s=5.0)


class DeadEndpoint:
    """An address that refuses TCP and UDP, and that nobody else can get meanwhile."""

    def __init__(self) -> None:
        # Bound but not listening; and a UDP socket that hears only one address, which is not there.
        while True:
            self.tcp = socket.socket()
            self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            try:
                self.tcp.bind(("127.0.0.1", 0))
                self.endpoint: Endpoint = self.tcp.getsockname()
                self.udp.bind(self.endpoint)
                self.udp.connect(("127.255.255.254", 9))
            except OSError:  # the UDP port of this number is taken
                self.close()
                continue
            return

    def close(self) -> None:
        self.tcp.close()
        self.udp.close()

    def __enter__(self) -> "DeadEndpoint":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@dataclass
class Balancing:
    """A running balancer."""

    balancer: Balancer
    heart: "Heart"
    stop_end: socket.socket
    thread: threading.Thread
    dead: list[DeadEndpoint] = field(default_factory=list)

    def address(self, name: str) -> Address:
        """The public address of a listener."""
        host, _, port = self.balancer.addresses[name].rpartition(":")
        return host.strip("[]"), int(port)

    def connect(self, name: str = "t") -> socket.socket:
        """A TCP client."""
        return socket.create_connection(self.address(name), timeout=CLIENT_S)

    def add(self, node: str, **services: Endpoint) -> None:
        """Have a member beat and wait until it is known: `add("a", tcp_service=endpoint)`."""
        offered = {name.replace("_", "-"): endpoint for name, endpoint in services.items()}
        before = {name: self.balancer.census()[name][1] for name in offered}
        self.heart.beat(node, offered)
        for name, count in before.items():
            until(lambda n=name, c=count: self.balancer.census()[n][1] == c + 1, f"{node} is known")

    def add_dead(self, node: str) -> DeadEndpoint:
        """Have a member beat whose services are not there."""
        dead = DeadEndpoint()
        self.dead.append(dead)
        services = self.balancer.census()
        self.add(node, **{name.replace("-", "_"): dead.endpoint for name in services})
        return dead

    def fit(self, service: str) -> int:
        """How many members of a service take new clients."""
        return self.balancer.census()[service][0]

    def stop(self) -> None:
        """Ask it to drain and stop."""
        self.stop_end.send(b"x")


@contextmanager
def balancing(
    *listeners: Listener,
    settings: BalancerSettings = SETTINGS,
    fleet: FleetSettings = FLEET,
    effective: Effective | None = None,
) -> Iterator[Balancing]:
    """A balancer of these listeners (TCP and UDP by default), stopped at the end. With `effective`,
    its settings are of there, and it has an admin port."""
    if effective is not None:
        settings, fleet = effective.section(BalancerSettings), effective.section(FleetSettings)
    balancer = Balancer(fleet, settings, listeners or (TCP, UDP), KEYS)
    if effective is not None:
        balancer.admit_operator(Reload(effective, KEYS))
    ours, theirs = socket.socketpair()
    thread = threading.Thread(target=_live, args=(balancer, theirs.fileno()))
    thread.start()
    host, _, port = balancer.addresses["heartbeats"].rpartition(":")
    target = ("127.0.0.1" if host in ("0.0.0.0", "[::]") else host.strip("[]"), int(port))
    heart = Heart(target)
    running = Balancing(balancer, heart, ours, thread)
    try:
        yield running
    finally:
        heart.stop()
        for dead in running.dead:
            dead.close()
        with contextlib.suppress(OSError):
            ours.send(b"xx")
        thread.join(CLIENT_S)
        ours.close()
        theirs.close()
    assert not thread.is_alive()


def _live(balancer: Balancer, stop_fd: int) -> None:
    try:
        balancer.run([stop_fd])
    finally:
        balancer.close()


class Heart:
    """Beats for any number of members, from a thread of its own."""

    def __init__(self, to: Address, keys: Keyring = KEYS) -> None:
        self._to, self._keys = to, keys
        family = socket.AF_INET6 if ":" in to[0] else socket.AF_INET
        self._sock = socket.socket(family, socket.SOCK_DGRAM)
        self._beats: dict[str, Heartbeat] = {}
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._began = time.monotonic()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def beat(self, node: str, services: Mapping[str, Endpoint], *, incarnation: int = 1) -> None:
        """Beat for this member from now on, at once for the first time."""
        beat = Heartbeat(node, incarnation, 0, 0.0, 0.0, BEAT_EVERY_S, dict(services))
        with self._lock:
            before = self._beats.get(node)
            if before is not None and before.incarnation == incarnation:
                beat = replace(beat, sequence=before.sequence)
            self._send(beat)

    def drain(self, node: str) -> None:
        """Say that it takes no new clients."""
        with self._lock:
            self._send(replace(self._beats[node], draining=True))

    def leave(self, node: str) -> None:
        """Say goodbye for it."""
        with self._lock:
            self._send(replace(self._beats[node], leaving=True))
            del self._beats[node]

    def silence(self, node: str) -> None:
        """Say nothing more for it, as if it had died."""
        with self._lock:
            del self._beats[node]

    def say(self, datagram: bytes) -> None:
        """Send anything to the heartbeat port."""
        with contextlib.suppress(OSError):
            self._sock.sendto(datagram, self._to)

    def stop(self) -> None:
        self._over.set()
        self._thread.join(CLIENT_S)
        self._sock.close()

    def _run(self) -> None:
        while not self._over.wait(BEAT_EVERY_S):
            with self._lock:
                for beat in list(self._beats.values()):
                    self._send(beat)

    def _send(self, beat: Heartbeat) -> None:
        fresh = replace(
            beat,
            sequence=beat.sequence + 1,
            sent_at=time.time(),
            uptime_s=time.monotonic() - self._began,
        )
        self._beats[beat.node] = fresh
        self.say(encode(fresh, self._keys))


Serve = Callable[[socket.socket, Header | Local | None], None]


def echo(name: str) -> Serve:
    """A service that says its name, then sends back what it gets until the client has finished."""

    def serve(client: socket.socket, _header: Header | Local | None) -> None:
        client.sendall(name.encode() + b":")
        while data := client.recv(65536):
            client.sendall(data)

    return serve


@dataclass
class TcpMember:
    """A member's TCP service; `serve` has each client in a thread of its own."""

    serve: Serve
    proxied: bool = True
    headers: list[Header | Local] = field(default_factory=list)
    clients: list[socket.socket] = field(default_factory=list)
    host: str = "127.0.0.1"

    def __enter__(self) -> "TcpMember":
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        self._listening = socket.create_server((self.host, 0), family=family, backlog=1024)
        self.endpoint: Endpoint = self._listening.getsockname()[:2]
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self.die()
        for thread in self._threads:
            thread.join(CLIENT_S)

    @property
    def served(self) -> list[Header]:
        """The clients that were no probes."""
        return [header for header in self.headers if isinstance(header, Header)]

    def deaf(self) -> None:
        """Accept nobody any more, keep those inside."""
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def die(self) -> None:
        """Close everything at once with resets, as the end of a process may."""
        self.deaf()
        for client in self.clients:
            with contextlib.suppress(OSError):
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                client.shutdown(socket.SHUT_RD)
                client.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            self.clients.append(client)
            thread = threading.Thread(target=self._one, args=(client,))
            self._threads.append(thread)
            thread.start()

    def _one(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            header = _read_header(client) if self.proxied else None
            if header is not None:
                self.headers.append(header)
            if isinstance(header, Header) or not self.proxied:
                self.serve(client, header)


def _read_header(client: socket.socket) -> Header | Local | None:
    """The header that a connection begins with; None when it ends before."""
    start = b""
    while byte := client.recv(1):
        start += byte
        match parse(start):
            case Header() | Local() as header:
                return header
    return None


@dataclass
class UdpMember:
    """A member's UDP service: answers each datagram with its name and the payload."""

    name: str
    answering: bool = True
    host: str = "127.0.0.1"
    port: int = 0
    got: list[tuple[Header, bytes]] = field(default_factory=list)
    sources: list[Address] = field(default_factory=list)

    def __enter__(self) -> "UdpMember":
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        self.sock = socket.socket(family, socket.SOCK_DGRAM)
        self.sock.bind((self.host, self.port))
        self.sock.settimeout(0.05)
        self.endpoint: Endpoint = self.sock.getsockname()[:2]
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.die()

    def die(self) -> None:
        """Close the socket."""
        self._over.set()
        self._thread.join(CLIENT_S)
        self.sock.close()

    def answer(self, header: Header, payload: bytes) -> None:
        """Send a datagram towards a client, through the balancer it came from."""
        self.sock.sendto(self.raw_header(header) + payload, self.sources[-1])

    def raw_header(self, header: Header) -> bytes:
        """The bytes of a header as it came."""
        return self._raw[header]

    def _run(self) -> None:
        self._raw: dict[Header, bytes] = {}
        while not self._over.is_set():
            try:
                datagram, source = self.sock.recvfrom(65535)
            except OSError:
                continue
            header = parse(datagram)
            assert isinstance(header, Header)
            self._raw[header] = datagram[: header.length]
            self.sources.append(source)
            self.got.append((header, datagram[header.length :]))
            if self.answering:
                reply = self.name.encode() + b":" + datagram[header.length :]
                self.answer(header, reply)


@dataclass
class PlainUdpMember:
    """A member's UDP service without PROXY headers: answers each datagram with its name and the
    payload, and counts its clients by their addresses."""

    name: str
    host: str = "127.0.0.1"
    sources: list[Address] = field(default_factory=list)

    def __enter__(self) -> "PlainUdpMember":
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        self.sock = socket.socket(family, socket.SOCK_DGRAM)
        self.sock.bind((self.host, 0))
        self.sock.settimeout(0.05)
        self.endpoint: Endpoint = self.sock.getsockname()[:2]
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.die()

    def die(self) -> None:
        """Close the socket."""
        self._over.set()
        self._thread.join(CLIENT_S)
        self.sock.close()

    def say(self, payload: bytes) -> None:
        """Send a datagram to the last client."""
        self.sock.sendto(payload, self.sources[-1])

    def _run(self) -> None:
        while not self._over.is_set():
            try:
                payload, source = self.sock.recvfrom(65535)
            except OSError:
                continue
            self.sources.append(source[:2])
            self.sock.sendto(self.name.encode() + b":" + payload, source)


@contextmanager
def udp_client(host: str = "127.0.0.1") -> Iterator[socket.socket]:
    """A UDP client's socket."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.bind((host, 0))
        sock.settimeout(CLIENT_S)
        yield sock


def ask(sock: socket.socket, to: Address, payload: bytes) -> bytes:
    """One datagram there, one back; the answer must come from the address that was asked."""
    sock.sendto(payload, to)
    answer, source = sock.recvfrom(65535)
    assert source[:2] == to
    return answer


def receive(sock: socket.socket, count: int) -> bytes:
    """Exactly so many bytes, or fewer at the end of the stream."""
    data = b""
    while len(data) < count and (piece := sock.recv(count - len(data))):
        data += piece
    return data


def receive_all(sock: socket.socket) -> bytes:
    """Everything until the end of the stream."""
    return b"".join(iter(lambda: sock.recv(65536), b""))


@contextmanager
def deaf_endpoint() -> Iterator[Endpoint]:
    """An address that answers no connect at all: its queue is full."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listening:
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(listening.getsockname())
        try:
            yield listening.getsockname()
        finally:
            for filler in fillers:
                filler.close()


def open_descriptors() -> int:
    """How many descriptors this process has."""
    return len(list(Path("/proc/self/fd").iterdir()))


def names_of(answers: Sequence[bytes]) -> set[bytes]:
    """The members' names at the start of answers."""
    return {answer.partition(b":")[0] for answer in answers}
