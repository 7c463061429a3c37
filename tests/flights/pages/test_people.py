"""People log in and out on the travel pages, and see what is theirs."""

import re

import httpx
import pytest

from holdfast.flights.pages.entrance import TRAVEL_COOKIE
from holdfast.platform.auth.roles import Role
from tests.flights.pages.booking_site import Shown, booking_site
from tests.flights.pages.pages_site import PagesSite
from tests.support.people import PASSWORD

NEW = "eight moons by day"


async def log_in(
    browser: httpx.AsyncClient, name: str, password: str = PASSWORD, next_: str = "/"
) -> httpx.Response:
    """What the form's answer is."""
    sent = {"name": name, "password": password, "next": next_}
    return await browser.post("/login", data=sent)


async def test_whoever_logs_in_goes_on_where_they_were_and_is_named_on_every_page() -> None:
    async with booking_site() as site:
        await site.house.account("mira", Role.TRAVELLER)
        page = Shown(await site.browser.get("/flights"))
        assert "Log in" in page.text
        assert 'href="/enter?next=%2Fflights"' in page.answer.text
        form = Shown(await site.browser.get("/enter?next=/flights"))
        assert form.hidden()["next"] == "/flights"
        answer = await log_in(site.browser, "Mira ", next_="/flights")
        assert (answer.status_code, answer.headers["location"]) == (303, "/flights")
        for path in ("/", "/flights", "/orders", "/me", "/nothing/here"):
            page = Shown(await site.browser.get(path))
            assert "mira" in page.text
            assert "Log in" not in page.text
            assert page.answer.headers["cache-control"] == "private, no-store"


async def test_who_is_logged_in_already_goes_on_at_once() -> None:
    async with booking_site() as site, site.person("mira") as mira:
        answer = await mira.browser.get("/enter?next=/flights")
        assert (answer.status_code, answer.headers["location"]) == (303, "/flights")


@pytest.mark.parametrize("next_", ["//evil.example", "https://evil.example/", "/\\evil"])
async def test_logging_in_leads_to_no_other_site(next_: str) -> None:
    async with booking_site() as site:
        await site.house.account("mira", Role.TRAVELLER)
        assert Shown(await site.browser.get("/enter", params={"next": next_})).hidden() == {
            "next": "/"
        }
        assert (await log_in(site.browser, "mira", next_=next_)).headers["location"] == "/"


async def test_an_address_that_only_takes_forms_leads_to_the_form() -> None:
    async with booking_site() as site:
        for path, location in (
            ("/login", "/enter"),
            ("/login?next=/desk", "/enter?next=%2Fdesk"),
            ("/login?next=//evil.example", "/enter"),
            ("/logout", "/me"),
            ("/me/password", "/enter?next=%2Fme"),
        ):
            answer = await site.browser.get(path)
            assert (answer.status_code, answer.headers["location"]) == (303, location)


async def test_a_wrong_password_and_a_name_that_is_not_there_are_told_alike() -> None:
    async with booking_site() as site:
        await site.house.account("mira", Role.TRAVELLER)
        for name in ("mira", "nobody"):
            answer = await log_in(site.browser, name, "seven stars at noon")
            assert answer.status_code == 403
            assert "Name and password do not belong together." in answer.text
            assert f'value="{name}"' in answer.text
            assert "seven stars" not in answer.text


async def test_the_account_says_what_one_is_and_where_one_can_go() -> None:
    async with booking_site() as site, site.person("ben", Role.AIRLINE, subject="BA") as ben:
        page = Shown(await ben.browser.get("/me"))
        assert "Name ben" in page.text
        assert "Airline BA" in page.text
        assert 'href="/desk"' in page.answer.text
        assert "/orders/mine" not in page.answer.text
        async with site.person("mira") as mira:
            page = Shown(await mira.browser.get("/me"))
            assert "Here as traveller" in page.text
            assert "/orders/mine" in page.answer.text
            assert "To the desk" not in page.text


async def test_without_a_session_the_account_leads_to_the_form() -> None:
    async with booking_site() as site:
        answer = await site.browser.get("/me")
        assert (answer.status_code, answer.headers["location"]) == (303, "/enter?next=%2Fme")


async def test_a_new_password_needs_the_old_one_and_ends_the_other_sessions() -> None:
    async with booking_site() as site, site.person("mira") as here, site.person("mira") as there:
        short = await here.browser.post("/me/password", data={"old": PASSWORD, "new": "short"})
        assert short.status_code == 400
        assert "at least 12 characters" in short.text
        wrong = await here.browser.post("/me/password", data={"old": "not this one", "new": NEW})
        assert wrong.status_code == 403
        done = await here.browser.post("/me/password", data={"old": PASSWORD, "new": NEW})
        assert done.status_code == 200
        assert "Your password was changed." in done.text
        assert (await here.browser.get("/me")).status_code == 200
        assert (await there.browser.get("/me")).status_code == 303
        assert (await log_in(site.browser, "mira", NEW)).status_code == 303


async def test_logging_out_everywhere_ends_every_session() -> None:
    async with booking_site() as site, site.person("mira") as here, site.person("mira") as there:
        assert (await here.browser.post("/logout/everywhere")).status_code == 303
        for one in (here, there):
            assert (await one.browser.get("/me")).status_code == 303


async def test_the_form_is_there_in_german() -> None:
    async with booking_site("de") as site:
        page = Shown(await site.browser.get("/enter"))
        assert "Sie können auch ohne Konto buchen." in page.text
        answer = await log_in(site.browser, "nobody", "a guess like any other")
        assert "gehören nicht zusammen" in answer.text


async def test_where_nobody_can_log_in_there_are_no_such_pages_and_no_link() -> None:
    pages = PagesSite()
    for path in ("/enter", "/me", "/orders/mine"):
        assert (await pages.get(path)).status_code in (303, 404)
    assert "Log in" not in (await pages.get("/flights")).text


async def test_the_cookie_is_these_pages_own_and_out_of_reach_of_scripts() -> None:
    async with booking_site() as site:
        await site.house.account("mira", Role.TRAVELLER)
        answer = await log_in(site.browser, "mira")
        cookie = answer.headers["set-cookie"]
        assert re.match(rf"{TRAVEL_COOKIE}=[A-Za-z0-9_-]{{43}};", cookie)
        assert TRAVEL_COOKIE != "holdfast_session"
        for part in ("HttpOnly", "SameSite=lax", "Path=/"):
            assert part in cookie
