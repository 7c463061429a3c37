"""A fleet with gateways (`--set gateway.copies=2`): both applications through them, as promised by
docs/reference/gateway.md; the processes behind refuse what did not come that way."""

import http.client
import os
import signal
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from playwright.sync_api import expect, sync_playwright

from tests.browser.conftest import ARGUMENTS, CHROMIUM, PAGE_MS, require_chromium
from tests.support.booking_office import Plan, crowd, open_office, order_of, why
from tests.support.course_client import passes
from tests.support.fleet import Fleet, eventually, fleet

pytestmark = [pytest.mark.processes, pytest.mark.long]
SEATS, BUYERS = 12, 40
UIDS = range(1000, 1010)
SAFE = ("content-security-policy", "x-content-type-options", "referrer-policy", "x-request-id")


@pytest.fixture(scope="module")
def fronted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    folder = tmp_path_factory.mktemp("gateway")
    roster = folder / "roster.csv"
    roster.write_text("".join(f"{uid},Student {uid}\n" for uid in (1, *UIDS)))
    words = ("--set", "gateway.copies=2", "--roster", str(roster))
    with fleet(folder / "data", *words, nodes=1, demo=True) as running:
        yield running


def asked(port: int, path: str, **headers: str) -> tuple[int, dict[str, str], str]:
    """Status, headers and text of a GET."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=10.0)
    try:
        line.request("GET", path, headers=headers)
        answer = line.getresponse()
        told = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, told, answer.read().decode()
    finally:
        line.close()


@pytest.mark.parametrize(("port", "path"), [(8000, "/users"), (8100, "/openapi.json"), (8300, "/")])
def test_every_public_site_is_answered_through_a_gateway(
    fronted: Fleet, port: int, path: str
) -> None:
    identity = "an-id-of-this-test-1"
    status, headers, _ = asked(fronted.port(port), path, **{"X-Request-Id": identity})
    assert status == 200
    assert [name for name in SAFE if name not in headers] == []
    assert headers["x-request-id"] == identity
    assert asked(fronted.port(port), "/gateway/ready")[0] == 200


def test_a_student_is_graded_though_nodes_write_past_the_gateway(fronted: Fleet) -> None:
    done = fronted.holdfast("student", "2024-a1-t1", "--uid", "1", "--data", str(fronted.data))
    assert done.returncode == 0, done.stdout + done.stderr
    assert [one["verdict"] for one in fronted.attempts(1)] == ["pass"]
    assert asked(fronted.port(8001), "/health/live")[0] == 200


def test_what_did_not_come_through_a_gateway_is_refused(fronted: Fleet) -> None:
    assert asked(fronted.port(8001), "/users")[0] == 403
    assert asked(fronted.port(8101), "/air/orders")[0] == 403
    forged = {"X-Holdfast-Passage": "1 1800000000 127.0.0.1 1 http " + "0" * 64}
    assert asked(fronted.port(8001), "/users", **forged)[0] == 403
    assert asked(fronted.port(8000), "/users", **forged)[0] == 200, "a client's own is dropped"


def test_a_gateway_that_is_killed_is_missed_by_nobody(fronted: Fleet) -> None:
    first, second = fronted.pids("gateway")
    fronted.kill_pid(first)
    for _ in range(50):
        assert asked(fronted.port(8000), "/users")[0] == 200
    eventually(lambda: len(fronted.pids("gateway")) == 2, 20, "another gateway")
    assert second in fronted.pids("gateway")


def searched(fronted: Fleet, token: str) -> tuple[int, str | None]:
    """Status and Retry-After of a search, which writes and has no key: nobody may send it twice."""
    line = http.client.HTTPConnection("127.0.0.1", fronted.port(8100), timeout=60.0)
    headers = {
        "Authorization": f"Bearer {token}",
        "Duffel-Version": "v2",
        "Content-Type": "application/json",
    }
    try:
        line.request("POST", "/air/offer_requests", b"{}", headers)
        answer = line.getresponse()
        answer.read()
        return answer.status, answer.getheader("retry-after")
    finally:
        line.close()


@pytest.mark.parametrize("name", ["flights-search", "gateway"])
def test_what_is_told_to_stop_under_load_cuts_nothing_off(fronted: Fleet, name: str) -> None:
    token = (fronted.data / "flights.token").read_text().strip()
    said: list[tuple[int, str | None]] = []
    (told, *_) = before = fronted.pids(name)
    with ThreadPoolExecutor(8) as crowd:
        for turn in range(300):
            crowd.submit(lambda: said.append(searched(fronted, token)))
            if turn == 50:
                eventually(lambda: len(said) >= 20, 60, "the first answers")
                os.kill(told, signal.SIGTERM)
    assert len(said) == 300
    # Searches of nothing are refused by the service itself; without one, by the gateway.
    assert {status for status, _ in said} <= {400, 422, 429, 503}
    assert all(wait == "1" for status, wait in said if status == 503)
    eventually(lambda: len(set(fronted.pids(name)) - {told}) == len(before), 60, "a successor")
    eventually(lambda: searched(fronted, token)[0] in (400, 422), 60, "an answer of it")


def test_a_results_api_that_is_killed_is_waited_for(fronted: Fleet) -> None:
    fronted.kill("results-api")
    eventually(
        lambda: asked(fronted.port(8000), "/users")[0] == 200, 30, "answers of another results API"
    )


async def test_nothing_is_sold_twice_though_a_gateway_and_a_booking_process_die(
    fronted: Fleet,
) -> None:
    office = open_office(fronted)
    office.deliver((Plan(100, "FRA", "LHR", 8 * 60, SEATS),))
    victims = {5: "gateway", 10: "flights-booking"}
    async with office.client() as client:
        offers = await office.offers(client, BUYERS, [("FRA", "LHR")])

        async def buy(place: int) -> httpx.Response:
            if place in victims:
                fronted.kill(victims[place])
            return await office.ask(client, "/air/orders", order_of(offers[place]), f"key-{place}")

        said = Counter(map(why, await crowd(buy, range(BUYERS), at_once=8)))
        assert said["ok"] == SEATS, said
        assert (await office.audit(client))["ok"] is True


def is_announced(fronted: Fleet, uid: int) -> bool:
    """Whether a student's pass was announced; else nothing was told, or that it did not work."""
    try:
        passes(fronted, uid)
    except (AssertionError, OSError):
        return False
    return True


