"""docs/reference/accessibility.md: every page of both applications, as axe-core and a phone see it.

Which pages there are is taken from the routes: one that nobody visits here is a failure.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import httpx
import msgspec
import pytest
from playwright.sync_api import Browser, Page
from starlette.routing import Route
from starlette.types import ASGIApp

from holdfast.flights.pages import links
from holdfast.flights.pages.routes import pages_app
from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.deadlines import Deadline, plan_of
from holdfast.grading.domain.roster import UserId
from holdfast.grading.entrypoints.results_api.access import COOKIE as TEACHERS
from holdfast.grading.entrypoints.results_api.access import Role as Course
from holdfast.platform.auth.passport import COOKIE as SESSION
from holdfast.platform.auth.roles import Role
from holdfast.platform.runtime.clock import SystemClock
from tests.browser.booking_server import BookingServer
from tests.browser.conftest import ADMIN, Site
from tests.browser.inspecting import LOOKS, Eyes, Look, picture
from tests.browser.test_booking_pages import fill
from tests.browser.test_pages import add_student, failed_attempt
from tests.flights.pages.pages_site import PlayedApi
from tests.flights.pages.test_desk import played
from tests.flights.pages.test_flight_view import status
from tests.support.endpoints import access, addresses_of, whole_site
from tests.support.people import PASSWORD
from tests.support.seeded_class import opened

pytestmark = [pytest.mark.browser, pytest.mark.long]

ADA = UserId(1000)
LONG_NAME = "<b>Anna-Lena</b> von der Schulenburg-Wolfenbüttel zu Hohenlohe-Langenburg"
HIDDEN_BEYOND = """() => [...document.querySelectorAll("main td, main th[scope=row]")]
  .filter(cell => cell.getBoundingClientRect().right > innerWidth)
  .map(cell => cell.textContent.trim())"""
"""What of tables one would have to scroll sideways to."""
ONEWAY = "/results?trip=oneway&from=FRA&to=LHR&out=2026-12-01"


# Grading


@dataclass(frozen=True, slots=True)
class Visit:
    """A page. `route`: as the site declares it; `as_who`: who looks; `act`: what they do there
    before we look; `texts`: selectors of words that must stand out."""

    name: str
    route: str
    path: str
    as_who: str = ""
    act: Callable[[Page], None] = lambda page: None
    texts: tuple[str, ...] = ()


def _send(action: str, /, **fields: str) -> Callable[[Page], None]:
    """Fill in fields by id, press a button, wait for what comes."""

    def act(page: Page) -> None:
        for field, text in fields.items():
            page.fill(f"#{field}", text)
        with page.expect_navigation():
            page.locator(f"form[action='{action}'] button").first.click()

    return act


def _mistaken(page: Page) -> None:
    fill(page, "<b>Ada</b>")
    page.fill("#phone", "12")
    with page.expect_navigation():
        page.locator("main form button.primary").first.click()


def _ask_for_order(page: Page) -> None:
    page.fill("#reference", "ZZZZZZ")
    page.fill("#name", "nobody")
    with page.expect_navigation():
        page.locator("main form button").first.click()


def _enter_desk(page: Page) -> None:
    page.fill("#owner", "BA")
    page.fill("#key", "the key")
    with page.expect_navigation():
        page.locator("main form button").first.click()


def _log_in(path: str, name: str = "ida", password: str = PASSWORD) -> Callable[[Page], None]:
    """Log in at the travel pages, and go on."""

    def act(page: Page) -> None:
        page.goto("/".join(page.url.split("/")[:3]) + links.enter(path))
        page.fill("#name", name)
        page.fill("#password", password)
        with page.expect_navigation():
            page.locator("main form button").first.click()

    return act


def _open_failed(page: Page) -> None:
    page.goto("/".join(page.url.split("/")[:3]) + failed_attempt(page))


GRADING = (
    Visit(
        "class",
        "/",
        "/",
        texts=(
            *(".legend span", ".grid tbody .who a", ".task abbr", ".test small"),
            *(".choice a", ".tongue a", ".tools select"),
        ),
    ),
    Visit("class of a teacher", "/", "/?test=2024-a1-t2", "teacher"),
    Visit("class, nobody found", "/", "/?name=nobody-of-this-name"),
    Visit("student", "/students/{uid}", "/students/1000"),
    Visit(
        "attempt that failed",
        "/attempts/{attempt}",
        "/students/1000",
        act=_open_failed,
        texts=(
            *(".stamp", ".reason", ".verdictbox .soft"),
            *(".talk .who", ".talk .k", ".dump .at"),
        ),
    ),
    Visit("attempt that runs", "/attempts/{attempt}", "running"),
    Visit("tests", "/tests", "/tests"),
    Visit("test", "/tests/{test}", "/tests/2024-a2-t3"),
    Visit("scoreboard", "/scoreboard", "/scoreboard", texts=(".pseudonym", ".list th")),
    Visit("scoreboard of a teacher", "/scoreboard", "/scoreboard", "teacher"),
    Visit("tonight", "/tonight", "/tonight", texts=(".facts dt", ".list td")),
    Visit("causes", "/causes", "/causes", "teacher", texts=(".many", ".why", "h2 .soft")),
    Visit("desk", "/teach", "/teach", "teacher"),
    Visit("roster", "/teach/roster", "/teach/roster", "teacher", texts=(".firm", ".import label")),
    Visit(
        "roster, preview",
        "/teach/roster",
        "/teach/roster",
        "teacher",
        _send("/teach/roster", text="1000,Ada King\n4711,New <b>Person</b>"),
    ),
    Visit(
        "roster, mistakes",
        "/teach/roster",
        "/teach/roster",
        "teacher",
        _send("/teach/roster", text="1,Anna\nx,Ben\n3,"),
    ),
    Visit("deadlines", "/teach/deadlines", "/teach/deadlines", "teacher"),
    Visit("enter", "/enter", "/enter"),
    Visit("enter, wrong", "/enter", "/enter", act=_send("/login", name="mira", password="guess")),
    Visit("my account", "/me", "/me", "account"),
    Visit("audit log", "/audit", "/audit", "admin"),
    Visit("audit log, not for me", "/audit", "/audit", "account"),
    Visit("welcome", "/welcome", "/welcome?key=0123456789abcdef"),
    Visit(
        "welcome, link of yesterday",
        "/welcome",
        "/welcome?key=0123456789abcdef",
        act=_send("/welcome", name="mira", password="seven stars at night"),
    ),
    Visit("claim", "/claim", "/claim"),
    Visit("claim, wrong", "/claim", "/claim", act=_send("/claim", uid="1000", token="wrong")),
    Visit("not there", "/{path:path}", "/students/9999"),
)
NO_PAGES = {
    "/assets/{digest}/{name}": "files of pages",
    "/attempts/{attempt}/transcript.json": "a file",
    "/enter/student": "leads to the form",
    "/login": "leads to the form",
    "/logout": "leads to the account",
    "/logout/everywhere": "leads to the account",
    "/me/password": "leads to the account",
    "/login/university": "leads to the university",
    "/login/university/back": "comes back, or tells why not on the page of `/enter`",
    "/openapi.json": "for programs",
    "/s/{uid}/{test}": "leads to an attempt",
    "/teach/results.csv": "a file",
    "/teach/results.json": "a file",
    "/online": "JSON at an address of the seed",
    "/users": "JSON at an address of the seed",
    "/users/{uid}": "JSON at an address of the seed",
    "/users/{uid}/assignments": "JSON at an address of the seed",
    "/assignments": "JSON at an address of the seed",
    "/assignments/{number}": "JSON at an address of the seed",
}
"""What can be got from grading and is no page, and why; `/api/` and `/health/` are for programs."""


@pytest.fixture(scope="module")
def people(site: Site) -> dict[str, str]:
    """Cookies of those who look, by what visits call them; and a class with deadlines."""
    due = datetime.now(UTC) + timedelta(days=3)
    past = datetime.now(UTC) - timedelta(days=900)
    deadlines = [
        Deadline(TestId("2024-a1-t3"), due, 1800, 20),
        *(Deadline(TestId(f"2024-a1-t{n}"), past, 0, 5) for n in (1, 2, 4)),
    ]
    add_student(site, 8001, LONG_NAME)
    add_student(site, 8002, LONG_NAME.replace(" ", ""))
    kept = site.do(site.coursework.plan())
    site.do(site.coursework.replace_plan(plan_of(deadlines, []), kept.version))
    running = opened(77_100, ADA, TestId("2024-a2-t4"), datetime.now(UTC))
    site.do(site.store.open_attempt(running))
    session = site.do(site.house.session("mira.berger@university.example", Role.TEACHER))
    teacher = replace(access(), viewer=b"v" * 32, admin=ADMIN.encode(), now=lambda: 0.0)
    return {
        "account": session,
        "admin": site.do(site.house.session("ines.admin", Role.ADMIN)),
        "teacher": teacher.cookie_for(Course.ADMIN),
        "running": f"/attempts/{running.id}",
    }


@pytest.fixture(scope="module")
def grading(browser: Browser, site: Site) -> Iterator[Eyes]:
    """Looks at pages of grading."""
    eyes = Eyes(browser, site.address)
    yield eyes
    eyes.close()


@pytest.mark.parametrize("look", LOOKS, ids=["desktop", "phone"])
def test_a_long_name_leaves_room_for_the_tests(
    grading: Eyes, people: dict[str, str], look: Look
) -> None:
    page = grading.open("/", look, [(SESSION, people["admin"])])
    row = page.locator(".grid tbody tr", has_text="Wolfenbüttel").first
    name = row.locator(".who").bounding_box()
    assert name
    assert name["width"] <= look.width * 0.45


@pytest.mark.parametrize("path", ["/scoreboard", "/audit", "/tonight"])
def test_a_phone_shows_whole_tables_without_scrolling_and_without_broken_words(
    grading: Eyes, people: dict[str, str], path: str
) -> None:
    who = (SESSION, people["admin"])
    page = grading.open(path, LOOKS[1], [who])
    assert page.locator("tbody tr").count() > 0
    assert page.evaluate(HIDDEN_BEYOND) == []


@pytest.mark.parametrize("visit", GRADING, ids=lambda visit: visit.name.replace(" ", "-"))
def test_a_page_of_grading_has_no_serious_fault(
    grading: Eyes, people: dict[str, str], visit: Visit
) -> None:
    cookies = {
        "teacher": (TEACHERS, people["teacher"]),
        "account": (SESSION, people["account"]),
        "admin": (SESSION, people["admin"]),
    }
    for look in LOOKS:
        mine = [cookies[visit.as_who]] if visit.as_who else []
        page = grading.open(people.get(visit.path, visit.path), look, mine)
        visit.act(page)
        picture(page, f"grading-{visit.name}-{look}")
        grading.begin(look)
    assert [fault for look in LOOKS for fault in grading.faults(look, visit.texts)] == []


def test_every_page_of_grading_is_visited(site: Site) -> None:
    async def served() -> set[str]:
        async with whole_site() as whole:
            return {one.path for one in addresses_of(whole) if one.method == "GET"}

    def is_a_page(path: str) -> bool:
        programs = path.startswith(("/api/", "/health/", "/internal/"))
        return not programs and not path.endswith("/people.css") and path not in NO_PAGES

    visited = {visit.route for visit in GRADING} - {"/{path:path}"}
    assert {path for path in site.do(served()) if is_a_page(path)} == visited


# Flights


class WholeApi(httpx.AsyncBaseTransport):
    """The way to the whole API: bookings are real, the status and the feed desk are played."""

    def __init__(self, real: ASGIApp) -> None:
        self._real = httpx.ASGITransport(real)
        self._played = played(is_operator=True)
        self._played.answers["GET /api/flights/status/ZZ100"] = httpx.Response(
            200, content=msgspec.json.encode(status(history=3))
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """One answer."""
        if request.url.path.startswith(("/api/flights/", "/v1/security/")):
            return await self._played.answer(request)
        return await self._real.handle_async_request(request)


FLIGHTS = (
    Visit(
        "search",
        "/",
        "/",
        texts=(
            *("h1", ".lead", ".hint", ".primary", ".choice label"),
            *(".bar nav a", ".foot p"),
        ),
    ),
    Visit(
        "results",
        "/results",
        ONEWAY,
        texts=(".lock", ".lock a", ".terms .no", ".terms .yes", ".primary", ".soft"),
    ),
    Visit("results, filtered to none", "/results", f"{ONEWAY}&stops=0&max=1&airline=XX"),
    Visit("results, half a wish", "/results", "/results?from=FRA"),
    Visit("results, unclear place", "/results", ONEWAY.replace("LHR", "lo")),
    Visit("flights", "/flights", "/flights"),
    Visit(
        "flight",
        "/flights/{designator}",
        "/flights/ZZ100",
        texts=(".badge.warn", "dt", ".list th", ".facts dd"),
    ),
    Visit("flight, unknown", "/flights/{designator}", "/flights/BA999"),
    Visit("offer", "/offers/{offer}", "offer"),
    Visit("offer, gone", "/offers/{offer}", "/offers/off_0000AAAABBBB"),
    Visit("seats", "/offers/{offer}/seats", "offer seats"),
    Visit("checkout", "/offers/{offer}/passengers", "offer passengers"),
    Visit("checkout, mistakes", "/offers/{offer}/passengers", "offer passengers", act=_mistaken),
    Visit("find an order", "/orders", "/orders"),
    Visit("find an order, wrong", "/orders", "/orders", act=_ask_for_order),
    Visit("order, held", "/orders/{order}/{seal}", "held"),
    Visit("order, paid", "/orders/{order}/{seal}", "paid"),
    Visit("cancel", "/orders/{order}/{seal}/cancel/{quote}", "quote"),
    Visit("order, cancelled", "/orders/{order}/{seal}", "cancelled"),
    Visit("desk's door", "/desk", "/desk"),
    Visit("desk", "/desk", "/desk", act=_enter_desk),
    Visit("log in", "/enter", "/enter"),
    Visit("log in, wrong", "/enter", "/enter", act=_log_in("/me", password="a guess of mine")),
    Visit("account", "/me", "/enter", act=_log_in("/me")),
    Visit("own orders", "/orders/mine", "/enter", act=_log_in("/orders/mine")),
    Visit("own orders, none", "/orders/mine", "/enter", act=_log_in("/orders/mine", "ben")),
    Visit("own orders, not for me", "/orders/mine", "/enter", act=_log_in("/orders/mine", "ba")),
    Visit("desk by account", "/desk", "/enter", act=_log_in("/desk", "op")),
    Visit("desk, not for me", "/desk", "/enter", act=_log_in("/desk", "ben")),
    Visit("not there", "", "/nothing"),
)
NO_FLIGHTS_PAGES = {
    "/assets/{digest}/{name}": "files of pages",
    "/health/live": "for programs",
    "/health/ready": "for programs",
    "/language/{code}": "leads back",
    "/login": "leads to the form",
    "/logout": "leads to the account",
    "/logout/everywhere": "leads to the account",
    "/me/password": "leads to the account",
    "/offers/{offer}/seats/free": "for the seat map's script",
    "/orders/{order}/{seal}/flights.ics": "a file",
    "/places": "for the search's script",
}
"""What can be got from flights' pages and is no page, and why."""


