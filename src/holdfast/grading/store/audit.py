"""`Auditor` on PostgreSQL: all assertions on one snapshot of the database; nobody waits for it."""

from holdfast.grading.service.audit import (
    MAX_EXAMPLES,
    MEANINGS,
    STUCK_S,
    Assertion,
    AuditReport,
)
from holdfast.grading.store.tables import FOLDER
from holdfast.platform.data.database import Database
from holdfast.platform.data.queries import load

SQL = load(FOLDER / "audit.sql")


class PostgresAuditor:
    """See `Auditor`. The schema `grading` is up to date; nothing is written."""

    def __init__(self, database: Database, course: str) -> None:
        self._database = database
        self._course = course

    async def audit(self, stuck_s: float = STUCK_S) -> AuditReport:
        """See `Auditor.audit`."""
        found = []
        async with self._database.transaction(isolation="repeatable_read", readonly=True) as work:
            at = await work.fetchval(SQL.now)
            for name in MEANINGS:
                extra = (stuck_s,) if name == "open_attempts_have_a_node" else ()
                row = await work.fetchrow(SQL[name], self._course, MAX_EXAMPLES, *extra)
                assert row is not None, "an assertion gives one row"
                examples = tuple(row["examples"])
                found.append(Assertion(name, row["checked"], row["wrong"], examples))
        return AuditReport(at, tuple(found))
