"""Introductions at the door: headers and handshakes, and whoever only wastes our time."""

import socket
import ssl
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from holdfast.platform.balancer.admission import Refusal
from holdfast.platform.balancer.arrival import (
    ALERT_ACCESS_DENIED,
    STEPS_PER_ROUND,
    ArrivalLimits,
    Arrivals,
)
from holdfast.platform.balancer.client_hello import parse_hello
from holdfast.platform.balancer.entrances import entrances
from holdfast.platform.balancer.networks import Networks
from holdfast.platform.balancer.proxy_protocol import encode, encode_local
from tests.platform.balancer.test_client_hello import REAL, message, records, server_name
from tests.support.balancing import (
    SETTINGS,
    TCP,
    Balancing,
    TcpMember,
    balancing,
    echo,
    open_descriptors,
    receive,
    receive_all,
)
from tests.support.processes import until
from tests.support.tls_keys import certificate, entry, trusting

TRUSTING = replace(SETTINGS, trusted_upstreams=("127.0.0.1",))
CLIENT, PUBLIC = ("192.0.2.7", 51544), ("198.51.100.1", 443)
SAYING = replace(TCP, says=lambda what: b"!" + what.encode())
OTHER = replace(TCP, name="other", service="other-service")


def refused(b: Balancing, why: Refusal) -> int:
    """How often somebody was turned away for this reason."""
    return b.balancer._counters.refused[why]


def arriving(b: Balancing) -> int:
    """How many are introducing themselves."""
    arrivals = b.balancer._tcp._arrivals
    assert arrivals is not None
    return len(arrivals)


def told(b: Balancing, start: bytes) -> bytes:
    """What the balancer says to a client that begins like this, up to its end."""
    with b.connect() as client:
        client.sendall(start)
        return receive_all(client)


@pytest.mark.parametrize(
    "header",
    [
        encode("tcp", CLIENT, PUBLIC),
        encode("tcp", CLIENT, PUBLIC, ((0x04, b"padding"), (0x02, b"name.example"))),
        b"PROXY TCP4 192.0.2.7 198.51.100.1 51544 443\r\n",
    ],
)
def test_the_client_an_upstream_names_goes_on_to_the_member(header: bytes) -> None:
    with TcpMember(echo("a")) as a, balancing(settings=TRUSTING) as b:
        b.add("a", tcp_service=a.endpoint)
        with b.connect() as client:
            client.sendall(header + b"hello")
            assert receive(client, 7) == b"a:hello"
        assert a.served[0].source == CLIENT
        assert a.served[0].destination == b.address("t"), "the port of ours that was called"


def test_a_header_in_single_bytes_is_as_good() -> None:
    with TcpMember(echo("a")) as a, balancing(settings=TRUSTING) as b:
        b.add("a", tcp_service=a.endpoint)
        with b.connect() as client:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for byte in encode("tcp", CLIENT, PUBLIC) + b"hi":
                client.send(bytes([byte]))
            assert receive(client, 4) == b"a:hi"


@pytest.mark.parametrize("header", [encode_local(), b"PROXY UNKNOWN\r\n"])
def test_an_upstream_that_speaks_for_itself_is_the_client(header: bytes) -> None:
    with TcpMember(echo("a")) as a, balancing(settings=TRUSTING) as b:
        b.add("a", tcp_service=a.endpoint)
        with b.connect() as client:
            client.sendall(header)
            assert receive(client, 2) == b"a:"
            assert a.served[0].source == client.getsockname()


def test_an_upstream_without_a_header_is_told_that_one_is_due() -> None:
    with balancing(SAYING, settings=TRUSTING) as b:
        assert told(b, b"GET / HTTP/1.1\r\n\r\n") == (
            b"!A PROXY protocol header is expected from your address."
        )
        assert refused(b, Refusal.NO_HEADER) == 1


def test_from_others_a_header_is_just_bytes() -> None:
    settings_ = replace(SETTINGS, trusted_upstreams=("192.0.2.0/24",))
    header = encode("tcp", CLIENT, PUBLIC)
    with TcpMember(echo("a")) as a, balancing(settings=settings_) as b:
        b.add("a", tcp_service=a.endpoint)
        with b.connect() as client:
            client.sendall(header)
            assert receive(client, 2 + len(header)) == b"a:" + header
            assert a.served[0].source == client.getsockname()


