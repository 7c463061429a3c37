"""UDP flows through the balancer: each datagram carries its PROXY header, both ways.

A flow is one client address on one public port, with a session of its own. Flows are many and
their addresses may be forged: they are bounded, and a new one may push out the one that was silent
longest, but never one that runs a test.

The socket is read here and not by the event loop's own transport, for two reasons: a datagram's
time is the kernel's, and before a session looks at the time it can be told all that came already.
"""

from collections import OrderedDict
from dataclasses import dataclass, replace
from itertools import islice

from holdfast.grading.domain.roster import Source
from holdfast.grading.entrypoints.node_driver import Driver, House
from holdfast.grading.entrypoints.node_moves import Awaited, go_on
from holdfast.grading.entrypoints.node_settings import NodeSettings
from holdfast.grading.entrypoints.node_socket import NodeSocket
from holdfast.grading.service.session_exchange import DatagramIn
from holdfast.grading.service.session_origin import Diverged
from holdfast.grading.service.session_place import Channel
from holdfast.platform.balancer.handover_wire import (
    HandoverError,
    Kind,
    Tag,
    encode_answer,
    encode_record,
    tag_of,
    unpack_resume,
)
from holdfast.platform.balancer.proxy_protocol import Address, Header, parse, trace_of
from holdfast.platform.runtime.logs import Log

DATAGRAMS_PER_ROUND = 64
"""Taken in before others have their turn."""
DATAGRAMS_IN_TIME = 256
"""Taken in before a session looks at the time: about as many as wait in a socket of usual size."""
SEARCHED = 16
"""How many of the longest silent flows are looked at to find one that may go."""
WHY_BYTES = 500
"""Of the reason why a session cannot go on, for the balancer's log."""

_log = Log("node")

FlowKey = tuple[Address, Address]


@dataclass(frozen=True, slots=True)
class _Flow:
    """What a datagram's header says; `header` is how answers begin."""

    key: FlowKey
    header: bytes
    balancer: Address
    trace: str
    tag: Tag | None


class UdpLine:
    """The network side of one flow: answers go to the balancer that spoke last, with the header
    that it sent: by that it knows whose they are."""

    __slots__ = (
        "_answers",
        "_key",
        "_lines",
        "_outbox",
        "balancer",
        "driver",
        "header",
        "moves",
        "session",
    )

    def __init__(self, lines: "UdpLines", flow: _Flow) -> None:
        """With a tag answers are records, for a balancer that can move the session."""
        tag = flow.tag
        self._lines = lines
        self._key = flow.key
        self.header = flow.header
        self._outbox: list[bytes] | None = None if tag is None else []
        self._answers = 0
        self.session = b"" if tag is None else tag.id
        self.moves = 0
        """How often the session has moved before it came here."""
        self.balancer = flow.balancer
        self.driver: Driver | None = None

    def send(self, raw: bytes) -> None:
        if self._outbox is None:
            self._lines.send(self.header + raw, self.balancer)
        else:
            self._outbox.append(encode_record(Kind.DATA, raw))
            self.flush()  # one datagram each, as the client gets them

    def note(self, note: bytes) -> None:
        if self._outbox is not None:
            self._outbox.append(encode_record(Kind.NOTE, note))

    def refuse(self, why: str) -> None:
        """Say that the session cannot go on here."""
        self._outbox = [encode_record(Kind.REFUSED, why.encode()[:WHY_BYTES])]
        self.flush()

    def rest(self) -> None:
        if self._outbox is not None:
            self._outbox.append(encode_record(Kind.RESTS))

    def fall_silent(self) -> None:
        """Say nothing more: another session takes this one's place."""
        self._outbox = None

    def flush(self) -> None:
        if self._outbox:
            answer = encode_answer(self._answers, b"".join(self._outbox))
            self._outbox.clear()
            self._answers += 1
            self._lines.send(self.header + answer, self.balancer)

    def catch_up(self) -> None:
        self._lines.read(DATAGRAMS_IN_TIME)

    def close(self) -> None:
        pass  # a flow has no end of its own: it falls silent

    def pause(self, paused: bool) -> None:
        pass  # what cannot be taken is lost, as datagrams may be

    def over(self) -> None:
        if self._outbox is not None:
            self._outbox.append(encode_record(Kind.END))
            self.flush()
        self._lines.forget(self._key)


