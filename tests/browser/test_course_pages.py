"""The pages of a course in a real browser: the desk, boards, deadlines, the diagram."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from holdfast.grading.domain.attempt import NodeBeat, Progress, TestId
from holdfast.grading.domain.deadlines import Deadline, Extension, plan_of
from holdfast.grading.domain.roster import UserId
from holdfast.grading.domain.verdict import Check, CheckState
from tests.browser.conftest import Reader, Site
from tests.browser.test_pages import failed_attempt, go
from tests.support.seeded_class import opened

pytestmark = pytest.mark.browser

ADA = UserId(1000)
NOW = datetime.now(UTC)


@pytest.fixture(autouse=True)
def _planned(site: Site) -> Iterator[None]:
    """A plan in which one test is due soon, one is late and one is over."""
    due = {"2024-a1-t3": 3, "2024-a2-t3": -1.5, "2024-a3-t1": -60}
    plan = plan_of(
        [
            Deadline(TestId(test), NOW + timedelta(days=days), 1800, 20)
            for test, days in due.items()
        ],
        [Extension(ADA, TestId("2024-a1-t3"), NOW + timedelta(days=5))],
    )
    kept = site.do(site.coursework.plan())
    site.do(site.coursework.replace_plan(plan, kept.version))
    for node, running in (("node-1", 3), ("node-2", 0)):
        site.do(site.store.beat(NodeBeat(node, "1", running)))
    yield
    site.do(site.coursework.set_freeze(False))


def wide(page: Page) -> int:
    return int(page.evaluate("document.scrollingElement.scrollWidth - innerWidth"))


def test_the_diagram_shows_the_divergence_and_fits_on_a_phone(reader: Reader) -> None:
    page = reader.open("/students/1000", width=360)
    go(page, failed_attempt(page))
    expect(page.get_by_role("img", name="Space-time diagram")).to_be_visible()
    expect(page.locator(".spacetime g.diverges")).to_have_count(1)
    assert wide(page) <= 0


def test_checks_tick_off_while_the_attempt_runs(reader: Reader, site: Site) -> None:
    begun = opened(77_001, ADA, TestId("2024-a2-t4"), NOW)
    site.do(site.store.open_attempt(begun))
    page = reader.open(f"/attempts/{begun.id}")
    expect(page.locator("#pulse")).to_have_text("Live")
    expect(page.locator(".checks li.none")).to_have_count(2)
    ticked = (Check("special", CheckState.PASS, 1),)
    beat = NodeBeat(begun.node, begun.incarnation, 1, (Progress(begun.id, ticked),))
    site.do(site.store.beat(beat))
    expect(page.locator(".checks li.passed")).to_be_visible()
    expect(page.locator(".stamp")).to_contain_text("running")


def test_a_transcript_is_downloaded_as_a_file(reader: Reader) -> None:
    page = reader.open("/students/1000")
    go(page, failed_attempt(page))
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Whole transcript as a file").click()
    assert re.fullmatch(r"holdfast-[\w-]+\.json", waiting.value.suggested_filename)


def test_the_grid_is_filtered_without_scripts(reader: Reader) -> None:
    page = reader.open("/", scripts=False)
    page.get_by_label("Test", exact=True).select_option("2024-a1-t2")
    page.get_by_label("State").select_option("failed")
    page.get_by_role("button", name="Find").click()
    rows = page.locator(".grid tbody tr")
    assert 0 < rows.count() < 24
    expect(page.locator(".grid thead .test")).to_have_count(1)


def test_german_is_a_click_away_and_stays(reader: Reader) -> None:
    page = reader.open("/students/1000")
    page.get_by_role("link", name="Deutsch").click()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.get_by_role("heading", name="Noch zu tun")).to_be_visible()
    go(page, "/tests")
    expect(page.locator("html")).to_have_attribute("lang", "de")


def test_what_the_server_itself_says_of_an_attempt_is_german_too(reader: Reader) -> None:
    page = reader.open("/students/1000", locale="de-DE")
    expect(page.locator("#attempts .passed .reason").first).to_have_text(
        "Alle Prüfungen bestanden."
    )


def test_a_german_browser_gets_german(reader: Reader) -> None:
    page = reader.open("/scoreboard", locale="de-DE")
    expect(page.get_by_role("heading", level=1)).to_have_text("Rangliste")


def test_a_student_sees_what_is_left_and_until_when(reader: Reader) -> None:
    page = reader.open("/students/1074")
    tasks = page.locator(".tasks tbody tr")
    assert tasks.count() >= 1
    expect(page.locator(".attempts .start small").first).to_have_text(re.compile("^[0-9a-f]{8}$"))


def test_a_teacher_previews_a_roster_and_then_applies_it(reader: Reader, site: Site) -> None:
    page = reader.open("/teach/roster", teacher=True)
    people = site.do(site.store.users())
    lines = [f'{one.uid},"{one.name}"' for one in people]
    lines[0] = f'{people[0].uid},"Ada King"'
    page.get_by_label("Class list").fill("\n".join([*lines, "4711,New <b>Person</b>"]))
    page.get_by_role("button", name="Preview").click()
    expect(page.locator(".changes tbody tr")).to_have_count(2)
    expect(page.locator("main")).to_contain_text("New <b>Person</b>")
    assert site.do(site.store.user(4711)) is None
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("status").last).to_contain_text("1 added, 1 changed, 0 removed")
    added = site.do(site.store.user(4711))
    assert added is not None
    site.do(site.coursework.change_roster(people, [added.uid]))


def test_a_roster_with_mistakes_names_line_and_column(reader: Reader) -> None:
    page = reader.open("/teach/roster", teacher=True)
    page.on("response", lambda answer: None)
    page.get_by_label("Class list").fill("1,Anna\nx,Ben\n3,")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("alert")).to_contain_text("line 2, column uid")
    expect(page.get_by_role("alert")).to_contain_text("line 3, column name")
    expect(page.get_by_label("Class list")).to_have_value("1,Anna\nx,Ben\n3,")
    reader.complaints = [one for one in reader.complaints if "422" not in one]


def test_a_list_comes_from_a_file(reader: Reader) -> None:
    page = reader.open("/teach/roster", teacher=True)
    file = {"name": "class.csv", "mimeType": "text/csv", "buffer": "1,Zoë".encode()}
    page.get_by_label("From a file").set_input_files(file)  # type: ignore[arg-type]
    expect(page.get_by_label("Class list")).to_have_value("1,Zoë")


def test_a_teacher_changes_a_deadline_without_scripts(reader: Reader, site: Site) -> None:
    page = reader.open("/teach/deadlines", teacher=True, scripts=False)
    box = page.locator("textarea")
    box.fill(box.input_value().replace(",30,20", ",45,10", 1))
    page.get_by_role("button", name="Preview").click()
    expect(page.locator(".changes tbody tr.changed")).to_have_count(1)
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("status").last).to_contain_text("1 changed")
    plan = site.do(site.coursework.plan()).plan
    assert [one.grace_s for one in plan.deadlines.values()].count(2700) == 1


def test_a_preview_of_deadlines_is_in_the_readers_time_and_names_the_zone(reader: Reader) -> None:
    page = reader.open("/teach/deadlines", teacher=True)
    page.locator("textarea").fill("2024-a1-t1,,2026-12-01T22:59Z,30,20")
    page.get_by_role("button", name="Preview").click()
    moment = page.locator(".changes tbody tr.added time")
    expect(moment).to_have_text(re.compile(r"2026.*23:59:00.*(GMT\+1|CET|MEZ)"))
    expect(moment).to_have_attribute("title", re.compile("22:59:00 UTC"))


def test_the_board_stands_still_for_students_and_goes_on_for_teachers(reader: Reader) -> None:
    teacher = reader.open("/scoreboard", teacher=True)
    teacher.get_by_role("button", name="Freeze now").click()
    expect(teacher.get_by_text("Students see the one of the freeze")).to_be_visible()
    student = reader.open("/scoreboard")
    expect(student.get_by_text("What was reached since then is kept")).to_be_visible()
    expect(student.locator("main")).not_to_contain_text("Lovelace")
    expect(teacher.locator("main")).to_contain_text("Lovelace")


def test_a_cause_leads_to_attempts_and_to_the_class(reader: Reader) -> None:
    page = reader.open("/causes", teacher=True)
    first = page.locator(".cause").first
    many = int(first.locator(".many").inner_text())
    first.get_by_role("link", name="in the class grid").click()
    expect(page.locator(".grid tbody tr")).to_have_count(many)
    page.go_back()
    page.locator(".cause .who a").first.click()
    expect(page.locator(".stamp")).to_contain_text("failed")


def test_tonight_tells_of_nodes_and_running_tests(reader: Reader) -> None:
    page = reader.open("/tonight")
    expect(page.locator("#tonight")).to_contain_text("node-1")
    expect(page.get_by_role("heading", name="Running now")).to_be_visible()


def test_who_is_no_teacher_has_no_desk(reader: Reader) -> None:
    page = reader.open("/teach")
    expect(page.get_by_label("Token of the course staff")).to_be_visible()
    go(page, "/")
    expect(page.get_by_role("link", name="Desk")).to_have_count(0)
