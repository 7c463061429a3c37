"""The process: serves the application, reaps lost attempts, follows changes, stops in order.

On stop it takes no new connections, ends live streams, finishes requests under way, then returns.
"""

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

import uvicorn
from starlette.types import ASGIApp

from holdfast.errors import Mistake
from holdfast.grading.entrypoints.results_api.connection import guarded
from holdfast.grading.entrypoints.results_api.settings import ResultsSettings
from holdfast.grading.service.ports import Upkeep
from holdfast.grading.service.reap_attempts import Reaper
from holdfast.grading.service.watch_changes import ChangeHub
from holdfast.platform.runtime.clock import Clock
from holdfast.platform.runtime.lifecycle import Stop

BACKLOG = 1024
"""Connections that wait to be accepted: a whole class that opens the page at once."""
KEEP_ALIVE_S = 75.0
"""An idle connection is kept so long: nodes and relays reuse theirs every second."""


@dataclass(frozen=True, slots=True)
class Background:
    """What runs beside the server. `follow` publishes changes to `hub` until cancelled."""

    upkeep: Upkeep
    hub: ChangeHub
    follow: Callable[[], Awaitable[None]]
    clock: Clock


async def run_results_api(
    app: ASGIApp,
    background: Background,
    *,
    settings: ResultsSettings,
    listener: socket.socket,
    stop: Stop,
    drain_s: float = 5.0,
    started: Callable[[], None] = lambda: None,
) -> None:
    """Serve `app` on `listener` until `stop`; `started` is called once it accepts."""
    server = _Server(_config(app, settings, drain_s))
    beside: list[asyncio.Future[None]] = [
        asyncio.create_task(_keep_up(background, settings), name="upkeep"),
        asyncio.ensure_future(background.follow()),
    ]
    serving = asyncio.create_task(server.serve([listener]), name="server")
    try:
        await server.accepting(serving)
        started()
        wish = asyncio.create_task(stop.wait())
        await asyncio.wait({wish, serving, *beside}, return_when=asyncio.FIRST_COMPLETED)
        wish.cancel()
    finally:
        background.hub.close()
        server.should_exit = True
        await asyncio.wait({serving}, timeout=drain_s + 1)
        await _end([serving, *beside])


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; `Mistake` naming the address when it cannot be had.

    From now on connections wait to be accepted instead of being refused: the balancer hears of us
    before the server runs.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        reason = (error.strerror or str(error)).lower()
        raise Mistake(f"The results API cannot listen on {host}:{port}: {reason}.") from None
    listener.setblocking(False)
    return listener


class _Server(uvicorn.Server):
    """uvicorn's server without its signal handlers: one place of the process has those."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def accepting(self, serving: "asyncio.Task[None]") -> None:
        """Return once it accepts connections; raises what `serving` raised before that."""
        while not self.started:
            done, _ = await asyncio.wait({serving}, timeout=0.01)
            if done:
                serving.result()
                raise Mistake("The results API ended before it had begun.")


def _config(app: ASGIApp, settings: ResultsSettings, drain_s: float) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=guarded(settings.connections),
        ws="none",
        lifespan="off",
        loop="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=BACKLOG,
        timeout_keep_alive=int(KEEP_ALIVE_S),
        timeout_graceful_shutdown=max(1, int(drain_s)),
    )


async def _keep_up(background: Background, settings: ResultsSettings) -> None:
    reaper = Reaper(background.upkeep, settings.silence_s, background.clock.monotonic)
    while True:
        await reaper.round()
        await asyncio.sleep(settings.reap_every_s)


async def _end(tasks: "list[asyncio.Future[None]]") -> None:
    """Cancel what still runs; a fault that ended something is raised now."""
    for task in tasks:
        task.cancel()
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(result, Exception):
            raise result
