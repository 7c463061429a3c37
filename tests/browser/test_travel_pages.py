"""The travel pages in a real browser: searched, filtered, looked up; by keyboard, without scripts.
The promises are docs/reference/travel-pages.md; how pages look, `test_accessibility` judges."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import START_S, Reader
from tests.support.travel_server import TravelServer, TravelSite

pytestmark = pytest.mark.browser

ONEWAY = "/results?trip=oneway&from=FRA&to=LHR&out=2026-12-01"


@pytest.fixture(scope="module")
def site() -> Iterator[TravelSite]:
    """Instead of the results site of the conftest."""
    server = TravelServer()
    server.start()
    assert server.ready.wait(START_S)
    assert server.site is not None
    yield server.site
    server.stop()


@pytest.fixture
def reader(browser: Browser, site: TravelSite) -> Iterator[Reader]:
    """A reader of this site; a page that is not there complains in the console, and may."""
    reader = Reader(browser, site)  # type: ignore[arg-type]  # only the address is used
    yield reader
    reader.close()
    expected = re.compile(r"status of (404|422|502)")
    assert [one for one in reader.complaints if not expected.search(one)] == []


def fill(page: Page, origin: str, destination: str, out: str = "2026-12-01") -> None:
    """The form, one way."""
    page.locator("#trip-oneway").check()
    page.locator("#from").fill(origin)
    page.locator("#to").fill(destination)
    page.locator("#out").fill(out)


def test_a_flight_is_found_by_typing_and_choosing_with_the_keyboard(reader: Reader) -> None:
    page = reader.open("/")
    page.locator("#trip-oneway").check()
    page.locator("#from").press_sequentially("frank")
    expect(page.locator("#from-places li")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#from")).to_have_value("Frankfurt am Main Airport (FRA)")
    page.locator("#to").press_sequentially("lond")
    page.locator("#to-places li").first.click()
    page.locator("#out").fill("2026-12-01")
    page.get_by_role("button", name="Search flights").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Frankfurt to London")
    expect(page.get_by_role("article").first).to_contain_text("Lufthansa")


def test_all_moments_of_a_fare_stand_in_the_readers_own_zone(reader: Reader) -> None:
    page = reader.open(ONEWAY, width=360)
    hold = page.locator(".terms li", has_text="Hold until").first
    expect(hold).not_to_contain_text("UTC")
    assert hold.locator("> *").count() == 1, "one sentence beside its mark"


@pytest.mark.parametrize("locale", ["de-DE", "en-GB"])
def test_on_a_phone_kinds_of_trips_and_orders_of_results_are_one_line_each(
    reader: Reader, locale: str
) -> None:
    page = reader.open("/", width=360, locale=locale)
    tops = set()
    for label in page.locator(".trips label").all():
        lines = label.evaluate(
            """label => {
              const words = document.createRange();
              words.selectNodeContents(label.lastChild);
              return new Set([...words.getClientRects()].map(line => line.top)).size;
            }"""
        )
        assert lines == 1, label.inner_text()
        tops.add(label.bounding_box()["y"])
    assert len(tops) == 1
    orders = reader.open(ONEWAY, width=360, locale=locale).locator(".order .choice a").all()
    assert len(orders) == 4
    assert len({order.bounding_box()["y"] for order in orders}) == 1
    page.locator("#trip-return").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#trip-oneway")).to_be_checked()


def test_a_list_of_places_is_closed_without_taking_any(reader: Reader) -> None:
    page = reader.open("/")
    page.locator("#from").press_sequentially("lond")
    expect(page.get_by_role("listbox")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(page.locator("#from")).to_have_value("lond")


def test_without_scripts_typed_names_are_enough_and_the_lock_is_a_time(reader: Reader) -> None:
    page = reader.open("/", scripts=False)
    fill(page, "Frankfurt", "london")
    page.get_by_role("button", name="Search flights").click()
    expect(page.locator(".lock")).to_contain_text("Price locked until 26 Nov, 12:30 UTC")
    page.get_by_label("Refund possible").check()
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("heading", level=2).first).to_contain_text("of 3 connections")


def test_without_scripts_an_unclear_place_is_asked_for(reader: Reader) -> None:
    page = reader.open("/", scripts=False)
    fill(page, "FRA", "lo")
    page.get_by_role("button", name="Search flights").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Which place do you mean?")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Frankfurt to London")


def test_places_are_swapped_and_travellers_counted_on_the_page(reader: Reader) -> None:
    page = reader.open("/?trip=oneway&from=FRA&to=LHR&out=2026-12-01")
    page.get_by_role("button", name="Swap from and to").click()
    expect(page.locator("#from")).to_have_value("LHR")
    page.get_by_role("button", name="One more: Adults").click()
    expect(page.locator("#adults")).to_have_value("2")
    fewer = page.get_by_role("button", name="One fewer: Adults")
    fewer.click()
    expect(fewer).to_be_disabled()


def test_the_way_back_is_asked_for_only_where_there_is_one(reader: Reader) -> None:
    page = reader.open("/")
    expect(page.locator("#back")).to_be_visible()
    page.locator("#trip-oneway").check()
    expect(page.locator("#back")).to_be_hidden()
    page.locator("#trip-multi").check()
    expect(page.locator("[name^=from]:visible")).to_have_count(4)


def test_a_mistake_is_told_at_its_field_and_gets_the_focus(reader: Reader) -> None:
    page = reader.open("/results?from=FRA&trip=oneway&out=2020-01-01")
    expect(page.locator("#mistakes")).to_be_focused()
    expect(page.locator("#out-wrong")).to_have_text("That day is over.")
    expect(page.locator("#from")).to_have_value("FRA")


def test_filters_narrow_the_list_and_an_empty_one_says_which_did_it(reader: Reader) -> None:
    page = reader.open(ONEWAY)
    expect(page.get_by_role("article")).to_have_count(3)
    page.get_by_label("Lufthansa").check()
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("article")).to_have_count(1)
    page.goto(page.url + "&refundable=1")
    expect(page.locator(".empty")).to_contain_text("Your filters leave nothing")
    page.get_by_role("link", name="Without “Refund possible”").click()
    expect(page.get_by_role("article")).to_have_count(1)
    page.get_by_role("link", name="Remove all filters").click()
    expect(page.get_by_role("article")).to_have_count(3)


def test_results_are_sorted_by_a_link(reader: Reader) -> None:
    page = reader.open(ONEWAY)
    page.get_by_role("link", name="Duration", exact=True).click()
    expect(page.get_by_role("link", name="Duration", exact=True)).to_have_attribute(
        "aria-current", "true"
    )
    expect(page).to_have_url(re.compile("search=orq_.*sort=duration"))


def test_the_lock_counts_down_and_prices_that_ended_are_told(
    reader: Reader, site: TravelSite
) -> None:
    page = reader.open(ONEWAY)
    expect(page.locator(".lock [data-until]")).to_have_text(
        re.compile(r"^\((30:00|29:\d\d) left\)$")
    )
    site.clock.move(minutes=31)
    page.reload()
    expect(page.get_by_role("status").first).to_contain_text("have ended")
    site.clock.move(minutes=-31)


def test_a_flight_is_looked_up_from_the_first_page(reader: Reader) -> None:
    page = reader.open("/")
    page.locator("#q").fill("ZZ100 tomorrow")
    page.get_by_role("button", name="Look up").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("ZZ100")
    expect(page.locator(".state")).to_have_text("delayed")
    expect(page.get_by_role("region", name="Departure")).to_contain_text("25 min late")
    expect(page.locator(".history tbody tr")).to_have_count(3)
    page.locator("#q").fill("QQ1")
    page.get_by_role("button", name="Look up").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("No flight QQ1")


def test_a_service_that_does_not_answer_is_told_with_a_way_on(
    reader: Reader, site: TravelSite
) -> None:
    site.behind.is_away = True
    page = reader.open(ONEWAY)
    expect(page.get_by_role("heading", level=1)).to_have_text("The service does not answer")
    site.behind.is_away = False
    page.get_by_role("link", name="Try again").click()
    expect(page.get_by_role("article").first).to_be_visible()


def test_the_language_is_the_browsers_until_it_is_switched(reader: Reader) -> None:
    page = reader.open(ONEWAY, locale="de-DE")
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.locator(".lock")).to_contain_text("Preis gilt bis")
    page.get_by_role("link", name="English").click()
    expect(page.locator(".lock")).to_contain_text("Price locked until")
