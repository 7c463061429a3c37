"""UDP: each datagram of a client to its flow's member, each answer back to its client.

Both directions carry a PROXY header (source = client, destination = our public address), so one
socket towards the members serves all flows and an answer names its client; members that want none
get a socket for each flow (`udp_lines`). Only the member a flow is pinned to may answer it. A flow
moves when its member is gone; one that refuses a datagram (its port is closed) is out of rotation
at once and the datagram goes to the next. A source address may be invented: nothing here sends more
than a few times what it got before it was answered, and the table of flows is bounded.
"""

import errno
import socket
from dataclasses import dataclass, field

from holdfast.platform.balancer import sockets
from holdfast.platform.balancer.access_log import AccessLog, Ended, now
from holdfast.platform.balancer.admission import TOLD, Refusal, client_of
from holdfast.platform.balancer.bounds import flow_limits
from holdfast.platform.balancer.counters import Counters
from holdfast.platform.balancer.datagrams import (
    MAX_DATAGRAM_BYTES,
    Client,
    Datagrams,
    WildcardDatagrams,
    datagrams,
    join,
    split,
)
from holdfast.platform.balancer.flows import Flow, FlowTable
from holdfast.platform.balancer.loop import Loop
from holdfast.platform.balancer.poller import ERR, IN
from holdfast.platform.balancer.pool import Pool, Target
from holdfast.platform.balancer.proxy_protocol import Header, encode, parse
from holdfast.platform.balancer.rates import Pace, RateLimit
from holdfast.platform.balancer.settings import BalancerSettings
from holdfast.platform.balancer.trace import NoTraceIds, TraceIds
from holdfast.platform.balancer.udp_lines import Lines
from holdfast.platform.membership.wire import Endpoint
from holdfast.platform.runtime.app import Listener
from holdfast.platform.runtime.logs import Log

DATAGRAMS_PER_ROUND = 64
"""Taken from one socket at once; the others get their turn within a few milliseconds."""
EXPIRE_EVERY_S = 1.0
REFUSAL_FACTOR = 3
"""A refusal is at most so many times as long as what it answers, or we would serve attackers who
invent sources as an amplifier (the factor of RFC 9000, section 8.1)."""
REFUSALS_PER_S = 100
RESEND_BYTES = 500
"""What a refused datagram quotes of itself may be cut off at 520 bytes: only shorter ones are whole
for certain and can be sent again."""

_log = Log("balancer")


@dataclass(slots=True, eq=False)
class UdpDoor:
    """A public UDP socket."""

    number: int
    listener: Listener
    datagrams: Datagrams
    relay: "UdpRelay" = field(repr=False)

    def on_event(self, _mask: int) -> None:
        self.relay.from_clients(self)

    def on_fault(self) -> None:
        """A failed datagram is a lost datagram; the door stays open."""


@dataclass(slots=True, eq=False)
class _MemberSide:
    """Our socket towards the members of one address family."""

    socket: socket.socket
    relay: "UdpRelay" = field(repr=False)

    def on_event(self, mask: int) -> None:
        if mask & ERR:
            self.relay.read_errors(self.socket)
        if mask & IN:
            self.relay.from_members(self.socket)

    def on_fault(self) -> None:
        """A failed datagram is a lost datagram; the socket stays open."""


@dataclass(frozen=True, slots=True)
class FlowRow:
    """A flow as it is told to another process. `listener`: its name. `client`, `ours`: its path,
    see `datagrams.split`. Times are of the monotonic clock, which processes of a machine share."""

    listener: str
    client: Client
    ours: bytes | None
    header: bytes
    node: str
    incarnation: int
    endpoint: Endpoint
    seen_at: float
    began_at: float
    answered: bool
    established: bool


