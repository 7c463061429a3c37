"""The doors of a course whose ids are secrets: by shown number in, by shown number out."""

from datetime import timedelta

import pytest

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.deadlines import Deadline, Extension, plan_of
from holdfast.grading.domain.pins import ShownNumbers
from holdfast.grading.domain.roster import UserId
from holdfast.grading.domain.scenarios import CATALOGUE
from holdfast.grading.service.ports import Refused
from holdfast.grading.service.pseudonymous import Doors, doors_of
from holdfast.grading.store.memory import MemoryStore
from holdfast.grading.store.memory_coursework import MemoryCoursework
from tests.support.seeded_class import BEGIN, Clock, attempt_id, seeded_store

KEY = b"claim-key-0123456789"
NUMBERS = ShownNumbers(KEY)
ADA = UserId(1000)
SHOWN = NUMBERS.shown(ADA)
T1 = TestId("2024-a1-t1")


@pytest.fixture
async def store() -> MemoryStore:
    return await seeded_store(CATALOGUE, Clock(), count=6)


@pytest.fixture
def doors(store: MemoryStore) -> Doors:
    return doors_of(store, MemoryCoursework(store), KEY, "pin")


def test_other_modes_change_nothing(store: MemoryStore) -> None:
    work = MemoryCoursework(store)
    found = doors_of(store, work, KEY, "open")
    assert (found.readers, found.coursework) == (store, work)
    assert (found.teachers, found.desk, found.shown_uid(1000)) == (None, None, 1000)


async def test_the_shown_number_finds_what_the_id_does_not(
    doors: Doors, store: MemoryStore
) -> None:
    readers = doors.readers
    assert await readers.user(ADA) is None
    assert await readers.attempts(ADA, 5) == []
    assert await readers.best_results(ADA) == []
    assert await readers.incidents(ADA, 5) == []
    assert await readers.standings([ADA]) == []
    there = await store.attempts(ADA, 50)
    assert [one.id for one in await readers.attempts(SHOWN, 50)] == [one.id for one in there]
    assert {one.uid for one in await readers.attempts(SHOWN, 50)} == {SHOWN}
    (row,) = await readers.standings([SHOWN])
    assert {row.user.uid, *(cell.uid for cell in row.cells)} == {SHOWN}
    assert len(await readers.best_results()) == len(await store.best_results())
    assert {one.uid for one in await readers.incidents(SHOWN, 5)} == {SHOWN}
    assert len(await readers.standings()) == 6


async def test_names_are_for_teachers(doors: Doors) -> None:
    assert doors.teachers is not None
    for_readers, for_teachers = await doors.readers.user(SHOWN), await doors.teachers.user(SHOWN)
    assert for_readers is not None
    assert for_teachers is not None
    assert for_teachers.name == "Ada Lovelace"
    assert for_readers.name not in ("", "Ada Lovelace")
    online = {one.uid for one in await doors.teachers.online()}
    assert online <= {one.uid for one in await doors.teachers.users()}
    assert {one.uid for one in await doors.teachers.incidents(SHOWN, 5)} == {SHOWN}


async def test_an_attempt_is_masked_for_readers_alone(doors: Doors, store: MemoryStore) -> None:
    assert doors.teachers is not None
    wanted = next(one for one in await store.attempts(ADA, 50) if one.verdict is not None)
    masked, plain = await doors.readers.attempt(wanted.id), await doors.teachers.attempt(wanted.id)
    kept = await store.attempt(wanted.id)
    assert masked is not None
    assert plain is not None
    assert kept is not None
    assert plain.transcript == kept.transcript
    assert masked.transcript not in (b"", kept.transcript)
    assert masked.teacher_note == ""
    assert masked.summary.uid == plain.summary.uid == SHOWN
    assert await doors.readers.attempt(attempt_id(10**6)) is None


async def test_pages_that_show_deadlines_have_shown_numbers(doors: Doors) -> None:
    assert doors.desk is not None
    _, desk = doors.desk
    due = BEGIN + timedelta(days=7)
    plan = plan_of([Deadline(T1, due)], [Extension(ADA, T1, due + timedelta(days=1))])
    assert await desk.replace_plan(plan, 0)
    for asked in (None, SHOWN):
        assert set((await doors.coursework.plan(asked)).plan.extensions) == {(SHOWN, T1)}
    assert (await doors.coursework.plan(ADA)).plan.extensions == {}
    ids = {user.uid for user in await doors.readers.users()}
    assert {one.uid for one in await doors.coursework.milestones()} <= ids
    assert {one.uid for one in await doors.coursework.milestones(SHOWN)} <= {SHOWN}
    assert {one.uid for one in await doors.coursework.failures(50)} <= ids
    assert await doors.coursework.set_freeze(True) is not None
    assert (await doors.coursework.tonight()).running


async def test_nothing_is_written_by_these_doors(doors: Doors) -> None:
    with pytest.raises(Refused):
        await doors.readers.import_roster([])
    with pytest.raises(Refused):
        await doors.coursework.replace_plan(plan_of([], []), 0)
    with pytest.raises(Refused):
        await doors.coursework.who_attempted([ADA])
    with pytest.raises(Refused):
        await doors.coursework.change_roster([], [])
