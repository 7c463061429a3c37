"""Public UDP sockets: the way back leads from where the client wrote to."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from holdfast.platform.balancer import sockets
from holdfast.platform.balancer.datagrams import (
    Datagrams,
    Path,
    PlainDatagrams,
    WildcardDatagrams,
    datagrams,
    join,
    split,
)
from tests.support.balancing import udp_client
from tests.support.processes import until


@contextmanager
def bound(host: str) -> Iterator[Datagrams]:
    with sockets.bind_udp(host, 0, "x") as sock:
        yield datagrams(sock)


def received(from_: Datagrams) -> tuple[bytes, Path]:
    found: list[tuple[bytes, Path]] = []

    def try_it() -> bool:
        try:
            found.append(from_.receive())
        except BlockingIOError:
            return False
        return True

    until(try_it, "a datagram came")
    return found[0]


@pytest.mark.parametrize(
    ("bound_to", "called", "client_host"),
    [
        ("127.0.0.1", "127.0.0.1", "127.0.0.1"),
        ("::1", "::1", "::1"),
        ("0.0.0.0", "127.0.0.1", "127.0.0.1"),
        ("0.0.0.0", "127.0.0.9", "127.0.0.1"),
        ("::", "::1", "::1"),
        ("::", "127.0.0.9", "127.0.0.1"),
    ],
)
def test_an_answer_leaves_from_the_address_that_was_called(
    bound_to: str, called: str, client_host: str
) -> None:
    with bound(bound_to) as ours, udp_client(client_host) as client:
        target = (called, ours.socket.getsockname()[1])
        client.sendto(b"hello", target)
        payload, path = received(ours)
        assert payload == b"hello"
        assert ours.client(path) == client.getsockname()[:2]
        assert ours.public(path) == target
        ours.send(b"answer", path)
        answer, source = client.recvfrom(100)
        assert answer == b"answer"
        assert source[:2] == target


@pytest.mark.parametrize("bound_to", ["127.0.0.1", "0.0.0.0"])
def test_the_same_client_has_the_same_path_and_another_one_another(bound_to: str) -> None:
    with bound(bound_to) as ours, udp_client() as one, udp_client() as two:
        paths = []
        for client in (one, two, one):
            client.sendto(b"x", ("127.0.0.1", ours.socket.getsockname()[1]))
            paths.append(received(ours)[1])
        assert paths[0] == paths[2] != paths[1]
        assert hash(paths[0]) == hash(paths[2])


def test_a_wildcard_needs_more_than_a_plain_address() -> None:
    with bound("127.0.0.1") as plain, bound("0.0.0.0") as wildcard:
        assert isinstance(plain, PlainDatagrams)
        assert isinstance(wildcard, WildcardDatagrams)
        assert wildcard.socket.type is socket.SOCK_DGRAM


@pytest.mark.parametrize(
    "path",
    [
        ("192.0.2.1", 5),
        ("2001:db8::1", 5, 0, 3),
        (("192.0.2.1", 5), b"\x7f\0\0\1"),
        (("2001:db8::1", 5, 0, 0), bytes(16)),
    ],
)
def test_a_path_can_be_told_to_another_process(path: Path) -> None:
    assert join(*split(path)) == path