def test_the_limits_of_the_client_hold_not_those_of_the_upstream() -> None:
    few = replace(TRUSTING, connections_per_client=1)
    with TcpMember(echo("a")) as a, balancing(settings=few) as b:
        b.add("a", tcp_service=a.endpoint)
        inside = []
        for number in (1, 2):
            client = b.connect()
            client.sendall(encode("tcp", (f"192.0.2.{number}", 5), PUBLIC))
            assert receive(client, 2) == b"a:"
            inside.append(client)
        assert told(b, encode("tcp", ("192.0.2.2", 6), PUBLIC)) == TCP.busy
        for client in inside:
            client.close()


def test_the_rate_of_the_client_holds_though_the_upstream_is_exempt() -> None:
    slow = replace(TRUSTING, connection_rate_per_client=0.001, rate_burst_s=1_000.0)
    with TcpMember(echo("a")) as a, balancing(SAYING, settings=slow) as b:
        b.add("a", tcp_service=a.endpoint)
        with b.connect() as first:
            first.sendall(encode("tcp", CLIENT, PUBLIC))
            assert receive(first, 2) == b"a:"
        assert told(b, encode("tcp", CLIENT, PUBLIC)).startswith(b"!Too many new connections")
        with b.connect() as third:
            third.sendall(encode("tcp", ("192.0.2.8", 1), PUBLIC))
            assert receive(third, 2) == b"a:"


SLOW_STARTS: list[tuple[str, bytes, dict[str, object]]] = [
    ("a PROXY header", encode("tcp", CLIENT, PUBLIC)[:20], {"trusted_upstreams": ("127.0.0.1",)}),
    ("a PROXY line", b"PROXY TCP4 192.", {"trusted_upstreams": ("127.0.0.1",)}),
    ("a ClientHello", REAL[:50], {"sni": ("t:a.example=t",)}),
    ("nothing at all", b"", {"sni": ("t:a.example=t",)}),
]


@pytest.mark.parametrize(
    ("start", "changes"), [case[1:] for case in SLOW_STARTS], ids=[case[0] for case in SLOW_STARTS]
)
def test_half_an_introduction_is_not_waited_for_long(
    start: bytes, changes: dict[str, object]
) -> None:
    with balancing(settings=replace(SETTINGS, handshake_timeout_s=0.1, **changes)) as b:  # type: ignore[arg-type]
        with b.connect() as client:
            client.sendall(start)
            receive_all(client)
        assert refused(b, Refusal.ARRIVED_LATE) == 1
        until(lambda: arriving(b) == 0, "nothing is left")


def test_half_a_handshake_is_not_waited_for_long(tmp_path: Path) -> None:
    files = certificate(tmp_path, "a.example")
    quick = replace(SETTINGS, tls=(entry("t", files),), handshake_timeout_s=0.1)
    with balancing(settings=quick) as b:
        assert told(b, REAL)[:3] == b"\x16\x03\x03", "the server's half came"
        assert refused(b, Refusal.ARRIVED_LATE) == 1
        until(lambda: arriving(b) == 0, "nothing is left")


def test_who_hangs_up_during_the_introduction_is_counted_and_forgotten(tmp_path: Path) -> None:
    files = certificate(tmp_path, "a.example")
    with balancing(settings=replace(SETTINGS, tls=(entry("t", files),))) as b:
        for start in (b"", REAL[:9]):
            with b.connect() as client:
                client.sendall(start)
        until(lambda: refused(b, Refusal.LEFT) == 2, "both are counted")
        with b.connect() as client:
            client.sendall(REAL)
            assert receive(client, 1) == b"\x16"
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        until(lambda: refused(b, Refusal.HANDSHAKE_FAILED) == 1, "the third as well")
        assert arriving(b) == 0