@pytest.fixture(scope="module")
def server() -> Iterator[BookingServer]:
    """All pages of flights, in front of the whole API in memory."""
    running = BookingServer(WholeApi)
    running.begin()
    for name, role, subject in (
        ("ida", Role.TRAVELLER, ""),
        ("ben", Role.TRAVELLER, ""),
        ("ba", Role.AIRLINE, "BA"),
        ("op", Role.OPERATOR, ""),
    ):
        running.do(running.house.account(name, role, subject=subject))
    yield running
    running.end()


@pytest.fixture(scope="module")
def flights(browser: Browser, server: BookingServer) -> Iterator[Eyes]:
    """Looks at pages of flights."""
    eyes = Eyes(browser, server.address)
    yield eyes
    eyes.close()


@pytest.fixture(scope="module")
def trips(flights: Eyes, server: BookingServer) -> dict[str, str]:
    """Where what was booked is shown, by what visits call it."""

    def book(given: str, button: str) -> Page:
        page = flights.open(f"{server.offer()}/passengers", LOOKS[0])
        fill(page, given)
        with page.expect_navigation(url=re.compile("/orders/")):
            page.get_by_role("button", name=re.compile(button)).click()
        return page

    def place(page: Page) -> str:
        return page.url.removeprefix(server.address).partition("?")[0]

    found = {"held": place(book("Ida", "^Hold"))}
    found["paid"] = place(book("Ada", "^Book and pay"))
    page = book("Eve", "^Book and pay")
    found["cancelled"] = place(page)
    page.get_by_role("button", name="Cancel booking").click()
    page.get_by_role("button", name="Yes, cancel").click()
    page.get_by_text("The booking is cancelled.").wait_for()
    page = flights.open(found["paid"], LOOKS[0])
    with page.expect_navigation():
        page.get_by_role("button", name="Cancel booking").click()
    found["quote"] = place(page)
    page = flights.open("/enter", LOOKS[0])
    _log_in(server.offer() + "/passengers")(page)
    fill(page, "Ira")
    with page.expect_navigation(url=re.compile("/orders/")):
        page.get_by_role("button", name=re.compile("^Hold")).click()
    offer = server.offer()
    return (
        found
        | {"offer": offer, "offer seats": f"{offer}/seats"}
        | {"offer passengers": f"{offer}/passengers"}
    )


def test_a_phone_shows_whole_tables_of_the_desk(flights: Eyes, trips: dict[str, str]) -> None:
    page = flights.open("/desk", LOOKS[1])
    _enter_desk(page)
    assert page.locator("table").count() >= 3
    assert page.evaluate(HIDDEN_BEYOND) == []


@pytest.mark.parametrize("visit", FLIGHTS, ids=lambda visit: visit.name.replace(" ", "-"))
def test_a_page_of_flights_has_no_serious_fault(
    flights: Eyes, trips: dict[str, str], visit: Visit
) -> None:
    for look in LOOKS:
        page = flights.open(trips.get(visit.path, visit.path), look)
        visit.act(page)
        picture(page, f"flights-{visit.name}-{look}")
        flights.begin(look)
    assert [fault for look in LOOKS for fault in flights.faults(look, visit.texts)] == []


def test_every_page_of_flights_is_visited() -> None:
    app = pages_app(PlayedApi().api(), SystemClock())
    served = {
        one.path for one in app.routes if isinstance(one, Route) and "GET" in (one.methods or ())
    }
    assert served - set(NO_FLIGHTS_PAGES) == {visit.route for visit in FLIGHTS} - {""}
