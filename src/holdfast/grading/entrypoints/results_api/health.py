"""Whether this process lives, and whether it can serve: what balancers and people ask."""

import asyncio
from dataclasses import dataclass

from starlette.requests import Request

from holdfast.errors import DefiniteError, IndefiniteError
from holdfast.grading.entrypoints.results_api.endpoints import Endpoint
from holdfast.grading.entrypoints.results_api.problems import Problem
from holdfast.grading.entrypoints.results_api.shapes import HealthShape
from holdfast.grading.service.ports import Upkeep

PING_S = 2.0
"""A database that takes longer to say anything is as good as away."""


@dataclass(frozen=True, slots=True)
class Health:
    """The handlers."""

    upkeep: Upkeep

    async def live(self, _: Request) -> HealthShape:
        """The process answers."""
        return HealthShape(True)

    async def ready(self, _: Request) -> HealthShape:
        """The database answers, too."""
        try:
            async with asyncio.timeout(PING_S):
                await self.upkeep.ping()
        except (DefiniteError, IndefiniteError, TimeoutError):
            raise Problem(503, "the database does not answer", "start it or wait") from None
        return HealthShape(True)

    def endpoints(self) -> list[Endpoint]:
        """Their declarations."""
        return [
            Endpoint("GET", "/health/live", "The process is there", self.live, HealthShape),
            Endpoint(
                "GET", "/health/ready", "The database answers", self.ready, HealthShape, (503,)
            ),
        ]
