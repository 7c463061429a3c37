"""Many calls at once on PostgreSQL: few transactions, each call answered apart."""

import asyncio
import dataclasses

import pytest

from holdfast.grading.domain.attempt import AttemptId, NodeBeat, Receipt
from holdfast.grading.domain.lease import Granted, TooSoon
from holdfast.grading.domain.roster import Source, UnknownUser, User, UserId
from holdfast.grading.domain.verdict import Verdict
from holdfast.grading.service.ports import Refused
from holdfast.grading.store.postgres import PostgresStore, open_store
from holdfast.platform.data.database import Database
from holdfast.platform.data.queries import Statement
from tests.grading.store.contract import ANNA, BEN, closed, opened, policy, registration

COMMITS = Statement(
    "commits", "SELECT count(DISTINCT xmin::text) FROM attempts WHERE verdict IS NOT NULL"
)


@pytest.fixture
async def store(grading_database: Database) -> PostgresStore:
    found = await open_store(grading_database, policy())
    await found.results.import_roster(
        [User(ANNA, "Anna"), User(BEN, "Ben"), *(User(UserId(n), "S") for n in range(100, 200))]
    )
    return found


async def test_closings_of_the_same_moment_share_a_few_commits(
    store: PostgresStore, grading_database: Database
) -> None:
    openings = [opened(UserId(100 + n % 100), minute=n) for n in range(300)]
    receipts = await asyncio.gather(*(store.ledger.close_attempt(closed(o)) for o in openings))
    assert [receipt.id for receipt in receipts] == [opening.id for opening in openings]
    assert await grading_database.fetchval(COMMITS) <= 10
    assert len(await store.results.best_results()) == 100


async def test_in_one_batch_the_first_close_of_an_attempt_wins(store: PostgresStore) -> None:
    opening = opened()
    first, second, _ = await asyncio.gather(
        store.ledger.close_attempt(closed(opening, Verdict.PASS)),
        store.ledger.close_attempt(closed(opening, Verdict.FAIL)),
        store.ledger.open_attempt(opening),
    )
    assert first == second == Receipt(opening.id, Verdict.PASS, best=True)


async def test_in_one_batch_the_best_of_several_attempts_counts(store: PostgresStore) -> None:
    verdicts = [Verdict.FAIL, Verdict.PASS, Verdict.FAIL, Verdict.INFRASTRUCTURE]
    openings = [opened(minute=minute) for minute in range(4)]
    receipts = await asyncio.gather(
        *(
            store.ledger.close_attempt(closed(opening, verdict, points=9 - minute))
            for minute, (opening, verdict) in enumerate(zip(openings, verdicts, strict=True))
        )
    )
    assert [receipt.best for receipt in receipts] == [False, True, False, False]
    [best] = await store.results.best_results(ANNA)
    assert best.attempt == openings[1].id


async def test_a_call_that_cannot_be_stored_fails_alone(store: PostgresStore) -> None:
    good, stranger = opened(), opened(UserId(4321))
    broken = dataclasses.replace(opened(), id=AttemptId("no uuid at all"))
    answers = await asyncio.gather(
        store.ledger.close_attempt(closed(good)),
        store.ledger.close_attempt(closed(broken)),
        store.ledger.open_attempt(stranger),
        return_exceptions=True,
    )
    assert answers[0] == Receipt(good.id, Verdict.PASS, best=True)
    assert isinstance(answers[1], Refused)
    assert isinstance(answers[2], Refused)


async def test_registrations_of_one_student_in_one_batch_are_answered_in_order(
    store: PostgresStore,
) -> None:
    first, second, ben, nobody, again = await asyncio.gather(
        store.ledger.register(registration(ANNA, request="a")),
        store.ledger.register(registration(ANNA, request="b")),
        store.ledger.register(registration(BEN, request="c")),
        store.ledger.register(registration(UserId(4321), request="d")),
        store.ledger.register(registration(ANNA, request="a")),
    )
    assert isinstance(first, Granted)
    assert isinstance(second, TooSoon)
    assert isinstance(ben, Granted)
    assert nobody == UnknownUser(4321)
    assert again == first


async def test_two_processes_grant_one_lease_when_a_student_registers_at_both(
    grading_database: Database, store: PostgresStore
) -> None:
    other = await open_store(grading_database, policy())
    for student in range(100, 120):
        answers = await asyncio.gather(
            store.ledger.register(registration(UserId(student))),
            other.ledger.register(registration(UserId(student))),
        )
        assert sorted(type(answer).__name__ for answer in answers) == ["Granted", "TooSoon"]


async def test_a_retry_that_overtakes_its_first_try_gets_the_same_answer(
    grading_database: Database, store: PostgresStore
) -> None:
    other = await open_store(grading_database, policy())
    for student in range(100, 120):
        same = registration(UserId(student))
        answers = await asyncio.gather(store.ledger.register(same), other.ledger.register(same))
        assert answers[0] == answers[1]
        assert isinstance(answers[0], Granted)


async def test_many_identities_leases_and_beats_are_asked_for_at_once(store: PostgresStore) -> None:
    source = Source("192.0.2.1", 1)
    known = await asyncio.gather(*(store.ledger.identify(n, source) for n in range(90, 210)))
    assert [isinstance(who, UnknownUser) for who in known] == [
        not 100 <= n < 200 for n in range(90, 210)
    ]
    await store.ledger.register(registration(ANNA))
    leases = await asyncio.gather(*(store.ledger.lease_of(uid) for uid in (BEN, ANNA, ANNA)))
    assert [lease is not None for lease in leases] == [False, True, True]
    await asyncio.gather(*(store.ledger.beat(NodeBeat("n1", "i1", n)) for n in range(5)))
