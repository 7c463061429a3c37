"""From an offer to a cancelled order in a real browser: by eye, by keyboard, without scripts."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.booking_server import BookingServer
from tests.support.flights_world import NOW

pytestmark = pytest.mark.browser

PAGE_MS = 30_000


@pytest.fixture(scope="module")
def server() -> Iterator[BookingServer]:
    running = BookingServer()
    running.begin()
    yield running
    running.end()


class Traveller:
    """Opens pages, and hears what goes wrong."""

    def __init__(self, browser: Browser, server: BookingServer) -> None:
        self._browser = browser
        self._server = server
        self._contexts: list[BrowserContext] = []
        self.complaints: list[str] = []

    def open(self, path: str, *, width: int = 1280, scripts: bool = True) -> Page:
        """A page in a window of its own."""
        context = self._browser.new_context(
            viewport={"width": width, "height": 800}, java_script_enabled=scripts, locale="en-GB"
        )
        context.set_default_timeout(PAGE_MS)
        self._contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: self.complaints.append(f"dialog {dialog.message}"))
        page.goto(self._server.address + path)
        return page

    def close(self) -> None:
        """Close all windows."""
        for context in self._contexts:
            context.close()


@pytest.fixture
def traveller(browser: Browser, server: BookingServer) -> Iterator[Traveller]:
    one = Traveller(browser, server)
    yield one
    one.close()
    server.duffel.clock.now = NOW
    assert one.complaints == []


def fill(page: Page, given: str = "Ada") -> None:
    """The form of one adult."""
    page.select_option("#p1_title", "ms")
    page.fill("#p1_given", given)
    page.fill("#p1_family", "Stone")
    page.fill("#p1_born", "1990-01-02")
    page.select_option("#p1_gender", "f")
    page.fill("#email", "ada@example.org")
    page.fill("#phone", "+44 20 7946 0123")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_from_an_offer_to_a_cancelled_order(
    traveller: Traveller, server: BookingServer, scripts: bool
) -> None:
    page = traveller.open(server.offer(), scripts=scripts)
    page.get_by_role("link", name="Choose seats").click()
    seat = "7C" if scripts else "8C"
    page.get_by_role("radio", name=re.compile(f"^{seat}, ")).check()
    page.get_by_role("button", name="Take these seats").click()
    fill(page, "Ada" if scripts else "Bea")
    page.get_by_role("button", name=re.compile("^Book and pay")).click()
    expect(page.get_by_text("Booked and paid")).to_be_visible()
    expect(page.get_by_text(seat, exact=True)).to_be_visible()
    page.get_by_role("button", name="Cancel booking").click()
    expect(page.get_by_role("heading", name="You get back")).to_be_visible()
    page.get_by_role("button", name="Yes, cancel").click()
    expect(page.get_by_text("The booking is cancelled.")).to_be_visible()


def test_what_is_wrong_stands_at_its_field_and_is_read_out(
    traveller: Traveller, server: BookingServer
) -> None:
    page = traveller.open(f"{server.offer()}/passengers")
    fill(page)
    page.fill("#p1_given", "<b onclick=alert(1)>")
    page.fill("#phone", "12")
    page.get_by_role("button", name=re.compile("^Book and pay")).click()
    expect(page.locator("#errors")).to_be_focused()
    page.get_by_role("link", name=re.compile("Only Latin letters")).click()
    field = page.locator("#p1_given")
    expect(field).to_be_focused()
    expect(field).to_have_value("<b onclick=alert(1)>")
    expect(field).to_have_accessible_description(re.compile("Only Latin letters"))


def test_the_seat_map_is_walked_with_arrow_keys(
    traveller: Traveller, server: BookingServer
) -> None:
    page = traveller.open(f"{server.offer()}/seats")
    page.get_by_role("radio", name=re.compile("^6C, ")).focus()
    for key, seat in (("ArrowRight", "6D"), ("ArrowDown", "7D"), ("End", "7F"), ("Home", "7A")):
        page.keyboard.press(key)
        expect(page.locator(f"input[value='{seat}']")).to_be_focused()
        expect(page.locator(f"input[value='{seat}']")).to_be_checked()
    page.keyboard.press("ArrowUp")
    expect(page.locator("#total")).to_have_text("€15.00")


def test_a_seat_that_somebody_takes_meanwhile_goes_while_one_looks(
    traveller: Traveller, server: BookingServer
) -> None:
    page = traveller.open(f"{server.offer()}/seats")
    page.get_by_role("radio", name=re.compile("^21A, ")).check()
    other = traveller.open(f"{server.offer()}/passengers?seats=1.1.21A")
    fill(other, "Cleo")
    other.get_by_role("button", name=re.compile("^Book and pay")).click()
    expect(other.get_by_text("Booked and paid")).to_be_visible()
    page.bring_to_front()
    page.evaluate("dispatchEvent(new Event('focus'))")
    expect(page.locator("#news")).to_contain_text("Seat 21A has just been taken")
    expect(page.locator("input[value='21A']")).to_be_disabled()


def test_an_exit_seat_asks_for_a_confirmation(traveller: Traveller, server: BookingServer) -> None:
    page = traveller.open(f"{server.offer()}/seats")
    page.get_by_role("radio", name=re.compile("^17A, .*with conditions")).check()
    page.get_by_role("button", name="Take these seats").click()
    page.get_by_role("checkbox", name=re.compile("^I confirm")).check()
    page.get_by_role("button", name="Take seat 17A").click()
    expect(page.get_by_text(re.compile("Seat 17A, BA101"))).to_be_visible()


def test_the_last_row_and_the_buttons_fit_on_a_phone(
    traveller: Traveller, server: BookingServer
) -> None:
    page = traveller.open(f"{server.offer('adult', 'adult')}/seats", width=360)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    last = page.locator(".line").last.bounding_box()
    till = page.locator(".till").bounding_box()
    assert last is not None
    assert till is not None
    assert last["y"] + last["height"] <= till["y"]


def test_the_best_seats_are_shown_before_they_are_taken(
    traveller: Traveller, server: BookingServer
) -> None:
    page = traveller.open(f"{server.offer('adult', 'adult')}/seats")
    page.get_by_role("button", name="Best seats together").click()
    chosen = page.get_by_role("navigation", name="Who sits where").inner_text()
    rows = re.findall(r"(\d+)[A-F]\b", chosen)
    assert len(rows) == 2
    assert len(set(rows)) == 1


def test_an_offer_that_ended_is_found_again_with_one_click(
    traveller: Traveller, server: BookingServer
) -> None:
    page = traveller.open(f"{server.offer()}/passengers")
    fill(page, "Dora")
    server.duffel.clock.now = NOW + timedelta(minutes=31)
    page.get_by_role("button", name=re.compile("^Book and pay")).click()
    expect(page.get_by_role("heading", name=re.compile("price lock .* ended"))).to_be_visible()
    page.get_by_role("button", name="Find the same flights again").click()
    expect(page.get_by_text("The same flights, searched anew")).to_be_visible()


def test_what_is_sold_out_is_told_honestly(traveller: Traveller, server: BookingServer) -> None:
    page = traveller.open(f"{server.offer()}/passengers")
    fill(page, "Eve")
    counters = server.duffel.bookings.counters
    before = dict(counters)
    counters.update({place: replace(one, sold=one.capacity) for place, one in before.items()})
    page.get_by_role("button", name=re.compile("^Book and pay")).click()
    expect(page.get_by_role("heading", name="Sold out a moment ago")).to_be_visible()
    expect(page.get_by_text("nothing was charged")).to_be_visible()
    counters.update(before)


def test_a_held_order_is_found_by_its_reference_and_paid(
    traveller: Traveller, server: BookingServer
) -> None:
    page = traveller.open(f"{server.offer()}/passengers")
    fill(page, "Fay")
    page.get_by_role("button", name="Hold without paying").click()
    expect(page.get_by_text("Held, not paid yet")).to_be_visible()
    title = page.get_by_role("heading", level=1).inner_text()
    page.get_by_role("link", name="My booking").click()
    page.fill("#reference", title.removeprefix("Booking "))
    page.fill("#name", "stone")
    page.get_by_role("button", name="Open booking").click()
    page.get_by_role("button", name=re.compile("^Pay €")).click()
    expect(page.get_by_text("the tickets are issued")).to_be_visible()
