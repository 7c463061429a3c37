"""Asking a balancer from outside: whatever stands at the other end, an error says what it was."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from holdfast.platform.balancer import fleet_client as module
from holdfast.platform.balancer.admin_access import address_of, token_of
from holdfast.platform.balancer.fleet_client import AdminClient, Refused, Silent
from tests.support.administered import administered


@contextmanager
def somebody(answer: bytes) -> Iterator[AdminClient]:
    """A port where every request gets these bytes."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with suppress(OSError):
                peer, _ = listening.accept()
                with peer:
                    peer.recv(65536)
                    peer.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield AdminClient(listening.getsockname(), b"token")
    thread.join(10.0)


def test_a_balancer_tells_its_fleet_and_takes_orders(tmp_path: Path) -> None:
    with administered(tmp_path) as admin:
        client = AdminClient(address_of(admin.data, ("", 0)), token_of(admin.data))
        assert client.fleet().services == ("tcp-service", "udp-service")
        assert client.order("/reload")["applied"] == []
        with pytest.raises(Refused, match=r"refuses: There is no node n1$"):
            client.order("/nodes/n1/weight", {"weight": 2})
        stranger = AdminClient(client.address, b"wrong")
        with pytest.raises(Refused, match="needs the token"):
            stranger.fleet()


def test_nobody_there_is_an_error_that_names_the_address() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with pytest.raises(Silent, match=rf"127\.0\.0\.1:{port} does not answer"):
        AdminClient(("127.0.0.1", port), b"token").fleet()


def test_a_deaf_port_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ASK_S", 0.05)
    with (
        socket.create_server(("127.0.0.1", 0)) as listening,
        pytest.raises(Silent, match="does not answer"),
    ):
        AdminClient(listening.getsockname(), b"token").fleet()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"rubbish\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\nrubbish",
        b"HTTP/1.1 200 OK\r\n\r\n\xff",
        b'HTTP/1.1 200 OK\r\n\r\n{"nodes": 5}',
        b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{}",
    ],
)
def test_an_answer_that_is_none_is_an_error(answer: bytes) -> None:
    with somebody(answer) as client, pytest.raises(Silent):
        client.fleet()


def test_the_words_of_a_stranger_are_quoted() -> None:
    with (
        somebody(b"HTTP/1.1 404 Not Found\r\n\r\n<html>\x1b[2J") as client,
        pytest.raises(Refused, match=r"refuses: b'<html>\\x1b\[2J'"),
    ):
        client.order("/reload")


def test_the_token_is_not_shown() -> None:
    assert "secret" not in repr(AdminClient(("a", 1), b"secret"))
