"""One question, one answer, or what kept it: as a value, bounded, and never asked twice blindly."""

from collections.abc import Callable

import httpx
import pytest

from holdfast.flights.pages import api as api_module
from holdfast.flights.pages.api import Away, Listed, Question, Refused, at
from holdfast.flights.wire.duffel_places import AircraftShape
from tests.flights.pages.pages_site import TOKEN, PlayedApi, data, refusal

A320 = {"id": "arc_1", "name": "Airbus A320", "iata_code": "320", "more": 1}
READ = Question("GET", "/air/aircraft/arc_1")
WRITE = Question("POST", "/air/orders", body={"type": "hold"})


def failing(
    *failures: Exception, then: httpx.Response
) -> Callable[[httpx.Request], httpx.Response]:
    left = list(failures)

    def answer(_: httpx.Request) -> httpx.Response:
        if left:
            raise left.pop(0)
        return then

    return answer


async def test_an_answer_is_of_the_kind_that_was_asked_for() -> None:
    played = PlayedApi({"GET /air/aircraft/arc_1": data(A320)})
    found = await played.api().ask(READ, AircraftShape)
    assert found == AircraftShape("arc_1", "Airbus A320", "320")


async def test_a_question_brings_who_asks_who_looks_and_its_key() -> None:
    played = PlayedApi({"POST /air/orders": data(A320, 201)})
    question = Question(
        "POST",
        "/air/orders",
        query={"q": "ä&b"},
        body={"type": "hold"},
        key="k1",
        viewer="anna",
        request_id="request-1",
    )
    await played.api().ask(question, AircraftShape)
    (asked,) = played.asked
    assert asked.headers["authorization"] == f"Bearer {TOKEN}"
    assert asked.headers["duffel-version"] == "v2"
    assert asked.headers["x-viewer"] == "anna"
    assert asked.headers["idempotency-key"] == "k1"
    assert asked.headers["x-request-id"] == "request-1"
    assert asked.url.params["q"] == "ä&b"
    assert asked.content == b'{"data":{"type":"hold"}}'


async def test_a_native_answer_has_no_envelope() -> None:
    played = PlayedApi({"GET /native": httpx.Response(200, json=A320)})
    found = await played.api().ask(Question("GET", "/native", enveloped=False), AircraftShape)
    assert isinstance(found, AircraftShape)


async def test_a_list_says_where_it_goes_on() -> None:
    page = httpx.Response(200, json={"data": [A320], "meta": {"limit": 1, "after": "x"}})
    played = PlayedApi({"GET /air/aircraft": page})
    found = await played.api().listed(Question("GET", "/air/aircraft"), AircraftShape)
    assert isinstance(found, Listed)
    assert (len(found.items), found.after, found.before) == (1, "x", None)


async def test_what_is_refused_is_told_by_its_code() -> None:
    played = PlayedApi({"POST /air/orders": refusal(422, "invalid", "Bad.", "/passengers/0")})
    found = await played.api().ask(WRITE, AircraftShape)
    assert found == Refused(422, "invalid", "Bad.", "/passengers/0")
    assert len(played.asked) == 1


async def test_a_native_refusal_is_told_in_its_words() -> None:
    fault = {"error": {"what": "no flight", "where": "flight", "fix": "look again"}}
    played = PlayedApi({"GET /native": httpx.Response(404, json=fault)})
    found = await played.api().ask(Question("GET", "/native", enveloped=False), AircraftShape)
    assert found == Refused(404, "", "no flight: look again", "flight")


@pytest.mark.parametrize("body", [b"<html>", b"{}", b'{"errors":[]}'])
async def test_a_refusal_without_words_has_its_status(body: bytes) -> None:
    played = PlayedApi({"GET /air/aircraft/arc_1": httpx.Response(418, content=body)})
    assert await played.api().ask(READ, AircraftShape) == Refused(418, "", "status 418")


async def test_a_look_up_is_asked_again_when_no_answer_came() -> None:
    answer = failing(httpx.ReadError("cut"), then=data(A320))
    played = PlayedApi({"GET /air/aircraft/arc_1": answer})
    assert isinstance(await played.api().ask(READ, AircraftShape), AircraftShape)
    assert len(played.asked) == 2


@pytest.mark.parametrize(
    ("question", "failure", "times"),
    [
        (WRITE, httpx.ReadError("cut"), 1),
        (WRITE, httpx.ConnectError("nobody"), 2),
        (Question("POST", "/air/orders", body={}, key="k"), httpx.ReadError("cut"), 2),
        (Question("POST", "/air/orders", body={}, repeatable=True), httpx.ReadError("cut"), 2),
    ],
)
async def test_what_may_have_had_an_effect_is_asked_again_only_with_a_key(
    question: Question, failure: Exception, times: int
) -> None:
    played = PlayedApi({"POST /air/orders": failure})
    found = await played.api().ask(question, AircraftShape)
    assert isinstance(found, Away)
    assert len(played.asked) == times
    assert found.definite is isinstance(failure, httpx.ConnectError)


@pytest.mark.parametrize(("status", "definite"), [(500, False), (502, False), (503, True)])
async def test_a_broken_service_is_away_and_says_whether_it_may_have_happened(
    status: int, definite: bool
) -> None:
    played = PlayedApi({"POST /air/orders": refusal(status, "internal_server_error")})
    found = await played.api().ask(WRITE, AircraftShape)
    assert isinstance(found, Away)
    assert found.definite is definite


@pytest.mark.parametrize("body", [b"", b"[]", b'{"data": 7}', b'{"data": {"id": 1}}'])
async def test_an_answer_that_is_none_is_away(body: bytes) -> None:
    played = PlayedApi({"GET /air/aircraft/arc_1": httpx.Response(200, content=body)})
    assert isinstance(await played.api().ask(READ, AircraftShape), Away)
    assert isinstance(await played.api().listed(READ, AircraftShape), Away)


async def test_an_answer_has_a_largest_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_module, "MAX_ANSWER_BYTES", 10)
    played = PlayedApi({"GET /air/aircraft/arc_1": data(A320)})
    found = await played.api().ask(READ, AircraftShape)
    assert isinstance(found, Away)
    assert "TooLong" in found.why


async def test_an_answer_that_does_not_come_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(api_module, "ANSWER_S", 0.01)
    played = PlayedApi(is_silent=True)
    found = await played.api().ask(WRITE, AircraftShape)
    assert found == Away("it takes too long", definite=False)


async def test_something_that_answers_nothing_is_told() -> None:
    played = PlayedApi({"POST /air/orders": httpx.Response(202, json={})})
    assert await played.api().tell(WRITE) is None
    assert isinstance(await played.api().tell(READ), Refused)


async def test_whether_the_api_lives_is_asked() -> None:
    played = PlayedApi({"GET /health/live": httpx.Response(200, json={"ok": True})})
    assert await played.api().is_there(5.0)
    for wrong in (httpx.Response(503), httpx.ConnectError("nobody")):
        assert not await PlayedApi({"GET /health/live": wrong}).api().is_there(5.0)


@pytest.mark.parametrize("typed", ["../x", "..", "a/b?c#d", "é\0\ud800"])
def test_what_somebody_typed_stays_one_part_of_a_path(typed: str) -> None:
    if "\ud800" in typed:
        with pytest.raises(ValueError, match="surrogates"):
            at("/air/offers/{}", typed)
        return
    path = at("/air/offers/{}/seats", typed)
    assert path.count("/") == 4
    assert not {"?", "#", ".."} & set(path.split("/")[3])
    assert httpx.URL("http://api").join(path).raw_path.decode() == path
