"""Sockets: what cannot be opened is said in a sentence, what cannot be reached in an error."""

import errno
import socket

import pytest

from holdfast.errors import Mistake
from holdfast.platform.balancer import sockets
from tests.support.balancing import DeadEndpoint, deaf_endpoint
from tests.support.processes import until


def test_a_taken_tcp_port_is_a_mistake_that_names_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(Mistake, match=rf"TCP port {port} on 127.0.0.1 \(seed\) is taken"):
            sockets.listen_tcp("127.0.0.1", port, "seed")


def test_a_taken_udp_port_is_a_mistake_that_names_it() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        with pytest.raises(Mistake, match=rf"UDP port {port} on 127.0.0.1 \(echo\) is taken"):
            sockets.bind_udp("127.0.0.1", port, "echo")


@pytest.mark.parametrize("host", ["192.0.2.1", "not an address"])
def test_a_foreign_address_is_a_mistake_that_names_it(host: str) -> None:
    with pytest.raises(Mistake, match=f"no address {host}"):
        sockets.listen_tcp(host, 0, "seed")


@pytest.mark.parametrize(
    ("code", "words"), [(errno.EACCES, "may not be opened by this user"), (errno.EIO, "error")]
)
def test_other_failures_are_mistakes_too(
    monkeypatch: pytest.MonkeyPatch, code: int, words: str
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(code, "an error")

    monkeypatch.setattr(socket.socket, "bind", refuse)
    with pytest.raises(Mistake, match=words):
        sockets.bind_udp("127.0.0.1", 53, "x")


def test_a_listener_lost_to_another_one_is_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EADDRINUSE, "an error")

    monkeypatch.setattr(socket.socket, "listen", refuse)
    with pytest.raises(Mistake, match="taken"):
        sockets.listen_tcp("127.0.0.1", 0, "x")


def test_accepted_clients_do_not_block_and_do_not_wait_for_more() -> None:
    with sockets.listen_tcp("127.0.0.1", 0, "x") as listening:
        with pytest.raises(BlockingIOError):
            sockets.accept(listening)
        with socket.create_connection(listening.getsockname()) as client:
            accepted, address = sockets.accept(listening)
            with accepted:
                assert address == client.getsockname()
                assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
                assert accepted.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
                with pytest.raises(BlockingIOError):
                    accepted.recv(1)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_connect_on_the_own_machine_is_done_at_once(host: str) -> None:
    with sockets.listen_tcp(host, 0, "x") as listening:
        for opening in (b"", b"hello"):
            sock, done = sockets.dial(listening.getsockname()[:2], opening)
            accepted, _ = sockets.accept(listening)
            with sock, accepted:
                assert done
                if opening:
                    assert accepted.recv(10) == opening


def test_a_connection_that_lasts_is_asked_for_signs_of_life() -> None:
    with sockets.listen_tcp("127.0.0.1", 0, "x") as listening:
        sock, _ = sockets.dial(listening.getsockname()[:2], b"")
        with sock:
            assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            assert not sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
            sockets.keep_alive(sock)
            assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)


@pytest.mark.parametrize("opening", [b"", b"hello"])
def test_a_refused_connect_is_an_error(opening: bytes) -> None:
    with DeadEndpoint() as dead:

        def connect() -> None:
            sock, done = sockets.dial(dead.endpoint, opening)
            with sock:
                while not done:
                    done = sockets.reach(sock, dead.endpoint, opening)

        with pytest.raises(ConnectionRefusedError):
            connect()
    with pytest.raises(OSError, match=r"."):
        sockets.dial(("255.255.255.255", 1), opening)


@pytest.mark.parametrize("opening", [b"", b"hello"])
def test_a_connect_that_goes_on_is_not_done(opening: bytes) -> None:
    with deaf_endpoint() as endpoint:
        sock, done = sockets.dial(endpoint, opening)
        with sock:
            assert not done
            assert not sockets.reach(sock, endpoint, opening)


def test_a_socket_connected_to_itself_has_not_reached_a_member() -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.connect(sock.getsockname())
        sock.setblocking(False)
        with pytest.raises(ConnectionRefusedError):
            sockets.reach(sock, sock.getsockname(), b"")


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_refused_datagram_comes_back_with_its_address(host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as deaf, sockets.member_udp(family) as sock:
        deaf.bind((host, 0))
        endpoint = deaf.getsockname()[:2]
        deaf.connect((host, 9))  # it takes datagrams from there only
        assert sockets.next_refusal(sock) is None
        sock.sendto(b"hello?", endpoint)
        found = []
        until(lambda: bool(found.append(sockets.next_refusal(sock)) or found[-1]), "it came back")
        assert found[-1] == (b"hello?", endpoint)


def test_addresses_are_told_plainly() -> None:
    assert sockets.address_of(("192.0.2.1", 5)) == ("192.0.2.1", 5)
    assert sockets.address_of(("::ffff:192.0.2.1", 5, 0, 0)) == ("192.0.2.1", 5)
    assert sockets.address_of(("fe80::1%eth0", 5, 0, 2)) == ("fe80::1", 5)


def test_only_wildcards_are_wildcards() -> None:
    assert sockets.is_wildcard(("0.0.0.0", 1))
    assert sockets.is_wildcard(("::", 1))
    assert not sockets.is_wildcard(("127.0.0.1", 1))


def test_our_own_shortages_are_told_from_a_members_faults() -> None:
    assert sockets.is_our_fault(OSError(errno.EMFILE, ""))
    assert sockets.is_our_fault(OSError(errno.EADDRNOTAVAIL, ""))
    assert not sockets.is_our_fault(ConnectionRefusedError(errno.ECONNREFUSED, ""))
    assert not sockets.is_our_fault(TimeoutError("no answer in time"))


def test_the_kernel_tells_what_a_peer_has_sent_without_its_end() -> None:
    with sockets.listen_tcp("127.0.0.1", 0, "x") as listening:
        with socket.create_connection(listening.getsockname()) as client:
            ours, _ = sockets.accept(listening)
            assert sockets.received_bytes(ours, finished=False) == 0
            client.sendall(b"x" * 1000)
            until(lambda: sockets.received_bytes(ours, finished=False) == 1000, "all is there")
            client.shutdown(socket.SHUT_WR)
            ours.setblocking(True)
            while ours.recv(1000):
                pass
            assert sockets.received_bytes(ours, finished=False) == 1000
        ours.shutdown(socket.SHUT_WR)
        assert sockets.received_bytes(ours, finished=True) == 1000
        ours.close()
        assert sockets.received_bytes(ours, finished=False) == 0


def test_a_socket_serves_the_address_it_would_be_opened_for_and_no_other() -> None:
    with sockets.listen_tcp("127.0.0.1", 0, "x") as sock:
        port = sock.getsockname()[1]
        assert sockets.serves(sock, "127.0.0.1", port, "tcp")
        assert sockets.serves(sock, "127.0.0.1", 0, "tcp"), "any port was wished for"
        assert not sockets.serves(sock, "127.0.0.1", port % 65_535 + 1, "tcp")
        assert not sockets.serves(sock, "127.0.0.1", port, "udp")
        assert not sockets.serves(sock, "0.0.0.0", port, "tcp")
        assert not sockets.serves(sock, "not an address", port, "tcp")
