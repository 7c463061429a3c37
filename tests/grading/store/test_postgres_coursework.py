"""PostgreSQL keeps the contract of the teacher's door."""

import pytest

from holdfast.grading.domain.roster import User
from holdfast.grading.service.course_policy import CoursePolicy
from holdfast.grading.store.postgres import open_store
from holdfast.platform.data.database import Database
from tests.grading.store.contract import ANNA, BEN, policy
from tests.grading.store.coursework_contract import PLAN, CourseDoors, CourseworkContract


async def course_doors(database: Database, course: CoursePolicy) -> CourseDoors:
    store = await open_store(database, course)
    return CourseDoors(store.ledger, store.results, store.coursework)


@pytest.fixture
async def doors(grading_database: Database) -> CourseDoors:
    return await course_doors(grading_database, policy())


class TestPostgresCoursework(CourseworkContract):
    pass


async def test_the_leader_says_who_it_is(doors: CourseDoors) -> None:
    leader = (await doors.coursework.tonight()).leader
    assert leader is not None
    assert (leader.is_replica, leader.replicas) == (False, 0)
    assert leader.host
    assert leader.up_s > 0


async def test_courses_have_plans_of_their_own(
    doors: CourseDoors, grading_database: Database
) -> None:
    other = await course_doors(grading_database, policy(course="another"))
    await doors.results.import_roster([User(ANNA, "Anna"), User(BEN, "Ben")])
    await doors.coursework.replace_plan(PLAN, 0)
    assert (await other.coursework.plan()).version == 0
    assert not (await other.coursework.plan()).plan.deadlines
