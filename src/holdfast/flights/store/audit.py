"""`Auditor` on PostgreSQL: six statements on one snapshot of the database; nobody waits for it."""

from holdfast.flights.service.ports.audits import (
    MAX_EXAMPLES,
    SWEEP_BOUND_S,
    Assertion,
    AuditReport,
)
from holdfast.flights.store.statements import queries
from holdfast.platform.data.database import Database

SQL = queries("audit")
NOW = queries("bookings").now
ASSERTIONS = tuple(SQL)
"""Their names are those of the statements, in this order."""


class PostgresAuditor:
    """See `Auditor`. A replica that is up to date may answer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def audit(self, sweep_bound_s: float = SWEEP_BOUND_S) -> AuditReport:
        """See `Auditor.audit`."""
        found = []
        async with self._database.transaction(isolation="repeatable_read", readonly=True) as work:
            at = await work.fetchval(NOW)
            for name in ASSERTIONS:
                extra = (sweep_bound_s,) if name == "nothing_stuck" else ()
                row = await work.fetchrow(SQL[name], MAX_EXAMPLES, *extra)
                assert row is not None
                examples = tuple(row["examples"])
                found.append(Assertion(name, row["checked"], row["wrong"], examples))
        return AuditReport(at, tuple(found))
