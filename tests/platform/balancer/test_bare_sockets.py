"""Sockets without Python's wrapping behave like sockets, and close once."""

import os
import socket

import pytest

from holdfast.platform.balancer.bare_sockets import accepted, dialled


def a_pair() -> tuple[socket.socket, socket.socket]:
    one, other = socket.socketpair()
    one.setblocking(False)
    return one, other


def test_an_accepted_socket_is_a_descriptor_until_somebody_wants_more() -> None:
    one, other = a_pair()
    with other, accepted(one.detach(), socket.AF_UNIX) as sock:
        other.sendall(b"hello")
        assert os.read(sock.fileno(), 10) == b"hello"
        assert sock._sock is None  # type: ignore[attr-defined]
        sock.sendall(b"and back")
        assert other.recv(10) == b"and back"
        with pytest.raises(BlockingIOError):
            sock.recv(1)
        sock.shutdown(socket.SHUT_WR)
        assert other.recv(1) == b""


@pytest.mark.parametrize("used", [False, True])
def test_an_accepted_socket_is_closed_once(used: bool) -> None:
    one, other = a_pair()
    sock = accepted(one.detach(), socket.AF_UNIX)
    if used:
        sock.setblocking(False)
    fd = sock.fileno()
    sock.close()
    assert sock.fileno() == -1
    with other, pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(fd)
    again = os.open(os.devnull, os.O_RDONLY)
    sock.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        sock.shutdown(socket.SHUT_WR)
    os.fstat(again)  # a stranger who got the same number is left alone
    os.close(again)


def test_an_accepted_socket_that_is_forgotten_closes_itself() -> None:
    one, other = a_pair()
    sock = accepted(one.detach(), socket.AF_UNIX)
    del sock
    with other:
        assert other.recv(1) == b""


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_a_dialled_socket_does_not_block_and_closes_itself(family: int) -> None:
    with dialled(family) as sock:
        assert not sock.getblocking()
        assert (sock.family, sock.type) == (family, socket.SOCK_STREAM)
    assert sock.fileno() == -1
