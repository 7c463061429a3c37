"""Version stamps: every transaction that changes what readers keep moves one.

Whoever listens on `CHANNEL` hears `airline subject version` after the commit; a notice may be
missed, so readers look at `versions` too.
"""

from typing import cast

from holdfast.flights.service.ports.catalogue import Subject
from holdfast.flights.store.statements import queries
from holdfast.platform.data.database import Calls, Transaction

CHANNEL = "flights_versions"
SQL = queries("versions")


async def bump(tx: Transaction, airline: str, subject: Subject) -> int:
    """The next version of an airline's subject, in the transaction that changes it."""
    return cast(int, await tx.fetchval(SQL.bump_version, airline, subject))


async def versions(calls: Calls) -> dict[tuple[str, Subject], int]:
    """All stamps by airline and subject."""
    rows = await calls.fetch(SQL.all_versions)
    return {(row["airline"], row["subject"]): row["version"] for row in rows}
