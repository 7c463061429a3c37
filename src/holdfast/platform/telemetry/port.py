"""The port of figures of a process with an event loop: short visits, a bounded number of them.

A visit has one request, a fixed time and bounded buffers; when all places are taken the oldest
makes room. A fault of ours in making a page costs that visit only. It is never a service of the
balancer: nobody reaches it from outside unless the operator opens `fleet.metrics_host`.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from holdfast import __version__
from holdfast.errors import Mistake
from holdfast.platform.runtime.logs import Log
from holdfast.platform.runtime.metrics import Page
from holdfast.platform.runtime.settings import FleetSettings
from holdfast.platform.telemetry import targets
from holdfast.platform.telemetry.figures import (
    lateness_figures,
    process_figures,
    readiness_figures,
)
from holdfast.platform.telemetry.lateness import Lateness
from holdfast.platform.telemetry.process_facts import process_facts
from holdfast.platform.telemetry.readiness import Readiness
from holdfast.platform.telemetry.routes import METRICS, READY, TARGETS, Told, answer, refusal
from holdfast.platform.telemetry.small_http import Exchange, Request, Response, failed
from holdfast.platform.telemetry.targets import Target

Source = Callable[[Page], None]
"""Writes some figures on a page: from plain numbers, without waiting."""
MAX_VISITS = 16
"""Connections at once: a scraper or two, a person, and some that hang."""
VISIT_S = 5.0
"""From the accept to the last byte of the answer."""
READ_BYTES = 16_384

_log = Log("telemetry")


@dataclass(frozen=True, slots=True)
class Who:
    """Which process this is, and where it is asked. `port` 0: any free one; `data`: the folder
    where the address is noted."""

    process: str
    kind: str
    data: Path
    host: str = "127.0.0.1"
    port: int = 0

    @classmethod
    def of(cls, fleet: FleetSettings, process: str, kind: str) -> "Who":
        """By the settings of the fleet."""
        port = fleet.port(fleet.metrics_port)
        return cls(process, kind, fleet.data, fleet.metrics_host, port)


@asynccontextmanager
async def observed(
    who: Who,
    readiness: Readiness,
    sources: Sequence[Source] = (),
    listed: Callable[[], bytes] | None = None,
) -> AsyncIterator[str]:
    """Serve figures and health until the block is left; gives the address. `listed`: the page of
    all targets, of a process that has one. `Mistake` when the port cannot be had."""
    lateness = Lateness()
    teller = _Teller(
        readiness, lateness, tuple(sources), listed=listed, loopback=_is_loopback(who.host)
    )
    try:
        server = await asyncio.start_server(teller.visit, who.host, who.port, limit=READ_BYTES)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise Mistake(
            f"The figures of {who.process} cannot listen on {who.host}:{who.port}: {reason}."
        ) from None
    host, port = server.sockets[0].getsockname()[:2]
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    noted = targets.note(who.data, Target(who.process, who.kind, address, teller.pid))
    lateness.start()
    try:
        yield address
    finally:
        lateness.stop()
        targets.withdraw(noted)
        server.close()
        await teller.end()


class _Teller:
    """Answers visits."""

    def __init__(
        self,
        readiness: Readiness,
        lateness: Lateness,
        sources: tuple[Source, ...],
        *,
        listed: Callable[[], bytes] | None,
        loopback: bool,
    ) -> None:
        self.pid = os.getpid()
        self._readiness = readiness
        self._lateness = lateness
        self._sources = sources
        self._listed = listed
        self._loopback = loopback
        self._started_at = time.time()
        self._visits: dict[asyncio.Task[None], None] = {}

    async def visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, from its begin to its end."""
        task = asyncio.current_task()
        assert task is not None
        if len(self._visits) >= MAX_VISITS:
            next(iter(self._visits)).cancel()
        self._visits[task] = None
        try:
            with suppress(TimeoutError, OSError, asyncio.CancelledError):
                async with asyncio.timeout(VISIT_S):
                    await self._serve(reader, writer)
        finally:
            self._visits.pop(task, None)
            writer.transport.abort()

    async def end(self) -> None:
        """End all visits."""
        tasks = list(self._visits)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        exchange = Exchange()
        found: Request | Response | None = None
        while found is None:
            found = exchange.receive(await reader.read(READ_BYTES))
        response = await self._answer(found) if isinstance(found, Request) else found
        writer.write(response.raw)
        writer.write_eof()
        while await reader.read(READ_BYTES):  # until the client hangs up: no reset, nothing lost
            pass

    async def _answer(self, request: Request) -> Response:
        refused = refusal(request, loopback=self._loopback)
        if refused is not None:
            return refused
        try:
            return answer(request, await self._told(request.path))
        except Exception:
            _log.exception("figures_failed", path=request.path)
            return failed(500, "This process failed at its figures; its log says how.")

    async def _told(self, path: str) -> Told:
        if path == METRICS:
            return Told(metrics=self._page())
        if path == READY:
            return Told(why_not=await self._readiness.why_not())
        if path == TARGETS and self._listed is not None:
            return Told(targets=self._listed())
        return Told()

    def _page(self) -> str:
        page = Page()
        process_figures(page, __version__, process_facts(self._started_at))
        readiness = self._readiness
        readiness_figures(page, ready=readiness.takes_work, draining=readiness.draining)
        lateness_figures(page, self._lateness.late_s)
        for source in self._sources:
            source(page)
        return page.text


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
