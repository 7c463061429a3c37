"""An airline sees its own, an operator all, and nobody decides from elsewhere."""

from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec
import pytest

from holdfast.flights.pages.desk import AUDIT, FEEDS, PARKED, PROMISE
from holdfast.flights.pages.desk_door import COOKIE, GRANT
from holdfast.flights.pages.feed_view import (
    AssertionAnswer,
    AuditAnswer,
    BadRecordAnswer,
    FeedAnswer,
    FeedsAnswer,
    HeldAnswer,
    ParkedAnswer,
    ParkedListAnswer,
    PromiseAnswer,
    PromiseCostAnswer,
    QuarantineAnswer,
    QuarantinedAnswer,
    SourceAnswer,
)
from tests.flights.pages.booking_site import Shown
from tests.flights.pages.pages_site import PagesSite, PlayedApi, refusal

AT = datetime(2026, 11, 26, 11, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script>"
FEED = FeedAnswer(
    "BA", "fares", "fares", "rejected", 7, AT, 3600.0, AT, 8, "rejected", HOSTILE, 1200, 3, 1
)
BA = FeedsAnswer(
    [FEED],
    [HeldAnswer(5, "BA", "fares", 8, AT, 10, "it shrank")],
    [SourceAnswer("BA", None, AT, 2, "timeout")],
)
RECORDS = QuarantineAnswer(
    [QuarantinedAnswer("fares", 7, AT, BadRecordAnswer(12, "no price", HOSTILE))]
)
PRICES = ParkedListAnswer(
    [ParkedAnswer(3, "BA", "FRA-LHR Flex", "EUR", "100.00", "990.00", 7, AT, True)]
)
REPORT = AuditAnswer(True, AT, [AssertionAnswer("seat_unique", "no seat twice", 1200, 0, [])])
COSTS = PromiseAnswer([PromiseCostAnswer("BA", "EUR", "12.05", "500.00")])
GRANTED = {"client_id": "BA", "access_token": "hfs_x.y", "expires_in": 1799}


def json(value: Any) -> httpx.Response:
    """An answer of the native part of the API."""
    return httpx.Response(200, content=msgspec.json.encode(value))


def played(*, is_operator: bool = False) -> PlayedApi:
    """The API as an airline or an operator finds it."""
    forbidden = refusal(403, "insufficient_permissions")
    return PlayedApi(
        {
            f"POST {GRANT}": httpx.Response(200, json=GRANTED),
            f"GET {FEEDS}": json(BA),
            f"GET {FEEDS}/BA/quarantine": json(RECORDS),
            f"GET {PARKED}": json(PRICES) if is_operator else forbidden,
            f"GET {AUDIT}": json(REPORT) if is_operator else forbidden,
            f"GET {PROMISE}": json(COSTS) if is_operator else forbidden,
            f"POST {PARKED}/3/approve": httpx.Response(200, json={"id": 3, "outcome": "approved"}),
            f"POST {FEEDS}/held/5/refuse": httpx.Response(
                200, json={"id": 5, "outcome": "refused"}
            ),
        }
    )


async def entered(api: PlayedApi, path: str = "/desk", method: str = "GET") -> httpx.Response:
    """A page behind the door."""
    async with PagesSite(api).browser() as browser:
        answer = await browser.post("/desk", data={"owner": "BA", "key": "the key"})
        assert answer.status_code == 303
        return await browser.request(method, path, follow_redirects=True)


async def test_without_a_pass_there_is_only_the_door() -> None:
    api = played()
    page = await PagesSite(api).get("/desk")
    assert "Enter with a key" in page.text
    assert api.asked == []


async def test_the_pass_is_out_of_reach_of_scripts_and_other_sites_and_is_not_the_key() -> None:
    async with PagesSite(played()).browser() as browser:
        answer = await browser.post("/desk", data={"owner": "BA", "key": "the key"})
    cookie = next(one for one in answer.headers.get_list("set-cookie") if COOKIE in one)
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Path=/desk" in cookie
    assert "Max-Age=1799" in cookie
    assert "the key" not in cookie


async def test_an_airline_sees_its_feeds_and_what_was_set_aside_and_why() -> None:
    api = played()
    page = Shown(await entered(api))
    assert "Feeds of BA" in page.text
    assert "26 Nov, 11:00 UTC, rejected" in page.text
    assert "1,200" in page.text
    assert "60 min" in page.text
    assert "no price" in page.text
    assert "it shrank" in page.text
    assert "failed 2 times: timeout" in page.text
    assert "Approve" not in page.text
    asked = [one for one in api.asked if one.method == "GET"]
    assert {one.headers["authorization"] for one in asked} == {"Bearer hfs_x.y"}


async def test_what_an_airline_delivers_shows_as_text() -> None:
    answer = await entered(played())
    assert HOSTILE not in answer.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in answer.text


async def test_an_operator_sees_the_auditor_and_the_prices_that_wait() -> None:
    page = Shown(await entered(played(is_operator=True)))
    assert "all is right" in page.text
    assert "1,200 checked, none wrong" in page.text
    assert "No seat has two passengers" in page.text
    assert "FRA-LHR Flex €100.00 €990.00" in page.text
    assert "BA €12.05 of €500.00 allowed" in page.text


async def test_what_the_auditor_finds_wrong_is_red_and_has_examples() -> None:
    api = played(is_operator=True)
    wrong = AssertionAnswer("seat_unique", "no seat twice", 1200, 2, ["BA101 12A"])
    api.answers[f"GET {AUDIT}"] = json(AuditAnswer(False, AT, [wrong]))
    page = Shown(await entered(api))
    assert "something is wrong" in page.text
    assert "2 of 1,200 wrong" in page.text
    assert "BA101 12A" in page.text


@pytest.mark.parametrize(
    ("path", "news"),
    [
        ("/desk/prices/3/approve", "Approved."),
        ("/desk/files/5/refuse", "Refused."),
        ("/desk/prices/9/refuse", "Somebody decided that already."),
    ],
)
async def test_an_operator_decides(path: str, news: str) -> None:
    page = Shown(await entered(played(is_operator=True), path, "POST"))
    assert news in page.text


@pytest.mark.parametrize(
    "path", ["/desk/prices/x/approve", "/desk/prices/3/eat", "/desk/x/3/refuse"]
)
async def test_there_is_nothing_else_to_decide(path: str) -> None:
    assert (await entered(played(is_operator=True), path, "POST")).status_code == 404


async def test_nobody_decides_without_a_pass_or_from_another_site() -> None:
    api = played(is_operator=True)
    async with PagesSite(api).browser() as browser:
        assert (await browser.post("/desk/prices/3/approve")).status_code == 403
        await browser.post("/desk", data={"owner": "BA", "key": "the key"})
        foreign = {"sec-fetch-site": "cross-site"}
        answer = await browser.post("/desk/prices/3/approve", headers=foreign)
        assert answer.status_code == 403
    assert not any("approve" in one.url.path for one in api.asked)


async def test_a_pass_that_is_over_is_forgotten_and_asked_for_anew() -> None:
    api = played()
    api.answers[f"GET {FEEDS}"] = refusal(401, "expired_access_token")
    answer = await entered(api)
    assert answer.status_code == 403
    assert "Your half hour is over" in answer.text
    assert f'{COOKIE}=""' in answer.headers["set-cookie"]


async def test_a_wrong_key_is_told_without_saying_which_part_is_wrong() -> None:
    api = PlayedApi({f"POST {GRANT}": httpx.Response(401, json={})})
    async with PagesSite(api).browser() as browser:
        answers = [
            await browser.post("/desk", data={"owner": "BA", "key": str(number)})
            for number in range(11)
        ]
    assert [one.status_code for one in answers] == [403] * 10 + [429]
    assert "Name and key do not fit" in answers[0].text


async def test_who_leaves_is_out() -> None:
    async with PagesSite(played()).browser() as browser:
        await browser.post("/desk", data={"owner": "BA", "key": "the key"})
        await browser.post("/desk/leave")
        assert "Enter with a key" in (await browser.get("/desk")).text
