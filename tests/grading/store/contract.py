"""The contract of grading's doors: one suite that every store must pass.

A test module gives a fixture `doors`; its classes inherit these tests. `doors.pass_time` moves the
store's clock, so nothing here waits.
"""

import asyncio
import dataclasses
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from holdfast.grading.domain.attempt import (
    AttemptId,
    ClosedAttempt,
    Incident,
    NodeBeat,
    OpenedAttempt,
    Progress,
    Receipt,
    TestId,
    ToldRow,
)
from holdfast.grading.domain.lease import Granted, Registration, TooSoon
from holdfast.grading.domain.live_row import live_rows, told_row
from holdfast.grading.domain.roster import Known, NotClaimed, Source, UnknownUser, User, UserId
from holdfast.grading.domain.standings import Standing
from holdfast.grading.domain.transcript import Entry, EntryKind
from holdfast.grading.domain.verdict import Check, CheckState, Verdict
from holdfast.grading.service.course_policy import (
    MAX_CLAIMS_PER_STUDENT,
    REAPED_REASON,
    CoursePolicy,
)
from holdfast.grading.service.ports import (
    Claim,
    Claims,
    ImportReport,
    Ledger,
    Refused,
    Results,
    Upkeep,
)
from tests.support.eventually import eventually

ANNA, BEN = UserId(1234), UserId(7)
HOME = Source("192.0.2.10", 51000)
CAMPUS = Source("2001:db8::1", 40000)
ECHO = TestId("2024-a1-t2")
LEASE_S, RENEW_MIN_S = 300.0, 120.0
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def policy(**changes: object) -> CoursePolicy:
    """The policy the suite expects, or one that differs a little."""
    base = CoursePolicy(course="course", lease_s=LEASE_S, renew_min_s=RENEW_MIN_S)
    return dataclasses.replace(base, **changes)  # type: ignore[arg-type]


@dataclass
class Doors:
    """A store under test. `pass_time(seconds)` moves its clock on."""

    ledger: Ledger
    results: Results
    claims: Claims
    upkeep: Upkeep
    pass_time: Callable[[float], Awaitable[None]]


def opened(
    uid: UserId = ANNA, *, minute: int = 0, test: TestId = ECHO, node: str = "n1"
) -> OpenedAttempt:
    """An opening with a fresh id, begun so many minutes after noon."""
    return OpenedAttempt(
        id=AttemptId(uuid.uuid4().hex),
        uid=uid,
        test=test,
        seed="5eed",
        source=HOME,
        node=node,
        incarnation="i1",
        started_at=NOON + timedelta(minutes=minute),
    )


def closed(
    opening: OpenedAttempt, verdict: Verdict = Verdict.PASS, *, points: int = 1, reason: str = "ok"
) -> ClosedAttempt:
    """A closing with one passed check worth `points` and a failed one."""
    return ClosedAttempt(
        opened=opening,
        ended_at=opening.started_at + timedelta(seconds=3),
        verdict=verdict,
        reason=reason,
        checks=(
            Check("echo", CheckState.PASS, points),
            Check("silence", CheckState.FAIL, 1, "two echoes came"),
        ),
        transcript=b'{"version":1}',
        teacher_note="note",
    )


def registration(uid: UserId = ANNA, source: Source = HOME, request: str = "") -> Registration:
    """A register request, with a fresh request id unless one is given."""
    return Registration(uid, source, request or uuid.uuid4().hex)


class Contract:
    """A class of the suite: two students are on the roster."""

    @pytest.fixture(autouse=True)
    async def _roster(self, doors: Doors) -> None:
        await doors.results.import_roster([User(ANNA, "Anna"), User(BEN, "Bén <b>")])