class UdpRelay:
    """All UDP listeners and flows of the balancer."""

    def __init__(
        self, loop: Loop, pool: Pool, settings: BalancerSettings, counters: Counters
    ) -> None:
        self._loop = loop
        self._pool = pool
        self._settings = settings
        self._counters = counters
        self._table = FlowTable(flow_limits(settings), self._record)
        self._flow_rate = settings.flow_rate
        self._pace = Pace(settings.flow_rate, RateLimit(), settings.spared)
        self.access_log: AccessLog | None = None
        self._doors: list[UdpDoor] = []
        self._sides: dict[int, _MemberSide] = {}
        self._refusals, self._refusals_since = 0, loop.now
        self.lines = Lines(loop, heard=self._heard, refused=self._refused)
        self._traces = TraceIds() if settings.trace_ids else NoTraceIds()
        loop.call_every(EXPIRE_EVERY_S, self._expire)

    @property
    def flows(self) -> int:
        return len(self._table)

    @property
    def evicted(self) -> int:
        return self._table.evicted

    def open(self, doors: list[tuple[Listener, socket.socket]]) -> None:
        """Serve these bound sockets from now on."""
        for listener, sock in doors:
            assert listener.proxied or not listener.replayable, "sessions move by their headers"
            door = UdpDoor(len(self._doors), listener, datagrams(sock), self)
            self._doors.append(door)
            self._loop.watch(sock.fileno(), IN, door)

    def close(self) -> None:
        """Close all sockets; only our ends of those that another process has, too."""
        self.pause()
        for sock in self._sockets():
            self._loop.close(sock)
        self.lines.close()

    def release(self) -> None:
        """Another process goes on with everything: close our ends, and know no flow any more."""
        self.close()
        self._table = FlowTable(flow_limits(self._settings), self._record)

    def pause(self) -> None:
        """Take no datagrams; they wait in the sockets."""
        for sock in self._sockets():
            self._loop.unwatch(sock.fileno())

    def resume(self) -> None:
        """Take datagrams again."""
        for door in self._doors:
            self._loop.watch(door.datagrams.socket.fileno(), IN, door)
        for side in self._sides.values():
            self._loop.watch(side.socket.fileno(), IN, side)

    def member_sockets(self) -> list[socket.socket]:
        """The open sockets that members answer to."""
        return [side.socket for side in self._sides.values()]

    def adopt(self, sock: socket.socket) -> None:
        """Talk to members from this socket, which another process has talked from until now."""
        side = self._sides[sock.family] = _MemberSide(sock, self)
        self._loop.watch(sock.fileno(), IN, side)

    def rows(self) -> list[FlowRow]:
        """All flows, for another process to go on with."""
        return [
            FlowRow(
                self._doors[flow.key[0]].listener.name,
                *split(flow.key[1]),
                header=flow.header,
                node=flow.target.node,
                incarnation=flow.target.incarnation,
                endpoint=flow.target.endpoint,
                seen_at=flow.seen_at,
                began_at=flow.began_at,
                answered=flow.answered,
                established=flow.established,
            )
            for flow in self._table
        ]

    def restore(self, rows: list[FlowRow]) -> int:
        """Go on with another process's flows, each at its member; returns how many. Flows of a
        listener or of a member that is no more begin anew with their next datagram."""
        doors = {door.listener.name: door for door in self._doors}
        return sum(self._restore(row, doors.get(row.listener)) for row in rows)

    def _restore(self, row: FlowRow, door: UdpDoor | None) -> bool:
        if door is None or (row.ours is not None) != isinstance(door.datagrams, WildcardDatagrams):
            return False
        target = self._pool.target_of(door.listener.service, row.node)
        if target is None or (target.incarnation, target.endpoint) != (
            row.incarnation,
            row.endpoint,
        ):
            return False
        path = join(row.client, row.ours)
        return self._table.restore(
            Flow(
                key=(door.number, path),
                address=client_of(door.datagrams.client(path)[0]),
                header=row.header,
                target=target,
                generation=self._pool.generation,
                seen_at=row.seen_at,
                began_at=row.began_at,
                answered=row.answered,
                established=row.established,
                plain=not door.listener.proxied,
            )
        )

    def _sockets(self) -> list[socket.socket]:
        sides = [side.socket for side in self._sides.values()]
        doors = [door.datagrams.socket for door in self._doors]
        return [sock for sock in doors + sides if sock.fileno() >= 0]

    def reconfigure(self, settings: BalancerSettings) -> None:
        """Remember flows as these settings say from now on."""
        self._table.limits = flow_limits(settings)
        if settings.flow_rate != self._flow_rate:
            self._flow_rate = settings.flow_rate
            self._pace = Pace(settings.flow_rate, RateLimit(), settings.spared)

    def from_clients(self, door: UdpDoor) -> None:
        """Relay what clients have sent to a door, a bounded number of datagrams."""
        receive, table, pool, now = door.datagrams.receive, self._table, self._pool, self._loop.now
        for _ in range(DATAGRAMS_PER_ROUND):
            try:
                payload, path = receive()
            except BlockingIOError:
                return
            except OSError:
                continue  # a client's closed port, told by ICMP: not this datagram's matter
            self._counters.datagrams_in += 1
            flow = table.heard((door.number, path), now)
            if flow is None:
                flow = self._begin(door, path, payload)
            elif flow.generation != pool.generation and not self._still_pinned(flow, payload):
                flow = None
            if flow is not None:
                self._to_member(flow, flow.header + payload)

    def from_members(self, sock: socket.socket) -> None:
        """Relay what members have answered, a bounded number of datagrams."""
        for _ in range(DATAGRAMS_PER_ROUND):
            try:
                datagram, source = sock.recvfrom(MAX_DATAGRAM_BYTES)
            except BlockingIOError:
                return
            except OSError:
                self.read_errors(sock)
                continue
            header = _header_of(datagram)
            flow = self._table.by_header(header)
            if flow is None or flow.target.endpoint != source[:2]:
                self._drop_answer(datagram, source[:2], flow)
            elif not self._pool.knows(flow.target):
                self._counters.dropped["answer of a former member"] += 1
            else:
                self._answered(flow, datagram[len(header) :])

    def read_errors(self, sock: socket.socket) -> None:
        """Learn which members refused datagrams, and send these to others."""
        for _ in range(DATAGRAMS_PER_ROUND):
            refused = sockets.next_refusal(sock)
            if refused is None:
                return
            quoted, endpoint = refused
            self.member_refused(endpoint)
            header = _header_of(quoted)
            flow = self._table.by_header(header)
            if flow is None or flow.target.endpoint != endpoint:
                continue
            payload = quoted[len(header) :]
            if self._still_pinned(flow, payload) and len(quoted) < RESEND_BYTES:
                self._to_member(flow, quoted)

    def member_refused(self, endpoint: Endpoint) -> None:
        """The members at this address are not there: out of rotation."""
        for target in self._pool.targets_at(endpoint):
            self._counters.connects_failed += 1
            if self._pool.failed(target, self._loop.now):
                _log.warning("member_out", node=target.node, service=target.service)

    def _heard(self, flow: Flow, payload: bytes) -> None:
        """An answer on a flow's own line."""
        if self._pool.knows(flow.target):
            self._answered(flow, payload)
        else:
            self._counters.dropped["answer of a former member"] += 1

    def _refused(self, flow: Flow, payload: bytes) -> None:
        """A flow's member took a datagram not, which another one shall have if it is whole."""
        self.member_refused(flow.target.endpoint)
        if self._still_pinned(flow, payload) and len(payload) < RESEND_BYTES:
            self._to_member(flow, flow.header + payload)

    def _answered(self, flow: Flow, payload: bytes) -> None:
        now = self._loop.now
        self._pool.succeeded(flow.target)
        if not flow.answered:
            self._pool.answered(flow.target, now - flow.seen_at, now)
        self._table.answered(flow.header, now)
        self._to_client(flow, payload)

    def _record(self, flow: Flow, how: str) -> None:
        self.lines.end(flow)
        if self.access_log is not None:
            ended = Ended(
                at=now(),
                kind="flow",
                listener=self._doors[flow.key[0]].listener.name,
                node=flow.target.node,
                how=how,
                lasted_s=flow.seen_at - flow.began_at,
                header=flow.header,
                client=flow.address,
            )
            self.access_log.note(ended)

    def _expire(self) -> None:
        self._table.expire(self._loop.now)

    def _begin(self, door: UdpDoor, path: tuple[object, ...], payload: bytes) -> Flow | None:
        client = door.datagrams.client(path)
        if self._pace.refusal(door.number, client[0], self._loop.now) is not None:
            self._counters.dropped["too many new flows of this client address"] += 1
            self._answer_refused(door, path, payload, _hasty(door.listener))
            return None
        target = self._pick(door, path, payload)
        if target is None:
            return None
        flow = self._new_flow(door, path, target)
        if not self._table.admit(flow):
            self._counters.dropped["too many flows of this client address"] += 1
            return None
        return flow

    def _new_flow(self, door: UdpDoor, path: tuple[object, ...], target: Target) -> Flow:
        client = door.datagrams.client(path)
        return Flow(
            key=(door.number, path),
            address=client_of(client[0]),
            header=encode("udp", client, door.datagrams.public(path), self._traces.tlvs()),
            target=target,
            generation=self._pool.generation,
            seen_at=self._loop.now,
            began_at=self._loop.now,
            plain=not door.listener.proxied,
        )

    def _still_pinned(self, flow: Flow, payload: bytes) -> bool:
        """Keep a flow with its member, or move it when that one is gone; False if nobody is."""
        if not self._pool.keeps(flow.target):
            target = self._pick(self._doors[flow.key[0]], flow.key[1], payload)
            if target is None:
                return False
            self._table.move(flow, target)
            self._counters.flows_moved += 1
        flow.generation = self._pool.generation
        return True

    def _pick(self, door: UdpDoor, path: tuple[object, ...], payload: bytes) -> Target | None:
        client = client_of(door.datagrams.client(path)[0])
        target = self._pool.pick(door.listener.service, self._loop.now, (), client)
        if target is None:
            self._refuse(door, path, payload)
        return target

    def _refuse(self, door: UdpDoor, path: tuple[object, ...], payload: bytes) -> None:
        self._counters.dropped[Refusal.NOBODY.value] += 1
        self._answer_refused(door, path, payload, door.listener.refusal)

    def _answer_refused(
        self, door: UdpDoor, path: tuple[object, ...], payload: bytes, refusal: bytes
    ) -> None:
        """Tell a client why there is nothing for it, if that is small and not too often."""
        if self._loop.now - self._refusals_since >= 1.0:
            self._refusals, self._refusals_since = 0, self._loop.now
        small = 0 < len(refusal) <= REFUSAL_FACTOR * len(payload)
        if small and self._refusals < REFUSALS_PER_S:
            self._refusals += 1
            self._send_out(door, refusal, path)

    def _to_member(self, flow: Flow, datagram: bytes) -> None:
        if flow.plain:
            self._by_line(flow, datagram[len(flow.header) :])
            return
        endpoint = flow.target.endpoint
        sock = self._member_socket(endpoint)
        try:
            sock.sendto(datagram, endpoint)
        except BlockingIOError:
            self._counters.dropped["socket towards members is full"] += 1
        except OSError as error:
            if error.errno == errno.EMSGSIZE:
                self._counters.dropped["too long with its header"] += 1
                return
            # The error of an earlier datagram, told now instead of sending this one.
            self.read_errors(sock)
            self._send_again(sock, flow, datagram)

    def _by_line(self, flow: Flow, payload: bytes) -> None:
        try:
            self.lines.send(flow, payload)
        except BlockingIOError:
            self._counters.dropped["socket towards members is full"] += 1
        except OSError as error:
            why = "too long" if error.errno == errno.EMSGSIZE else "member unreachable"
            self._counters.dropped[why] += 1
            _log.debug("datagram_lost", node=flow.target.node, why=error)

    def _send_again(self, sock: socket.socket, flow: Flow, datagram: bytes) -> None:
        try:
            sock.sendto(datagram, flow.target.endpoint)
        except OSError as error:
            self._counters.dropped["member unreachable"] += 1
            _log.debug("datagram_lost", node=flow.target.node, why=error)

    def _to_client(self, flow: Flow, payload: bytes) -> None:
        self._send_out(self._doors[flow.key[0]], payload, flow.key[1])

    def _send_out(self, door: UdpDoor, payload: bytes, path: tuple[object, ...]) -> None:
        try:
            door.datagrams.send(payload, path)
            self._counters.datagrams_out += 1
        except OSError:  # full, or told of an earlier datagram's fate: UDP may lose
            self._counters.dropped["client unreachable"] += 1

    def _drop_answer(self, datagram: bytes, source: Endpoint, flow: Flow | None) -> None:
        if flow is not None and self._pool.targets_at(source):
            why = "answer of another member"
        elif not self._pool.targets_at(source):
            why = "foreign answer"
        elif isinstance(parse(datagram), Header):
            why = "answer to no flow"
        else:
            why = "answer without header"
        self._counters.dropped[why] += 1

    def _member_socket(self, endpoint: Endpoint) -> socket.socket:
        family = socket.AF_INET6 if ":" in endpoint[0] else socket.AF_INET
        side = self._sides.get(family)
        if side is None:
            side = self._sides[family] = _MemberSide(sockets.member_udp(family), self)
            self._loop.watch(side.socket.fileno(), IN, side)
        return side.socket


def _hasty(listener: Listener) -> bytes:
    told = TOLD[Refusal.CLIENT_HASTY]
    return listener.says(told) if listener.says is not None else listener.busy


def _header_of(datagram: bytes) -> bytes:
    """The bytes that stand where a PROXY header would: enough to look a flow up by them."""
    if len(datagram) < 16:
        return b""
    return datagram[: 16 + (datagram[14] << 8) + datagram[15]]
