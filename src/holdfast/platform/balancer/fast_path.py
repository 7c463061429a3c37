"""The fast path: plain TCP connections that compiled code relays while all goes smoothly.

`_fast_path.c` accepts, connects, carries bytes and closes. It asks here where a client shall go
(`_place`), tells here who was answered and who has left, and hands back whatever is not smooth:
that becomes an ordinary `Connection`, which knows what to do. So there is one set of rules, and
where the code could not be compiled, or `balancer.fast_path` is off, all take the ordinary way.

Not for it: sessions that can move to another node (their bytes are kept), TLS, clients that a
trusted upstream announces.
"""

import os
import socket
from typing import TYPE_CHECKING

from holdfast.platform.balancer import sockets
from holdfast.platform.balancer.access_log import Ended, now
from holdfast.platform.balancer.admission import Refusal
from holdfast.platform.balancer.bare_sockets import accepted
from holdfast.platform.balancer.connection import FAULT, FINISHED, IDLE, Connection
from holdfast.platform.balancer.pool import Target
from holdfast.platform.membership.wire import Endpoint
from holdfast.platform.runtime.logs import Log

try:
    from holdfast.platform.balancer import _fast_path

    is_compiled = True
except ImportError:  # there was no compiler
    is_compiled = False

if TYPE_CHECKING:
    from holdfast.platform.balancer._fast_path import HandedBack, PairPoller
    from holdfast.platform.balancer.tcp_relay import Door, TcpRelay

UNREACHED, ENDED, RESET, BLOCKED, UNDELIVERED, GONE_IDLE, STOPPED = range(7)
"""Why a pair is handed back, as in `_fast_path.c`. STOPPED: only because it was asked for."""
MOST_ADDRESSES = 1_024
"""Members' addresses that are kept as the system wants them."""


_log = Log("balancer")

Ticket = tuple[bytes, bytes, "Door", str, Target]
"""What goes with a pair: its member's address as the system wants it, and what the member is told
before the client's first byte, both for the compiled code; its listener, the client it counts for,
and its member."""


def pair_poller() -> "PairPoller | None":
    """A poller that can carry pairs; None where that was not compiled."""
    return _fast_path.PairPoller() if is_compiled else None


