"""The port of figures of a process without an event loop: one thread, one visit after the other.

For guards: their thread of work waits for signals and must not wait for a scraper. This thread
is a daemon, so a visit never delays an end. Protocol, paths and limits are those of `port`.
"""

import os
import socket
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from holdfast import __version__
from holdfast.errors import Mistake
from holdfast.platform.runtime.logs import Log
from holdfast.platform.runtime.metrics import Page
from holdfast.platform.telemetry import targets
from holdfast.platform.telemetry.figures import process_figures, readiness_figures
from holdfast.platform.telemetry.process_facts import process_facts
from holdfast.platform.telemetry.routes import Told, answer, refusal
from holdfast.platform.telemetry.small_http import Exchange, Request, Response, failed
from holdfast.platform.telemetry.targets import Target

Source = Callable[[Page], None]
VISIT_S = 2.0
"""From the accept to the end; the next visit waits so long at most."""
BACKLOG = 16
READ_BYTES = 16_384
_log = Log("telemetry")


class ThreadPort:
    """Serves figures from `open` to `close`. `why_not` tells whether new work is welcome."""

    def __init__(
        self, target: Target, why_not: Callable[[], str], sources: Sequence[Source]
    ) -> None:
        """`target.address` is the host; its port is any free one."""
        self._target = target
        self._why_not = why_not
        self._sources = tuple(sources)
        self._started_at = time.time()
        self._sock: socket.socket | None = None
        self._noted = Path()

    def open(self, data: Path) -> str:
        """Listen, note the address in the data folder, begin; returns the address."""
        try:
            sock = socket.create_server((self._target.address, 0), backlog=BACKLOG)
        except OSError as error:
            raise Mistake(f"The figures cannot listen: {error.strerror}.") from None
        self._sock = sock
        address = "{}:{}".format(*sock.getsockname()[:2])
        told = Target(self._target.process, self._target.kind, address, os.getpid())
        self._noted = targets.note(data, told)
        threading.Thread(target=self._serve, args=(sock,), name="figures", daemon=True).start()
        return address

    def close(self) -> None:
        """Take no more visits."""
        if self._sock is not None:
            targets.withdraw(self._noted)
            self._sock.close()
            self._sock = None

    def _serve(self, sock: socket.socket) -> None:
        while True:
            try:
                visitor, _ = sock.accept()
            except OSError:  # it was closed
                return
            with visitor:
                visitor.settimeout(VISIT_S)
                self._visit(visitor)

    def _visit(self, visitor: socket.socket) -> None:
        exchange = Exchange()
        until = time.monotonic() + VISIT_S
        found: Request | Response | None = None
        try:
            while found is None and time.monotonic() < until:
                found = exchange.receive(visitor.recv(READ_BYTES))
            if found is None:
                return
            response = self._answer(found) if isinstance(found, Request) else found
            visitor.sendall(response.raw)
            visitor.shutdown(socket.SHUT_WR)
            while time.monotonic() < until and visitor.recv(READ_BYTES):
                pass
        except OSError:
            return

    def _answer(self, request: Request) -> Response:
        refused = refusal(request, loopback=True)
        if refused is not None:
            return refused
        try:
            return answer(request, Told(self._page(), self._why_not()))
        except Exception:
            _log.exception("figures_failed", path=request.path)
            return failed(500, "This process failed at its figures; its log says how.")

    def _page(self) -> str:
        page = Page()
        process_figures(page, __version__, process_facts(self._started_at))
        readiness_figures(page, ready=not self._why_not(), draining=False)
        for source in self._sources:
            source(page)
        return page.text
