"""The contract of the teacher's door: one suite that memory and PostgreSQL must pass.

A test module gives a fixture `doors`.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from holdfast.grading.domain.attempt import NodeBeat
from holdfast.grading.domain.deadlines import Deadline, Extension, Milestone, Plan, plan_of
from holdfast.grading.domain.lease import Granted, TooSoon
from holdfast.grading.domain.roster import User, UserId
from holdfast.grading.domain.rules import PRACTICE_SCALE
from holdfast.grading.domain.verdict import Verdict
from holdfast.grading.service.coursework import Coursework, KeptPlan
from holdfast.grading.service.import_plan import parse_plan
from holdfast.grading.service.ports import Ledger, Results
from tests.grading.store.contract import (
    ANNA,
    BEN,
    ECHO,
    LEASE_S,
    NOON,
    RENEW_MIN_S,
    closed,
    opened,
    registration,
)

CLARA = UserId(77)
DUE = NOON + timedelta(days=7)
PLAN = plan_of(
    [Deadline(ECHO, DUE, grace_s=600, late_percent_per_day=20)],
    [Extension(ANNA, ECHO, DUE + timedelta(days=2)), Extension(BEN, ECHO, DUE)],
)


@dataclass
class CourseDoors:
    """A store under test."""

    ledger: Ledger
    results: Results
    coursework: Coursework


class CourseworkContract:
    """Plans, freezes, what counted, why it failed, the roster, tonight."""

    @pytest.fixture(autouse=True)
    async def _roster(self, doors: CourseDoors) -> None:
        await doors.results.import_roster([User(ANNA, "Anna"), User(BEN, "Ben")])

    async def test_a_course_begins_without_a_plan(self, doors: CourseDoors) -> None:
        assert await doors.coursework.plan() == KeptPlan(Plan())

    async def test_a_plan_is_replaced_as_a_whole(self, doors: CourseDoors) -> None:
        assert await doors.coursework.replace_plan(PLAN, 0)
        assert await doors.coursework.plan() == KeptPlan(PLAN, 1)
        assert await doors.coursework.replace_plan(Plan(), 1)
        assert await doors.coursework.plan() == KeptPlan(Plan(), 2)

    @pytest.mark.parametrize("due", ["1970-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"])
    async def test_the_first_and_the_last_moment_of_a_file_stay_moments(
        self, doors: CourseDoors, due: str
    ) -> None:
        plan = parse_plan(f"{ECHO},,{due}".encode(), {ECHO}, set())
        assert isinstance(plan, Plan)
        assert await doors.coursework.replace_plan(plan, 0)
        assert (await doors.coursework.plan()).plan == plan

    async def test_who_has_seen_an_older_plan_replaces_nothing(self, doors: CourseDoors) -> None:
        assert await doors.coursework.replace_plan(PLAN, 0)
        assert not await doors.coursework.replace_plan(Plan(), 0)
        assert (await doors.coursework.plan()).plan == PLAN

    async def test_one_students_plan_has_no_others_extensions(self, doors: CourseDoors) -> None:
        await doors.coursework.replace_plan(PLAN, 0)
        plan = (await doors.coursework.plan(BEN)).plan
        assert plan.deadlines == PLAN.deadlines
        assert set(plan.extensions) == {(BEN, ECHO)}

    async def test_a_freeze_holds_its_moment_until_it_is_let_go(self, doors: CourseDoors) -> None:
        since = await doors.coursework.set_freeze(True)
        assert since is not None
        assert await doors.coursework.set_freeze(True) == since
        assert (await doors.coursework.plan()).frozen_at == since
        assert await doors.coursework.set_freeze(False) is None
        assert (await doors.coursework.plan()).frozen_at is None

    async def test_a_new_plan_leaves_the_freeze_alone(self, doors: CourseDoors) -> None:
        since = await doors.coursework.set_freeze(True)
        await doors.coursework.replace_plan(PLAN, 0)
        assert (await doors.coursework.plan()).frozen_at == since

    async def test_practice_mode_holds_its_moment_until_it_ends(self, doors: CourseDoors) -> None:
        assert await doors.coursework.practice_since() is None
        since = await doors.coursework.set_practice(True)
        assert since is not None
        assert await doors.coursework.set_practice(True) == since
        assert await doors.coursework.practice_since() == since
        assert await doors.ledger.practice()
        assert await doors.coursework.set_practice(False) is None
        assert not await doors.ledger.practice()

    async def test_what_is_begun_in_practice_never_counts(self, doors: CourseDoors) -> None:
        before = opened()
        await doors.ledger.open_attempt(before)
        await doors.coursework.set_practice(True)
        unknowing = opened(BEN)
        await doors.ledger.open_attempt(unknowing)
        await doors.coursework.set_practice(False)
        late = replace(opened(BEN), is_practice=True)
        await doors.ledger.open_attempt(late)
        for one in (unknowing, late):
            receipt = await doors.ledger.close_attempt(closed(one))
            assert (receipt.verdict, receipt.best) == (Verdict.PASS, False)
            record = await doors.results.attempt(one.id)
            assert record is not None
            assert record.summary.is_practice
        failed = replace(opened(BEN), is_practice=True)
        await doors.ledger.close_attempt(closed(failed, Verdict.FAIL))
        assert await doors.results.best_results(BEN) == ()
        assert await doors.coursework.milestones() == ()
        assert await doors.coursework.failures(10) == ()
        assert (await doors.ledger.close_attempt(closed(before))).best

    async def test_leases_are_short_in_practice(self, doors: CourseDoors) -> None:
        await doors.coursework.set_practice(True)
        answer = await doors.ledger.register(registration())
        assert isinstance(answer, Granted)
        assert answer.lease.expires_in_s <= LEASE_S * PRACTICE_SCALE
        again = await doors.ledger.register(registration())
        assert isinstance(again, TooSoon)
        assert again.wait_s <= RENEW_MIN_S * PRACTICE_SCALE
        await doors.coursework.set_practice(False)
        again = await doors.ledger.register(registration())
        assert isinstance(again, TooSoon)
        assert again.wait_s > RENEW_MIN_S / 2

    async def test_milestones_are_the_first_attempts_of_each_number_of_points(
        self, doors: CourseDoors
    ) -> None:
        for minute, verdict, points in (
            (5, Verdict.FAIL, 1),
            (1, Verdict.FAIL, 1),
            (2, Verdict.INCONCLUSIVE, 9),
            (3, Verdict.PASS, 3),
        ):
            begun = opened(minute=minute)
            await doors.ledger.close_attempt(closed(begun, verdict, points=points))
        await doors.ledger.close_attempt(closed(opened(BEN, minute=4), points=2))
        annas = (
            Milestone(ANNA, ECHO, False, 1, NOON + timedelta(minutes=1)),
            Milestone(ANNA, ECHO, True, 3, NOON + timedelta(minutes=3)),
        )
        bens = (Milestone(BEN, ECHO, True, 2, NOON + timedelta(minutes=4)),)
        assert tuple(await doors.coursework.milestones()) == bens + annas
        assert tuple(await doors.coursework.milestones(ANNA)) == annas
        assert not await doors.coursework.milestones(-1)

    async def test_what_was_closed_after_a_freeze_is_no_milestone_of_it(
        self, doors: CourseDoors
    ) -> None:
        await doors.ledger.close_attempt(closed(opened(), Verdict.FAIL, points=1))
        since = await doors.coursework.set_freeze(True)
        await self.later(doors)
        await doors.ledger.close_attempt(closed(opened(minute=1), points=3))
        assert [one.points for one in await doors.coursework.milestones(until=since)] == [1]
        assert [one.points for one in await doors.coursework.milestones()] == [1, 3]

    async def later(self, doors: CourseDoors) -> None:
        """Let a moment pass on the store's clock, where that does not pass by itself."""

    async def test_a_failure_is_the_newest_of_who_has_not_passed(self, doors: CourseDoors) -> None:
        old, new = opened(minute=1), opened(minute=2)
        for begun in (new, old):
            await doors.ledger.close_attempt(closed(begun, Verdict.FAIL))
        await doors.ledger.close_attempt(closed(opened(BEN, minute=1), Verdict.FAIL))
        await doors.ledger.close_attempt(closed(opened(BEN, minute=2)))
        (found,) = await doors.coursework.failures(10)
        assert (found.attempt, found.uid, found.test) == (new.id, ANNA, ECHO)
        assert (found.check, found.hint) == ("silence", "two echoes came")

    async def test_failures_are_bounded(self, doors: CourseDoors) -> None:
        for uid in (ANNA, BEN):
            await doors.ledger.close_attempt(closed(opened(uid), Verdict.FAIL))
        assert len(await doors.coursework.failures(1)) == 1

    async def test_a_roster_is_changed_at_once_and_attempts_hold_their_student(
        self, doors: CourseDoors
    ) -> None:
        await doors.ledger.close_attempt(closed(opened(BEN)))
        await doors.ledger.register(registration(ANNA))
        await doors.coursework.replace_plan(PLAN, 0)
        assert await doors.coursework.who_attempted([ANNA, BEN, CLARA]) == {BEN}
        report = await doors.coursework.change_roster(
            [User(CLARA, "Clara"), User(BEN, "Benno")], [ANNA, BEN]
        )
        assert (report.added, report.renamed, report.unchanged) == (1, 1, 0)
        assert report.removed == (ANNA,)
        assert [user.name for user in await doors.results.users()] == ["Benno", "Clara"]
        assert await doors.ledger.lease_of(ANNA) is None
        assert set((await doors.coursework.plan()).plan.extensions) == {(BEN, ECHO)}

    async def test_tonight_shows_nodes_running_tests_and_verdicts(self, doors: CourseDoors) -> None:
        await doors.ledger.beat(NodeBeat("n1", "i1", 7))
        await doors.ledger.beat(NodeBeat("n1", "i2", 2))
        await doors.ledger.beat(NodeBeat("n2", "i1", 0))
        await doors.ledger.open_attempt(opened())
        await doors.ledger.open_attempt(opened(BEN))
        await doors.ledger.close_attempt(closed(opened(BEN)))
        tonight = await doors.coursework.tonight()
        assert [(one.node, one.running) for one in tonight.nodes][1] == ("n2", 0)
        assert tonight.nodes[0].silent_s < 60
        assert [(one.test, one.running) for one in tonight.running] == [(ECHO, 2)]
        counted = {one.verdict: one.attempts for one in tonight.recent}
        assert counted == {Verdict.PASS: 1, None: 2}
        assert all((one.usual_wait_s is None) == (one.verdict is None) for one in tonight.recent)