def test_only_so_many_arrive_at_once_and_one_address_cannot_take_all(tmp_path: Path) -> None:
    files = certificate(tmp_path, "a.example")
    few = replace(SETTINGS, tls=(entry("t", files),), handshakes=4, rate_exempt=())
    with balancing(settings=few) as b:
        slow = [b.connect(), b.connect()]
        until(lambda: arriving(b) == 2, "they are arriving")
        assert told(b, b"") == ALERT_ACCESS_DENIED
        for host in ("127.0.0.2", "127.0.0.3"):
            client = socket.socket()
            client.bind((host, 0))
            client.connect(b.address("t"))
            slow.append(client)
        until(lambda: arriving(b) == 4, "others have their share")
        with socket.socket() as one_more:
            one_more.bind(("127.0.0.4", 0))
            one_more.connect(b.address("t"))
            assert receive_all(one_more) == ALERT_ACCESS_DENIED
        assert refused(b, Refusal.ARRIVALS_FULL) == 2
        for client in slow:
            client.close()
        until(lambda: arriving(b) == 0, "there is room again")


def test_a_storm_of_handshakes_leaves_others_their_turn_in_each_round(tmp_path: Path) -> None:
    relay = SimpleNamespace(loop=SimpleNamespace(now=1.0))
    arrivals = Arrivals(relay, entrances([], {}, [], Networks()), ArrivalLimits(), Networks())  # type: ignore[arg-type]
    for now in (1.0, 2.0):
        relay.loop.now = now
        steps = [arrivals.may_step() for _ in range(100)]
        assert steps == [True] * STEPS_PER_ROUND + [False] * (100 - STEPS_PER_ROUND)


def test_a_client_that_does_not_listen_to_the_handshake_is_not_read_from_either(
    tmp_path: Path,
) -> None:
    files = certificate(tmp_path, "a.example")
    with balancing(settings=replace(SETTINGS, tls=(entry("t", files),))) as b:
        context = trusting(files)
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        session = context.wrap_bio(incoming, outgoing, server_hostname="a.example")
        real, stuck = socket.socket.send, [True]

        def send(sock: socket.socket, data: bytes) -> int:
            if stuck and len(data) > 100:
                raise BlockingIOError
            return real(sock, data)

        with pytest.MonkeyPatch.context() as patch, b.connect() as client:
            patch.setattr(socket.socket, "send", send)
            with pytest.raises(ssl.SSLWantReadError):
                session.do_handshake()
            client.sendall(outgoing.read())
            until(lambda: _unsent(b) > 0, "the server's half waits")
            client.sendall(bytes(100_000))
            held = _unsent(b)
            stuck.clear()
            assert receive(client, held)[:1] == b"\x16", "it came once there was room"
        until(lambda: refused(b, Refusal.HANDSHAKE_FAILED) == 1, "what followed was no TLS")


def _unsent(b: Balancing) -> int:
    """How many bytes wait for one client that introduces itself."""
    arrivals = b.balancer._tcp._arrivals
    assert arrivals is not None
    return sum(len(each._unsent) for each in list(arrivals._all))


def test_a_port_that_speaks_tls_says_so_to_others(tmp_path: Path) -> None:
    files = certificate(tmp_path, "a.example")
    with balancing(SAYING, settings=replace(SETTINGS, tls=(entry("t", files),))) as b:
        assert told(b, b"GET / HTTP/1.1\r\n\r\n") == b"!This port speaks TLS only."
        assert refused(b, Refusal.NOT_TLS) == 1


def test_a_handshake_that_fails_is_answered_by_an_alert(tmp_path: Path) -> None:
    files = certificate(tmp_path, "a.example")
    with balancing(settings=replace(SETTINGS, tls=(entry("t", files),))) as b:
        answer = told(b, records(message([server_name(b"a.example")])))
        assert answer[:1] == b"\x15"
        assert refused(b, Refusal.HANDSHAKE_FAILED) == 1
        assert arriving(b) == 0


def serving_two(work: Callable[[Balancing], None], **changes: object) -> None:
    """A balancer of two listeners with a member each."""
    made = replace(SETTINGS, **changes)  # type: ignore[arg-type]
    with (
        TcpMember(echo("t")) as t,
        TcpMember(echo("other")) as other,
        balancing(TCP, OTHER, settings=made) as b,
    ):
        b.add("a", tcp_service=t.endpoint, other_service=other.endpoint)
        work(b)


