"""docs/reference/edge.md: limits with a word for whoever meets them, PROXY headers, and TLS."""

import contextlib
import http.client
import json
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from holdfast.errors import Mistake
from holdfast.flights.wiring.listeners import listeners as flights_listeners
from holdfast.grading.wire.course import COURSE, ErrorReply
from holdfast.grading.wiring.listeners import RESULTS_HTTP
from holdfast.grading.wiring.listeners import listeners as grading_listeners
from holdfast.platform.balancer.proxy_protocol import Header, Local
from holdfast.platform.balancer.server import Balancer
from holdfast.platform.balancer.settings import BalancerSettings
from holdfast.platform.membership.wire import Endpoint
from holdfast.platform.runtime.app import Listener
from tests.flights.wiring.settings import effective as flights_effective
from tests.grading.wiring.settings import effective as grading_effective
from tests.support.administered import administered
from tests.support.balancing import (
    CLIENT_S,
    FLEET,
    KEYS,
    SETTINGS,
    TCP,
    UDP,
    Balancing,
    TcpMember,
    UdpMember,
    ask,
    balancing,
    echo,
    receive,
    receive_all,
    udp_client,
)
from tests.support.processes import until
from tests.support.proxies import NO_HAPROXY, haproxy
from tests.support.reference import REFERENCE
from tests.support.tls_keys import certificate, entry, trusting

PAGE = (REFERENCE / "edge.md").read_text(encoding="utf-8")
BRIEF = replace(SETTINGS, wait_for_member_s=0.05)
STRICT = replace(BRIEF, connection_rate_per_client=0.1, rate_burst_s=10.0, rate_exempt=())
"""One connection, then ten seconds of rest."""


def freely(listeners: list[Listener]) -> list[Listener]:
    """The same listeners on any free port."""
    return [replace(each, port=0) for each in listeners]


FLIGHTS = freely(flights_listeners(flights_effective()))
GRADING = [
    each for each in freely(grading_listeners(grading_effective())) if each.transport == "tcp"
]
HTTP = [*FLIGHTS, *(each for each in GRADING if each.service == RESULTS_HTTP)]
PAGES = "travel"
"""The listener whose clients are browsers."""
COURSE_PORT = next(each for each in GRADING if each.service != RESULTS_HTTP)


def answered(b: Balancing, name: str, method: str = "GET", body: bytes = b"") -> tuple[int, str]:
    """The status and the body that an HTTP client gets; both must fit together."""
    connection = http.client.HTTPConnection(*b.address(name), timeout=CLIENT_S)
    with contextlib.closing(connection):
        connection.request(method, "/anything?x=1", body=body)
        response = connection.getresponse()
        assert response.headers["Retry-After"] == "1"
        wanted = "text/html; charset=utf-8" if name == PAGES else "application/json"
        assert response.headers["Content-Type"] == wanted
        return response.status, response.read().decode()


def test_without_a_member_http_gets_503_and_when_to_come_again_never_a_hang() -> None:
    with balancing(*FLIGHTS, *GRADING, settings=BRIEF) as b:
        for listener in HTTP:
            for method, body in (("GET", b""), ("POST", b"x" * 100_000)):
                status, text = answered(b, listener.name, method, body)
                assert status == 503
                assert listener.name == PAGES or json.loads(text)
                assert len(text) < 400


def test_without_a_member_the_course_protocol_gets_an_error_frame() -> None:
    with balancing(*GRADING) as b, b.connect(COURSE_PORT.name) as client:
        (frame,) = COURSE.stream().feed(receive_all(client))
        assert isinstance(frame.message, ErrorReply)  # type: ignore[union-attr]


def test_a_hasty_client_is_told_so_in_its_protocol() -> None:
    with balancing(*FLIGHTS, *GRADING, settings=STRICT) as b:
        b.connect(COURSE_PORT.name).close()
        for listener in (*HTTP, COURSE_PORT):
            if listener in HTTP:
                status, text = answered(b, listener.name)
                assert status == 503
                assert "Too many new connections from your address" in text
            else:
                with b.connect(listener.name) as client:
                    (frame,) = COURSE.stream().feed(receive_all(client))
                assert "Too many new connections from your address" in str(frame)
        told = b.balancer._counters.told()["refused"]
        assert "client_hasty:7" in str(told), "counted in the state line"


