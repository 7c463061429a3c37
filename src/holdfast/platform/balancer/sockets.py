"""How the balancer's sockets are opened: the only place that knows socket options.

What goes wrong when a port is opened is the user's mistake and is said in one sentence that names
the port. What goes wrong with a member's socket is an `OSError` for the relay to judge.
"""

import errno
import os
import socket
import struct
import sys

from holdfast.errors import Mistake
from holdfast.platform.balancer.bare_sockets import NONBLOCK, accepted, dialled
from holdfast.platform.balancer.proxy_protocol import Address, Transport
from holdfast.platform.membership.wire import Endpoint

BACKLOG = 4_096
"""Connections the kernel keeps for us while we are busy: a few tenths of a second of a storm."""
UDP_BUFFER_BYTES = 4 << 20
"""Datagrams the kernel keeps for us (it may grant less)."""
KEEPALIVE_IDLE_S = 60
"""A peer that is silent for so long is asked for a sign of life; one whose machine is gone is
noticed by it."""

_TCP, _NODELAY = int(socket.IPPROTO_TCP), socket.TCP_NODELAY
_WILDCARDS = frozenset({"0.0.0.0", "::"})  # noqa: S104 (recognised here, never bound by default)
# The values of <linux/in.h> and <linux/in6.h>; the socket module lacks them.
_IP_RECVERR, _IPV6_RECVERR = 11, 25
_EXTENDED_ERROR = struct.Struct("=IBBBBII")
"""struct sock_extended_err; behind it stands the address of whoever refused."""
_ICMP_ORIGINS = (2, 3)
_IS_LINUX = sys.platform == "linux"
# struct tcp_info of <linux/tcp.h>: the state comes first.
_TCP_INFO, _RECEIVED_AT, _U64 = 11, 128, struct.Struct("=Q")
_PEER_HAS_FINISHED = frozenset({6, 8, 9, 11})


def _first_ephemeral_port() -> int:
    """The least port that the system gives to whoever asks for none; 0 where it does not say."""
    try:
        with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as told:  # noqa: PTH123
            return int(told.read().split()[0])
    except (OSError, ValueError, IndexError):
        return 0


FIRST_EPHEMERAL = _first_ephemeral_port()
"""From here on the system gives ports to whoever asks for none."""


def listen_tcp(host: str, port: int, name: str, *, shared: bool = False) -> socket.socket:
    """A listening, non-blocking socket; `Mistake` when the port cannot be had. `shared`: with other
    processes of the same user that say so, too; the system deals out new clients among them."""
    sock = _bound(host, port, name, "tcp", shared=shared)
    # Accepted sockets inherit all of this.
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    keep_alive(sock)
    try:
        sock.listen(BACKLOG)
    except OSError as error:  # another socket with SO_REUSEADDR may have been first
        sock.close()
        raise _mistake(error, host, port, name, "tcp") from error
    return sock


def accept(listening: socket.socket) -> tuple[socket.socket, Address]:
    """The next client, non-blocking. `BlockingIOError` when nobody knocks.

    This is `socket.accept` without its detour over enumerations and without an object for each.
    """
    fd, address = listening._accept()  # type: ignore[attr-defined]  # what socket.accept calls
    os.set_blocking(fd, False)
    if len(address) == 2:
        return accepted(fd, socket.AF_INET), address
    return accepted(fd, socket.AF_INET6), address_of(address)


def bind_udp(host: str, port: int, name: str) -> socket.socket:
    """A bound, non-blocking socket; `Mistake` when the port cannot be had."""
    sock = _bound(host, port, name, "udp")
    _grow_buffers(sock)
    return sock


def member_udp(family: int) -> socket.socket:
    """A socket to talk with members, told (on Linux) when a member's port is closed."""
    sock = _told_of_refusals(family)
    _grow_buffers(sock)
    sock.bind(("::" if family == socket.AF_INET6 else "", 0))
    return sock


def line_udp(endpoint: Endpoint) -> socket.socket:
    """A socket that talks with one member only, and is told of its closed port. `OSError` when
    there is no descriptor, no port or no way."""
    sock = _told_of_refusals(socket.AF_INET6 if ":" in endpoint[0] else socket.AF_INET)
    try:
        sock.connect(endpoint)
    except OSError:
        sock.close()
        raise
    return sock


def dial(endpoint: Endpoint, opening: bytes) -> tuple[socket.socket, bool]:
    """Begin to connect; whether it is done and `opening` sent. `OSError` when it failed at once.

    On the own machine a connect is done when it returns, although it says "in progress": sending
    at once finds that out and saves a round. Whoever keeps the connection for long calls
    `keep_alive` in a while: short ones need not pay for it.
    """
    sock = dialled(socket.AF_INET6 if ":" in endpoint[0] else socket.AF_INET)
    try:
        if not NONBLOCK:
            sock.setblocking(False)
        sock.setsockopt(_TCP, _NODELAY, 1)
        code = sock.connect_ex(endpoint)
        if code and code != errno.EINPROGRESS:
            _fail(code)
        return sock, reach(sock, endpoint, opening)
    except OSError:
        sock.close()
        raise


