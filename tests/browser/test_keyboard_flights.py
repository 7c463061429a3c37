"""Flights without a mouse: from typing a city to a cancelled order, by keys alone.

`keyboard` judges wherever the focus goes; promises are docs/reference/accessibility.md.
"""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.booking_server import BookingServer
from tests.browser.inspecting import PHONE_PX
from tests.browser.keyboard import Keys, keys
from tests.browser.test_flights_errors import MoodyApi

pytestmark = pytest.mark.browser

ONEWAY = "/results?trip=oneway&from=FRA&to=LHR&out=2026-12-01"


@pytest.fixture(scope="module")
def server() -> Iterator[BookingServer]:
    running = BookingServer(MoodyApi)
    running.begin()
    yield running
    running.end()


@pytest.fixture
def hands(browser: Browser, server: BookingServer) -> Iterator[Keys]:
    """Somebody without a mouse."""
    with keys(browser, server.address) as made:
        yield made


@pytest.fixture
def thumbs(browser: Browser, server: BookingServer) -> Iterator[Keys]:
    """Keys at a phone."""
    with keys(browser, server.address, width=PHONE_PX) as made:
        yield made


@pytest.mark.parametrize("window", ["hands", "thumbs"])
def test_a_search_with_suggestions_and_filters(request: pytest.FixtureRequest, window: str) -> None:
    hands: Keys = request.getfixturevalue(window)
    page = hands.page
    hands.open("/")
    hands.press("Tab")
    hands.rests_at(".skip")
    hands.press("Enter", "Tab")
    hands.rests_at("main *", "the link leads past what stands on every page")
    hands.press("ArrowRight")
    hands.rests_at("#trip-oneway", "arrow keys choose the kind of trip")
    hands.tab_to("#from")
    hands.type("frank")
    said = page.locator("[data-place]", has=page.locator("#from")).get_by_role("status")
    expect(said).to_have_text(re.compile("1"))
    hands.press("ArrowDown", "Enter")
    expect(page.locator("#from")).to_have_value("Frankfurt am Main Airport (FRA)")
    hands.tab_to("#to")
    hands.type("lond")
    expect(page.locator("#to-places li").first).to_be_visible()
    hands.press("ArrowDown", "Tab")
    expect(page.locator("#to")).to_have_value(re.compile("London"))
    hands.rests_at("#out")
    page.keyboard.type("12122026")  # whichever comes first, day or month
    expect(page.locator("#out")).to_have_value("2026-12-12")
    hands.tab_to("#cabin")
    hands.tab_to("button.go")
    hands.go()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Frankfurt to London")
    expect(page.get_by_role("article")).to_have_count(3)
    hands.tab_to(".filters input[value=LH]")
    hands.press("Space")
    hands.tab_to(".filters button.primary")
    hands.go()
    expect(page.get_by_role("article")).to_have_count(1)
    hands.tab_to(".itinerary summary")
    hands.press("Space")
    expect(page.locator(".itinerary details li").first).to_be_visible()
    hands.tab_to(".fare a.btn")
    hands.go()
    expect(page).to_have_url(re.compile("/offers/"))


def test_what_is_missing_in_a_search_gets_the_focus(hands: Keys) -> None:
    hands.open("/results?from=FRA&trip=oneway&out=2020-01-01")
    hands.rests_at("#mistakes")
    hands.tab_to("#from")
    hands.tab_to("#out")
    expect(hands.page.locator("#out")).to_have_accessible_description(re.compile("is over"))


def test_from_the_seat_map_to_a_cancelled_order(hands: Keys, server: BookingServer) -> None:
    page = hands.page
    hands.open(server.offer())
    hands.tab_to("a[href*='/seats']")
    hands.go()
    hands.tab_to("input[name=pick]")
    hands.press("ArrowDown", "ArrowRight", "End", "ArrowUp", "Home")
    seat = page.evaluate("() => document.activeElement.value")
    assert page.locator(f"input[value='{seat}']").is_checked()
    hands.tab_to(".till button.primary")
    hands.go()
    hands.tab_to("#p1_title")
    page.keyboard.type("Ms")
    expect(page.locator("#p1_title")).to_have_value("ms")
    hands.tab_to("#p1_given")
    hands.type("<Ada>")
    hands.tab_to("#p1_family")
    hands.type("Stone")
    hands.tab_to("#p1_born")
    page.keyboard.type("02021990")
    hands.tab_to("#p1_gender")
    hands.press("ArrowDown")
    hands.tab_to("#email")
    hands.type("ada@example.org")
    hands.tab_to("#phone")
    hands.type("+44 20 7946 0123")
    hands.tab_to("button[value=pay]")
    hands.go()
    hands.rests_at("#errors", "what is wrong has the focus")
    hands.tab_to("#errors a")
    hands.press("Enter")
    hands.rests_at("#p1_given", "and leads to its field")
    hands.type("Ada")
    hands.tab_to("button[value=pay]")
    hands.go("Space")
    expect(page.get_by_text("Booked and paid")).to_be_visible()
    hands.tab_to("form[action$='/cancel'] button")
    hands.go()
    hands.tab_to("main form button.danger")
    hands.go()
    expect(page.get_by_text("The booking is cancelled.")).to_be_visible()


def test_a_seat_with_conditions_is_confirmed(hands: Keys, server: BookingServer) -> None:
    hands.open(f"{server.offer()}/seats?step=1&pick=17A&go=next")
    hands.rests_at("#confirm", "the conditions have the focus")
    hands.tab_to("#confirm button")
    hands.go()
    hands.rests_at("#confirm [type=checkbox]", "what is missing has the focus")
    hands.press("Space")
    hands.tab_to("#confirm button")
    hands.go()
    expect(hands.page.locator("#p1_given")).to_be_visible()


@pytest.mark.parametrize(
    ("path", "field"), [("/orders", "reference"), ("/desk", "owner"), ("/enter", "name")]
)
def test_what_does_not_fit_gets_the_focus(hands: Keys, path: str, field: str) -> None:
    hands.open(path)
    hands.tab_to(f"#{field}")
    hands.type("ZZZZZZ")
    hands.press("Tab")
    hands.type("wrong")
    hands.go()
    hands.rests_at("#wrong")


@pytest.mark.parametrize("path", ["/", ONEWAY, "offer", "offer/passengers", "/orders", "/nothing"])
def test_the_focus_goes_through_a_page_and_back_the_same_way(
    hands: Keys, server: BookingServer, path: str
) -> None:
    hands.open(path.replace("offer", server.offer()) if "offer" in path else path)
    there = hands.stops()
    assert there
    back = hands.stops(most=len(there), back=True)
    assert back == there[::-1]