class LeaseContract(Contract):
    """Registering, leases, identity."""

    async def test_a_student_of_the_roster_is_known_by_name(self, doors: Doors) -> None:
        assert await doors.ledger.identify(BEN, HOME) == Known(User(BEN, "Bén <b>"))

    @pytest.mark.parametrize("uid", [9, 10_000, -1, 2**31, 2**63])
    async def test_an_id_that_nobody_has_is_unknown(self, doors: Doors, uid: int) -> None:
        assert await doors.ledger.identify(uid, HOME) == UnknownUser(uid)

    async def test_a_first_registration_grants_a_fresh_lease(self, doors: Doors) -> None:
        answer = await doors.ledger.register(registration())
        assert isinstance(answer, Granted)
        assert answer.lease.uid == ANNA
        assert answer.lease.source == HOME
        assert answer.lease.renewals == 0
        assert answer.lease.expires_in_s == pytest.approx(LEASE_S, abs=5)
        assert answer.lease.held_for_s == pytest.approx(0, abs=5)

    async def test_registering_again_at_once_is_too_soon_and_changes_nothing(
        self, doors: Doors
    ) -> None:
        await doors.ledger.register(registration())
        answer = await doors.ledger.register(registration(source=CAMPUS))
        assert isinstance(answer, TooSoon)
        assert 0 < answer.wait_s <= RENEW_MIN_S
        assert answer.lease.is_active
        held = await doors.ledger.lease_of(ANNA)
        assert held is not None
        assert held.source == HOME

    async def test_too_soon_holds_for_one_student_not_for_the_others(self, doors: Doors) -> None:
        await doors.ledger.register(registration(ANNA))
        assert isinstance(await doors.ledger.register(registration(BEN)), Granted)

    async def test_a_renewal_in_time_goes_on_with_the_chain(self, doors: Doors) -> None:
        await doors.ledger.register(registration())
        await doors.pass_time(200)
        answer = await doors.ledger.register(registration(source=CAMPUS))
        assert isinstance(answer, Granted)
        assert answer.lease.renewals == 1
        assert answer.lease.source == CAMPUS
        assert answer.lease.held_for_s == pytest.approx(200, abs=5)
        assert answer.lease.granted_s_ago == pytest.approx(0, abs=5)
        assert answer.lease.expires_in_s == pytest.approx(LEASE_S, abs=5)

    async def test_a_lease_that_has_run_out_begins_a_new_chain(self, doors: Doors) -> None:
        await doors.ledger.register(registration())
        await doors.pass_time(LEASE_S + 1)
        gone = await doors.ledger.lease_of(ANNA)
        assert gone is not None
        assert not gone.is_active
        answer = await doors.ledger.register(registration())
        assert isinstance(answer, Granted)
        assert answer.lease.renewals == 0
        assert answer.lease.held_for_s == pytest.approx(0, abs=5)

    async def test_a_repeated_request_gets_its_first_answer_again(self, doors: Doors) -> None:
        granted = await doors.ledger.register(registration(request="first"))
        refused = await doors.ledger.register(registration(request="second"))
        await doors.pass_time(RENEW_MIN_S + 1)
        assert await doors.ledger.register(registration(request="first")) == granted
        assert await doors.ledger.register(registration(request="second")) == refused
        assert isinstance(refused, TooSoon)
        assert isinstance(await doors.ledger.register(registration(request="third")), Granted)

    async def test_nobody_gets_a_lease_for_an_unknown_id(self, doors: Doors) -> None:
        uid = UserId(4321)
        assert await doors.ledger.register(registration(uid)) == UnknownUser(uid)
        assert await doors.ledger.lease_of(uid) is None

    async def test_who_never_registered_has_no_lease(self, doors: Doors) -> None:
        assert await doors.ledger.lease_of(BEN) is None

    async def test_leases_are_found_by_address_newest_first(self, doors: Doors) -> None:
        await doors.ledger.register(registration(ANNA))
        await doors.pass_time(1)
        await doors.ledger.register(registration(BEN, Source(HOME.host, 1)))
        leases = await doors.ledger.leases_from(HOME.host)
        assert [lease.uid for lease in leases] == [BEN, ANNA]
        assert list(await doors.ledger.leases_from(CAMPUS.host)) == []

    async def test_a_lease_that_has_run_out_is_not_found_by_address(self, doors: Doors) -> None:
        await doors.ledger.register(registration(ANNA))
        await doors.pass_time(LEASE_S + 1)
        assert list(await doors.ledger.leases_from(HOME.host)) == []


def line(number: int, place: int, text: str = "hm") -> ToldRow:
    """A line of a conversation that goes on."""
    return told_row(number, place, Entry(EntryKind.RECEIVED, 0.5, "client", raw="00", text=text))


def told(opening: OpenedAttempt, rows: list[ToldRow], entries: int) -> NodeBeat:
    """The beat of the node that runs the attempt, with these lines."""
    progress = Progress(opening.id, rows=tuple(rows), entries=entries)
    return NodeBeat(opening.node, opening.incarnation, 1, (progress,))


