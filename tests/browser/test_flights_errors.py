"""What flights' pages say when they cannot: as axe-core, a phone and a reader see it, in two
languages. As in `test_grading_errors`, each case is brought about in a real browser.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import httpx
import pytest
from playwright.sync_api import Browser, Page
from starlette.types import ASGIApp

from holdfast.flights.pages.desk_door import GRANT
from tests.browser.booking_server import BookingServer
from tests.browser.inspecting import LOOKS, Case, Eyes, Look, judged, post, press, send
from tests.browser.test_booking_pages import fill
from tests.flights.pages.test_desk import played
from tests.support.flights_world import NOW

pytestmark = pytest.mark.browser

ONEWAY = "/results?trip=oneway&from=FRA&to=LHR&out=2026-12-01"


class MoodyApi(httpx.AsyncBaseTransport):
    """The way to the whole API, which `refuses` or `is_away` when told to; the desk is played."""

    def __init__(self, real: ASGIApp) -> None:
        self._real = httpx.ASGITransport(real)
        self._desk = played()
        self.refuses = 0
        self.is_away = False
        _moods.append(self)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """One answer."""
        if self.is_away:
            raise httpx.ConnectError("nobody is there")
        if self.refuses:
            return httpx.Response(self.refuses, json={"errors": []})
        if request.url.path == GRANT and b"wrong" in request.content:
            return httpx.Response(401)
        if request.url.path.startswith(("/api/flights/", "/v1/security/")):
            return await self._desk.answer(request)
        return await self._real.handle_async_request(request)


_moods: list[MoodyApi] = []
"""The server makes its way to the API in a thread of its own; here the test finds it."""


@dataclass
class Flights:
    """Flights' pages, as they are looked at just now."""

    server: BookingServer
    eyes: Eyes
    look: Look = LOOKS[0]

    def open(self, path: str) -> Page:
        """A page for a traveller."""
        return self.eyes.open(path, self.look)

    @property
    def mood(self) -> MoodyApi:
        return _moods[-1]

    def settle(self) -> None:
        """All is well again."""
        self.server.duffel.clock.now = NOW
        self.mood.refuses, self.mood.is_away = 0, False


def _refused(status: int) -> Callable[[Flights], Page]:
    def play(one: Flights) -> Page:
        one.mood.refuses = status
        return one.open(ONEWAY)

    return play


def _silent(one: Flights) -> Page:
    one.mood.is_away = True
    return one.open(ONEWAY)


def _expired(one: Flights) -> Page:
    page = one.open(f"{one.server.offer()}/passengers")
    fill(page, "Dora")
    one.server.duffel.clock.now = NOW + timedelta(minutes=31)
    return press(page, "main form button.primary")


def _sold_out(one: Flights) -> Page:
    page = one.open(f"{one.server.offer()}/passengers")
    fill(page, "Eve")
    counters = one.server.duffel.bookings.counters
    before = dict(counters)
    counters.update({place: replace(one, sold=one.capacity) for place, one in before.items()})
    press(page, "main form button.primary")
    counters.update(before)
    return page


def _unconfirmed(one: Flights) -> Page:
    page = one.open(f"{one.server.offer()}/seats")
    page.locator("input[value='17A']").check()
    press(page, ".till button.primary")
    return press(page, "#confirm button.primary")


def _quoted(one: Flights) -> Page:
    page = one.open(f"{one.server.offer()}/passengers")
    fill(page, "Ida" if one.look.dark else "Uma")
    with page.expect_navigation(url=re.compile("/orders/")):
        page.locator("main form button.primary").first.click()
    return press(page, "form[action$='/cancel'] button")


def _refund_refused(one: Flights) -> Page:
    page = _quoted(one)
    one.server.duffel.clock.now = NOW + timedelta(minutes=31)
    return press(page, "main form button")


def _refund_over(one: Flights) -> Page:
    page = _quoted(one)
    one.server.duffel.clock.now = NOW + timedelta(minutes=31)
    page.reload()
    return page