def test_a_port_may_have_a_rate_of_all_clients_together() -> None:
    slow = replace(SETTINGS, connection_rate_per_listener=0.2, rate_burst_s=10.0, rate_exempt=())
    with balancing(settings=slow) as b:
        for host in ("127.0.0.2", "127.0.0.3", "127.0.0.4"):
            with socket.socket() as client:
                client.bind((host, 0))
                client.connect(b.address("t"))
                answer = receive_all(client)
        assert answer == TCP.busy


def test_loopback_may_connect_as_often_as_it_likes_by_default() -> None:
    assert "127.0.0.0/8" in BalancerSettings().rate_exempt
    slow = replace(STRICT, rate_exempt=BalancerSettings().rate_exempt)
    with TcpMember(echo("a")) as a, balancing(settings=slow) as b:
        b.add("a", tcp_service=a.endpoint)
        for _ in range(20):
            with b.connect() as client:
                assert receive(client, 2) == b"a:"


def test_a_class_behind_one_address_may_begin_all_at_once_by_default() -> None:
    rate = BalancerSettings().client_rate
    assert rate.burst >= 300 * 10, "300 students, ten connections each, in one moment"


def test_a_client_that_begins_udp_flows_too_fast_is_told_and_others_go_on() -> None:
    slow = replace(SETTINGS, udp_flow_rate_per_client=0.1, rate_burst_s=10.0, rate_exempt=())
    says = replace(UDP, says=lambda _: b"slowly")
    with UdpMember("a") as a, balancing(TCP, says, settings=slow) as b:
        b.add("a", udp_service=a.endpoint)
        with udp_client() as first, udp_client() as second, udp_client("127.0.0.2") as other:
            assert ask(first, b.address("u"), b"x") == b"a:x"
            assert ask(second, b.address("u"), b"xx") == b"slowly"
            assert ask(first, b.address("u"), b"y") == b"a:y", "a flow that is there goes on"
            assert ask(other, b.address("u"), b"z") == b"a:z"
            second.sendto(b"x", b.address("u"))  # too short to be answered: we amplify nothing
            assert ask(first, b.address("u"), b"w") == b"a:w"
            second.settimeout(0.05)
            with pytest.raises(TimeoutError):
                second.recv(100)


@pytest.mark.processes
@pytest.mark.skipif(shutil.which("haproxy") is None, reason=NO_HAPROXY)
@pytest.mark.parametrize("how", ["send-proxy-v2", "send-proxy", "send-proxy-v2-ssl-cn"])
def test_behind_haproxy_the_members_see_the_client(tmp_path: Path, how: str) -> None:
    trusting_loopback = replace(SETTINGS, trusted_upstreams=("127.0.0.1",))
    with TcpMember(echo("a")) as a, balancing(settings=trusting_loopback) as b:
        b.add("a", tcp_service=a.endpoint)
        with (
            haproxy(tmp_path, b.address("t"), how) as upstream,
            socket.create_connection(upstream, timeout=CLIENT_S) as client,
        ):
            client.sendall(b"hello")
            assert receive(client, 7) == b"a:hello"
            until(lambda: client.getsockname() in [each.source for each in a.served], "it is known")


def web(name: str) -> TcpMember:
    """A member that answers one HTTP request with its name."""

    def serve(sock: socket.socket, _header: Header | Local | None) -> None:
        while b"\r\n\r\n" not in sock.recv(65_536):
            pass
        body = name.encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        sock.sendall(head.encode() + body)

    return TcpMember(serve)


