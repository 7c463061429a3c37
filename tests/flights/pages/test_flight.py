"""The page of a flight's status: found, or why not."""

from datetime import date

import httpx
import msgspec
import pytest

from holdfast.flights.domain.status import LegState
from tests.flights.pages.offers import suggestion
from tests.flights.pages.pages_site import PagesSite, PlayedApi, data, refusal
from tests.flights.pages.test_flight_view import leg, status

STATUS = "GET /api/flights/status/ZZ100"


def native(value: object, status_: int = 200) -> httpx.Response:
    return httpx.Response(status_, content=msgspec.json.encode(value))


def problem(what: str, fix: str, status_: int = 404) -> httpx.Response:
    return native({"error": {"what": what, "where": "flight", "fix": fix}}, status_)


def pages(answer: httpx.Response) -> PagesSite:
    def places(request: httpx.Request) -> httpx.Response:
        names = {"FRA": "Frankfurt", "LHR": "London"}
        code = request.url.params["query"]
        found = suggestion(code, names.get(code, code))
        return data([msgspec.to_builtins(found)])

    return PagesSite(PlayedApi({STATUS: answer, "GET /places/suggestions": places}))


async def test_a_flight_is_shown_with_all_that_was_told() -> None:
    answer = await pages(native(status())).get("/flights/ZZ100?date=2026-12-01")
    assert answer.status_code == 200
    for shown in ("ZZ100", "delayed", "22:25", "25\u00a0min late", "B42", "late arrival", "D-AIUA"):
        assert shown in answer.text
    assert "Frankfurt" in answer.text
    assert "Departure gate" in answer.text
    assert "Departure expected</span> 22:25<" in answer.text, "told moments are local"


async def test_a_flight_is_shown_in_german() -> None:
    answer = await pages(native(status())).get("/flights/ZZ100", "de")
    for shown in ("verspätet", "Abfluggate", "Di 1. Dez 2026", "Planmäßig"):
        assert shown in answer.text


async def test_a_cancelled_flight_of_two_legs_says_which() -> None:
    both = status(leg(), leg("LHR", "JFK", status=LegState.CANCELLED))
    text = (await pages(native(both)).get("/flights/ZZ100")).text
    assert "Leg 2: London to New York" in text or "Leg 2: London to JFK" in text
    assert "cancelled" in text
    assert 'class="when off"' in text


async def test_a_day_without_the_flight_leads_to_the_nearest_ones() -> None:
    answer = problem(
        "ZZ100 does not fly on 2026-12-02", "the nearest dates are 2026-12-01 and 2026-12-03"
    )
    shown = await pages(answer).get("/flights/ZZ100?date=2026-12-02")
    assert shown.status_code == 404
    assert 'href="/flights/ZZ100?date=2026-12-03"' in shown.text


@pytest.mark.parametrize(
    ("answer", "status_code", "words"),
    [
        (problem("no airline files a flight ZZ100", "check it"), 404, "No airline files"),
        (problem("no number", "write it like BA117", 400), 400, "That is no flight"),
        (refusal(503, "x"), 502, "The service does not answer"),
        (refusal(429, "rate_limit_exceeded"), 429, "Too many questions"),
    ],
)
async def test_what_cannot_be_shown_says_why(
    answer: httpx.Response, status_code: int, words: str
) -> None:
    shown = await pages(answer).get("/flights/ZZ100")
    assert shown.status_code == status_code
    assert words in shown.text


async def test_a_question_leads_to_a_flight_and_a_day() -> None:
    site = pages(native(status()))
    for typed, address in (
        ("zz 100", "/flights/ZZ100"),
        ("ZZ100 2026-12-05", "/flights/ZZ100?date=2026-12-05"),
        ("ZZ100 tomorrow", "/flights/ZZ100?date=2026-12-02"),
    ):
        answer = await site.get(f"/flights?q={typed}")
        assert (answer.status_code, answer.headers["location"]) == (303, address)


async def test_tomorrow_of_a_flight_that_does_not_fly_today_is_utcs() -> None:
    answer = await pages(problem("x", "y")).get("/flights?q=ZZ100 tomorrow")
    assert answer.headers["location"] == f"/flights/ZZ100?date={date(2026, 11, 27)}"
    away = await pages(refusal(503, "x")).get("/flights?q=ZZ100 tomorrow")
    assert away.status_code == 502


async def test_no_flight_in_a_question_is_told_and_none_asks_for_one() -> None:
    site = pages(native(status()))
    wrong = await site.get("/flights?q=hello")
    assert wrong.status_code == 422
    assert 'value="hello"' in wrong.text
    assert 'aria-invalid="true"' in wrong.text
    assert (await site.get("/flights")).status_code == 200


async def test_names_that_are_not_told_are_codes() -> None:
    site = PagesSite(PlayedApi({STATUS: native(status())}))
    text = (await site.get("/flights/ZZ100")).text
    assert "<b>FRA</b>" in text


async def test_hostile_designators_are_text() -> None:
    answer = await PagesSite().get("/flights/%3Cscript%3Ealert(1)")
    assert answer.status_code == 404
    assert "<script>alert" not in answer.text.lower()
