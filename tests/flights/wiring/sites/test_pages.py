"""The pages process: a token of its own, the API that the settings name, and of the database no
more than people and their sessions."""

from pathlib import Path

import httpx
import pytest

from holdfast.apps import APPS
from holdfast.flights.pages.entrance import TRAVEL_COOKIE
from holdfast.flights.wiring.sites.pages import entrance_of, pages_site, shop_of
from holdfast.platform.auth.memory import MemoryPeople
from holdfast.platform.auth.opening import opened_by_owner
from holdfast.platform.auth.passwords import kept_of
from holdfast.platform.auth.people import NewAccount
from holdfast.platform.auth.roles import Role
from holdfast.platform.auth.tables import people_schema
from holdfast.platform.data.provision import owner_of, provide
from holdfast.platform.runtime.clock import SystemClock
from holdfast.platform.runtime.config import Effective
from tests.flights.wiring.settings import effective
from tests.support.people import PASSWORD

NOBODY_THERE = "http://127.0.0.1:9"


@pytest.fixture
async def settings(flights_dsn: str, tmp_path: Path) -> Effective:
    """Those of pages whose database has the tables of people, and who ask an API that is not
    there."""
    made = effective(
        {"database.dsn": flights_dsn, "fleet.data": tmp_path, "flights.api_url": NOBODY_THERE}
    )
    await provide(owner_of(made), [people_schema(())], post=False)
    return made


async def test_the_pages_are_served_by_a_token_made_on_first_use(
    settings: Effective, tmp_path: Path
) -> None:
    token = tmp_path / "flights-pages.token"
    async with pages_site(settings, "flights-pages-1") as site:
        made = token.read_text()
        assert token.stat().st_mode & 0o077 == 0
        assert (tmp_path / "flights-people.key").stat().st_mode & 0o077 == 0
        transport = httpx.ASGITransport(site.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://travel") as browser:
            assert (await browser.get("/")).status_code == 200
            assert (await browser.get("/health/ready")).status_code == 503, "nobody is there"
    async with pages_site(settings, "flights-pages-2"):
        assert token.read_text() == made


async def test_the_token_may_be_elsewhere(settings: Effective, tmp_path: Path) -> None:
    named = tmp_path / "keys"
    elsewhere = settings.with_values({"flights.pages_token_file": str(named)})
    async with pages_site(elsewhere, "flights-pages-1"):
        assert named.exists()
        assert not (tmp_path / "flights-pages.token").exists()


async def test_somebody_with_an_account_in_the_database_logs_in_and_out(
    settings: Effective,
) -> None:
    async with opened_by_owner(settings) as people:
        new = NewAccount("mira", frozenset({Role.TRAVELLER}), password=kept_of(PASSWORD))
        await people.add_account(new, SystemClock().wall())
    async with pages_site(settings, "flights-pages-1") as site:
        transport = httpx.ASGITransport(site.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://travel") as browser:
            sent = {"name": "mira", "password": PASSWORD}
            assert (await browser.post("/login", data=sent)).status_code == 303
            assert "mira" in (await browser.get("/me")).text
            assert (await browser.post("/logout")).status_code == 303
            assert (await browser.get("/me")).status_code == 303
    async with opened_by_owner(settings) as people:
        told = [(one.who, one.act) for one in await people.entries(10)]
    assert told == [("mira", "logged out"), ("mira", "logged in")]


def test_the_shop_is_the_owner_of_the_pages_token() -> None:
    shop = shop_of("a token of the pages")
    assert (shop.owner, shop.live_mode) == ("travel", True)
    assert not shop_of("duffel_test_x").live_mode
    assert shop.token_id != shop_of("another token of the pages").token_id


@pytest.mark.parametrize(
    ("url", "is_secure"), [("", False), ("http://a.example", False), ("https://a.example", True)]
)
def test_over_https_the_cookie_goes_by_nothing_else(
    tmp_path: Path, url: str, is_secure: bool
) -> None:
    made = effective({"fleet.data": tmp_path, "flights.public_url": url})
    entrance = entrance_of(made, MemoryPeople(), shop_of("a token of the pages"))
    assert entrance.is_secure is is_secure
    assert entrance.passport.cookie == TRAVEL_COOKIE


def test_the_process_says_that_people_log_in_there() -> None:
    (pages,) = [one for app in APPS for one in app.processes if one.name == "flights-pages"]
    assert pages.logs_people_in
    assert not pages.lets_people_in
