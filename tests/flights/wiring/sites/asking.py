"""Which declared operations a site answers for: one that is not there is a 404 or a 405."""

from collections.abc import Sequence

import httpx

from holdfast.flights.entrypoints.http.operation import Operation
from holdfast.flights.wiring.sites.ground import Site


async def not_served(site: Site, operations: Sequence[Operation]) -> list[str]:
    """The operations that nobody answers for; without a token all others are a 401 at the least."""
    transport = httpx.ASGITransport(site.app)
    missing = []
    async with httpx.AsyncClient(transport=transport, base_url="http://site.test") as client:
        for operation in operations:
            path = "/".join(
                "x1" if part.startswith("{") else part for part in operation.path.split("/")
            )
            answer = await client.request(operation.method, path)
            expected = (200, 400) if operation.public else (401,)
            if answer.status_code not in expected:
                missing.append(f"{operation.method} {operation.path}: {answer.status_code}")
    return missing
