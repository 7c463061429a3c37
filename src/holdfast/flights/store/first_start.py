"""Whether a database was used before: only one that never was may become a demo."""

from holdfast.flights.store.statements import queries
from holdfast.platform.data.database import Calls

SQL = queries("first_start")


async def is_unused(calls: Calls) -> bool:
    """Whether there is no token, not even an ended one, and nothing was ever delivered."""
    return await calls.fetchval(SQL.is_unused) is True
