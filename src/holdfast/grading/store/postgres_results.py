"""The readers' door on PostgreSQL: roster, standings, attempts; and the roster import.

Rows become the nouns of the domain here and nowhere else.
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Sequence

import msgspec

from holdfast.grading.domain.attempt import AttemptId, Incident, ToldRow
from holdfast.grading.domain.live_row import live_rows
from holdfast.grading.domain.roster import MAX_USER_ID, Source, User
from holdfast.grading.domain.standings import BestResult, Cell, Standing, standing
from holdfast.grading.domain.standings import Row as GridRow
from holdfast.grading.domain.verdict import Check, Verdict
from holdfast.grading.service.ports import AttemptRecord, AttemptSummary, ImportReport
from holdfast.grading.store.change_notices import CHANNEL, everything_changed
from holdfast.grading.store.statements import SQL
from holdfast.platform.data.database import Database, Row, Transaction

CELLS_AT_ONCE = 1000
"""A whole class is tens of thousands of cells: nodes' calls get their turn in between."""
FINAL = frozenset({Verdict.PASS, Verdict.FAIL})
"""Verdicts that nothing replaces; others may be provisional."""
_checks = msgspec.json.Decoder(tuple[Check, ...]).decode


class PostgresResults:
    """`Results` on a database whose schema `grading` is up to date and knows the course."""

    def __init__(self, database: Database, course: str) -> None:
        self._database = database
        self._course = course

    async def users(self) -> Sequence[User]:
        """See `Results.users`."""
        return tuple(map(_user, await self._database.fetch(SQL.users, self._course)))

    async def user(self, uid: int) -> User | None:
        """See `Results.user`."""
        if not 0 <= uid <= MAX_USER_ID:
            return None
        row = await self._database.fetchrow(SQL.user, self._course, uid)
        return _user(row) if row else None

    async def online(self) -> Sequence[User]:
        """See `Results.online`."""
        return tuple(map(_user, await self._database.fetch(SQL.online, self._course)))

    async def best_results(self, uid: int | None = None) -> Sequence[BestResult]:
        """See `Results.best_results`."""
        if uid is not None and not 0 <= uid <= MAX_USER_ID:
            return ()
        return tuple(map(_best, await self._database.fetch(SQL.best_results, self._course, uid)))

    async def standings(self, uids: Collection[int] | None = None) -> Sequence[GridRow]:
        """See `Results.standings`."""
        if uids is None:
            users = await self.users()
            rows = await self._database.fetch(SQL.cells, self._course)
        else:
            some = sorted(uid for uid in uids if 0 <= uid <= MAX_USER_ID)
            found = await self._database.fetch(SQL.users_of, self._course, some)
            users = tuple(map(_user, found))
            rows = await self._database.fetch(SQL.cells_of, self._course, some)
        cells: dict[int, list[Cell]] = defaultdict(list)
        for number, row in enumerate(rows):
            cells[row["uid"]].append(_cell(row))
            if number % CELLS_AT_ONCE == 0:
                await asyncio.sleep(0)
        return tuple(GridRow(user, tuple(cells[user.uid])) for user in users)

    async def attempts(
        self, uid: int, limit: int, before: AttemptId | None = None
    ) -> Sequence[AttemptSummary]:
        """See `Results.attempts`. An unknown `before` has nothing older than it."""
        if not 0 <= uid <= MAX_USER_ID:
            return ()
        rows = await self._database.fetch(SQL.attempts, self._course, uid, limit, before)
        return tuple(map(_summary, rows))

    async def attempt(self, attempt: str) -> AttemptRecord | None:
        """See `Results.attempt`."""
        if not is_attempt_id(attempt):
            return None
        # Long transcripts are the replicas' work: what passed or failed does not change any more.
        # An attempt that a replica does not know, or not as final, is asked of the leader.
        row = await self._database.reader().fetchrow(SQL.attempt, self._course, attempt)
        if self._database.has_replicas and (row is None or row["verdict"] not in FINAL):
            row = await self._database.fetchrow(SQL.attempt, self._course, attempt)
        if row is None:
            return None
        # Rows stand on the leader alone, and only there an attempt is known to be running.
        told = () if row["transcript"] else await self._database.fetch(SQL.live_rows, attempt)
        rows = live_rows(ToldRow(*one.values()) for one in told)
        return AttemptRecord(
            _summary(row), row["seed"], row["transcript"], row["teacher_note"], rows
        )

    async def incidents(self, uid: int | None, limit: int) -> Sequence[Incident]:
        """See `Results.incidents`."""
        rows = await self._database.fetch(SQL.incidents, self._course, uid, limit)
        return tuple(map(_incident, rows))

    async def import_roster(self, users: Sequence[User]) -> ImportReport:
        """See `Results.import_roster`."""

        async def work(transaction: Transaction) -> list[Row]:
            rows = await transaction.fetch(
                SQL.import_users,
                self._course,
                [user.uid for user in users],
                [user.name for user in users],
            )
            await transaction.execute(SQL.notify, CHANNEL, [everything_changed(self._course)])
            return rows

        rows = await self._database.transact(work)
        added = sum(row["is_added"] for row in rows)
        return ImportReport(added, len(rows) - added, len(users) - len(rows))


def is_attempt_id(text: str) -> bool:
    """Whether `text` has the form of an attempt's id: 32 lower-case hex digits."""
    return len(text) == 32 and set(text) <= set("0123456789abcdef")


def _user(row: Row) -> User:
    return User(row["uid"], row["name"])


def _best(row: Row) -> BestResult:
    return BestResult(
        uid=row["uid"],
        test=row["test"],
        passed=row["passed"],
        points=row["points"],
        attempt=AttemptId(row["attempt"].hex),
        reached_at=row["reached_at"],
    )


def _cell(row: Row) -> Cell:
    state: Standing = standing(row["passed"], row["running"], row["closed"])
    return Cell(
        uid=row["uid"],
        test=row["test"],
        standing=state,
        attempts=row["closed"],
        running=row["running"],
        points=row["points"] or 0,
        attempt=AttemptId(row["attempt"].hex),
    )


def _source(row: Row) -> Source:
    return Source(row["source_host"], row["source_port"])


def _summary(row: Row) -> AttemptSummary:
    return AttemptSummary(
        id=AttemptId(row["id"].hex),
        uid=row["uid"],
        test=row["test"],
        verdict=Verdict(row["verdict"]) if row["verdict"] else None,
        checks=_checks(row["checks"]),
        reason=row["reason"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        node=row["node"],
        source=_source(row),
        is_practice=row["is_practice"],
    )


def _incident(row: Row) -> Incident:
    return Incident(
        happened_at=row["happened_at"],
        kind=row["kind"],
        detail=row["detail"],
        source=_source(row),
        node=row["node"],
        listener_port=row["listener_port"],
        uid=row["uid"],
        raw=row["raw"],
    )
