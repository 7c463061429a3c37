"""Whether this process lives, and whether it can serve: what balancers and people ask."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from msgspec import Struct

from holdfast.errors import DefiniteError, IndefiniteError
from holdfast.flights.entrypoints.http.faults import unavailable
from holdfast.flights.entrypoints.http.operation import Call, Operation, elsewhere

PING_S = 2.0
"""A database that takes longer to say anything is as good as away."""


class HealthShape(Struct, frozen=True, omit_defaults=True):
    """All is well. `figures`: what a process tells of itself, such as how old its timetable is."""

    ok: bool
    figures: Mapping[str, float | None] = {}


Figures = Callable[[], Mapping[str, float | None]]


def no_figures() -> Mapping[str, float | None]:
    """Of a process that tells nothing of itself."""
    return {}


def _declared(path: str, summary: str) -> Operation:
    return Operation(
        "GET",
        path,
        summary,
        elsewhere,
        HealthShape,
        public=True,
        limited=False,
        envelope=False,
        dialect="native",
        tag="health",
    )


LIVE = _declared("/health/live", "The process is there")
READY = _declared("/health/ready", "The process can serve")


@dataclass(frozen=True, slots=True)
class Health:
    """The handlers. `ping` returns when the store answers; `figures` cost nothing."""

    ping: Callable[[], Awaitable[None]]
    figures: Figures = no_figures

    async def live(self, _: Call) -> HealthShape:
        """The process answers."""
        return HealthShape(True)

    async def ready(self, _: Call) -> HealthShape:
        """The store answers, too."""
        try:
            async with asyncio.timeout(PING_S):
                await self.ping()
        except (DefiniteError, IndefiniteError, TimeoutError):
            raise unavailable("The database does not answer.") from None
        return HealthShape(True, self.figures())

    def operations(self) -> Sequence[Operation]:
        """Their declarations, served."""
        return (LIVE.by(self.live), READY.by(self.ready))