def _wrong_key(one: Flights) -> Page:
    return send(one.open("/desk"), owner="BA", key="wrong")


def _airline(one: Flights) -> Page:
    return send(one.open("/desk"), owner="BA", key="the key")


def _too_many_keys(one: Flights) -> Page:
    page = one.open("/desk")
    for _ in range(10):
        form = {"owner": "BA", "key": "wrong"}
        page.context.request.post(f"{one.server.address}/desk", form=form)
    return send(page, owner="BA", key="the key")


def _too_many_references(one: Flights) -> Page:
    page = one.open("/orders")
    for _ in range(10):
        form = {"reference": "ZZZZZZ", "name": "nobody"}
        page.context.request.post(f"{one.server.address}/orders", form=form)
    return send(page, reference="ZZZZZZ", name="nobody")


CASES: tuple[Case[Flights], ...] = (
    Case(
        "no such page",
        lambda one: one.open("/nothing"),
        404,
        "It may be mistyped",
        "Vielleicht ist sie falsch geschrieben",
    ),
    Case(
        "no such offer",
        lambda one: post(one.open("/"), "/offers/off_0000AAAABBBB/again"),
        410,
        "Search again",
        "Suchen Sie noch einmal",
    ),
    Case(
        "wrong method",
        lambda one: post(one.open("/"), "/flights"),
        405,
        "does not take what was sent",
        "nimmt nicht an, was an sie gesendet wurde",
    ),
    Case("too many searches", _refused(429), 429, "try again in a minute", "in einer Minute"),
    Case("API away", _silent, 502, "try again in a few seconds", "in einigen Sekunden"),
    Case("API not ready", _refused(503), 502, "Try again", "Noch einmal versuchen"),
    Case(
        "which place",
        lambda one: one.open(ONEWAY.replace("LHR", "lo")),
        200,
        "Which place do you mean?",
        "Welchen Ort meinen Sie?",
    ),
    Case(
        "no flight number",
        lambda one: one.open("/flights?q=nonsense"),
        422,
        "Write it like “BA117 tomorrow”",
        "Schreiben Sie zum Beispiel „BA117 morgen“",
    ),
    Case(
        "expired",
        _expired,
        410,
        "Find the same flights again",
        "Dieselben Flüge noch einmal suchen",
    ),
    Case("sold out", _sold_out, 410, "nothing was charged", "nichts bezahlt"),
    Case("exit seat, unconfirmed", _unconfirmed, 200, "Please confirm, or", "Bitte bestätigen"),
    Case("refund refused", _refund_refused, 409, "ask for a new one", "fragen Sie neu an"),
    Case("refund over", _refund_over, 200, "Ask again", "Neu anfragen"),
    Case("wrong key", _wrong_key, 403, "Name and key do not fit", "passen nicht zusammen"),
    Case("an airline's desk", _airline, 200, "Feeds of BA", "Dateien von BA"),
    Case("too many keys", _too_many_keys, 429, "Please wait a minute", "Bitte warten Sie eine"),
    Case(
        "too many references",
        _too_many_references,
        429,
        "use the link of your booking",
        "nutzen Sie den Link Ihrer Buchung",
    ),
)
"""The last two stay closed, for the clock stands still."""


@pytest.fixture(scope="module")
def flights(browser: Browser) -> Iterator[Flights]:
    """Flights' pages in front of an API that has moods."""
    server = BookingServer(MoodyApi)
    server.begin()
    made = Flights(server, Eyes(browser, server.address))
    yield made
    made.eyes.close()
    server.end()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.replace(" ", "-"))
def test_what_is_refused_is_told_well(flights: Flights, case: Case[Flights]) -> None:
    def play(look: Look) -> Page:
        flights.look = look
        try:
            return case.play(flights)
        finally:
            flights.settle()

    assert judged("flights", flights.eyes, case, play) == []
