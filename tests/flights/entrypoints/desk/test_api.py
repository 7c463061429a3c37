"""Asking: one sentence for what is refused, one effect for what is sent twice."""

import httpx
import pytest

from holdfast.errors import HoldfastError, Mistake
from holdfast.flights.entrypoints.desk.api import Api
from tests.flights.entrypoints.desk.answers import Answers, refusal


def test_a_question_carries_token_version_and_query() -> None:
    answers = Answers({"GET /air/orders": {"data": [1]}})
    assert answers.api().data("/air/orders", {"limit": "3"}) == [1]
    asked = answers.asked[0]
    assert asked.headers["authorization"] == "Bearer a-token"
    assert asked.headers["duffel-version"] == "v2"
    assert asked.url.query == b"limit=3"
    assert "idempotency-key" not in asked.headers


def test_a_refusal_is_the_callers_mistake_in_the_apis_words() -> None:
    answers = Answers({"POST /x": lambda _: refusal(422, "Must be a date", "/slices/0/date")})
    with pytest.raises(Mistake, match="/slices/0/date: Must be a date"):
        answers.api().post("/x", {})


@pytest.mark.parametrize("status", [429, 500, 503])
def test_an_api_that_is_broken_or_busy_is_nobodys_mistake(status: int) -> None:
    answers = Answers({"GET /x": lambda _: refusal(status, "Not now.")})
    with pytest.raises(HoldfastError, match="Not now") as caught:
        answers.api().get("/x")
    assert not isinstance(caught.value, Mistake)


def test_what_is_no_json_is_told_by_its_status() -> None:
    answers = Answers({"GET /x": lambda _: httpx.Response(502, html="<h1>Bad gateway</h1>")})
    with pytest.raises(HoldfastError, match="status 502"):
        answers.api().get("/x")
    answers = Answers({"GET /x": lambda _: httpx.Response(200, html="<h1>Hello</h1>")})
    with pytest.raises(HoldfastError, match="no JSON"):
        answers.api().get("/x")


def test_amadeus_errors_are_understood_too() -> None:
    body = {"errors": [{"status": 404, "title": "NOT FOUND", "detail": "No such flight"}]}
    answers = Answers({"GET /x": lambda _: httpx.Response(404, json=body)})
    with pytest.raises(Mistake, match="No such flight"):
        answers.api().get("/x")


def test_a_lost_answer_is_asked_for_once_more_with_the_same_key() -> None:
    keys = []

    def reply(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers["idempotency-key"])
        if len(keys) == 1:
            raise httpx.ReadTimeout("too slow")
        return httpx.Response(200, json={"data": "made"})

    answers = Answers({"POST /x": reply})
    assert answers.api().post("/x", {"a": 1}) == "made"
    assert keys[0] == keys[1]


def test_an_api_that_stays_silent_is_named() -> None:
    def reply(_: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("too slow")

    with pytest.raises(HoldfastError, match=r"http://api\.test does not answer: too slow"):
        Answers({"POST /x": reply}).api().act("/x")


def test_an_api_that_is_not_there_is_named_at_once() -> None:
    tries = []

    def reply(_: httpx.Request) -> httpx.Response:
        tries.append(1)
        raise httpx.ConnectError("refused")

    with pytest.raises(HoldfastError, match="refused"):
        Api("http://api.test", "t", httpx.MockTransport(reply)).get("/x")
    assert len(tries) == 1
