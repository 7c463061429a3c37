"""The desk: shown first, done at once, and only by teachers."""

import re
from datetime import timedelta
from html import unescape

import pytest

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.deadlines import Deadline, plan_of
from holdfast.grading.domain.roster import User, UserId
from holdfast.grading.pages.desk import CHANGES_SHOWN, MAX_FIELDS, MAX_FORM_BYTES
from tests.grading.pages.course_site import CourseSite, course_site
from tests.support.seeded_class import BEGIN

T1 = TestId("2024-a1-t1")
DUE = BEGIN + timedelta(days=7)
PAGES = ("/teach", "/teach/roster", "/teach/deadlines", "/teach/results.csv", "/causes")
LINE = f"{T1},,2026-12-01T22:59Z,30,20"


@pytest.fixture
async def site() -> CourseSite:
    return await course_site()


def seen_in(page: str) -> str:
    found = re.search(r'name="seen" value="([^"]*)"', page)
    assert found
    return unescape(found[1])


@pytest.mark.parametrize("path", PAGES)
async def test_the_desk_is_for_teachers(site: CourseSite, path: str) -> None:
    assert (await site.get(path)).status_code == 200
    site.is_teacher = False
    answer = await site.get(path)
    assert answer.status_code == 403
    assert "This is not for you" in answer.text


@pytest.mark.parametrize(
    "path", ["/teach/roster", "/teach/deadlines", "/teach/freeze", "/teach/practice"]
)
async def test_nobody_else_changes_anything(site: CourseSite, path: str) -> None:
    site.is_teacher = False
    people = await site.store.users()
    yes = dict.fromkeys(("freeze", "practice", "remove"), "yes")
    fields = {"text": "1,Eve", "seen": "0", **yes}
    assert (await site.post(path, fields)).status_code == 403
    assert await site.store.users() == people
    assert (await site.coursework.plan()).version == 0
    assert (await site.coursework.plan()).frozen_at is None
    assert await site.coursework.practice_since() is None


async def test_a_roster_is_shown_before_anything_is_done(site: CourseSite) -> None:
    people = await site.store.users()
    page = (await site.post("/teach/roster", {"text": "1000,Ada King\n4711,<b>New"})).text
    assert "1 added, 1 changed" in page
    assert "&lt;b&gt;New" in page
    assert "2 students who are not in the list and have no attempt" in page
    assert "stay, for they have attempts" in page
    assert await site.store.users() == people


async def test_a_confirmed_roster_is_taken_at_once(site: CourseSite) -> None:
    text = "1000,Ada King\n4711,New"
    seen = seen_in((await site.post("/teach/roster", {"text": text})).text)
    fields = {"text": text, "seen": seen}
    assert "1 added, 1 changed, 0 removed" in (await site.post("/teach/roster", fields)).text
    names = {user.uid: user.name for user in await site.store.users()}
    assert (names[UserId(1000)], names[UserId(4711)], len(names)) == ("Ada King", "New", 25)


async def test_who_has_no_attempt_is_removed_when_the_teacher_says_so(site: CourseSite) -> None:
    seen = seen_in((await site.post("/teach/roster", {"text": "1000,Ada Lovelace"})).text)
    fields = {"text": "1000,Ada Lovelace", "seen": seen, "remove": "yes"}
    assert "2 removed" in (await site.post("/teach/roster", fields)).text
    assert len(await site.store.users()) == 22


async def test_a_roster_that_has_changed_meanwhile_is_shown_anew(site: CourseSite) -> None:
    seen = seen_in((await site.post("/teach/roster", {"text": "4711,New"})).text)
    await site.store.import_roster([User(UserId(4711), "Newer")])
    page = (await site.post("/teach/roster", {"text": "4711,New", "seen": seen})).text
    assert "Somebody changed the course" in page
    assert "0 added, 1 changed" in page
    assert (await site.store.user(4711)) == User(UserId(4711), "Newer")


async def test_a_roster_with_faults_names_them_all_and_changes_nothing(site: CourseSite) -> None:
    answer = await site.post("/teach/roster", {"text": "x,Anna\n3,"})
    assert answer.status_code == 422
    words = re.sub(r"<[^>]*>", "", answer.text)
    assert "line 1, column uid" in words
    assert "line 2, column name" in words
    assert "x,Anna" in answer.text
    assert len(await site.store.users()) == 24


async def test_a_long_preview_counts_what_it_does_not_show(site: CourseSite) -> None:
    lines = [f"{uid},Person {uid}" for uid in range(CHANGES_SHOWN + 3)]
    page = (await site.post("/teach/roster", {"text": "\n".join(lines)})).text
    assert page.count('<tr class="added">') == CHANGES_SHOWN
    assert "rows more are not shown" in page


async def test_deadlines_are_shown_before_anything_is_done_and_then_done(site: CourseSite) -> None:
    page = (await site.post("/teach/deadlines", {"text": LINE})).text
    assert "1 added, 0 changed, 0 removed" in page
    assert not (await site.coursework.plan()).plan.deadlines
    page = (await site.post("/teach/deadlines", {"text": LINE, "seen": seen_in(page)})).text
    assert "Done: 1 added" in page
    assert (await site.coursework.plan()).plan.deadlines[T1].late_percent_per_day == 20
    assert "2024-a1-t1,,2026-12-01T22:59:00Z,30,20" in (await site.get("/teach/deadlines")).text