class AttemptContract(Contract):
    """Opening, closing, best results, incidents."""

    async def test_an_open_attempt_is_seen_as_running(self, doors: Doors) -> None:
        opening = opened()
        await doors.ledger.open_attempt(opening)
        record = await doors.results.attempt(opening.id)
        assert record is not None
        assert record.summary.verdict is None
        assert record.summary.ended_at is None
        assert record.transcript == b""
        assert record.summary.source == HOME
        assert record.seed == "5eed"

    async def test_checks_tick_off_while_the_attempt_goes_on(self, doors: Doors) -> None:
        opening = opened()
        await doors.ledger.open_attempt(opening)
        ticked = (Check("echo", CheckState.PASS, 1), Check("more", CheckState.FAIL, 1, "why"))
        await doors.ledger.beat(NodeBeat("n1", "i1", 1, (Progress(opening.id, ticked),)))
        record = await doors.results.attempt(opening.id)
        assert record is not None
        assert (record.summary.checks, record.summary.verdict) == (ticked, None)
        ending = closed(opening)
        await doors.ledger.close_attempt(ending)
        await doors.ledger.beat(NodeBeat("n1", "i1", 0, (Progress(opening.id, ticked),)))
        record = await doors.results.attempt(opening.id)
        assert record is not None
        assert record.summary.checks == ending.checks

    async def test_only_the_process_that_runs_an_attempt_ticks_its_checks(
        self, doors: Doors
    ) -> None:
        opening = opened()
        await doors.ledger.open_attempt(opening)
        ticked = (Check("echo", CheckState.PASS, 1),)
        unknown = Progress(AttemptId("0" * 32), ticked)
        await doors.ledger.beat(NodeBeat("n1", "i0", 1, (Progress(opening.id, ticked), unknown)))
        record = await doors.results.attempt(opening.id)
        assert record is not None
        assert record.summary.checks == ()

    async def test_a_conversation_is_told_while_it_goes_on(self, doors: Doors) -> None:
        opening = opened()
        await doors.ledger.open_attempt(opening)
        await doors.ledger.beat(told(opening, [line(-1, 0), line(0, 1)], 1))
        await doors.ledger.beat(told(opening, [line(3, 2)], 4))
        record = await doors.results.attempt(opening.id)
        assert record is not None
        assert record.rows == live_rows([line(-1, 0), line(0, 1), line(3, 2)])
        assert record.summary.checks == ()
        await doors.ledger.close_attempt(closed(opening))
        await doors.upkeep.clear_rows()
        record = await doors.results.attempt(opening.id)
        assert record is not None
        assert record.rows == ()
        assert record.transcript != b""

    async def test_a_line_that_is_told_twice_stands_once_and_as_it_was_told_last(
        self, doors: Doors
    ) -> None:
        opening = opened()
        await doors.ledger.open_attempt(opening)
        await doors.ledger.beat(told(opening, [line(0, 0, "a"), line(1, 1, "b")], 2))
        beats = [told(opening, [line(0, 0, "c")], 2), told(opening, [line(0, 0, "c")], 2)]
        await asyncio.gather(*map(doors.ledger.beat, beats))
        record = await doors.results.attempt(opening.id)
        assert record is not None
        assert [row.entry.text for row in record.rows] == ["c", "b"]

    async def test_after_a_move_only_the_new_process_tells_and_what_never_was_is_gone(
        self, doors: Doors
    ) -> None:
        opening = opened()
        await doors.ledger.open_attempt(opening)
        lines = [line(number, number, "old") for number in range(3)]
        await doors.ledger.beat(told(opening, lines, 3))
        moved = dataclasses.replace(opening, node="next", incarnation="i2", moves=1)
        await doors.ledger.open_attempt(moved)
        await doors.ledger.beat(told(opening, [line(5, 5, "old")], 6))
        await doors.ledger.beat(told(moved, [line(0, 0, "old"), line(1, 1, "new")], 2))
        record = await doors.results.attempt(opening.id)
        assert record is not None
        assert [(row.number, row.entry.text) for row in record.rows] == [(0, "old"), (1, "new")]

    async def test_what_a_lost_node_told_stays_to_be_read(self, doors: Doors) -> None:
        opening = opened()
        await doors.ledger.open_attempt(opening)
        await doors.ledger.beat(told(opening, [line(0, 0)], 1))
        await doors.pass_time(60)
        assert await doors.upkeep.reap(30) == 1
        await doors.upkeep.clear_rows()
        record = await doors.results.attempt(opening.id)
        assert record is not None
        assert record.summary.verdict is Verdict.INFRASTRUCTURE
        assert record.rows == live_rows([line(0, 0)])

    async def test_lines_of_ended_and_unknown_attempts_are_nothing(self, doors: Doors) -> None:
        opening = opened()
        await doors.ledger.open_attempt(opening)
        await doors.ledger.close_attempt(closed(opening))
        unknown = dataclasses.replace(opening, id=AttemptId("0" * 32))
        await doors.ledger.beat(told(opening, [line(0, 0)], 1))
        await doors.ledger.beat(told(unknown, [line(0, 0)], 1))
        record = await doors.results.attempt(opening.id)
        assert record is not None
        assert record.rows == ()
        assert await doors.results.attempt(unknown.id) is None

    async def test_opening_twice_is_opening_once(self, doors: Doors) -> None:
        opening = opened()
        await doors.ledger.open_attempt(opening)
        await doors.ledger.open_attempt(opening)
        assert len(await doors.results.attempts(ANNA, 10)) == 1

    async def test_an_attempt_goes_on_at_the_node_it_moved_to(self, doors: Doors) -> None:
        opening = opened(node="lost")
        moved = dataclasses.replace(opening, node="next", incarnation="i2", moves=1)
        await doors.ledger.open_attempt(opening)
        await doors.ledger.open_attempt(moved)
        await doors.ledger.open_attempt(opening)  # said again by a node that was only cut off
        record = await doors.results.attempt(opening.id)
        assert record is not None
        assert record.summary.node == "next"
        assert record.summary.verdict is None

    async def test_a_node_that_was_taken_for_lost_cannot_close_what_has_moved_away(
        self, doors: Doors
    ) -> None:
        opening = opened(node="lost")
        moved = dataclasses.replace(opening, node="next", incarnation="i2", moves=1)
        await doors.ledger.open_attempt(opening)
        await doors.ledger.open_attempt(moved)
        with pytest.raises(Refused):
            await doors.ledger.close_attempt(closed(opening, Verdict.FAIL))
        receipt = await doors.ledger.close_attempt(closed(moved, Verdict.PASS))
        assert receipt == Receipt(opening.id, Verdict.PASS, best=True)
        late = await doors.ledger.close_attempt(closed(opening, Verdict.FAIL))
        assert late.verdict is Verdict.PASS

    async def test_a_moved_attempt_that_was_reaped_runs_again(self, doors: Doors) -> None:
        opening = opened(node="lost")
        await doors.ledger.open_attempt(opening)
        await doors.pass_time(10)
        assert await doors.upkeep.reap(5) == 1
        await doors.ledger.open_attempt(
            dataclasses.replace(opening, node="next", incarnation="i2", moves=1)
        )
        [summary] = await doors.results.attempts(ANNA, 10)
        assert (summary.verdict, summary.reason, summary.node) == (None, "", "next")
        assert await doors.upkeep.reap(5) == 0

    async def test_a_closed_attempt_keeps_all_that_it_came_to(self, doors: Doors) -> None:
        opening = opened()
        await doors.ledger.open_attempt(opening)
        closing = closed(opening, Verdict.FAIL, reason="no echo came")
        receipt = await doors.ledger.close_attempt(closing)
        assert receipt == Receipt(opening.id, Verdict.FAIL, best=True)
        record = await doors.results.attempt(opening.id)
        assert record is not None
        assert record.summary.verdict is Verdict.FAIL
        assert record.summary.checks == closing.checks
        assert record.summary.reason == "no echo came"
        assert record.summary.ended_at == closing.ended_at
        assert record.transcript == closing.transcript
        assert record.teacher_note == "note"

    async def test_closing_alone_is_enough_to_record_an_attempt(self, doors: Doors) -> None:
        opening = opened()
        await doors.ledger.close_attempt(closed(opening))
        await doors.ledger.open_attempt(opening)
        [summary] = await doors.results.attempts(ANNA, 10)
        assert summary.verdict is Verdict.PASS
        assert summary.started_at == opening.started_at

    async def test_the_first_close_wins_and_a_retry_gets_the_same_receipt(
        self, doors: Doors
    ) -> None:
        opening = opened()
        first = await doors.ledger.close_attempt(closed(opening, Verdict.PASS))
        again = await doors.ledger.close_attempt(closed(opening, Verdict.FAIL))
        assert again == first
        assert first.best

    async def test_a_later_failure_never_takes_a_pass_away(self, doors: Doors) -> None:
        passed = opened(minute=0)
        await doors.ledger.close_attempt(closed(passed, Verdict.PASS))
        later = await doors.ledger.close_attempt(closed(opened(minute=5), Verdict.FAIL, points=99))
        assert not later.best
        [best] = await doors.results.best_results(ANNA)
        assert best.passed
        assert best.attempt == passed.id

    async def test_a_pass_replaces_a_failure_and_more_points_replace_fewer(
        self, doors: Doors
    ) -> None:
        for verdict, points in ((Verdict.FAIL, 3), (Verdict.PASS, 1), (Verdict.PASS, 2)):
            receipt = await doors.ledger.close_attempt(closed(opened(), verdict, points=points))
            assert receipt.best
        equal = await doors.ledger.close_attempt(closed(opened(), Verdict.PASS, points=2))
        assert not equal.best
        [best] = await doors.results.best_results()
        assert (best.passed, best.points) == (True, 2)

    @pytest.mark.parametrize("verdict", [Verdict.INCONCLUSIVE, Verdict.INFRASTRUCTURE])
    async def test_what_does_not_count_changes_no_standing(
        self, doors: Doors, verdict: Verdict
    ) -> None:
        receipt = await doors.ledger.close_attempt(closed(opened(), verdict))
        assert receipt == Receipt(receipt.id, verdict, best=False)
        assert list(await doors.results.best_results(ANNA)) == []

    async def test_an_attempt_of_nobody_is_refused_and_leaves_no_trace(self, doors: Doors) -> None:
        stranger = opened(UserId(4321))
        with pytest.raises(Refused, match="4321"):
            await doors.ledger.open_attempt(stranger)
        with pytest.raises(Refused, match="4321"):
            await doors.ledger.close_attempt(closed(stranger))
        assert await doors.results.attempt(stranger.id) is None

    async def test_text_that_no_database_takes_is_kept_in_a_visible_form(
        self, doors: Doors
    ) -> None:
        opening = opened()
        await doors.ledger.close_attempt(closed(opening, reason="zero \0, half \ud800, ünd"))
        record = await doors.results.attempt(opening.id)
        assert record is not None
        assert record.summary.reason == "zero \u2400, half ?, ünd"

    async def test_a_reported_incident_is_listed_newest_first(self, doors: Doors) -> None:
        for number, uid in enumerate((ANNA, None, BEN)):
            await doors.ledger.report_incident(incident(f"kind {number}", uid))
            await eventually(lambda n=number: _count_is(doors, n + 1))
        everything = await doors.results.incidents(None, 10)
        assert [one.kind for one in everything] == ["kind 2", "kind 1", "kind 0"]
        assert everything[2] == incident("kind 0", ANNA)
        assert [one.kind for one in await doors.results.incidents(ANNA, 10)] == ["kind 0"]
        assert len(await doors.results.incidents(None, 2)) == 2


