"""Grading without a mouse: from the way in to a change of deadlines, by keys alone.

`keyboard` judges wherever the focus goes; promises are docs/reference/accessibility.md.
"""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from holdfast.platform.auth.passport import COOKIE
from holdfast.platform.auth.roles import Role
from tests.browser.conftest import Site
from tests.browser.inspecting import PHONE_PX
from tests.browser.keyboard import Keys, keys
from tests.browser.test_pages import add_student, begin, end, failed_attempt
from tests.support.people import PASSWORD
from tests.support.seeded_class import shouting

pytestmark = pytest.mark.browser

NAME = "keys.only"
LATE = 4700


@pytest.fixture(scope="module")
def teacher(site: Site) -> str:
    """Somebody who has an account; the session of it."""
    return site.do(site.house.session(NAME, Role.TEACHER))


@pytest.fixture
def hands(browser: Browser, site: Site) -> Iterator[Keys]:
    """Somebody without a mouse."""
    with keys(browser, site.address) as made:
        yield made


@pytest.fixture
def known(hands: Keys, site: Site, teacher: str) -> Keys:
    """The same, logged in."""
    hands.page.context.add_cookies([{"name": COOKIE, "value": teacher, "url": site.address}])
    return hands


@pytest.fixture
def thumbs(browser: Browser, site: Site) -> Iterator[Keys]:
    """Keys at a phone."""
    with keys(browser, site.address, width=PHONE_PX) as made:
        yield made


@pytest.mark.parametrize("window", ["hands", "thumbs"])
def test_the_way_in_the_class_its_filters_and_an_attempt(
    request: pytest.FixtureRequest, teacher: str, window: str
) -> None:
    hands: Keys = request.getfixturevalue(window)
    page = hands.page
    hands.open("/enter")
    hands.rests_at("#name")
    hands.type(NAME)
    hands.press("Tab")
    hands.type("a wrong password")
    hands.go()
    hands.rests_at("[role=alert]", "what is wrong has the focus")
    hands.tab_to("#password")
    hands.type(PASSWORD)
    hands.go()
    expect(page.get_by_role("heading", level=1)).to_have_text("Class")
    hands.press("Tab")
    hands.rests_at(".skip")
    hands.press("Enter", "Tab")
    hands.rests_at("main *", "the link leads past what stands on every page")
    hands.tab_to("select[name=state]")
    hands.press("ArrowDown")
    hands.tab_to("input[name=name]", back=True)
    hands.type("lovelace")
    hands.go()
    expect(page.locator(".grid tbody tr")).to_have_count(1)
    expect(page.locator("select[name=state]")).to_have_value("passed")
    hands.tab_to(".grid tbody th a")
    hands.press("ArrowRight")
    hands.rests_at(".grid tbody td a", "arrow keys walk the grid")
    hands.go()
    expect(page.locator(".stamp")).to_be_visible()


def test_an_attempt_is_opened_and_its_verdict_is_told_while_it_runs(
    hands: Keys, site: Site
) -> None:
    add_student(site, LATE, "Listen To Me")
    attempt = begin(site, 9071, LATE)
    hands.open(f"/attempts/{attempt}")
    news = hands.page.locator("#news")
    expect(news).to_have_attribute("role", "status")
    expect(news).to_have_text("")
    expect(hands.page.locator("#pulse")).to_have_text("Live")
    end(site, 9071, LATE, shouting)
    expect(news).to_contain_text("failed")
    hands.tab_to(".talk summary")
    opened = hands.page.evaluate("() => document.activeElement.parentElement.open")
    hands.press("Space")
    assert hands.page.evaluate("() => document.activeElement.parentElement.open") is not opened
    hands.press("Enter")
    assert hands.page.evaluate("() => document.activeElement.parentElement.open") is opened


def test_deadlines_are_changed_and_what_is_wrong_gets_the_focus(known: Keys, site: Site) -> None:
    page = known.page
    known.open("/teach/deadlines")
    known.tab_to("#text")
    known.type("2024-a1-t1,,tomorrow")
    known.press("Tab")
    known.go()
    known.rests_at("[role=alert]")
    expect(page.get_by_role("alert")).to_contain_text("is not a moment")
    known.tab_to("#text")
    known.type("2024-a1-t1,,2026-12-01T23:59+01:00,30,20")
    known.tab_to("button.firm")
    known.go("Space")
    known.tab_to("button.firm")
    known.go()
    known.rests_at("[role=status]", "what was done is read out")
    expect(page.get_by_role("status").last).to_contain_text("1 added")


def test_the_scoreboard_is_frozen_and_goes_on(known: Keys) -> None:
    known.open("/scoreboard")
    for words in ("Let it go on", "Freeze now"):
        known.tab_to("main form button")
        known.go()
        expect(known.page.locator("main form button")).to_have_text(words)


@pytest.mark.parametrize("path", ["/tests", "/scoreboard", "/teach", "/teach/roster", "/me"])
def test_the_focus_goes_through_a_page_and_back_the_same_way(known: Keys, path: str) -> None:
    known.open(path)
    there = known.stops()
    assert there
    back = known.stops(most=len(there), back=True)
    assert back == there[::-1]


def test_the_focus_goes_through_a_conversation(hands: Keys) -> None:
    hands.open("/students/1000")
    hands.open(failed_attempt(hands.page))
    hands.tab_to("main a[href^='#l']")
    hands.press("Enter")
    expect(hands.page.locator(".talk .diverges")).to_be_in_viewport()
    hands.press("Tab")
    hands.rests_at(".talk *", "from there on, what stands there")
    assert re.match("summary|pre", hands.stops(most=1)[0])
