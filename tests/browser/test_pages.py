"""The pages in a real browser: by eye, by keyboard, without scripts, in the dark, on a phone."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from holdfast.grading.domain.attempt import (
    AttemptId,
    NodeBeat,
    OpenedAttempt,
    Progress,
    TestId,
    ToldRow,
)
from holdfast.grading.domain.roster import User, UserId
from holdfast.grading.domain.scenarios import CATALOGUE
from holdfast.grading.service.watch_changes import Missed
from tests.browser.conftest import Reader, Site
from tests.support.seeded_class import BEGIN, closed, echo, opened, play, rows_of, shouting

pytestmark = pytest.mark.browser

T2 = TestId("2024-a1-t2")
LATE = BEGIN + timedelta(hours=5)
NEW_STUDENT = 4000


def add_student(site: Site, uid: int, name: str) -> None:
    site.do(site.store.import_roster([User(UserId(uid), name)]))


def begin(site: Site, number: int, uid: int) -> AttemptId:
    begun = opened(number, uid, T2, LATE + timedelta(seconds=number))
    site.do(site.store.open_attempt(begun))
    return begun.id


def end(site: Site, number: int, uid: int, client: object) -> None:
    begun = opened(number, uid, T2, LATE + timedelta(seconds=number))
    played = play(CATALOGUE[T2], uid, client)  # type: ignore[arg-type]
    site.do(site.store.close_attempt(closed(begun, played)))


def tell(site: Site, begun: OpenedAttempt, rows: list[ToldRow]) -> None:
    """The beat of the node that runs the attempt."""
    progress = Progress(begun.id, rows=tuple(rows), entries=rows[-1].number + 1)
    site.do(site.store.beat(NodeBeat(begun.node, begun.incarnation, 1, (progress,))))


def failed_attempt(page: Page) -> str:
    link = page.locator("tr.failed:has-text('differs') .verdict a").first
    return link.get_attribute("href") or ""


def go(page: Page, path: str) -> None:
    """Open another page of the site in the same window."""
    page.goto("/".join(page.url.split("/")[:3]) + path)


# by eye


def test_the_states_differ_in_colour_shape_and_words(reader: Reader) -> None:
    page = reader.open("/")
    seen = {}
    for words in ("passed", "failed", "trying"):
        cell = page.locator(f".grid tbody td a:text-matches('^{words}')").first
        seen[words] = cell.evaluate(
            "e => [getComputedStyle(e).backgroundColor, getComputedStyle(e, '::before').maskImage]"
        )
    none = page.locator(".grid tbody td:text-is('not attempted')").first
    seen["none"] = none.evaluate(
        "e => [getComputedStyle(e).backgroundColor, getComputedStyle(e, '::before').maskImage]"
    )
    colours, shapes = zip(*seen.values(), strict=True)
    assert len(set(colours)) == 4
    assert len(set(shapes)) == 4


def test_names_and_headings_stay_while_the_grid_scrolls(reader: Reader) -> None:
    page = reader.open("/", width=760)
    page.locator(".scroll").evaluate("e => e.scrollTo(400, 300)")
    frame = page.locator(".scroll").bounding_box()
    head = page.locator(".grid .test").first.bounding_box()
    name = page.locator(".grid tbody .who").nth(15).bounding_box()
    assert frame is not None
    assert head is not None
    assert name is not None
    assert frame["y"] <= head["y"] < frame["y"] + 100
    assert abs(name["x"] - frame["x"]) < 2


def test_a_reader_goes_from_the_class_to_the_differing_byte(reader: Reader) -> None:
    page = reader.open("/")
    page.get_by_role("link", name="Ada Lovelace").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ada Lovelace")
    go(page, failed_attempt(page))
    expect(page.locator(".stamp")).to_contain_text("failed")
    page.get_by_role("link", name="See where it happened").click()
    expect(page.locator(".talk .diverges")).to_be_in_viewport()
    expect(page.locator(".talk .diverges .dump mark")).to_have_count(2)


def test_a_dump_opens_on_demand(reader: Reader) -> None:
    page = reader.open("/students/1000")
    go(page, failed_attempt(page))
    first = page.locator(".talk details").first
    expect(first.locator("pre")).to_be_hidden()
    first.locator("summary").click()
    expect(first.locator("pre")).to_contain_text("0000")


def test_times_are_the_readers_own(reader: Reader) -> None:
    english = reader.open("/students/1000").locator("time").first
    german = reader.open("/students/1000", locale="de-DE").locator("time").first
    expect(english).to_have_attribute("title", re.compile(r"UTC$"))
    expect(english).not_to_contain_text("UTC")
    assert english.text_content() != german.text_content()


def test_the_dark_page_is_dark(reader: Reader) -> None:
    def ground(page: Page) -> int:
        colour = page.locator("html").evaluate("e => getComputedStyle(e).backgroundColor")
        return sum(map(int, re.findall(r"\d+", colour)[:3]))

    assert ground(reader.open("/")) > 600
    assert ground(reader.open("/", dark=True)) < 150


# on a phone, on paper, by keyboard


def test_paper_has_the_whole_class_and_no_tools(reader: Reader) -> None:
    page = reader.open("/")
    page.emulate_media(media="print")
    expect(page.locator(".tools")).to_be_hidden()
    frame = page.locator(".scroll")
    assert frame.evaluate("e => e.scrollHeight <= e.clientHeight + 1")
    expect(page.locator(".grid tbody tr").last).to_be_visible()


def test_the_keyboard_skips_to_the_content_and_walks_the_grid(reader: Reader) -> None:
    page = reader.open("/")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.locator("#u1000 .who a").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#u1000 td a").first).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#u1000 .who a")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#u1037 .who a")).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(page.locator("#u1000 .who a")).to_be_focused()


# without scripts


def test_everything_is_there_without_scripts(reader: Reader) -> None:
    page = reader.open("/", scripts=False)
    expect(page.locator(".grid tbody tr").last).to_contain_text("not attempted")
    page.get_by_placeholder("Name or id").fill("hopper")
    page.get_by_role("button", name="Find").click()
    expect(page.locator(".grid tbody tr")).to_have_count(1)
    page.get_by_role("link", name="Grace Hopper").click()
    expect(page.locator("time").first).to_contain_text("UTC")
    expect(page.locator(".pulse")).to_be_hidden()
    page.locator(".attempts .verdict a").first.click()
    expect(page.get_by_role("heading", name=re.compile("Conversation"))).to_be_visible()


# live


def test_a_cell_of_the_class_follows_an_attempt(reader: Reader, site: Site) -> None:
    add_student(site, NEW_STUDENT, "Follow Me")
    page = reader.open("/")
    expect(page.locator("#pulse")).to_have_text("Live")
    row = page.locator(f"#u{NEW_STUDENT}")
    cell = row.locator("td").nth(2)  # after the sum and t1
    expect(cell).to_have_text("not attempted")
    page.evaluate("window.untouched = true")
    begin(site, 9001, NEW_STUDENT)
    expect(cell).to_have_text("trying")
    end(site, 9001, NEW_STUDENT, echo)
    expect(cell).to_have_text("passed")
    expect(row.locator("td").first).to_have_text("1")
    assert page.evaluate("window.untouched") is True


def test_the_counts_follow_too(reader: Reader, site: Site) -> None:
    add_student(site, NEW_STUDENT + 1, "Count Me")
    page = reader.open("/")
    expect(page.locator("#pulse")).to_have_text("Live")
    passed = int(page.locator("#totals b").first.text_content() or "0")
    begin(site, 9011, NEW_STUDENT + 1)
    end(site, 9011, NEW_STUDENT + 1, echo)
    expect(page.locator("#totals b").first).to_have_text(str(passed + 1))


def test_a_students_list_and_an_open_attempt_follow(reader: Reader, site: Site) -> None:
    uid = NEW_STUDENT + 2
    add_student(site, uid, "List Me")
    listing = reader.open(f"/students/{uid}")
    expect(listing.locator("#pulse")).to_have_text("Live")
    expect(listing.locator("#attempts")).to_contain_text("No attempt yet")
    attempt = begin(site, 9021, uid)
    expect(listing.locator(".attempts .verdict").first).to_contain_text("running")
    detail = reader.open(f"/attempts/{attempt}")
    expect(detail.locator(".stamp")).to_contain_text("running")
    expect(detail.locator("#pulse")).to_have_text("Live")
    end(site, 9021, uid, shouting)
    expect(detail.locator(".stamp")).to_contain_text("failed")
    expect(detail.locator(".talk .diverges")).to_be_visible()
    expect(listing.locator(".attempts .verdict").first).to_contain_text("failed")
    expect(listing.locator("#places li.failed")).to_have_count(1)


def test_a_conversation_grows_line_by_line_and_ends_in_its_place(
    reader: Reader, site: Site
) -> None:
    uid = NEW_STUDENT + 4
    add_student(site, uid, "Hear Me")
    begun = opened(9041, uid, T2, LATE)
    site.do(site.store.open_attempt(begun))
    played = play(CATALOGUE[T2], uid, shouting)
    rows = rows_of(played.transcript)
    page = reader.open(f"/attempts/{begun.id}", height=500)
    expect(page.locator("#pulse")).to_have_text("Live")
    expect(page.locator("#h-talk + .empty")).to_contain_text("lines come as they happen")
    page.evaluate("window.untouched = true")
    for count in (1, 2, 4):
        tell(site, begun, rows[:count])
        expect(page.locator(".talk li")).to_have_count(count)
    seen = page.locator(f"#l{rows[1].number + 1}")
    seen.locator("summary").click()
    before = seen.bounding_box()
    site.do(site.store.close_attempt(closed(begun, played)))
    expect(page.locator(".talk .diverges")).to_have_count(1)
    after = seen.bounding_box()
    assert before is not None
    assert after is not None
    assert abs(after["y"] - before["y"]) < 1
    expect(seen.locator("pre")).to_be_visible()
    assert seen.evaluate("row => row.contains(document.activeElement)")
    assert page.locator(".talk li").count() >= len(rows)
    assert page.evaluate("window.untouched") is True


def test_a_conversation_that_goes_on_is_read_without_scripts_by_looking_again(
    reader: Reader, site: Site
) -> None:
    uid = NEW_STUDENT + 7
    add_student(site, uid, "Ask Again")
    begun = opened(9071, uid, T2, LATE)
    site.do(site.store.open_attempt(begun))
    rows = rows_of(play(CATALOGUE[T2], uid, shouting).transcript)
    tell(site, begun, rows[:2])
    page = reader.open(f"/attempts/{begun.id}", scripts=False)
    expect(page.locator(".talk li")).to_have_count(2)
    tell(site, begun, rows[:3])
    page.get_by_role("link", name="Look again").click()
    expect(page.locator(".talk li")).to_have_count(3)


def test_what_the_reader_has_opened_stays_open(reader: Reader, site: Site) -> None:
    uid = NEW_STUDENT + 3
    add_student(site, uid, "Keep Me")
    attempt = begin(site, 9031, uid)
    end(site, 9031, uid, shouting)
    page = reader.open(f"/attempts/{attempt}")
    expect(page.locator("#pulse")).to_have_text("Live")
    page.locator(".talk details summary").first.click()
    begin(site, 9032, uid)
    expect(page.locator(".facts")).to_contain_text("1 of 2")
    expect(page.locator(".talk details pre").first).to_be_visible()


def test_news_that_were_missed_are_read_again(reader: Reader, site: Site) -> None:
    page = reader.open("/")
    expect(page.locator("#pulse")).to_have_text("Live")
    add_student(site, NEW_STUDENT + 5, "Meet Me")  # an import publishes nothing
    site.loop.call_soon_threadsafe(site.hub.publish, [Missed()])
    expect(page.locator(f"#u{NEW_STUDENT + 5} .who a")).to_have_text("Meet Me")


def test_a_page_that_was_cut_off_catches_up(reader: Reader, site: Site) -> None:
    uid = NEW_STUDENT + 6
    add_student(site, uid, "Wait For Me")
    page = reader.open(f"/students/{uid}")
    expect(page.locator("#pulse")).to_have_text("Live")
    page.context.set_offline(True)
    begin(site, 9061, uid)
    end(site, 9061, uid, echo)
    expect(page.locator("#pulse")).to_have_text("Waiting for the server")
    page.context.set_offline(False)
    expect(page.locator(".attempts .verdict").first).to_contain_text("passed")
    expect(page.locator("#pulse")).to_have_text("Live")
    reader.complaints.clear()  # the browser's own, of being offline


# hostile


def test_a_hostile_name_runs_nothing(reader: Reader, site: Site) -> None:
    uid = NEW_STUDENT + 4
    name = '<img src=x onerror=alert(1)><script>alert(2)</script>"\u202e'
    add_student(site, uid, name)
    page = reader.open(f"/students/{uid}")
    expect(page.get_by_role("heading", level=1)).to_contain_text("<img src=x onerror=alert(1)>")
    assert page.locator("main img, main script").count() == 0
    page = reader.open("/")
    expect(page.locator(f"#u{uid} .who a")).to_contain_text("<script>alert(2)</script>")
    add_student(site, uid, "Harmless")
