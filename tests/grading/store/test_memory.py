"""The memory store keeps the contract of all doors."""

import pytest

from holdfast.grading.domain.roster import User
from holdfast.grading.domain.verdict import Verdict
from holdfast.grading.service.course_policy import CoursePolicy
from holdfast.grading.service.ports import Change
from holdfast.grading.service.watch_changes import Missed, News
from holdfast.grading.store.memory import MemoryStore
from tests.grading.store.contract import (
    ANNA,
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
from tests.support.results_site import HandClock


def memory_doors(course: CoursePolicy) -> Doors:
    clock = HandClock()
    store = MemoryStore(clock.wall, course)
    return Doors(store, store, store, store, clock.pass_time)


@pytest.fixture
def doors() -> Doors:
    return memory_doors(policy())


class TestMemoryLeases(LeaseContract):
    pass


class TestMemoryAttempts(AttemptContract):
    pass


class TestMemoryResults(ResultsContract):
    pass


class TestMemoryUpkeep(UpkeepContract):
    pass


class TestMemoryClaims(ClaimContract):
    @pytest.fixture
    def doors(self) -> Doors:
        return memory_doors(policy(identity="claimed"))


async def test_every_opening_and_closing_is_published_once() -> None:
    published: list[News] = []
    store = MemoryStore(HandClock().wall, publish=published.extend)
    await store.import_roster([User(ANNA, "Anna")])
    opening = opened()
    for _ in range(2):
        await store.open_attempt(opening)
    for _ in range(2):
        await store.close_attempt(closed(opening))
    assert published == [
        Missed(),
        Change(opening.id, ANNA, ECHO, None),
        Change(opening.id, ANNA, ECHO, Verdict.PASS),
    ]