def test_the_server_name_chooses_and_not_a_byte_is_lost() -> None:
    def work(b: Balancing) -> None:
        for name, answer in ((b"x.example", b"other:"), (b"y.example", b"t:")):
            hello = records(message([server_name(name)]), 100) + b"and more"
            with b.connect() as client:
                client.sendall(hello)
                assert receive(client, len(answer) + len(hello)) == answer + hello
        with b.connect() as client:
            client.sendall(b"no TLS at all")
            assert receive(client, 15) == b"t:no TLS at all"

    serving_two(work, sni=("t:x.example=other",))


def test_a_hello_in_single_bytes_is_looked_at_a_few_times_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looks: list[int] = []

    def look(data: bytes) -> object:
        looks.append(len(data))
        return parse_hello(data)

    monkeypatch.setattr("holdfast.platform.balancer.arrival.parse_hello", look)

    def work(b: Balancing) -> None:
        with b.connect() as client:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for byte in REAL:
                client.send(bytes([byte]))
            assert receive(client, 2 + len(REAL)) == b"t:" + REAL

    serving_two(work, sni=("t:x.example=other",))
    assert len(looks) <= 5


def test_a_clients_tls_ends_here_behind_an_upstream_that_passes_it_on(tmp_path: Path) -> None:
    files = certificate(tmp_path, "a.example")
    changes = replace(TRUSTING, tls=(entry("t", files),))
    with TcpMember(echo("a")) as a, balancing(TCP, settings=changes) as b:
        b.add("a", tcp_service=a.endpoint)
        raw = b.connect()
        raw.sendall(encode("tcp", CLIENT, PUBLIC))
        with trusting(files).wrap_socket(raw, server_hostname="a.example") as client:
            client.sendall(b"hello")
            assert receive(client, 7) == b"a:hello"
        assert a.served[0].source == CLIENT


def test_arrivals_are_turned_away_at_the_end(tmp_path: Path) -> None:
    files = certificate(tmp_path, "a.example")
    with balancing(settings=replace(SETTINGS, tls=(entry("t", files),))) as b:
        client = b.connect()
        until(lambda: arriving(b) == 1, "it is arriving")
    with client:
        assert receive_all(client) in (ALERT_ACCESS_DENIED, b"")


def test_an_error_inside_costs_one_client_only(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: bytes) -> None:
        raise RuntimeError("a bug")

    with TcpMember(echo("a")) as a, balancing(settings=TRUSTING) as b:
        b.add("a", tcp_service=a.endpoint)
        with monkeypatch.context() as patch:
            patch.setattr("holdfast.platform.balancer.arrival.read_header", fail)
            assert told(b, b"x") == b""
        with b.connect() as client:
            client.sendall(encode("tcp", CLIENT, PUBLIC))
            assert receive(client, 2) == b"a:"
        assert arriving(b) == 0
    assert "watcher_failed" in caplog.text


class Fuzzed:
    """One balancer for all examples: they must not grow it or stop it."""

    def __init__(self, b: Balancing, client: ssl.SSLContext) -> None:
        self.b, self.client = b, client


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=4), st.integers(0, 3))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_strangers_say_at_the_door_others_are_served(fuzzed: Fuzzed, pieces, kind) -> None:
    start = (b"", encode("tcp", CLIENT, PUBLIC), encode("tcp", CLIENT, PUBLIC) + REAL, REAL)[kind]
    with fuzzed.b.connect() as stranger:
        try:
            for piece in (start, *pieces):
                stranger.sendall(piece)
        except OSError:
            pass
    raw = fuzzed.b.connect()
    raw.sendall(encode("tcp", CLIENT, PUBLIC))
    with fuzzed.client.wrap_socket(raw, server_hostname="a.example") as friend:
        friend.sendall(b"hello")
        assert receive(friend, 7) == b"a:hello"
    until(lambda: arriving(fuzzed.b) == 0, "nothing is left")


@pytest.fixture
def fuzzed(tmp_path: Path):
    files = certificate(tmp_path, "a.example")
    made = replace(TRUSTING, tls=(entry("t", files),))
    with TcpMember(echo("a")) as a, balancing(TCP, settings=made) as b:
        b.add("a", tcp_service=a.endpoint)
        before = open_descriptors()
        yield Fuzzed(b, trusting(files))
        relay = b.balancer._tcp
        until(lambda: relay.clients == len(relay._farewells) == 0, "nobody is left")
        until(lambda: open_descriptors() <= before, "no descriptor is left")
