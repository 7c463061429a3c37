"""The law of a site: what a process serves, and what runs beside it as long as it does."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from starlette.types import ASGIApp, Scope

from holdfast.platform.runtime.config import Effective
from holdfast.platform.telemetry.port import Source
from holdfast.platform.web.observed_app import named_route

Work = Callable[[], Awaitable[None]]


async def _well() -> None:
    """Of a site that needs nobody."""


@dataclass(frozen=True, slots=True)
class Site:
    """An application, and what runs beside it. `sources`: figures of what it does, beside those of
    every process; `ping` returns when what it cannot work without answers; `route_of`: the template
    of a request's address."""

    app: ASGIApp
    beside: tuple[Work, ...] = ()
    sources: tuple[Source, ...] = ()
    ping: Work = _well
    route_of: Callable[[Scope], str] = named_route


Opened = Callable[[Effective, str], AbstractAsyncContextManager[Site]]
"""Opens what the process of a name serves; all of it is closed when the block is left."""