def get(b: Balancing, door: str, host: str, trust: ssl.SSLContext) -> str:
    """What an HTTPS client of this server gets."""
    raw = b.connect(door)
    with trust.wrap_socket(raw, server_hostname=host) as client:
        client.sendall(f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        return receive_all(client).partition(b"\r\n\r\n")[2].decode()


SITE = Listener("site", "tcp", 0, "site")
SHOP = Listener("shop", "tcp", 0, "shop")


@contextlib.contextmanager
def two_sites(settings: BalancerSettings) -> Iterator[Balancing]:
    with (
        web("the site") as site,
        web("the shop") as shop,
        balancing(SITE, SHOP, settings=settings) as b,
    ):
        b.add("a", site=site.endpoint, shop=shop.endpoint)
        yield b


def test_https_gets_a_port_of_its_own_and_the_name_chooses_certificate_and_service(
    tmp_path: Path,
) -> None:
    site, shop = certificate(tmp_path, "site.example"), certificate(tmp_path, "*.shop.example")
    settings = replace(
        SETTINGS,
        tls=(entry("site@0", site), entry("site@0", shop)),
        sni=("site@0:*.shop.example=shop",),
    )
    with two_sites(settings) as b:
        trust = trusting(site, shop)
        assert get(b, "site@0", "site.example", trust) == "the site"
        assert get(b, "site@0", "eu.shop.example", trust) == "the shop"
        with b.connect("site") as plain:
            plain.sendall(b"GET / HTTP/1.1\r\n\r\n")
            assert receive_all(plain).endswith(b"the site")


def test_certificates_are_read_again_without_a_restart_and_clients_inside_stay(
    tmp_path: Path,
) -> None:
    old, new = certificate(tmp_path, "a.example"), certificate(tmp_path, "a.example")
    trust_old = trusting(old)

    def greeted(trust: ssl.SSLContext) -> bool:
        with b.connect() as raw, contextlib.suppress(ssl.SSLCertVerificationError):
            trust.wrap_socket(raw, server_hostname="a.example").close()
            return True
        return False

    with (
        TcpMember(echo("a")) as a,
        administered(tmp_path, more=f'tls = ["{entry("t", old)}"]\n') as admin,
    ):
        b = admin.balancing
        b.add("a", tcp_service=a.endpoint)
        with trust_old.wrap_socket(b.connect(), server_hostname="a.example") as inside:
            assert receive(inside, 2) == b"a:"
            new.certificate.replace(old.certificate)
            status, told = admin.ask("/reload", method="POST")
            assert (status, b"does not belong to the certificate" in told) == (422, True)
            assert greeted(trust_old), "the old one is still in use"
            new.key.replace(old.key)
            applied = admin.told("/reload", method="POST")["applied"]
            assert applied == ["the certificates of t"]
            assert not greeted(trust_old)
            assert greeted(trusting(old))
            inside.sendall(b"still here")
            assert receive(inside, 10) == b"still here"


def test_a_certificate_that_cannot_be_used_is_a_mistake_at_the_start(tmp_path: Path) -> None:
    files = certificate(tmp_path, "a.example")
    files.key.unlink()
    with pytest.raises(Mistake, match=f"{files.key} does not exist"):
        Balancer(FLEET, replace(SETTINGS, tls=(entry("t", files),)), [TCP, UDP], KEYS)
    with pytest.raises(Mistake, match="names the listener nobody; there are t"):
        Balancer(FLEET, replace(SETTINGS, tls=(entry("nobody", files),)), [TCP, UDP], KEYS)


class TlsMember:
    """A member's service that speaks TLS itself, behind the balancer's pass-through."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context

    def __enter__(self) -> Endpoint:
        self._member = TcpMember(self._serve).__enter__()
        return self._member.endpoint

    def __exit__(self, *_: object) -> None:
        self._member.__exit__()

    def _serve(self, sock: socket.socket, _header: Header | Local | None) -> None:
        with self._context.wrap_socket(sock, server_side=True) as client:
            client.sendall(b"decrypted by the member: " + client.recv(100))
            client.unwrap()


def test_by_name_a_client_reaches_a_member_that_alone_can_decrypt_it(tmp_path: Path) -> None:
    files = certificate(tmp_path, "secret.example")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)
    settings = replace(SETTINGS, sni=("site:secret.example=shop",))
    with TlsMember(context) as endpoint, balancing(SITE, SHOP, settings=settings) as b:
        b.add("a", shop=endpoint)
        raw = b.connect("site")
        with trusting(files).wrap_socket(raw, server_hostname="secret.example") as client:
            client.sendall(b"hello")
            assert receive_all(client) == b"decrypted by the member: hello"


@pytest.mark.processes
@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_openssls_own_client_is_served(tmp_path: Path, version: str) -> None:
    files = certificate(tmp_path, "a.example")
    settings = replace(SETTINGS, tls=(entry("t", files),))

    def answer(sock: socket.socket, _header: Header | Local | None) -> None:
        sock.sendall(b"a:" + receive(sock, 6))

    with TcpMember(answer) as a, balancing(TCP, settings=settings) as b:
        b.add("a", tcp_service=a.endpoint)
        host, port = b.address("t")
        trust = [
            "-CAfile",
            str(files.certificate),
            "-verify_return_error",
            "-servername",
            "a.example",
        ]
        done = subprocess.run(
            ["openssl", "s_client", version, "-quiet", "-connect", f"{host}:{port}", *trust],
            input=b"hello\n",
            capture_output=True,
            timeout=30.0,
            check=False,
        )
        assert done.stdout == b"a:hello\n", done.stderr


def test_a_crowd_of_the_slow_is_bounded_and_others_are_served(tmp_path: Path) -> None:
    files = certificate(tmp_path, "a.example")
    settings = replace(SETTINGS, tls=(entry("t", files),), handshakes=50, handshake_timeout_s=0.3)
    with TcpMember(echo("a")) as a, balancing(TCP, settings=settings) as b:
        b.add("a", tcp_service=a.endpoint)
        slow = [b.connect() for _ in range(60)]
        for each in slow:
            with contextlib.suppress(OSError):
                each.sendall(b"\x16\x03\x01\x02")

        def served() -> bool:
            with contextlib.suppress(ssl.SSLError, OSError):
                raw = b.connect()
                with trusting(files).wrap_socket(raw, server_hostname="a.example") as client:
                    return receive(client, 2) == b"a:"
            return False

        until(served, "somebody else is served")
        refused = b.balancer._counters.refused
        assert {why.name for why in refused} <= {"ARRIVALS_FULL", "ARRIVED_LATE"}
        until(lambda: sum(refused.values()) >= 60, "all of them are counted")
        for each in slow:
            each.close()


def test_many_handshakes_at_once_from_one_address_all_succeed(tmp_path: Path) -> None:
    files = certificate(tmp_path, "a.example")
    settings = replace(SETTINGS, tls=(entry("t", files),))
    trust, answers = trusting(files), []
    with TcpMember(echo("a")) as a, balancing(TCP, settings=settings) as b:
        b.add("a", tcp_service=a.endpoint)

        def go() -> None:
            for _ in range(5):
                with trust.wrap_socket(b.connect(), server_hostname="a.example") as client:
                    answers.append(receive(client, 2))

        threads = [threading.Thread(target=go) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(CLIENT_S * 3)
        assert answers == [b"a:"] * 100


@pytest.mark.parametrize(
    "key",
    [
        "connection_rate_per_client",
        "connection_rate_per_listener",
        "udp_flow_rate_per_client",
        "rate_burst_s",
        "rate_exempt",
        "trusted_upstreams",
        "tls",
        "sni",
        "handshakes",
        "handshake_timeout_s",
    ],
)
def test_the_page_names_every_key_of_the_edge(key: str) -> None:
    assert hasattr(BalancerSettings(), key)
    assert f"`{key}`" in PAGE


def test_a_wrong_network_is_named_at_the_start() -> None:
    with pytest.raises(ValueError, match=r"balancer\.trusted_upstreams: 'localhost' is no network"):
        BalancerSettings(trusted_upstreams=("localhost",))
    with pytest.raises(ValueError, match=r"balancer\.tls has 'site'; an entry is"):
        BalancerSettings(tls=("site",))
