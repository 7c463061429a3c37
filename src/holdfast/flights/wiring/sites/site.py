"""The law of a site: what a process serves, and what runs beside it as long as it does."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from starlette.types import ASGIApp

from holdfast.platform.runtime.config import Effective

Work = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Site:
    """An application, and what runs beside it."""

    app: ASGIApp
    beside: tuple[Work, ...] = ()


Opened = Callable[[Effective, str], AbstractAsyncContextManager[Site]]
"""Opens what the process of a name serves; all of it is closed when the block is left."""
