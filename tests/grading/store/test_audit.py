"""The auditor is green after ordinary grading, and each lie turns the right assertion red."""

import pytest

from holdfast.grading.domain.attempt import NodeBeat
from holdfast.grading.domain.roster import User
from holdfast.grading.domain.verdict import Verdict
from holdfast.grading.service.audit import MAX_EXAMPLES, MEANINGS, AuditReport
from holdfast.grading.store.audit import SQL, PostgresAuditor
from holdfast.grading.store.postgres import open_store
from holdfast.platform.data.database import Database
from holdfast.platform.data.queries import Statement
from tests.grading.store.contract import ANNA, BEN, closed, opened, policy, registration


@pytest.fixture
async def graded(grading_database: Database) -> Database:
    """A course in which everything happened: passed, failed, better, worse, open, registered."""
    store = await open_store(grading_database, policy())
    await store.results.import_roster([User(ANNA, "Anna"), User(BEN, "Ben")])
    await store.ledger.beat(NodeBeat("n1", "i1", 1))
    for uid, verdict, points in (
        (ANNA, Verdict.FAIL, 1),
        (ANNA, Verdict.PASS, 2),
        (ANNA, Verdict.FAIL, 2),
        (BEN, Verdict.FAIL, 1),
        (BEN, Verdict.INFRASTRUCTURE, 0),
    ):
        begun = opened(uid)
        await store.ledger.open_attempt(begun)
        await store.ledger.close_attempt(closed(begun, verdict, points=points))
    await store.ledger.open_attempt(opened(BEN))
    await store.ledger.register(registration())
    return grading_database


async def audit(database: Database) -> AuditReport:
    return await PostgresAuditor(database, "course").audit()


async def test_ordinary_grading_is_green_and_everything_was_looked_at(graded: Database) -> None:
    report = await audit(graded)
    assert report.is_green, report
    assert [one.name for one in report.assertions] == list(MEANINGS)
    assert all(one.checked > 0 for one in report.assertions), report


async def test_another_course_is_not_looked_at(graded: Database) -> None:
    report = await PostgresAuditor(graded, "other").audit()
    assert all(one.checked == 0 for one in report.assertions), report


LIES = [
    ("best_results_are_attempts", "UPDATE best_results SET points = points + 1"),
    ("best_results_are_attempts", "UPDATE best_results SET reached_at = now()"),
    ("best_results_are_attempts", "UPDATE best_results SET uid = 7 WHERE uid = 1234"),
    ("best_results_are_attempts", "UPDATE attempts SET verdict = 'fail' WHERE verdict = 'pass'"),
    ("best_results_are_best", "DELETE FROM best_results WHERE uid = 1234"),
    ("best_results_are_best", "UPDATE attempts SET verdict = 'pass' WHERE uid = 7"),
    (
        "open_attempts_have_a_node",
        "UPDATE attempts SET opened_at = now() - interval '1 hour', incarnation = 'i0'"
        " WHERE verdict IS NULL",
    ),
    (
        "closed_attempts_are_whole",
        "UPDATE attempts SET reason = '', checks = '[]' WHERE verdict = 'fail'",
    ),
    (
        "closed_attempts_are_whole",
        "UPDATE attempts SET closed_at = opened_at - interval '2 s' WHERE verdict IS NOT NULL",
    ),
    ("leases_were_granted", "UPDATE registrations SET is_granted = false"),
    ("leases_were_granted", "UPDATE leases SET expires_at = granted_at"),
]


@pytest.mark.parametrize(("assertion", "lie"), LIES)
async def test_a_lie_turns_the_assertion_red(graded: Database, assertion: str, lie: str) -> None:
    if "uid = 7 WHERE uid = 1234" in lie:
        await graded.execute(Statement("room", "DELETE FROM best_results WHERE uid = 7"))
    if "verdict = 'pass' WHERE uid" in lie:
        lie += " AND verdict = 'infrastructure'"
    await graded.execute(Statement("lie", lie))
    found = {one.name: one for one in (await audit(graded)).assertions}
    assert found[assertion].wrong > 0
    assert 0 < len(found[assertion].examples) <= MAX_EXAMPLES


async def test_an_old_attempt_on_a_node_that_lives_is_not_stuck(graded: Database) -> None:
    age = "UPDATE attempts SET opened_at = now() - interval '1 hour' WHERE verdict IS NULL"
    await graded.execute(Statement("age", age))
    assert (await audit(graded)).is_green


def test_every_statement_is_an_assertion_or_the_time() -> None:
    assert set(SQL) == {"now", *MEANINGS}
