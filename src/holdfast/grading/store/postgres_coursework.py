"""The teacher's door on PostgreSQL: deadlines, the scoreboard, causes, the roster, tonight."""

from collections.abc import Sequence
from datetime import datetime

from holdfast.grading.domain.attempt import AttemptId
from holdfast.grading.domain.causes import Failure
from holdfast.grading.domain.deadlines import Deadline, Extension, Milestone, Plan, plan_of
from holdfast.grading.domain.roster import MAX_USER_ID, User, UserId
from holdfast.grading.domain.verdict import Verdict
from holdfast.grading.service.coursework import (
    MAX_NODES_SHOWN,
    RECENT_S,
    KeptPlan,
    Leader,
    NodeState,
    Recent,
    RosterReport,
    RunningTest,
    Tonight,
)
from holdfast.grading.store.change_notices import CHANNEL, everything_changed
from holdfast.grading.store.statements import SQL
from holdfast.platform.data.database import Database, Row, Transaction


class PostgresCoursework:
    """`Coursework` on a database whose schema `grading` is up to date and knows the course."""

    def __init__(self, database: Database, course: str) -> None:
        self._database = database
        self._course = course

    async def plan(self, uid: int | None = None) -> KeptPlan:
        """See `Coursework.plan`."""
        # The version is read first: a plan that changes meanwhile is then refused as an older one.
        kept = await self._database.fetchrow(SQL.plan, self._course)
        due = await self._database.fetch(SQL.deadlines, self._course)
        longer = await self._database.fetch(SQL.extensions, self._course, uid)
        plan = plan_of(map(_deadline, due), map(_extension, longer))
        return KeptPlan(plan, kept["version"], kept["frozen_at"]) if kept else KeptPlan(plan)

    async def replace_plan(self, plan: Plan, seen: int) -> bool:
        """See `Coursework.replace_plan`."""

        async def work(transaction: Transaction) -> bool:
            await transaction.execute(SQL.ensure_plan, self._course)
            if await transaction.fetchval(SQL.next_plan, self._course, seen) is None:
                return False
            await self._write_plan(transaction, plan)
            await transaction.execute(SQL.notify, CHANNEL, [everything_changed(self._course)])
            return True

        return await self._database.transact(work)

    async def _write_plan(self, transaction: Transaction, plan: Plan) -> None:
        due = list(plan.deadlines.values())
        longer = plan.extensions
        await transaction.execute(SQL.forget_deadlines, self._course)
        await transaction.execute(SQL.forget_extensions, self._course)
        await transaction.execute(
            SQL.set_deadlines,
            self._course,
            [one.test for one in due],
            [one.due_at for one in due],
            [one.grace_s for one in due],
            [one.late_percent_per_day for one in due],
        )
        await transaction.execute(
            SQL.set_extensions,
            self._course,
            [uid for uid, _ in longer],
            [test for _, test in longer],
            list(longer.values()),
        )

    async def set_freeze(self, is_frozen: bool) -> datetime | None:
        """See `Coursework.set_freeze`."""

        async def work(transaction: Transaction) -> datetime | None:
            await transaction.execute(SQL.ensure_plan, self._course)
            since: datetime | None = await transaction.fetchval(
                SQL.set_freeze, self._course, is_frozen
            )
            return since

        return await self._database.transact(work)

    async def practice_since(self) -> datetime | None:
        """See `Coursework.practice_since`."""
        since: datetime | None = await self._database.fetchval(SQL.practice_since, self._course)
        return since

    async def set_practice(self, is_practice: bool) -> datetime | None:
        """See `Coursework.set_practice`."""

        async def work(transaction: Transaction) -> datetime | None:
            await transaction.execute(SQL.ensure_plan, self._course)
            since: datetime | None = await transaction.fetchval(
                SQL.set_practice, self._course, is_practice
            )
            await transaction.execute(SQL.notify, CHANNEL, [everything_changed(self._course)])
            return since

        return await self._database.transact(work)

    async def milestones(
        self, uid: int | None = None, until: datetime | None = None
    ) -> Sequence[Milestone]:
        """See `Coursework.milestones`."""
        if uid is not None and not 0 <= uid <= MAX_USER_ID:
            return ()
        rows = await self._database.fetch(SQL.milestones, self._course, uid, until)
        return tuple(
            Milestone(row["uid"], row["test"], row["passed"], row["points"], row["started_at"])
            for row in rows
        )

    async def failures(self, limit: int) -> Sequence[Failure]:
        """See `Coursework.failures`."""
        rows = await self._database.fetch(SQL.failures, self._course, limit)
        return tuple(map(_failure, rows))

    async def who_attempted(self, uids: Sequence[UserId]) -> frozenset[UserId]:
        """See `Coursework.who_attempted`."""
        rows = await self._database.fetch(SQL.who_attempted, self._course, list(uids))
        return frozenset(UserId(row["uid"]) for row in rows)

    async def change_roster(self, users: Sequence[User], removed: Sequence[UserId]) -> RosterReport:
        """See `Coursework.change_roster`."""

        async def work(transaction: Transaction) -> tuple[list[Row], list[Row]]:
            ids, names = [user.uid for user in users], [user.name for user in users]
            changed = await transaction.fetch(SQL.import_users, self._course, ids, names)
            gone = await transaction.fetch(SQL.remove_users, self._course, list(removed))
            await transaction.execute(SQL.notify, CHANNEL, [everything_changed(self._course)])
            return changed, gone

        changed, gone = await self._database.transact(work)
        added = sum(row["is_added"] for row in changed)
        return RosterReport(
            added=added,
            renamed=len(changed) - added,
            unchanged=len(users) - len(changed),
            removed=tuple(sorted(UserId(row["uid"]) for row in gone)),
        )

    async def tonight(self) -> Tonight:
        """See `Coursework.tonight`."""
        ask = self._database.fetch
        nodes = await ask(SQL.node_states, self._course, MAX_NODES_SHOWN)
        running = await ask(SQL.running_now, self._course)
        recent = await ask(SQL.recent, self._course, RECENT_S)
        leader = await self._database.fetchrow(SQL.leader)
        return Tonight(
            nodes=tuple(NodeState(**dict(row)) for row in nodes),
            running=tuple(RunningTest(**dict(row)) for row in running),
            recent=tuple(map(_recent, recent)),
            leader=Leader(**dict(leader)) if leader else None,
        )


def _deadline(row: Row) -> Deadline:
    return Deadline(row["test"], row["due_at"], row["grace_s"], row["late_percent_per_day"])


def _extension(row: Row) -> Extension:
    return Extension(row["uid"], row["test"], row["due_at"])


def _failure(row: Row) -> Failure:
    attempt = AttemptId(row["id"].hex)
    return Failure(attempt, row["uid"], row["test"], row["check_name"], row["hint"])


def _recent(row: Row) -> Recent:
    verdict = Verdict(row["verdict"]) if row["verdict"] else None
    return Recent(verdict, row["attempts"], row["usual_wait_s"], row["long_wait_s"])
