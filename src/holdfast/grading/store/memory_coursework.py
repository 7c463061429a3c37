"""The teacher's door without a database, beside a `MemoryStore`: the same rules over its answers.

Each method is one step without an await that could let another in between, so it is atomic.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.causes import Failure
from holdfast.grading.domain.deadlines import Milestone, Plan
from holdfast.grading.domain.roster import User, UserId
from holdfast.grading.domain.verdict import CheckState, Verdict
from holdfast.grading.service.coursework import (
    MAX_NODES_SHOWN,
    RECENT_S,
    KeptPlan,
    NodeState,
    Recent,
    RosterReport,
    RunningTest,
    Tonight,
)
from holdfast.grading.service.ports import AttemptSummary
from holdfast.grading.store.memory import MemoryStore

EVERYTHING = 1_000_000
"""Attempts of one student: more than a memory store ever holds."""
_ORDER = (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.INFRASTRUCTURE, Verdict.PASS, None)
"""As the database orders their names."""


class MemoryCoursework:
    """`Coursework` over what a `MemoryStore` holds."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self._kept = KeptPlan(Plan())

    async def plan(self, uid: int | None = None) -> KeptPlan:
        """See `Coursework.plan`."""
        plan = self._kept.plan
        if uid is None:
            return self._kept
        own = {key: due for key, due in plan.extensions.items() if key[0] == uid}
        return replace(self._kept, plan=Plan(plan.deadlines, own))

    async def replace_plan(self, plan: Plan, seen: int) -> bool:
        """See `Coursework.replace_plan`."""
        if seen != self._kept.version:
            return False
        self._kept = KeptPlan(plan, seen + 1, self._kept.frozen_at)
        return True

    async def set_freeze(self, is_frozen: bool) -> datetime | None:
        """See `Coursework.set_freeze`."""
        since = (self._kept.frozen_at or self._store.now()) if is_frozen else None
        self._kept = replace(self._kept, frozen_at=since)
        return since

    async def practice_since(self) -> datetime | None:
        """See `Coursework.practice_since`."""
        return self._store.practice_since

    async def set_practice(self, is_practice: bool) -> datetime | None:
        """See `Coursework.set_practice`."""
        since = (self._store.practice_since or self._store.now()) if is_practice else None
        self._store.practice_since = since
        return since

    async def milestones(
        self, uid: int | None = None, until: datetime | None = None
    ) -> Sequence[Milestone]:
        """See `Coursework.milestones`."""
        first: dict[tuple[UserId, TestId, bool, int], datetime] = {}
        for one in await self._attempts():
            closed_at = self._store.closed_at(one.id)
            is_later = until is not None and closed_at is not None and closed_at > until
            counts = one.verdict is not None and one.verdict.counts and not one.is_practice
            if not counts or is_later or uid not in (None, one.uid):
                continue
            key = one.uid, one.test, one.verdict is Verdict.PASS, _points(one)
            first[key] = min(first.get(key, one.started_at), one.started_at)
        found = [Milestone(*key, started_at) for key, started_at in first.items()]
        return tuple(sorted(found, key=lambda one: (one.uid, one.test, one.started_at)))

    async def failures(self, limit: int) -> Sequence[Failure]:
        """See `Coursework.failures`."""
        newest: dict[tuple[UserId, TestId], AttemptSummary] = {}
        passed = set()
        for one in await self._attempts():
            key = one.uid, one.test
            if one.is_practice:
                continue
            if one.verdict is Verdict.PASS:
                passed.add(key)
            if one.verdict is Verdict.FAIL:
                newest.setdefault(key, one)
        open_ = [newest[key] for key in sorted(newest) if key not in passed][:limit]
        return tuple(map(_failure, sorted(open_, key=lambda one: (one.test, one.uid))))

    async def who_attempted(self, uids: Sequence[UserId]) -> frozenset[UserId]:
        """See `Coursework.who_attempted`."""
        return frozenset(one.uid for one in await self._attempts()) & frozenset(uids)

    async def change_roster(self, users: Sequence[User], removed: Sequence[UserId]) -> RosterReport:
        """See `Coursework.change_roster`."""
        report = await self._store.import_roster(users)
        gone = self._store.forget(removed)
        plan = self._kept.plan
        kept = {key: due for key, due in plan.extensions.items() if key[0] not in gone}
        self._kept = replace(self._kept, plan=Plan(plan.deadlines, kept))
        return RosterReport(report.added, report.renamed, report.unchanged, gone)

    async def tonight(self) -> Tonight:
        """See `Coursework.tonight`; a memory store has no leader."""
        now = self._store.now()
        attempts = await self._attempts()
        began: dict[TestId, list[datetime]] = defaultdict(list)
        for one in attempts:
            if one.verdict is None:
                began[one.test].append(one.started_at)
        running = (
            RunningTest(test, len(began[test]), (now - min(began[test])).total_seconds())
            for test in sorted(began)
        )
        young = [one for one in attempts if one.started_at > now - timedelta(seconds=RECENT_S)]
        tallies = ((verdict, sum(one.verdict is verdict for one in young)) for verdict in _ORDER)
        recent = (
            Recent(verdict, count, 0.0 if verdict else None, 0.0 if verdict else None)
            for verdict, count in tallies
            if count
        )
        return Tonight(self._nodes(now), tuple(running), tuple(recent), None)

    def _nodes(self, now: datetime) -> tuple[NodeState, ...]:
        newest: dict[str, tuple[datetime, int]] = {}
        for (node, _), beat in self._store.beats.items():
            newest[node] = max(beat, newest.get(node, beat))
        return tuple(
            NodeState(node, running, (now - last).total_seconds(), 0.0)
            for node, (last, running) in sorted(newest.items())
        )[:MAX_NODES_SHOWN]

    async def _attempts(self) -> list[AttemptSummary]:
        """All attempts, newest first."""
        found: list[AttemptSummary] = []
        for user in await self._store.users():
            found += await self._store.attempts(user.uid, EVERYTHING)
        return sorted(found, key=lambda one: (one.started_at, one.id), reverse=True)


def _points(one: AttemptSummary) -> int:
    return sum(check.points for check in one.checks if check.state is CheckState.PASS)


def _failure(one: AttemptSummary) -> Failure:
    failed = next((check for check in one.checks if check.state is CheckState.FAIL), None)
    hint = failed.hint if failed else ""
    return Failure(one.id, one.uid, one.test, failed.name if failed else "", hint or one.reason)
