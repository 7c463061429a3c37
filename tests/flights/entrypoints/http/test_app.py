"""Every answer of the application has its shape, whatever happened behind it."""

import httpx
import pytest

from holdfast.errors import DefiniteError, IndefiniteError
from holdfast.flights.entrypoints.http.settings import HttpSettings
from holdfast.platform.data.failures import ConstraintViolated
from tests.flights.entrypoints.http.site import TOKEN, Site, fault, new_token, site
from tests.flights.entrypoints.http.things import Things, body


async def test_a_thing_is_answered_in_its_envelope(anna: httpx.AsyncClient) -> None:
    answer = await anna.get("/air/things/thi_1")
    assert answer.json() == {"data": {"id": "thi_1", "size": 1}}
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"


async def test_every_answer_has_an_id_of_its_own_and_the_headers_of_the_rate(
    anna: httpx.AsyncClient,
) -> None:
    first, second = await anna.get("/air/things/thi_1"), await anna.get("/air/nothing")
    assert first.headers["x-request-id"] != second.headers["x-request-id"]
    for answer in (first, second):
        assert answer.headers["ratelimit-limit"] == "6000"
        assert answer.headers["ratelimit-reset"] == "Thu, 26 Nov 2026 12:01:00 GMT"
    assert first.headers["ratelimit-remaining"] == "5999"


@pytest.mark.parametrize("brought", ["short", "with blank in it", "x" * 65, "ümlaut-id"])
async def test_a_request_id_of_a_client_is_kept_only_when_it_is_plain(
    anna: httpx.AsyncClient, brought: str
) -> None:
    kept = await anna.get("/air/things", headers={"x-request-id": "from-the-front-door"})
    assert kept.headers["x-request-id"] == "from-the-front-door"
    answer = await anna.get("/air/things", headers={"x-request-id": brought.encode()})  # type: ignore[dict-item]
    assert answer.headers["x-request-id"] != brought


async def test_a_slash_at_the_end_needs_no_redirect(anna: httpx.AsyncClient) -> None:
    answer = await anna.post(
        "/air/things/", content=body("a", 1), headers={"content-type": "application/json"}
    )
    assert answer.status_code == 201


async def test_what_is_dropped_is_answered_with_an_empty_object(anna: httpx.AsyncClient) -> None:
    answer = await anna.delete("/air/things/thi_1")
    assert (answer.status_code, answer.content) == (200, b"{}")


async def test_a_head_is_the_get_without_its_body(anna: httpx.AsyncClient) -> None:
    whole, head = await anna.get("/air/things"), await anna.head("/air/things")
    assert head.status_code == 200
    assert head.content == b""
    assert head.headers["content-length"] == whole.headers["content-length"]


async def test_an_unknown_address_and_a_wrong_method_are_told_in_the_envelope(
    anna: httpx.AsyncClient,
) -> None:
    assert fault(await anna.get("/air/nothing")) == (404, "invalid_request_error", "not_found")
    wrong = await anna.put("/air/things")
    assert fault(wrong)[0] == 405
    assert wrong.headers["allow"] == "GET, HEAD, POST"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ZeroDivisionError("secret"), 500),
        (ConstraintViolated("s", "secret", "d"), 500),
        (DefiniteError("secret"), 503),
        (IndefiniteError("secret"), 503),
    ],
)
async def test_our_own_failures_never_show_their_insides(
    anna: httpx.AsyncClient, things: Things, error: Exception, status: int
) -> None:
    things.error = error
    answer = await anna.get("/air/things/thi_1")
    assert fault(answer) == (status, "api_error", "internal_server_error")
    assert "secret" not in answer.text
    assert ("retry-after" in answer.headers) == (status == 503)


async def test_an_answer_that_takes_too_long_is_given_up(anna: httpx.AsyncClient) -> None:
    assert fault(await anna.get("/air/slow"))[0] == 503


async def test_faults_at_addresses_of_amadeus_have_its_shape(
    anna: httpx.AsyncClient, shop: Site
) -> None:
    assert (await anna.get("/v2/things/thi_1")).json()["data"]["id"] == "thi_1"
    for path in ("/v2/things/wrong", "/v2/nothing"):
        [error] = (await anna.get(path)).json()["errors"]
        assert error.keys() == {"status", "code", "title", "detail"}
    async with shop.client(token=None) as nobody:
        assert (await nobody.get("/v2/things/thi_1")).status_code == 401


async def test_faults_at_native_addresses_say_what_where_and_what_to_do(
    anna: httpx.AsyncClient, shop: Site, things: Things
) -> None:
    def told(answer: httpx.Response) -> tuple[int, dict[str, str]]:
        return answer.status_code, answer.json()["error"]

    assert told(await anna.get("/api/flights/thing/wrong")) == (
        404,
        {
            "what": "there is nothing at this address",
            "where": "GET /api/flights/thing/wrong",
            "fix": "check the address and the ids in it",
        },
    )
    assert (await anna.get("/api/nothing")).json()["error"]["where"] == "GET /api/nothing"
    assert told(await anna.put("/api/flights/thing/1"))[1]["fix"] == "this address takes GET, HEAD"
    assert (await anna.get("/feeds/" + "x" * 500)).json()["error"]["where"].count("x") < 200
    things.error = DefiniteError("secret")
    assert told(await anna.get("/api/flights/thing/thi_1"))[0] == 503
    async with shop.client(token=None) as nobody:
        answer = await nobody.get("/api/flights/thing/thi_1")
    assert told(answer) == (
        401,
        {
            "what": "missing authorization",
            "where": "GET /api/flights/thing/thi_1",
            "fix": "send `Authorization: Bearer TOKEN`",
        },
    )
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_too_many_requests_are_told_when_to_come_back(things: Things) -> None:
    settings = HttpSettings(requests=2)
    async with site(things.operations(), settings) as shop, shop.client() as anna:
        for left in ("1", "0"):
            answer = await anna.get("/air/things/thi_1")
            assert answer.headers["ratelimit-remaining"] == left
        refused = await anna.get("/air/things/thi_1")
        assert fault(refused) == (429, "rate_limit_error", "rate_limit_exceeded")
        assert refused.headers["retry-after"] == "60"
        assert refused.headers["ratelimit-remaining"] == "0"
        assert len(things.calls) == 2
        shop.clock.pass_s(60)
        assert (await anna.get("/air/things/thi_1")).status_code == 200


async def test_tokens_are_counted_apart_and_strangers_by_their_address(things: Things) -> None:
    async with site(things.operations(), HttpSettings(requests=1)) as shop:
        await shop.tokens.create(new_token("duffel_test_of_ben", "ben"))
        for token in (TOKEN, "duffel_test_of_ben"):
            async with shop.client(token) as client:
                assert (await client.get("/air/things/thi_1")).status_code == 200
        async with shop.client("wrong") as stranger:
            assert (await stranger.get("/air/things/thi_1")).status_code == 401
            assert (await stranger.get("/air/things/thi_1")).status_code == 429
            assert (await stranger.get("/air/nothing")).status_code == 429
            assert (await stranger.get("/health/live")).status_code == 200


async def test_what_is_no_http_is_left_alone(shop: Site) -> None:
    async def unused(*_: object) -> None:
        raise AssertionError("nothing is received or sent")

    await shop.app({"type": "lifespan"}, unused, unused)  # type: ignore[arg-type]
