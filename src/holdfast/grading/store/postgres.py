"""PostgreSQL as grading's store: all its doors, opened together.

`postgres_ledger` is the node's door, `postgres_results` the readers', `postgres_coursework` the
teacher's; this file joins them with claims, upkeep, migrations and live changes. No other file
names the schema.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from holdfast.grading.domain.attempt import AttemptId
from holdfast.grading.domain.roster import UserId
from holdfast.grading.domain.verdict import Verdict
from holdfast.grading.service.course_policy import (
    ANSWER_MEMORY_S,
    LOST_ROWS_S,
    MAX_CLAIMS_PER_STUDENT,
    MAX_INCIDENTS,
    NODE_MEMORY_S,
    REAPED_REASON,
    CoursePolicy,
)
from holdfast.grading.service.ports import Change, Claim
from holdfast.grading.service.watch_changes import News
from holdfast.grading.store.change_notices import CHANNEL, news_of, payloads
from holdfast.grading.store.postgres_coursework import PostgresCoursework
from holdfast.grading.store.postgres_ledger import PostgresLedger
from holdfast.grading.store.postgres_results import PostgresResults
from holdfast.grading.store.statements import SQL
from holdfast.grading.store.tables import MIGRATIONS
from holdfast.platform.data.database import Database, Transaction
from holdfast.platform.data.migrate import ensure

SCHEMA = "grading"
MAX_REAPED = 1000
"""Attempts closed in one statement of the reaper; the next round takes the rest."""


@dataclass(frozen=True, slots=True)
class PostgresStore:
    """The doors of grading on one database."""

    ledger: PostgresLedger
    results: PostgresResults
    claims: "PostgresClaims"
    coursework: PostgresCoursework
    upkeep: "PostgresUpkeep"


async def open_store(database: Database, policy: CoursePolicy) -> PostgresStore:
    """Migrate the schema, make sure of the course, open the doors. The schema is the search path's
    first: connect with `schema=SCHEMA`. Raises `Mistake` when program and database do not fit."""
    await ensure(database, SCHEMA, MIGRATIONS)
    await database.execute(SQL.ensure_course, policy.course)
    return PostgresStore(
        ledger=PostgresLedger(database, policy),
        results=PostgresResults(database, policy.course),
        claims=PostgresClaims(database, policy.course),
        coursework=PostgresCoursework(database, policy.course),
        upkeep=PostgresUpkeep(database, policy.course),
    )


async def follow_changes(
    database: Database, course: str, publish: Callable[[Iterable[News]], None]
) -> None:
    """Publish what any results API does to attempts, until cancelled."""
    async with database.listen(CHANNEL) as events:
        async for event in events:
            publish(news_of(course, event))


class PostgresClaims:
    """`Claims` on PostgreSQL."""

    def __init__(self, database: Database, course: str) -> None:
        self._database = database
        self._course = course

    async def claim(self, claim: Claim, for_s: float) -> datetime | None:
        """See `Claims.claim`."""

        async def work(transaction: Transaction) -> datetime | None:
            until: datetime | None = await transaction.fetchval(
                SQL.claim, self._course, claim.uid, claim.host, for_s, claim.token_hash
            )
            await transaction.execute(
                SQL.drop_oldest_claims, self._course, claim.uid, MAX_CLAIMS_PER_STUDENT
            )
            return until

        return await self._database.transact(work)

    async def claims_of(self, uid: UserId) -> Sequence[tuple[str, datetime]]:
        """See `Claims.claims_of`."""
        rows = await self._database.fetch(SQL.claims_of, self._course, uid)
        return tuple((row["host"], row["until"]) for row in rows)


class PostgresUpkeep:
    """`Upkeep` on PostgreSQL; safe for two processes at once."""

    def __init__(self, database: Database, course: str) -> None:
        self._database = database
        self._course = course

    async def reap(self, silence_s: float) -> int:
        """See `Upkeep.reap`."""

        async def work(transaction: Transaction) -> int:
            rows = await transaction.fetch(
                SQL.reap, self._course, silence_s, REAPED_REASON, MAX_REAPED
            )
            changes = [
                Change(AttemptId(row["id"].hex), row["uid"], row["test"], Verdict(row["verdict"]))
                for row in rows
            ]
            if changes:
                await transaction.execute(SQL.notify, CHANNEL, payloads(self._course, changes))
            return len(rows)

        return await self._database.transact(work)

    async def prune(self) -> None:
        """See `Upkeep.prune`."""
        await self._database.execute(SQL.prune_incidents, self._course, MAX_INCIDENTS)
        await self._database.execute(SQL.prune_registrations, self._course, ANSWER_MEMORY_S)
        await self._database.execute(SQL.prune_nodes, self._course, NODE_MEMORY_S)
        await self._database.execute(SQL.prune_claims, self._course)

    async def clear_rows(self) -> None:
        """See `Upkeep.clear_rows`."""
        await self._database.execute(SQL.clear_rows, self._course, LOST_ROWS_S)

    async def ping(self) -> None:
        """See `Upkeep.ping`."""
        await self._database.fetchval(SQL.ping)