def incident(kind: str, uid: int | None = None) -> Incident:
    """Something that happened at noon."""
    return Incident(NOON, kind, "bytes without a frame", HOME, "n1", 4444, uid, b"\x00hello")


async def _count_is(doors: Doors, count: int) -> bool:
    return len(await doors.results.incidents(None, 100)) == count


class ResultsContract(Contract):
    """Reading: roster, standings, lists."""

    async def test_the_roster_is_ordered_by_id(self, doors: Doors) -> None:
        assert [user.uid for user in await doors.results.users()] == [BEN, ANNA]
        assert await doors.results.user(ANNA) == User(ANNA, "Anna")

    @pytest.mark.parametrize("uid", [9, -1, 10_000, 2**40])
    async def test_nobody_is_none(self, doors: Doors, uid: int) -> None:
        assert await doors.results.user(uid) is None
        assert list(await doors.results.best_results(uid)) == []
        assert list(await doors.results.attempts(uid, 10)) == []

    async def test_an_import_adds_renames_and_removes_nobody(self, doors: Doors) -> None:
        users = [User(ANNA, "Anna"), User(BEN, "Benjamin"), User(UserId(0), "Zero")]
        assert await doors.results.import_roster(users) == ImportReport(1, 1, 1)
        assert await doors.results.import_roster(users[:1]) == ImportReport(0, 0, 1)
        assert [user.name for user in await doors.results.users()] == ["Zero", "Benjamin", "Anna"]

    async def test_online_are_those_with_a_lease_or_a_running_attempt(self, doors: Doors) -> None:
        assert list(await doors.results.online()) == []
        await doors.ledger.register(registration(ANNA))
        running = opened(BEN)
        await doors.ledger.open_attempt(running)
        assert [user.uid for user in await doors.results.online()] == [BEN, ANNA]
        await doors.ledger.close_attempt(closed(running))
        await doors.pass_time(LEASE_S + 1)
        assert list(await doors.results.online()) == []

    async def test_attempts_come_newest_first_and_page_by_page(self, doors: Doors) -> None:
        openings = [opened(minute=minute) for minute in (3, 1, 2, 0, 2)]
        for opening in openings:
            await doors.ledger.close_attempt(closed(opening))
        whole = await doors.results.attempts(ANNA, 10)
        assert [one.started_at.minute for one in whole] == [3, 2, 2, 1, 0]
        paged = list(await doors.results.attempts(ANNA, 2))
        while page := await doors.results.attempts(ANNA, 2, before=paged[-1].id):
            paged += page
        assert paged == list(whole)

    async def test_nothing_is_older_than_an_attempt_that_is_unknown(self, doors: Doors) -> None:
        await doors.ledger.close_attempt(closed(opened()))
        unknown = AttemptId(uuid.uuid4().hex)
        assert list(await doors.results.attempts(ANNA, 10, before=unknown)) == []

    @pytest.mark.parametrize("attempt", ["", "nonsense", "0" * 31, "G" * 32, "0" * 32])
    async def test_an_attempt_that_is_not_there_is_none(self, doors: Doors, attempt: str) -> None:
        assert await doors.results.attempt(attempt) is None

    async def test_the_grid_tells_passed_failed_trying_and_not_attempted_apart(
        self, doors: Doors
    ) -> None:
        passed, failed, running = opened(minute=1), opened(test=TestId("t-f")), opened(BEN)
        await doors.ledger.close_attempt(closed(opened(minute=0), Verdict.FAIL))
        await doors.ledger.close_attempt(closed(passed, points=4))
        await doors.ledger.close_attempt(closed(opened(minute=2), Verdict.INFRASTRUCTURE))
        await doors.ledger.open_attempt(opened(minute=3))
        await doors.ledger.close_attempt(closed(failed, Verdict.FAIL))
        await doors.ledger.open_attempt(opened(BEN, minute=-1))
        await doors.ledger.open_attempt(running)
        ben, anna = await doors.results.standings()
        first, second = anna.cells
        assert (first.test, first.standing) == (ECHO, Standing.PASSED)
        assert (first.attempts, first.running, first.points) == (3, 1, 4)
        assert first.attempt == passed.id
        assert (second.standing, second.attempt) == (Standing.FAILED, failed.id)
        [trying] = ben.cells
        assert (trying.standing, trying.attempts, trying.running) == (Standing.TRYING, 0, 2)
        assert trying.attempt == running.id

    async def test_the_lines_of_some_students_are_those_of_the_whole_grid(
        self, doors: Doors
    ) -> None:
        await doors.ledger.close_attempt(closed(opened(ANNA), Verdict.FAIL))
        await doors.ledger.open_attempt(opened(BEN))
        ben, anna = await doors.results.standings()
        assert list(await doors.results.standings([ANNA])) == [anna]
        assert list(await doors.results.standings({ANNA, BEN, 9, -1, 10**9})) == [ben, anna]
        assert list(await doors.results.standings([])) == []

    async def test_a_student_without_attempts_has_a_row_without_cells(self, doors: Doors) -> None:
        assert [(row.user.uid, row.cells) for row in await doors.results.standings()] == [
            (BEN, ()),
            (ANNA, ()),
        ]


