"""The admin port in the balancer's loop: a bounded number of short visits, nothing else.

Every visit has one request, a fixed time and bounded buffers; when all places are taken the oldest
visit makes room, so nobody can lock the operator out by sitting there. What is asked is answered at
once (`admin_routes`); a fault of ours there costs that visit only. Relayed clients are never waited
for, and never wait for more than one answer to be made.
"""

import socket
from collections import OrderedDict

from holdfast.platform.balancer import sockets
from holdfast.platform.balancer.admin_routes import Administered, answer
from holdfast.platform.balancer.loop import Loop
from holdfast.platform.balancer.poller import IN, OUT
from holdfast.platform.runtime.logs import Log
from holdfast.platform.telemetry.small_http import Exchange, Request, Response, failed

MAX_VISITS = 16
"""Connections at once: an operator, a scraper or two, and some that hang."""
VISIT_S = 5.0
"""From the accept to the last byte of the answer."""
VISITS_PER_ROUND = 4
"""Taken at once; a flood of them gets a small share of each round."""
READ_BYTES = 16_384

_log = Log("balancer")


class AdminPort:
    """A listening socket, which whoever made this watches for it, and everybody who came in."""

    def __init__(self, loop: Loop, sock: socket.socket, admin: Administered, token: bytes) -> None:
        self._loop = loop
        self._sock = sock
        self._admin = admin
        self._token = token
        self._visits: OrderedDict[_Visit, None] = OrderedDict()

    @property
    def visits(self) -> int:
        """Connections that are open now."""
        return len(self._visits)

    def on_event(self, _mask: int) -> None:
        """Let in those who knock, a bounded number."""
        for _ in range(VISITS_PER_ROUND):
            try:
                sock, _ = sockets.accept(self._sock)
            except OSError:  # nobody is there any more, or there is no descriptor: the client waits
                return
            if len(self._visits) >= MAX_VISITS:
                next(iter(self._visits)).end()
            self._visits[_Visit(self._loop, sock, self)] = None

    def on_fault(self) -> None:
        """A failed accept concerned one visit; the port stays open."""

    def answer(self, request: Request) -> Response:
        """The answer to a request; whatever goes wrong is an answer, too."""
        try:
            response = answer(request, self._admin, self._token)
        except Exception:
            _log.exception("admin_failed", path=request.path)
            return failed(500, "The balancer failed at this; its log says how.")
        if request.method != "GET":
            _log.info("admin", did=request.path, status=response.status)
        return response

    def forget(self, visit: "_Visit") -> None:
        """A visit is over."""
        self._visits.pop(visit, None)

    def close(self) -> None:
        """Close the port, unless it is a successor's already, and end all visits."""
        if self._sock.fileno() >= 0:
            self._loop.close(self._sock)
        for visit in list(self._visits):
            visit.end()


class _Visit:
    """One connection: reads its request, writes its answer, and is gone."""

    def __init__(self, loop: Loop, sock: socket.socket, port: AdminPort) -> None:
        self._loop = loop
        self._sock = sock
        self._port = port
        self._exchange = Exchange()
        self._pending = memoryview(b"")
        self._step = self._read
        self._timer = loop.call_at(loop.now + VISIT_S, self.end)
        loop.watch(sock.fileno(), IN, self)

    def on_event(self, _mask: int) -> None:
        self._step()

    def on_fault(self) -> None:
        self.end()

    def end(self) -> None:
        """Close, whatever is left."""
        self._timer.cancel()
        self._loop.close(self._sock)
        self._port.forget(self)

    def _read(self) -> None:
        try:
            data = self._sock.recv(READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            self.end()
            return
        found = self._exchange.receive(data)
        if found is None:
            return
        response = self._port.answer(found) if isinstance(found, Request) else found
        self._pending = memoryview(response.raw)
        self._step = self._write
        self._loop.change(self._sock.fileno(), OUT)

    def _write(self) -> None:
        try:
            sent = self._sock.send(self._pending)
        except BlockingIOError:
            return
        except OSError:
            self.end()
            return
        self._pending = self._pending[sent:]
        if not self._pending:
            self._half_close()

    def _half_close(self) -> None:
        """Closing at once could reset the connection, and a reset may destroy the answer."""
        try:
            self._sock.shutdown(socket.SHUT_WR)
        except OSError:
            self.end()
            return
        self._step = self._discard
        self._loop.change(self._sock.fileno(), IN)

    def _discard(self) -> None:
        """Throw away what still comes until the client hangs up."""
        try:
            over = not self._sock.recv(READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            over = True
        if over:
            self.end()
