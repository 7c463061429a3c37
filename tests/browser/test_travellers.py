"""People with accounts on the travel pages, with a browser, as they do it."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from holdfast.platform.auth.roles import Role
from tests.browser.booking_server import BookingServer
from tests.browser.test_booking_pages import Traveller, fill
from tests.support.people import PASSWORD

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server() -> Iterator[BookingServer]:
    running = BookingServer()
    running.begin()
    yield running
    running.end()


@pytest.fixture
def traveller(browser: Browser, server: BookingServer) -> Iterator[Traveller]:
    one = Traveller(browser, server)
    yield one
    one.close()
    assert one.complaints == []


def log_in(page: Page, name: str, password: str = PASSWORD) -> None:
    """The form, sent by the Enter key."""
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_label("Password").press("Enter")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_log_in_search_book_find_it_cancel_it_log_out(
    traveller: Traveller, server: BookingServer, scripts: bool
) -> None:
    name = f"walker.{scripts}".lower()
    server.do(server.house.account(name, Role.TRAVELLER))
    page = traveller.open("/results?trip=oneway&from=FRA&to=LHR&out=2026-12-01", scripts=scripts)
    page.get_by_role("link", name="Log in").click()
    log_in(page, name)
    expect(page).to_have_url(re.compile("/results\\?trip=oneway.*search=orq_"))
    expect(page.get_by_role("link", name=name)).to_be_visible()
    page.locator("a[href^='/offers/']").first.click()
    page.get_by_role("link", name="Continue without seats").click()
    fill(page, "Ada" if scripts else "Bea")
    page.get_by_role("button", name=re.compile("^Book and pay")).click()
    expect(page.get_by_text("Booked and paid")).to_be_visible()
    expect(page).to_have_url(re.compile("/orders/ord_[0-9A-Za-z]{22}/mine"))
    title = page.get_by_role("heading", level=1).inner_text()
    page.get_by_role("link", name="My bookings").click()
    page.get_by_role("link", name=title.removeprefix("Booking ")).click()
    page.get_by_role("button", name="Cancel booking").click()
    page.get_by_role("button", name="Yes, cancel").click()
    expect(page.get_by_text("The booking is cancelled.")).to_be_visible()
    order = page.url
    page.get_by_role("link", name=name).click()
    page.get_by_role("button", name="Log out", exact=True).click()
    expect(page).to_have_url(re.compile("/enter$"))
    page.goto(order)
    expect(page).to_have_url(re.compile("/enter\\?next=%2Forders%2Ford_"))
    page.go_back()
    expect(page.get_by_text(title)).not_to_be_visible()


def test_a_wrong_password_is_told_and_the_name_stays(
    traveller: Traveller, server: BookingServer
) -> None:
    server.do(server.house.account("forgetful", Role.TRAVELLER))
    page = traveller.open("/enter")
    log_in(page, "forgetful", "seven stars at noon")
    expect(page.get_by_role("alert")).to_have_text("Name and password do not belong together.")
    expect(page.get_by_label("Name")).to_have_value("forgetful")
    expect(page.get_by_label("Password")).to_have_value("")


def test_who_logs_out_elsewhere_while_booking_is_told_and_loses_nothing_typed(
    traveller: Traveller, server: BookingServer
) -> None:
    server.do(server.house.account("leaver", Role.TRAVELLER))
    page = traveller.open("/enter")
    log_in(page, "leaver")
    page.goto(f"{server.address}{server.offer()}/passengers")
    fill(page, "Cleo")
    account = server.do(server.house.people.account("leaver"))
    assert account is not None
    server.do(server.house.people.close_sessions(account.id))
    page.get_by_role("button", name=re.compile("^Book and pay")).click()
    expect(page.get_by_role("alert")).to_contain_text("You are not logged in any more.")
    expect(page.locator("#p1_given")).to_have_value("Cleo")
    page.get_by_role("button", name=re.compile("^Book and pay")).click()
    expect(page.get_by_text("Whoever has the address of this page")).to_be_visible()
