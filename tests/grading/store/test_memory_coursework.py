"""The memory store keeps the contract of the teacher's door."""

import pytest

from holdfast.grading.store.memory import MemoryStore
from holdfast.grading.store.memory_coursework import MemoryCoursework
from tests.grading.store.coursework_contract import CourseDoors, CourseworkContract
from tests.support.results_site import HandClock

CLOCK = HandClock()


@pytest.fixture
def doors() -> CourseDoors:
    store = MemoryStore(CLOCK.wall)
    return CourseDoors(store, store, MemoryCoursework(store))


class TestMemoryCoursework(CourseworkContract):
    async def later(self, doors: CourseDoors) -> None:
        await CLOCK.pass_time(1)


async def test_there_is_no_leader(doors: CourseDoors) -> None:
    assert (await doors.coursework.tonight()).leader is None