def test_what_was_announced_is_there_though_gateways_and_the_results_api_die(
    fronted: Fleet,
) -> None:
    victims = {1002: "gateway", 1005: "results-api"}
    announced = set()
    for uid in UIDS[:8]:
        if uid in victims:
            fronted.kill(victims[uid])
        if is_announced(fronted, uid):
            announced.add(uid)
    assert len(announced) >= 5
    eventually(lambda: fronted.answers("/api/grading/standings"), 30, "the results")
    passed = {uid for (uid, _), cell in fronted.cells().items() if cell["standing"] == "passed"}
    assert announced <= passed


def test_a_page_works_in_a_browser_and_follows_what_happens(fronted: Fleet) -> None:
    require_chromium()
    expect.set_options(timeout=PAGE_MS)
    eventually(lambda: is_announced(fronted, 1008), 30, "a node that has the results API again")
    complaints: list[str] = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_context(locale="en-GB").new_page()
        page.on("console", lambda said: complaints.append(f"{said.type}: {said.text}"))
        page.goto(fronted.url)
        expect(page.locator("#grid tbody tr").filter(has_text="1008")).to_be_visible()
        expect(page.locator("#pulse")).to_have_text("Live")
        passes(fronted, 1009)
        expect(page.locator("#grid tbody tr").filter(has_text="1009")).to_be_visible()
        page.goto(f"http://127.0.0.1:{fronted.port(8300)}/")
        expect(page.locator("form").first).to_be_visible()
        browser.close()
    assert [one for one in complaints if one.startswith("error")] == []
