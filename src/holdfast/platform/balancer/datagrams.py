"""A public UDP socket: who sent a datagram, to which of our addresses, and the way back.

Bound to one address this is plain recvfrom and sendto. Bound to a wildcard, an answer must leave
from the very address the client wrote to, or the client will not take it: there the kernel is asked
for, and told, our side of each datagram. A `Path` is the way back to a client; equal paths are the
same client socket.
"""

import socket
import struct
import sys

from holdfast.platform.balancer import sockets
from holdfast.platform.balancer.proxy_protocol import Address

Path = tuple[object, ...]
MAX_DATAGRAM_BYTES = 65_535

_CONTROL_BYTES = socket.CMSG_SPACE(20) if hasattr(socket, "CMSG_SPACE") else 0
_V4_INFO = struct.Struct("=I4s4s")
_V6_INFO = struct.Struct("=16sI")
# The values of <linux/in.h> and <linux/in6.h>; the socket module lacks the first.
_IP_PKTINFO, _IPV6_RECVPKTINFO, _IPV6_PKTINFO = 8, 49, 50


class PlainDatagrams:
    """Bound to one address of ours."""

    def __init__(self, sock: socket.socket) -> None:
        self.socket = sock
        self._public = sockets.own_address(sock)

    def receive(self) -> tuple[bytes, Path]:
        """One datagram and its path; `BlockingIOError` when there is none."""
        return self.socket.recvfrom(MAX_DATAGRAM_BYTES)

    def send(self, payload: bytes, path: Path) -> None:
        """Answer along a path."""
        self.socket.sendto(payload, path)

    def client(self, path: Path) -> Address:
        """The client's address."""
        return sockets.address_of(path)

    def public(self, path: Path) -> Address:
        """The address of ours that the client wrote to."""
        return self._public


class WildcardDatagrams:
    """Bound to all addresses of ours (Linux). A path is (client, our address as control data)."""

    def __init__(self, sock: socket.socket) -> None:
        self.socket = sock
        self._port = sockets.own_address(sock)[1]
        self._v6 = sock.family == socket.AF_INET6
        if self._v6:
            sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_RECVPKTINFO, 1)
        else:
            sock.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)

    def receive(self) -> tuple[bytes, Path]:
        """One datagram and its path; `BlockingIOError` when there is none."""
        payload, control, _, client = self.socket.recvmsg(MAX_DATAGRAM_BYTES, _CONTROL_BYTES)
        info = control[0][2] if control else b""
        return payload, (client, self._ours(info))

    def send(self, payload: bytes, path: Path) -> None:
        """Answer along a path, from the address the client wrote to."""
        client, ours = path
        assert isinstance(client, tuple)
        assert isinstance(ours, bytes)
        if self._v6:
            control = (socket.IPPROTO_IPV6, _IPV6_PKTINFO, _V6_INFO.pack(ours, 0))
        else:
            control = (socket.IPPROTO_IP, _IP_PKTINFO, _V4_INFO.pack(0, ours, ours))
        self.socket.sendmsg([payload], [control], 0, client)

    def client(self, path: Path) -> Address:
        """The client's address."""
        assert isinstance(path[0], tuple)
        return sockets.address_of(path[0])

    def public(self, path: Path) -> Address:
        """The address of ours that the client wrote to."""
        assert isinstance(path[1], bytes)
        family = socket.AF_INET6 if self._v6 else socket.AF_INET
        return sockets.address_of((socket.inet_ntop(family, path[1]), self._port))

    def _ours(self, info: bytes) -> bytes:
        if self._v6:
            return bytes(_V6_INFO.unpack(info)[0]) if len(info) == _V6_INFO.size else bytes(16)
        return bytes(_V4_INFO.unpack(info)[1]) if len(info) == _V4_INFO.size else bytes(4)


Datagrams = PlainDatagrams | WildcardDatagrams
Client = tuple[str | int, ...]
"""A client's address as the socket module tells it."""


def split(path: Path) -> tuple[Client, bytes | None]:
    """A path as values that can be told to another process: the client, and our side of it if the
    socket is bound to all our addresses."""
    if len(path) == 2 and isinstance(path[0], tuple) and isinstance(path[1], bytes):
        return path[0], path[1]
    return tuple(part for part in path if isinstance(part, str | int)), None


def join(client: Client, ours: bytes | None) -> Path:
    """The path that `split` took apart."""
    return client if ours is None else (client, ours)


def datagrams(sock: socket.socket) -> Datagrams:
    """The right kind for a bound socket."""
    wildcard = sockets.is_wildcard(sockets.own_address(sock))
    return WildcardDatagrams(sock) if wildcard and sys.platform == "linux" else PlainDatagrams(sock)
