"""The law of readiness: alive is who answers, ready is who wants new work, draining is neither.

A process is ready from the moment it serves to the moment it was told to stop, and only while what
it cannot work without (`probe`) answers. It says so to scrapers and people; new clients are kept
away by its heartbeats, which tell the balancer the same.
"""

import asyncio
from collections.abc import Awaitable, Callable

from holdfast.errors import HoldfastError

PROBE_S = 2.0
"""What takes longer to say anything is as good as away."""
STARTING, DRAINING = "it is still starting", "it ends what it has begun and takes nothing new"


async def _well() -> None:
    """Of a process that needs nobody."""


class Readiness:
    """One process's. `probe` returns when all that it needs answers, and raises otherwise."""

    def __init__(self, probe: Callable[[], Awaitable[None]] = _well) -> None:
        self.probe = probe
        self.serves = False
        self.draining = False

    def opened(self) -> None:
        """It serves now."""
        self.serves = True

    def closing(self) -> None:
        """It takes nothing new from now on."""
        self.draining = True

    @property
    def takes_work(self) -> bool:
        """Whether it serves and does not drain; does not ask anybody."""
        return self.serves and not self.draining

    async def why_not(self) -> str:
        """Why new work is not welcome, in a sentence without capital and full stop; empty: it is.
        Bounded by `PROBE_S`; raises nothing."""
        if self.draining:
            return DRAINING
        if not self.serves:
            return STARTING
        try:
            async with asyncio.timeout(PROBE_S):
                await self.probe()
        except (HoldfastError, TimeoutError, OSError) as error:
            return str(error) or f"no answer within {PROBE_S:g} s"
        return ""
