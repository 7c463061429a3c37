"""Sockets towards members that want no PROXY header: a line of its own for each flow.

Such a member tells its clients apart by where they seem to come from, so every flow has a socket,
connected to its member: the system lets nobody else answer there. Sockets are scarce. When all are
in use, the longest silent newcomer's is closed, so invented sources push each other out and no
conversation; a flow without a line gets another one with its next datagram.
"""

import socket
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from holdfast.platform.balancer import sockets
from holdfast.platform.balancer.datagrams import MAX_DATAGRAM_BYTES
from holdfast.platform.balancer.flows import Flow
from holdfast.platform.balancer.loop import Loop
from holdfast.platform.balancer.poller import ERR, IN
from holdfast.platform.membership.wire import Endpoint

MAX_LINES = 4_096
"""Half of the connections a balancer holds by default; each costs a descriptor and some 3 kB."""
ANSWERS_PER_ROUND = 8
"""Taken from one line at once: there are many, and all want their turn."""


def line_limit() -> int:
    """How many lines this process may have."""
    try:
        import resource  # noqa: PLC0415  not on every system
    except ImportError:
        return MAX_LINES
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MAX_LINES if soft == resource.RLIM_INFINITY else lines_within(soft)


Told = Callable[[Flow, bytes], None]


def lines_within(descriptors: int) -> int:
    """How many lines a process with so many descriptors may have."""
    return max(1, min(MAX_LINES, descriptors // 4))


@dataclass(slots=True, eq=False)
class _Line:
    """One flow's socket and the member it is connected to."""

    flow: Flow
    endpoint: Endpoint
    socket: socket.socket
    lines: "Lines" = field(repr=False)

    def on_event(self, mask: int) -> None:
        if mask & ERR:
            self.lines.read_refusals(self)
        if mask & IN:
            self.lines.read(self)

    def on_fault(self) -> None:
        """A failed datagram is a lost datagram; the line stays."""


class Lines:
    """The lines of one balancer. `heard` is told of a member's answers, `refused` of what a
    member's closed port did not take (perhaps cut off). `most`: 0 is what descriptors allow."""

    def __init__(self, loop: Loop, *, heard: Told, refused: Told, most: int = 0) -> None:
        self._loop = loop
        self._heard = heard
        self._refused = refused
        self.most = most or line_limit()
        self._lines: dict[Flow, _Line] = {}
        self._newcomers: OrderedDict[Flow, None] = OrderedDict()
        self._established: OrderedDict[Flow, None] = OrderedDict()

    def __len__(self) -> int:
        return len(self._lines)

    def send(self, flow: Flow, payload: bytes) -> None:
        """Send to the flow's member. `OSError` when that could not be done, twice where the first
        time only told the fate of an earlier datagram."""
        line = self._line(flow)
        try:
            line.socket.send(payload)
        except ConnectionRefusedError:
            self.read_refusals(line)
            self._line(flow).socket.send(payload)

    def end(self, flow: Flow) -> None:
        """A flow is over; harmless where it has no line."""
        line = self._lines.pop(flow, None)
        if line is not None:
            self._newcomers.pop(flow, None)
            self._established.pop(flow, None)
            self._loop.close(line.socket)

    def close(self) -> None:
        """End all."""
        for flow in list(self._lines):
            self.end(flow)

    def read(self, line: _Line) -> None:
        """Pass a member's answers on, a bounded number."""
        for _ in range(ANSWERS_PER_ROUND):
            try:
                payload = line.socket.recv(MAX_DATAGRAM_BYTES)
            except BlockingIOError:
                return
            except OSError:
                self.read_refusals(line)
                return
            if line.endpoint == line.flow.target.endpoint:
                self._heard(line.flow, payload)

    def read_refusals(self, line: _Line) -> None:
        """Pass on what the member's machine said of closed ports."""
        for _ in range(ANSWERS_PER_ROUND):
            refused = sockets.next_refusal(line.socket) if line.socket.fileno() >= 0 else None
            if refused is None:
                return
            if line.endpoint == line.flow.target.endpoint:
                self._refused(line.flow, refused[0])

    def _line(self, flow: Flow) -> _Line:
        line = self._lines.get(flow)
        if line is not None and line.endpoint != flow.target.endpoint:  # it was moved
            self.end(flow)
            line = None
        if line is None:
            line = self._open(flow)
        if flow.established:
            self._newcomers.pop(flow, None)
            self._established[flow] = None
            self._established.move_to_end(flow)
        else:
            self._newcomers[flow] = None
            self._newcomers.move_to_end(flow)
        return line

    def _open(self, flow: Flow) -> _Line:
        if len(self._lines) >= self.most:
            self.end(next(iter(self._newcomers or self._established)))
        endpoint = flow.target.endpoint
        sock = sockets.line_udp(endpoint)
        line = self._lines[flow] = _Line(flow, endpoint, sock, self)
        self._loop.watch(sock.fileno(), IN, line)
        return line
