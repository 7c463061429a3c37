"""Notices of new versions as hints: whoever keeps a snapshot looks at once instead of at the poll.

Only hints: a notice that is lost costs the time until the next poll, nothing else.
"""

from collections.abc import Callable

from holdfast.flights.store.versions import CHANNEL
from holdfast.platform.data.database import Database


async def pass_hints(database: Database, hint: Callable[[], None]) -> None:
    """Call `hint` after every change and after every (re)connection, until it is cancelled."""
    async with database.listen(CHANNEL) as notices:
        async for _ in notices:
            hint()