class UpkeepContract(Contract):
    """Reaping attempts of lost nodes."""

    async def test_attempts_of_a_silent_node_are_closed_as_infrastructure(
        self, doors: Doors
    ) -> None:
        lost, alive = opened(node="lost"), opened(BEN, node="alive")
        for opening in (lost, alive):
            await doors.ledger.open_attempt(opening)
            await doors.ledger.beat(NodeBeat(opening.node, "i1", 1))
        await doors.pass_time(10)
        await doors.ledger.beat(NodeBeat("alive", "i1", 1))
        assert await doors.upkeep.reap(5) == 1
        assert await doors.upkeep.reap(5) == 0
        [reaped] = await doors.results.attempts(ANNA, 1)
        assert reaped.verdict is Verdict.INFRASTRUCTURE
        assert reaped.reason == REAPED_REASON
        assert reaped.ended_at is not None
        [running] = await doors.results.attempts(BEN, 1)
        assert running.verdict is None

    async def test_a_new_incarnation_of_the_node_does_not_keep_the_old_ones_attempts(
        self, doors: Doors
    ) -> None:
        await doors.ledger.open_attempt(opened())
        await doors.pass_time(10)
        await doors.ledger.beat(NodeBeat("n1", "i2", 0))
        assert await doors.upkeep.reap(5) == 1

    async def test_an_attempt_that_has_just_begun_is_not_reaped_before_the_first_beat(
        self, doors: Doors
    ) -> None:
        await doors.ledger.open_attempt(opened())
        assert await doors.upkeep.reap(5) == 0

    async def test_the_nodes_own_close_replaces_the_reapers(self, doors: Doors) -> None:
        opening = opened()
        await doors.ledger.open_attempt(opening)
        await doors.pass_time(10)
        assert await doors.upkeep.reap(5) == 1
        receipt = await doors.ledger.close_attempt(closed(opening, Verdict.PASS))
        assert receipt == Receipt(opening.id, Verdict.PASS, best=True)
        [best] = await doors.results.best_results(ANNA)
        assert best.passed
        late = await doors.ledger.close_attempt(closed(opening, Verdict.FAIL))
        assert late.verdict is Verdict.PASS

    async def test_upkeep_answers_and_forgets_old_answers(self, doors: Doors) -> None:
        await doors.upkeep.ping()
        await doors.ledger.register(registration(request="first"))
        await doors.pass_time(4000)
        await doors.upkeep.prune()
        answer = await doors.ledger.register(registration(request="first"))
        assert isinstance(answer, Granted)
        assert answer.lease.granted_s_ago == pytest.approx(0, abs=5)


