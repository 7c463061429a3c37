"""Connections that are over as soon as they are answered, by the ten thousand, and who answers."""

import os
import select
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from bench.proxies import process
from holdfast.platform.balancer.proxy_protocol import Address

MESSAGE = b"x" * 64
AT_ONCE = 16
CLIENT_WAIT_S = 10.0


@contextmanager
def echo_server() -> Iterator[Address]:
    """The address of a process that sends back what it gets."""
    with (
        socket.create_server(("127.0.0.1", 0), backlog=4096) as listening,
        process(_echo, listening),
    ):
        yield listening.getsockname()


def finish(address: Address, count: int) -> None:
    """So many connections, each with one message there and back; several at once."""
    poller = select.epoll()
    socks: dict[int, socket.socket] = {}

    def begin() -> None:
        sock = socket.create_connection(address, timeout=CLIENT_WAIT_S)
        socks[sock.fileno()] = sock
        poller.register(sock.fileno(), select.EPOLLIN)
        os.write(sock.fileno(), MESSAGE)

    left = count
    while left or socks:
        while left and len(socks) < AT_ONCE:
            left -= 1
            begin()
        ready = poller.poll(CLIENT_WAIT_S)
        assert ready, "nobody answers"
        for fd, _ in ready:
            assert len(os.read(fd, 4096)) == len(MESSAGE), "closed without an answer"
            socks.pop(fd).close()
    poller.close()


def _echo(listening: socket.socket) -> None:
    poller, socks = select.epoll(), {}
    poller.register(listening.fileno(), select.EPOLLIN)
    while True:
        for fd, _ in poller.poll():
            if fd == listening.fileno():
                sock, _ = listening.accept()
                socks[sock.fileno()] = sock
                poller.register(sock.fileno(), select.EPOLLIN)
                continue
            try:
                data = os.read(fd, 65536)
                os.write(fd, data)
            except ConnectionError:
                data = b""
            if not data:
                socks.pop(fd).close()
