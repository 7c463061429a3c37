"""What only PostgreSQL could do badly: large classes and strange ids."""

import asyncio

import pytest

from holdfast.grading.domain.roster import User, UserId
from holdfast.grading.store.postgres import open_store
from holdfast.grading.store.postgres_results import is_attempt_id
from holdfast.platform.data.database import Database
from tests.grading.store.contract import closed, opened, policy


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("0123456789abcdef" * 2, True), ("0" * 31, False), ("A" * 32, False), ("٣" * 32, False)],
)
def test_an_attempt_id_is_32_lower_case_hex_digits(text: str, is_one: bool) -> None:
    assert is_attempt_id(text) is is_one


async def test_the_whole_id_space_fits_into_one_import(grading_database: Database) -> None:
    results = (await open_store(grading_database, policy())).results
    everybody = [User(UserId(uid), f"Student {uid}") for uid in range(10_000)]
    assert (await results.import_roster(everybody)).added == 10_000
    assert list(await results.users()) == everybody


async def test_imports_at_the_same_time_do_not_block_each_other(grading_database: Database) -> None:
    results = (await open_store(grading_database, policy())).results
    forwards = [User(UserId(uid), "Name") for uid in range(500)]
    reports = await asyncio.gather(
        results.import_roster(forwards), results.import_roster(forwards[::-1])
    )
    assert sum(report.added for report in reports) == 500


async def test_every_student_has_a_row_whatever_they_did(grading_database: Database) -> None:
    store = await open_store(grading_database, policy())
    await store.results.import_roster([User(UserId(uid), "Name") for uid in range(50)])
    for uid in range(0, 50, 2):
        await store.ledger.close_attempt(closed(opened(UserId(uid))))
    rows = await store.results.standings()
    assert [len(row.cells) for row in rows] == [1, 0] * 25