def keep_alive(sock: socket.socket) -> None:
    """Have the kernel ask a silent peer for a sign of life."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if hasattr(socket, "TCP_KEEPIDLE"):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, KEEPALIVE_IDLE_S)


def reach(sock: socket.socket, endpoint: Endpoint, opening: bytes) -> bool:
    """Whether a connect is done, with `opening` sent; False while it goes on, `OSError` if failed.

    `opening` is at most a PROXY header, which a fresh connection always has room for; sending
    nothing finds out as well.
    """
    try:
        sock.send(opening)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno != errno.ENOTCONN:  # how other systems than Linux say "not yet"
            raise
        code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            _fail(code)
        return False
    if endpoint[1] >= FIRST_EPHEMERAL and sock.getsockname()[:2] == endpoint:
        # TCP lets a socket connect to itself when it happens to get the port it calls.
        raise ConnectionRefusedError(errno.ECONNREFUSED, "connected to itself")
    return True


def next_refusal(sock: socket.socket) -> tuple[bytes, Endpoint] | None:
    """What `member_udp` sockets know of closed ports: the (perhaps shortened) datagram that a
    machine refused and where it was sent; None if no more. Only the member's own machine counts:
    what others on the way say may be invented."""
    while True:
        try:
            quoted, control, _, to = sock.recvmsg(65_535, 512, socket.MSG_ERRQUEUE)
        except (OSError, AttributeError):  # the queue is empty, or this system has none
            return None
        for _, _, data in control:
            code, origin, *_ = _EXTENDED_ERROR.unpack_from(data)
            refused = code == errno.ECONNREFUSED and origin in _ICMP_ORIGINS
            if refused and _offender(data[_EXTENDED_ERROR.size :]) == to[0]:
                return quoted, to[:2]


def received_bytes(sock: socket.socket, *, finished: bool) -> int:
    """How many bytes the peer of a TCP socket has sent, as the kernel counts them at no cost to
    whoever reads; 0 where it does not say. `finished`: the peer is known to have ended its stream,
    which counts like a byte. Where that is not known, a stream that ended before a reset may count
    one more."""
    try:
        told = sock.getsockopt(socket.IPPROTO_TCP, _TCP_INFO, _RECEIVED_AT + 8)
        (received,) = _U64.unpack_from(told, _RECEIVED_AT)
    except (OSError, struct.error):
        return 0
    return int(received) - (finished or told[0] in _PEER_HAS_FINISHED)


def is_wildcard(address: Address) -> bool:
    """Whether a socket bound there serves several of the machine's addresses."""
    return address[0] in _WILDCARDS


def address_of(raw: tuple[object, ...]) -> Address:
    """An address as the socket module tells it, without IPv6 extras, IPv4 never mapped."""
    host, port = raw[0], raw[1]
    assert isinstance(host, str)
    assert isinstance(port, int)
    if ":" in host:
        host = host.partition("%")[0]
        if host.startswith("::ffff:") and "." in host:
            host = host[7:]
    return host, port


def own_address(sock: socket.socket) -> Address:
    """The address a socket has on our side."""
    return address_of(sock.getsockname())


def serves(sock: socket.socket, host: str, port: int, transport: Transport) -> bool:
    """Whether an open socket is what `listen_tcp` or `bind_udp` would open for this address."""
    kind = socket.SOCK_STREAM if transport == "tcp" else socket.SOCK_DGRAM
    try:
        found = socket.getaddrinfo(host, port, type=kind, flags=socket.AI_PASSIVE)
    except OSError:
        return False
    family, _, _, _, address = found[0]
    own = sock.getsockname()
    same = (sock.family, sock.type, own[0]) == (family, kind, address[0])
    return same and port in (0, own[1])


def is_our_fault(error: OSError) -> bool:
    """Whether a failed connect says something about us (no descriptors, ports, memory, or no
    room in epoll: ENOSPC) and nothing about the member."""
    return error.errno in (
        errno.EMFILE,
        errno.ENFILE,
        errno.ENOBUFS,
        errno.ENOMEM,
        errno.ENOSPC,
        errno.EADDRNOTAVAIL,
        errno.EAGAIN,
    )


def _offender(address: bytes) -> str:
    """The host in a struct sockaddr_in or sockaddr_in6."""
    family = int.from_bytes(address[:2], sys.byteorder)
    if family == socket.AF_INET:
        return socket.inet_ntop(socket.AF_INET, address[4:8])
    return socket.inet_ntop(socket.AF_INET6, address[8:24]) if family == socket.AF_INET6 else ""


def _fail(code: int) -> None:
    raise OSError(code, os.strerror(code))


def _told_of_refusals(family: int) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_DGRAM)
    sock.setblocking(False)
    if _IS_LINUX:
        level, option = (
            (socket.IPPROTO_IPV6, _IPV6_RECVERR)
            if family == socket.AF_INET6
            else (socket.IPPROTO_IP, _IP_RECVERR)
        )
        sock.setsockopt(level, option, 1)
    return sock


def _grow_buffers(sock: socket.socket) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, UDP_BUFFER_BYTES)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, UDP_BUFFER_BYTES)


def _bound(
    host: str, port: int, name: str, transport: Transport, *, shared: bool = False
) -> socket.socket:
    kind = socket.SOCK_STREAM if transport == "tcp" else socket.SOCK_DGRAM
    try:
        found = socket.getaddrinfo(host, port, type=kind, flags=socket.AI_PASSIVE)
        family, _, _, _, address = found[0]
        sock = socket.socket(family, kind)
    except OSError as error:
        raise _mistake(error, host, port, name, transport) from error
    try:
        sock.setblocking(False)
        if transport == "tcp":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            both = host == "::"
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0 if both else 1)
        sock.bind(address)
    except OSError as error:
        sock.close()
        raise _mistake(error, host, port, name, transport) from error
    return sock


def _mistake(error: OSError, host: str, port: int, name: str, transport: Transport) -> Mistake:
    what = f"{transport.upper()} port {port} on {host} ({name})"
    if error.errno == errno.EADDRINUSE:
        return Mistake(f"{what} is taken by another program.")
    if error.errno in (errno.EACCES, errno.EPERM):
        return Mistake(f"{what} may not be opened by this user.")
    if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        return Mistake(f"{what} cannot be opened: this machine has no address {host}.")
    return Mistake(f"{what} cannot be opened: {error.strerror}.")
