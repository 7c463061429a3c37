"""The process: serves the application, reaps lost attempts, follows changes, stops in order."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from starlette.types import ASGIApp

from holdfast.grading.entrypoints.results_api.settings import ResultsSettings
from holdfast.grading.service.ports import Upkeep
from holdfast.grading.service.reap_attempts import Reaper
from holdfast.grading.service.watch_changes import ChangeHub
from holdfast.platform.runtime.clock import Clock
from holdfast.platform.runtime.lifecycle import Stop
from holdfast.platform.runtime.settings import KEEP_ALIVE_S
from holdfast.platform.web.serving import Serving, UnderWay, serve

NAME = "The results API"
"""How the process is called in sentences."""


@dataclass(frozen=True, slots=True)
class Background:
    """What runs beside the server. `follow` publishes changes to `hub` until cancelled;
    `keep_alive_s`: an idle connection is kept so long."""

    upkeep: Upkeep
    hub: ChangeHub
    follow: Callable[[], Awaitable[None]]
    clock: Clock
    under_way: UnderWay = field(default_factory=UnderWay)
    keep_alive_s: float = KEEP_ALIVE_S


async def run_results_api(
    app: ASGIApp,
    background: Background,
    *,
    settings: ResultsSettings,
    listener: socket.socket,
    stop: Stop,
    drain_s: float = 5.0,
    started: Callable[[], None] = lambda: None,
    closing: Callable[[], None] = lambda: None,
) -> None:
    """Serve `app` on `listener` until `stop`; `started` is called once it accepts, `closing` when
    it takes no more."""

    def close() -> None:
        closing()
        background.hub.close()

    async def upkeep() -> None:
        await _keep_up(background, settings)

    how = Serving(
        what=NAME,
        connections=settings.connections,
        drain_s=drain_s,
        keep_alive_s=background.keep_alive_s,
        beside=(upkeep, background.follow),
        started=started,
        closing=close,
        under_way=background.under_way,
    )
    await serve(app, listener, stop, how)


async def _keep_up(background: Background, settings: ResultsSettings) -> None:
    reaper = Reaper(background.upkeep, settings.silence_s, background.clock.monotonic)
    while True:
        await reaper.round()
        await asyncio.sleep(settings.reap_every_s)
