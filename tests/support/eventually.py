"""Wait for a condition with a bound, instead of sleeping and hoping."""

import asyncio
from collections.abc import Awaitable, Callable

PAUSE_S = 0.005
LIMIT_S = 20.0


async def eventually(
    holds: Callable[[], bool] | Callable[[], Awaitable[bool]], limit_s: float = LIMIT_S
) -> None:
    """Return when `holds()` is true; `TimeoutError` after `limit_s`."""
    async with asyncio.timeout(limit_s):
        while True:
            found = holds()
            if found if isinstance(found, bool) else await found:
                return
            await asyncio.sleep(PAUSE_S)