class UdpLines:
    """All flows of a node, behind its one socket."""

    def __init__(self, house: House, settings: NodeSettings, sock: NodeSocket) -> None:
        """Serve the socket from now on, until `close`."""
        self._house = house
        self._settings = settings
        self._flows: OrderedDict[FlowKey, UdpLine] = OrderedDict()
        self._socket: NodeSocket | None = sock
        house.loop.add_reader(sock.socket, self.read)

    @property
    def address(self) -> Address:
        """Where the socket is bound."""
        assert self._socket is not None, "asked of an open one"
        host, port = self._socket.socket.getsockname()[:2]
        return host, port

    def close(self) -> None:
        """Take in and send nothing more, and close the socket."""
        if self._socket is not None:
            self._house.loop.remove_reader(self._socket.socket)
            self._house.loop.remove_writer(self._socket.socket)
            self._socket.socket.close()
            self._socket = None

    def read(self, most: int = DATAGRAMS_PER_ROUND) -> None:
        """Take in what has come, at most so many datagrams. Never raises: others wait for it."""
        for _ in range(most):
            if self._socket is None:
                return
            try:
                found = self._socket.receive()
            except OSError:
                continue  # a balancer that is gone; its flows fall silent
            if found is None:
                return
            try:
                self._take(*found)
            except Exception:
                _log.exception("datagram_failed")

    def _take(self, data: bytes, sender: Address, waited_s: float) -> None:
        if self._settings.balancers and sender[0] not in self._settings.balancers:
            return
        header = parse(data)
        if not isinstance(header, Header) or header.transport != "udp":
            return  # not from a balancer
        tag = tag_of(header.tlvs)
        raw = data[: header.length]
        flow = _Flow((header.source, header.destination), raw, sender, trace_of(header.tlvs), tag)
        if tag is not None and tag.resumes:
            self._resume(replace(flow, header=tag.settled(raw)), tag, data[header.length :])
            return
        line = self._flows.get(flow.key)
        if line is not None and tag is not None and line.session != tag.id:
            self._put_away(line)  # another flow of the same client: the balancer forgot the old one
            line = None
        if line is None:
            line = self._new_flow(flow)
            if line is None:
                return
        else:
            line.balancer, line.header = sender, data[: header.length]
            self._flows.move_to_end(flow.key)
        if line.driver is not None:
            line.driver.tell(DatagramIn(data[header.length :], waited_s))

    def send(self, datagram: bytes, balancer: Address) -> None:
        """Send to a balancer; lost when the socket is closed, or full for long."""
        if self._socket is not None and not self._socket.send(datagram, balancer):
            self._house.loop.add_writer(self._socket.socket, self._send_rest)

    def _send_rest(self) -> None:
        if self._socket is not None and self._socket.send_rest():
            self._house.loop.remove_writer(self._socket.socket)

    def forget(self, key: FlowKey) -> None:
        """The flow is over."""
        self._flows.pop(key, None)

    def _new_flow(self, flow: _Flow) -> UdpLine | None:
        line = self._admit(flow)
        if line is not None:
            line.driver = Driver(self._house, self._channel(flow), line, flow.tag)
        return line

    def _resume(self, flow: _Flow, tag: Tag, payload: bytes) -> None:
        """A flow of a lost node: play its session again, once."""
        try:
            resume = unpack_resume(payload)
        except HandoverError as error:
            _log.warning("session_not_resumed", session=tag.id.hex(), why=error)
            return
        known = self._flows.get(flow.key)
        if known is not None:
            if known.session == tag.id and known.moves >= resume.moves:
                return  # told twice
            known.fall_silent()
            self._put_away(known)
        line = self._admit(flow)
        if line is None:
            return
        line.moves = resume.moves
        try:
            line.driver = go_on(self._house, Awaited(self._channel(flow), tag), line, resume)
        except Diverged as error:
            _log.warning("session_not_resumed", session=tag.id.hex(), why=error)
            line.refuse(str(error))
            self.forget(flow.key)

    def _put_away(self, line: UdpLine) -> None:
        if line.driver is not None:
            line.driver.drop()

    def _channel(self, flow: _Flow) -> Channel:
        (host, port), (_, public_port) = flow.key
        inside = public_port - self._settings.port_offset
        return Channel("udp", Source(host, port), inside, trace=flow.trace)

    def _admit(self, flow: _Flow) -> UdpLine | None:
        channel = self._channel(flow)
        if len(self._flows) >= self._house.limits.flows:
            self._push_one_out()
        if self._house.refusal(channel) is not None:
            return None
        line = UdpLine(self, flow)
        self._flows[flow.key] = line
        return line

    def _push_one_out(self) -> None:
        for line in islice(self._flows.values(), SEARCHED):
            if line.driver is not None and line.driver.session.is_idle:
                line.driver.drop()
                return