class ClaimContract(Contract):
    """Identity mode `claimed`: the fixture `doors` must be in that mode."""

    async def test_without_a_claim_nobody_may_act_for_a_student(self, doors: Doors) -> None:
        assert await doors.ledger.identify(ANNA, HOME) == NotClaimed(ANNA)
        assert await doors.ledger.register(registration()) == NotClaimed(ANNA)
        assert await doors.ledger.identify(4321, HOME) == UnknownUser(4321)

    async def test_a_claim_holds_for_its_address_and_its_time(self, doors: Doors) -> None:
        until = await doors.claims.claim(Claim(ANNA, HOME.host, b"hash"), 60)
        assert until is not None
        assert isinstance(await doors.ledger.identify(ANNA, HOME), Known)
        assert isinstance(await doors.ledger.register(registration()), Granted)
        assert await doors.ledger.identify(ANNA, CAMPUS) == NotClaimed(ANNA)
        assert await doors.ledger.identify(BEN, HOME) == NotClaimed(BEN)
        assert [host for host, _ in await doors.claims.claims_of(ANNA)] == [HOME.host]
        await doors.pass_time(61)
        assert await doors.ledger.identify(ANNA, HOME) == NotClaimed(ANNA)
        assert list(await doors.claims.claims_of(ANNA)) == []
        await doors.upkeep.prune()

    async def test_a_claim_on_nobody_is_none(self, doors: Doors) -> None:
        assert await doors.claims.claim(Claim(UserId(4321), HOME.host, b"hash"), 60) is None

    async def test_only_the_newest_addresses_of_a_student_are_kept(self, doors: Doors) -> None:
        hosts = [f"192.0.2.{number}" for number in range(MAX_CLAIMS_PER_STUDENT + 2)]
        for host in [*hosts, hosts[-1]]:
            await doors.claims.claim(Claim(ANNA, host, b"hash"), 60)
        kept = [host for host, _ in await doors.claims.claims_of(ANNA)]
        assert kept == hosts[:1:-1]
