"""docs/reference/people-in-flights.md: what each role finds, and who stands in the audit log."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from holdfast.flights.entrypoints.http.acts import Recording
from holdfast.flights.entrypoints.http.clients import Clients
from holdfast.flights.entrypoints.ingest.reviewing import Reviewing
from holdfast.flights.pages.api import Api, api_client
from holdfast.flights.pages.entrance import TRAVEL_COOKIE
from holdfast.flights.pages.routes import pages_app
from holdfast.flights.service.ingest_feed import Ingest
from holdfast.flights.service.ports.feeds import Held
from holdfast.platform.auth.roles import Role
from tests.flights.entrypoints.http.site import SIGNER, ManualClock, new_token, site
from tests.flights.feed_desk import NOON, MemoryFeeds, MemoryFile, delivery_of
from tests.flights.pages.booking_site import Shown, booking_site, entrance_of
from tests.support.people import PASSWORD, House

ROOT = Path(__file__).resolve().parent.parent.parent
ORDERS, DESK = "/orders/mine", "/desk"


@dataclass
class DeskSite:
    """The pages in front of the real desk of feeds, on which a file of BA waits."""

    house: House
    store: MemoryFeeds
    clock: ManualClock
    transport: httpx.ASGITransport

    @asynccontextmanager
    async def person(
        self, name: str, *roles: Role, subject: str = ""
    ) -> AsyncIterator[httpx.AsyncClient]:
        """A browser of somebody who has logged in."""
        session = await self.house.session(name, *roles, subject=subject)
        async with httpx.AsyncClient(
            transport=self.transport, base_url="http://travel", cookies={TRAVEL_COOKIE: session}
        ) as browser:
            yield browser


@pytest.fixture
async def desk() -> AsyncIterator[DeskSite]:
    house, store = House(), MemoryFeeds()
    store.waiting[5] = (Held(5, delivery_of(b"x"), NOON, 10, "it shrank"), MemoryFile(b"x"))
    ingest = Ingest(store, ManualClock())
    recording = Recording(house.people, Clients(SIGNER))
    async with site(Reviewing(ingest, store, recording=recording).operations()) as api:
        await api.tokens.create(new_token("of_aa", "AA", scopes=frozenset({"feeds"})))
        transport = httpx.ASGITransport(api.app, client=("192.0.2.8", 4000))
        async with api_client("http://api", transport=transport) as client:
            app = pages_app(Api(client, "pages"), api.clock, entrance=entrance_of(house))
            browsers = httpx.ASGITransport(app, client=("192.0.2.77", 4000))
            yield DeskSite(house, store, api.clock, browsers)


async def test_an_operator_sees_all_and_decides_by_name(desk: DeskSite) -> None:
    async with desk.person("olga", Role.OPERATOR) as olga:
        page = Shown(await olga.get(DESK))
        assert "it shrank" in page.text
        assert "/desk/leave" not in page.answer.text
        done = await olga.post("/desk/files/5/refuse")
        assert done.headers["location"] == "/desk?news=refused"
    assert not desk.store.waiting
    (entry, *_) = await desk.house.people.entries(9)
    assert (entry.who, entry.act, entry.detail) == ("olga", "file decided", "refused")
    assert entry.origin.address == "192.0.2.77", "the browser's, not that of the pages"


async def test_an_airline_sees_its_own_and_decides_nothing(desk: DeskSite) -> None:
    async with desk.person("ben", Role.AIRLINE, subject="ba") as ben:
        assert "it shrank" in (await ben.get(DESK)).text
        assert (await ben.post("/desk/files/5/approve")).status_code == 403
    async with desk.person("ann", Role.AIRLINE, subject="AA") as ann:
        page = await ann.get(DESK)
        assert page.status_code == 200
        assert "it shrank" not in page.text
    assert set(desk.store.waiting) == {5}


@pytest.mark.parametrize("role", [Role.TRAVELLER, Role.STUDENT, Role.TEACHER])
async def test_whoever_has_no_desk_is_told_and_can_do_nothing_there(
    desk: DeskSite, role: Role
) -> None:
    async with desk.person("mira", role, subject="1234") as mira:
        page = Shown(await mira.get(DESK))
        assert "Your account has no desk here." in page.text
        assert "it shrank" not in page.text
        assert (await mira.post("/desk/files/5/refuse")).status_code == 403
    assert set(desk.store.waiting) == {5}


async def test_a_key_opens_the_desk_as_before_for_whoever_has_logged_in(desk: DeskSite) -> None:
    async with desk.person("olga", Role.OPERATOR) as olga:
        olga.cookies.set("holdfast_desk", "QUE.of_aa", path="/desk")
        page = Shown(await olga.get(DESK))
        assert "it shrank" not in page.text
        assert "/desk/leave" in page.answer.text


async def test_a_locked_account_has_nothing_from_then_on(desk: DeskSite) -> None:
    async with desk.person("olga", Role.OPERATOR) as olga:
        account = await desk.house.people.account("olga")
        assert account is not None
        await desk.house.people.set_disabled(account.id, is_disabled=True)
        assert "it shrank" not in (await olga.get(DESK)).text
        assert (await olga.post("/desk/files/5/refuse")).status_code == 403
    assert set(desk.store.waiting) == {5}


FOUND: dict[Role, tuple[int, int | None]] = {
    Role.TRAVELLER: (200, None),
    Role.AGENT: (200, 303),
    Role.AIRLINE: (403, None),
    Role.OPERATOR: (403, None),
    Role.ADMIN: (200, None),
    Role.STUDENT: (403, None),
    Role.TEACHER: (403, None),
    Role.SERVICE: (403, None),
}
"""What each role finds at its orders, and where the desk leads."""


@pytest.mark.parametrize("role", list(Role))
async def test_who_has_bookings_of_their_own(role: Role) -> None:
    orders, desk = FOUND[role]
    async with booking_site() as made, made.person("mira", role, subject="BA") as mira:
        assert (await mira.browser.get(ORDERS)).status_code == orders
        if desk is not None:
            answer = await mira.browser.get(DESK)
            assert (answer.status_code, answer.headers["location"]) == (303, f"{ORDERS}?due=1")


async def test_every_log_in_and_out_is_in_the_audit_log_with_name_and_address() -> None:
    async with booking_site() as made:
        await made.house.account("mira", Role.TRAVELLER)
        for password in ("not this one at all", PASSWORD):
            await made.browser.post("/login", data={"name": "mira", "password": password})
        await made.browser.post("/logout")
        told = [(one.who, one.act) for one in await made.house.people.entries(9)]
        assert told == [("mira", "logged out"), ("mira", "logged in"), ("mira", "log-in failed")]
        assert all(one.origin.address for one in await made.house.people.entries(9))


def test_the_page_names_tests_that_are_there() -> None:
    page = (ROOT / "docs" / "reference" / "people-in-flights.md").read_text(encoding="utf-8")
    shown = page.rpartition("Shown by")[2]
    for path in ("tests/flights/test_people_in_flights.py", "tests/browser/test_travellers.py"):
        assert path in shown
        assert (ROOT / path).exists()
