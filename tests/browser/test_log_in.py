"""Logging in, being wrong, choosing a password, logging out: with a browser, as people do it."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from holdfast.platform.auth.roles import Role
from tests.browser.conftest import Reader, Site, serving
from tests.support.people import PASSWORD, START
from tests.support.university import university

pytestmark = pytest.mark.browser

NEW = "eight moons by day"


def fill(page: Page, name: str, password: str) -> None:
    """The form of the log-in page, sent by the Enter key."""
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_label("Password").press("Enter")


def mishaps(reader: Reader, *statuses: int) -> None:
    """A browser notes each answer that is a refusal; these were meant, and no others came."""
    expected = [f"status of {status} " for status in statuses]
    assert len(reader.complaints) == len(expected)
    assert all(part in said for part, said in zip(expected, reader.complaints, strict=True))
    reader.complaints.clear()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_from_any_page_to_my_account_and_out_again(
    reader: Reader, site: Site, scripts: bool
) -> None:
    name = f"walker.{scripts}".lower()
    site.do(site.house.account(name, Role.TEACHER))
    page = reader.open("/tests", scripts=scripts)
    page.get_by_role("link", name="Account").click()
    fill(page, name, PASSWORD)
    expect(page).to_have_url(f"{site.address}/")
    page.get_by_role("link", name="Account").click()
    expect(page).to_have_url(f"{site.address}/me")
    expect(page.get_by_text(name)).to_be_visible()
    page.get_by_role("button", name="Log out", exact=True).click()
    expect(page).to_have_url(f"{site.address}/enter")
    page.goto(f"{site.address}/me")
    expect(page).to_have_url(re.compile("/enter"))


def test_a_wrong_password_is_told_and_the_name_stays(reader: Reader, site: Site) -> None:
    site.do(site.house.account("forgetful"))
    page = reader.open("/enter")
    fill(page, "forgetful", "seven stars at noon")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Name")).to_have_value("forgetful")
    expect(page.get_by_label("Password")).to_have_value("")
    mishaps(reader, 403)


def test_who_guesses_is_told_how_long_to_wait(reader: Reader, site: Site) -> None:
    site.do(site.house.account("wanted"))
    page = reader.open("/enter")
    for _ in range(6):
        fill(page, "wanted", "guess after guess")
        expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text(re.compile(r"in \d+ s"))
    fill(page, "wanted", PASSWORD)
    expect(page.get_by_role("alert")).to_contain_text(re.compile(r"in \d+ s"))
    assert any("429" in said for said in reader.complaints)
    reader.complaints.clear()


def test_a_new_password_ends_the_other_browsers(reader: Reader, site: Site) -> None:
    session = site.do(site.house.session("mover", Role.TEACHER))
    elsewhere = reader.open("/me", session=site.do(site.house.session("mover", Role.TEACHER)))
    expect(elsewhere.get_by_text("mover")).to_be_visible()
    page = reader.open("/me", session=session)
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_label("New password").fill(NEW)
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_role("status")).to_contain_text("Your password was changed.")
    expect(page.get_by_role("status")).to_be_focused()
    page.goto(page.url)
    expect(page).to_have_url(f"{site.address}/me")
    expect(page.get_by_text("Your password was changed.")).to_have_count(0)
    elsewhere.reload()
    expect(elsewhere).to_have_url(re.compile("/enter"))
    fill(elsewhere, "mover", NEW)
    expect(elsewhere).to_have_url(re.compile("/me$"))


def test_logging_out_everywhere_ends_every_browser(reader: Reader, site: Site) -> None:
    pages = [
        reader.open("/me", session=site.do(site.house.session("leaver", Role.TEACHER)))
        for _ in range(2)
    ]
    pages[0].get_by_role("button", name="Log out everywhere").click()
    expect(pages[0]).to_have_url(f"{site.address}/enter")
    pages[1].reload()
    expect(pages[1]).to_have_url(re.compile("/enter"))


@pytest.fixture(scope="module")
def of_university() -> Iterator[Site]:
    """A site whose people log in at a university."""
    with university(int(START.timestamp())) as provider, serving(issuer=provider.issuer) as running:
        yield running


def test_from_the_universitys_button_to_ones_account_and_out(
    browser: Browser, of_university: Site
) -> None:
    reader = Reader(browser, of_university)
    page = reader.open("/teach")
    page.get_by_role("link", name="Log in with Example University").click()
    expect(page).to_have_url(f"{of_university.address}/teach")
    expect(page.get_by_role("heading", level=1)).to_have_text("Desk")
    page.get_by_role("link", name="Account").click()
    expect(page.locator("dl")).to_contain_text("mira")
    expect(page.locator("dl")).to_contain_text("teacher")
    page.get_by_role("button", name="Log out", exact=True).click()
    page.goto(f"{of_university.address}/teach")
    expect(page).to_have_url(re.compile("/enter"))
    reader.close()
    assert reader.complaints == []


def test_who_came_with_the_courses_token_logs_out_on_the_account_page(reader: Reader) -> None:
    page = reader.open("/teach", teacher=True)
    page.get_by_role("link", name="Account").click()
    expect(page.locator("main")).to_contain_text("With the token of the course staff")
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_label("Token of the course staff")).to_be_visible()
    page.goto("/".join(page.url.split("/")[:3]) + "/teach")
    expect(page).to_have_url(re.compile("/enter"))
