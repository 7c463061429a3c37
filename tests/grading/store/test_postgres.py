"""PostgreSQL keeps the contract of all doors; two stores on it may work at once."""

import asyncio

import pytest

from holdfast.grading.domain.roster import User
from holdfast.grading.domain.verdict import Verdict
from holdfast.grading.service.course_policy import MAX_INCIDENTS, CoursePolicy
from holdfast.grading.service.ports import Change, Refused
from holdfast.grading.service.watch_changes import Missed, News
from holdfast.grading.store.postgres import follow_changes, open_store
from holdfast.platform.data.database import Database
from holdfast.platform.data.failures import ConstraintViolated
from holdfast.platform.data.queries import Statement
from tests.grading.store.contract import (
    ANNA,
    BEN,
    ECHO,
    AttemptContract,
    ClaimContract,
    Doors,
    LeaseContract,
    ResultsContract,
    UpkeepContract,
    closed,
    opened,
    policy,
)
from tests.support.eventually import eventually

_PAST = {
    "leases": ("chain_started_at", "granted_at", "expires_at"),
    "registrations": ("answered_at",),
    "attempts": ("opened_at",),
    "nodes": ("last_beat",),
    "live_rows": ("told_at",),
    "claims": ("until", "claimed_at"),
}


async def pass_time(database: Database, seconds: float) -> None:
    """Move what the database has written into the past: the same as waiting, without the wait."""
    for table, columns in _PAST.items():
        moved = ", ".join(f"{one} = {one} - make_interval(secs => $1)" for one in columns)
        await database.execute(Statement("pass_time", f"UPDATE {table} SET {moved}"), seconds)


async def postgres_doors(database: Database, course: CoursePolicy) -> Doors:
    store = await open_store(database, course)

    async def move(seconds: float) -> None:
        await pass_time(database, seconds)

    return Doors(store.ledger, store.results, store.claims, store.upkeep, move)


@pytest.fixture
async def doors(grading_database: Database) -> Doors:
    return await postgres_doors(grading_database, policy())


class TestPostgresLeases(LeaseContract):
    pass


class TestPostgresAttempts(AttemptContract):
    pass


class TestPostgresResults(ResultsContract):
    pass


class TestPostgresUpkeep(UpkeepContract):
    pass


class TestPostgresClaims(ClaimContract):
    @pytest.fixture
    async def doors(self, grading_database: Database) -> Doors:
        return await postgres_doors(grading_database, policy(identity="claimed"))


async def test_a_pass_cannot_be_taken_away_by_any_statement(grading_database: Database) -> None:
    store = await open_store(grading_database, policy())
    await store.results.import_roster([User(ANNA, "Anna")])
    await store.ledger.close_attempt(closed(opened()))
    with pytest.raises(ConstraintViolated, match="best_results_pass_is_final"):
        await grading_database.execute(Statement("cheat", "UPDATE best_results SET passed = false"))
    [best] = await store.results.best_results(ANNA)
    assert best.passed


async def test_opening_the_store_twice_changes_nothing(grading_database: Database) -> None:
    first = await open_store(grading_database, policy())
    await first.results.import_roster([User(ANNA, "Anna")])
    again = await open_store(grading_database, policy())
    assert await again.results.user(ANNA) == User(ANNA, "Anna")


async def test_courses_of_one_database_do_not_see_each_other(grading_database: Database) -> None:
    store = await open_store(grading_database, policy())
    other = await open_store(grading_database, policy(course="other"))
    await store.results.import_roster([User(ANNA, "Anna")])
    opening = opened()
    await store.ledger.close_attempt(closed(opening))
    assert await other.results.attempt(opening.id) is None
    assert list(await other.results.users()) == []
    await other.results.import_roster([User(ANNA, "Anna of the other course")])
    with pytest.raises(Refused, match="another course"):
        await other.ledger.close_attempt(closed(opening, Verdict.FAIL))


async def test_every_results_api_hears_what_any_of_them_does(grading_database: Database) -> None:
    store = await open_store(grading_database, policy())
    await store.results.import_roster([User(ANNA, "Anna")])
    heard: list[News] = []
    following = asyncio.create_task(
        follow_changes(grading_database, "course", heard.extend), name="follow"
    )
    try:
        await eventually(lambda: heard == [Missed()])
        opening = opened()
        await store.ledger.open_attempt(opening)
        await pass_time(grading_database, 10)
        await store.upkeep.reap(5)
        await store.ledger.close_attempt(closed(opening))
        await eventually(lambda: len(heard) == 4)
        await store.results.import_roster([User(BEN, "Ben")])
        await eventually(lambda: len(heard) == 5)
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
    verdicts = [None, Verdict.INFRASTRUCTURE, Verdict.PASS]
    assert heard[1:4] == [Change(opening.id, ANNA, ECHO, verdict) for verdict in verdicts]
    assert heard[4] == Missed()


async def test_two_reapers_close_each_attempt_once(grading_database: Database) -> None:
    stores = [await open_store(grading_database, policy()) for _ in range(2)]
    await stores[0].results.import_roster([User(ANNA, "Anna")])
    for minute in range(20):
        await stores[0].ledger.open_attempt(opened(minute=minute))
    await pass_time(grading_database, 10)
    counts = await asyncio.gather(*(store.upkeep.reap(5) for store in stores))
    assert sum(counts) + await stores[0].upkeep.reap(5) == 20


async def test_old_incidents_make_room(grading_database: Database) -> None:
    store = await open_store(grading_database, policy())
    await grading_database.execute(
        Statement(
            "flood",
            "INSERT INTO incidents (course, happened_at, kind, detail, source_host, source_port,"
            " node, listener_port, raw) SELECT 'course', now(), n::text, '', 'h', 1, 'n', 1, ''"
            " FROM generate_series(1, $1::int) AS s (n) ORDER BY s.n",
        ),
        MAX_INCIDENTS + 3,
    )
    await store.upkeep.prune()
    count = await grading_database.fetchval(Statement("count", "SELECT count(*) FROM incidents"))
    assert count == MAX_INCIDENTS
    [newest] = await store.results.incidents(None, 1)
    assert newest.kind == str(MAX_INCIDENTS + 3)
