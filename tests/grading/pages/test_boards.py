"""Boards: causes lead to attempts, the ranking has no names, tonight says only what is known."""

import re
from datetime import timedelta

import pytest

from holdfast.grading.domain.attempt import AttemptId, NodeBeat, TestId
from holdfast.grading.domain.causes import Failure, group_causes
from holdfast.grading.domain.roster import UserId
from holdfast.grading.domain.scenarios import CATALOGUE
from holdfast.grading.pages.boards import STUDENTS_SHOWN
from tests.grading.pages.course_site import CourseSite, course_site
from tests.support.seeded_class import BEGIN, closed, echo, opened, play

T2 = TestId("2024-a1-t2")


@pytest.fixture
async def site() -> CourseSite:
    return await course_site()


async def passes(site: CourseSite, number: int, uid: int) -> None:
    begun = opened(number, uid, T2, BEGIN + timedelta(hours=1))
    await site.store.close_attempt(closed(begun, play(CATALOGUE[T2], uid, echo)))


def places(page: str) -> list[str]:
    return re.findall(r'<td class="pseudonym">([^<]*)', page)


async def test_causes_count_students_and_name_them(site: CourseSite) -> None:
    page = (await site.get("/causes")).text
    (first, *_) = re.findall(r'<b class="many">(\d+)</b>', page)
    section = page.partition('<section class="cause"')[2].partition("</section>")[0]
    assert section.count('<a href="/attempts/') == int(first) > 1
    assert "fail check" in section
    cause = re.search(r'href="/\?cause=([0-9a-f]+)"', section)
    assert cause
    grid = (await site.get(f"/?cause={cause[1]}")).text
    assert grid.count("<tr id=u") == int(first)


async def test_a_cause_that_is_gone_finds_nobody(site: CourseSite) -> None:
    assert (await site.get("/?cause=c0ffeec0ffee")).text.count("<tr id=u") == 0


async def test_many_students_of_a_cause_are_counted_and_not_all_named(site: CourseSite) -> None:
    async def failures(limit: int) -> list[Failure]:
        return [
            Failure(AttemptId(f"{uid:032x}"), UserId(uid), TestId("gone"), "odd", "<b>why")
            for uid in range(STUDENTS_SHOWN + 5)
        ]

    site.coursework.failures = failures  # type: ignore[method-assign]
    page = (await site.get("/causes")).text
    assert page.count('<a href="/attempts/') == STUDENTS_SHOWN
    assert "and 5 more" in page
    assert "&lt;b&gt;why" in page
    assert "at gone" in page


async def test_where_nobody_is_stuck_the_page_says_so(site: CourseSite) -> None:
    async def failures(limit: int) -> list[Failure]:
        return []

    site.coursework.failures = failures  # type: ignore[method-assign]
    assert "Nobody is stuck" in (await site.get("/causes")).text


async def test_students_see_pseudonyms_and_teachers_names(site: CourseSite) -> None:
    assert "Ada Lovelace" in (await site.get("/scoreboard")).text
    site.is_teacher = False
    page = (await site.get("/scoreboard")).text
    assert "Lovelace" not in page
    assert "1000" not in page
    assert len(set(places(page))) == len(places(page)) > 10
    assert "Freeze now" not in page


async def test_a_frozen_board_stands_still_for_students_only(site: CourseSite) -> None:
    stuck = next(one.uid for one in await site.coursework.failures(1000) if one.test == T2)
    site.is_teacher = False
    before = (await site.get("/scoreboard")).text
    await site.coursework.set_freeze(True)
    site.clock.now += timedelta(minutes=1)
    await passes(site, 9001, stuck)
    site.clock.ticks_s += 10
    frozen = (await site.get("/scoreboard")).text
    assert "What was reached since then is kept" in frozen
    ranking = re.compile(r"<tbody>.*</tbody>", re.S)
    assert ranking.findall(frozen) == ranking.findall(before)
    site.is_teacher = True
    live = (await site.get("/scoreboard")).text
    assert "You see the live standing" in live
    await site.coursework.set_freeze(False)
    site.is_teacher = False
    site.clock.ticks_s += 10
    assert ranking.findall((await site.get("/scoreboard")).text) != ranking.findall(before)


async def test_tonight_tells_silent_nodes_from_living_ones(site: CourseSite) -> None:
    await site.store.beat(NodeBeat("node-old", "1", 4))
    site.clock.now += timedelta(minutes=1)
    await site.store.beat(NodeBeat("node-new", "1", 2))
    site.is_teacher = False
    page = (await site.get("/tonight")).text
    assert "1 silent" in page
    assert page.index("node-new") < page.index("alive") < page.index("node-old")
    assert "There is no database server" in page
    assert "off" in page


async def test_an_empty_evening_is_told_in_words() -> None:
    site = await course_site(count=1)
    site.clock.now += timedelta(days=1)
    page = (await site.get("/tonight")).text
    assert "No node was heard of." in page
    assert "No attempt began." in page


def test_a_cause_of_a_test_that_is_gone_has_no_number() -> None:
    (cause,) = group_causes([Failure(AttemptId("a"), UserId(1), TestId("gone"), "x", "y")])
    assert cause.students == 1