async def test_a_preview_of_deadlines_tells_times_as_other_pages_do(site: CourseSite) -> None:
    text = f"{T1},,2026-12-01T23:59+01:00,30,20\n{T1},1000,2026-12-03T23:59+01:00,,\n"
    shown = (await site.post("/teach/deadlines", {"text": text})).text
    rows = re.findall(r'<tr class="added">(.*?)</tr>', shown, re.DOTALL)
    instants = [
        re.findall(r'<time datetime="([^"]*)" data-zone>([^<]*)</time>', row) for row in rows
    ]
    assert instants == [
        [("2026-12-01T22:59:00.000Z", "1 Dec 2026, 22:59:00 UTC")],
        [("2026-12-03T22:59:00.000Z", "3 Dec 2026, 22:59:00 UTC")],
    ]
    assert ["30 min of grace, 20 % less a day" in row for row in rows] == [True, False]
    await site.coursework.replace_plan(plan_of([Deadline(T1, DUE, 0, 0)], []), 0)
    (row,) = re.findall(
        r'<tr class="changed">(.*?)</tr>',
        (await site.post("/teach/deadlines", {"text": LINE})).text,
        re.DOTALL,
    )
    assert row.count("data-zone") == 2
    assert row.count("of grace") == 1
    assert "0 % less a day" in row


async def test_deadlines_that_have_changed_meanwhile_are_shown_anew(site: CourseSite) -> None:
    seen = seen_in((await site.post("/teach/deadlines", {"text": LINE})).text)
    plan = plan_of([Deadline(T1, DUE)], [])
    await site.coursework.replace_plan(plan, 0)
    page = (await site.post("/teach/deadlines", {"text": LINE, "seen": seen})).text
    assert "Somebody changed the course" in page
    assert (await site.coursework.plan()).plan == plan


@pytest.mark.parametrize("due", ["9999-12-31T23:59:59.999999Z", "1970-01-01T00:00Z"])
async def test_no_moment_that_can_be_written_breaks_a_page(site: CourseSite, due: str) -> None:
    text = f"{T1},,{due},10080,20\n{T1},1000,{due},,\n"
    seen = seen_in((await site.post("/teach/deadlines", {"text": text})).text)
    done = await site.post("/teach/deadlines", {"text": text, "seen": seen})
    assert "Done: 2 added" in done.text
    for path in ("/", "/tests", f"/tests/{T1}", "/students/1000", "/scoreboard", *PAGES):
        assert (await site.get(path)).status_code == 200, path


async def test_deadlines_with_faults_change_nothing(site: CourseSite) -> None:
    answer = await site.post("/teach/deadlines", {"text": f"{T1},,soon"})
    assert answer.status_code == 422
    assert "<code>due</code>" in answer.text


async def test_the_board_is_frozen_and_let_go(site: CourseSite) -> None:
    assert (await site.post("/teach/freeze", {"freeze": "yes"})).headers["location"] == (
        "/scoreboard"
    )
    assert (await site.coursework.plan()).frozen_at is not None
    assert "frozen since" in (await site.get("/teach")).text
    await site.post("/teach/freeze", {"freeze": "no"})
    assert (await site.coursework.plan()).frozen_at is None
    assert (await site.post("/teach/freeze", {"freeze": "maybe"})).status_code == 400


async def test_practice_mode_begins_and_ends_and_every_page_says_so(site: CourseSite) -> None:
    assert "attempts do not count" not in (await site.get("/")).text
    answer = await site.post("/teach/practice", {"practice": "yes"})
    assert answer.headers["location"] == "/teach"
    for path in ("/teach", "/", "/tests", "/tonight", "/scoreboard", "/students/1000", "/nowhere"):
        assert "attempts do not count." in (await site.get(path)).text, path
    assert "End practice mode" in (await site.get("/teach")).text
    assert "on, lease times × 0.01" in (await site.get("/tonight")).text
    await site.post("/teach/practice", {"practice": "no"})
    assert await site.coursework.practice_since() is None
    assert "attempts do not count." not in (await site.get("/")).text
    assert (await site.post("/teach/practice", {"practice": "maybe"})).status_code == 400


async def test_results_are_files(site: CourseSite) -> None:
    table = await site.get("/teach/results.csv")
    assert table.headers["content-disposition"] == 'attachment; filename="results.csv"'
    assert table.text.startswith("\ufeffuid,name,test,")
    objects = (await site.get("/teach/results.json")).json()
    assert {one["uid"] for one in objects} == {user.uid for user in await site.store.users()}


async def test_forms_are_bounded(site: CourseSite) -> None:
    many = {f"field{number}": "x" for number in range(MAX_FIELDS + 1)}
    assert (await site.post("/teach/roster", many)).status_code == 400
    large = {"text": "x" * MAX_FORM_BYTES}
    answer = await site.post("/teach/roster", large)
    assert answer.status_code == 413
    assert "That was too much" in answer.text