class FastPath:
    """The pairs of one relay."""

    def __init__(self, relay: "TcpRelay", poller: "PairPoller") -> None:
        self._relay = relay
        self._poller = poller
        self._loop = relay.loop
        self._addresses: dict[Endpoint, bytes] = {}
        # The poller tells of its own news as if they were a descriptor's.
        relay.loop.hand_over(poller.fileno(), self)

    @property
    def count(self) -> int:
        """Pairs that are carried now, and clients that are being connected."""
        return self._poller.count

    def limit(self, connect_timeout_s: float) -> None:
        """How long a connect may take, from now on."""
        self._poller.limit(connect_timeout_s, sockets.FIRST_EPHEMERAL)

    def accept(self, door: "Door", most: int) -> int:
        """Let in those who knock, at most so many; how many came. `OSError` as of accept(2)."""
        return self._poller.accept(door.sock.fileno(), most, self._loop.now, self._place, door)

    def sweep(self, idle_before: float) -> None:
        """Close who was silent since then; have the kernel look after the members of the others."""
        self._poller.sweep(idle_before, sockets.KEEPALIVE_IDLE_S)
        self.on_event(0)

    def surrender(self) -> None:
        """Make ordinary connections of all pairs."""
        self._poller.surrender()
        self.on_event(0)

    def on_event(self, _mask: int) -> None:
        """Take note of what has happened."""
        relay, counters = self._relay, self._relay.counters
        joined, answered, ended, returned = self._poller.news()
        for took_s in joined:
            counters.connect_s.observe(took_s)
        for ticket, latency_s in answered:
            relay.pool.answered(ticket[4], latency_s, self._loop.now)
        for ticket, *_ in ended:
            _, _, door, client_key, target = ticket
            target.in_flight -= 1
            relay.leave(door, client_key)
        counters.ended[FINISHED] += len(ended)
        if relay.access_log is not None or counters.bytes_wanted:
            for ticket, opened_at, client_bytes, member_bytes in ended:
                self._note(ticket, opened_at, client_bytes, member_bytes)
        for back in returned:
            try:
                self._take_back(back)
            except Exception:  # never expected; the others are told of this once only
                _log.exception("hand_back_failed")

    def on_fault(self) -> None:
        """What was told is lost; the next news are not."""

    def _place(self, door: "Door", fd: int, host: str, port: int) -> Ticket | None:
        """Where a client goes. None: it goes the ordinary way, or away, and `fd` with it."""
        relay = self._relay
        if door.asks and relay.introduces(door, host):
            relay.receive(door, accepted(fd, door.sock.family), (host, port))
            return None
        client_key = relay.enter(door, host)
        if isinstance(client_key, Refusal):
            relay.say_farewell(door, accepted(fd, door.sock.family), client_key)
            return None
        address = opening = b""
        try:
            target = relay.pool.pick(door.listener.service, self._loop.now, (), client_key)
            if target is not None:
                address = self._address(target.endpoint)
                if door.listener.proxied:
                    public = door.public or (_own_host(fd, door.sock.family), door.port)
                    opening = relay.opening(public, (host, port))()
        except Exception:  # never expected; costs this client only
            os.close(fd)
            relay.leave(door, client_key)
            raise
        if target is not None and address:
            target.in_flight += 1
            return address, opening, door, client_key, target
        relay.settle(door, accepted(fd, door.sock.family), (host, port), client_key)
        return None

    def _note(self, ticket: Ticket, opened_at: float, client_bytes: int, member_bytes: int) -> None:
        """For the records: both sides have ended their streams."""
        _, opening, door, client_key, target = ticket
        counters, access_log = self._relay.counters, self._relay.access_log
        counters.bytes_from_clients += client_bytes
        counters.bytes_from_members += member_bytes
        if access_log is not None:
            ended = Ended(
                at=now(),
                kind="connection",
                listener=door.listener.name,
                node=target.node,
                how=FINISHED,
                lasted_s=self._loop.now - opened_at,
                header=opening,
                client=client_key,
                client_bytes=client_bytes,
                node_bytes=member_bytes,
            )
            access_log.note(ended)

    def _address(self, endpoint: Endpoint) -> bytes:
        """As the system wants it; empty if it is none that we know (an IPv6 zone, for one)."""
        found = self._addresses.get(endpoint)
        if found is None:
            try:
                found = self._poller.address(*endpoint)
            except ValueError:
                found = b""
            if len(self._addresses) >= MOST_ADDRESSES:
                self._addresses.clear()
            self._addresses[endpoint] = found
        return found

    def _take_back(self, back: "HandedBack") -> None:
        """An ordinary connection goes on where a pair has left off: at which `side` (0: the
        client's), with the system's error if it was one, and with `data` that was read there and
        not written to the other side."""
        why, side, code, ticket, opened_at, joined_at, client, member, lasting, data = back
        _, opening, door, client_key, target = ticket
        connection = Connection(
            self._relay, door, accepted(client[0], door.sock.family), client_key
        )
        connection.opened_at, connection.opening = opened_at, opening
        self._relay.adopt(connection)
        if member[0] < 0:
            target.in_flight -= 1
            if why != STOPPED:  # this says nothing about the member; the relay closes all clients
                self._relay.unreached(connection, target, OSError(code, os.strerror(code)))
            return
        family = socket.AF_INET6 if ":" in target.endpoint[0] else socket.AF_INET
        sock = accepted(member[0], family)
        connection.tried = (target.node,)
        try:
            connection.resume(sock, target, client[1:3], member[1:3])
        except Exception:
            connection.close(FAULT)
            raise
        connection.joined_at, connection.lasting = joined_at, lasting
        end = connection.client if side == 0 else connection.client.other
        if why == ENDED:
            connection.ended(end)
        elif why == RESET:
            connection.reset(end)
        elif why == UNDELIVERED:
            connection.undelivered(end, data)
        elif why == BLOCKED:
            end.keep(memoryview(data))
        elif why == GONE_IDLE:
            connection.close(IDLE)
            self._relay.counters.idle_closed += 1


def _own_host(fd: int, family: int) -> str:
    """Which of the machine's addresses a client has come to."""
    sock = socket.socket(family, socket.SOCK_STREAM, 0, fd)
    try:
        return sockets.own_address(sock)[0]
    finally:
        sock.detach()
