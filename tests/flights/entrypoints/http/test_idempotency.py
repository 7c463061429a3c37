"""A call with a key has one effect and one answer, however often and at once it comes."""

import asyncio

import httpx
import pytest

from holdfast.flights.entrypoints.http.faults import unsupported_action
from holdfast.flights.entrypoints.http.idempotency import answer_once, once_of
from holdfast.flights.entrypoints.http.operation import Call, Operation
from holdfast.flights.service.ports.access import AnsweredBefore, Once, StoredAnswer
from tests.flights.entrypoints.http.site import Site, fault, new_token, site, source
from tests.flights.entrypoints.http.things import NewThing, Thing, Things, body
from tests.support.eventually import eventually

JSON = {"content-type": "application/json"}
KEY = JSON | {"idempotency-key": "key-1"}


async def test_a_repeated_call_is_replayed_without_an_effect(
    anna: httpx.AsyncClient, things: Things
) -> None:
    first = await anna.post("/air/things", content=body("a", 1), headers=KEY)
    again = await anna.post("/air/things/", content=body("a", 1), headers=KEY)
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert len(things.calls) == 1


@pytest.mark.parametrize("path", ["/air/things", "/air/things?view=other"])
async def test_a_key_of_another_request_is_refused(anna: httpx.AsyncClient, path: str) -> None:
    await anna.post("/air/things", content=body("a", 1), headers=KEY)
    content = body("a", 2) if path == "/air/things" else body("a", 1)
    answer = await anna.post(path, content=content, headers=KEY)
    assert fault(answer)[:2] == (422, "validation_error")
    assert source(answer)[0] == "Idempotency-Key"


async def test_owners_do_not_share_keys(shop: Site, anna: httpx.AsyncClient) -> None:
    await shop.tokens.create(new_token("duffel_test_of_ben", "ben"))
    await anna.post("/air/things", content=body("a", 1), headers=KEY)
    async with shop.client("duffel_test_of_ben") as ben:
        answer = await ben.post("/air/things", content=body("b", 2), headers=KEY)
    assert answer.json() == {"data": {"id": "thi_2", "size": 2}}


@pytest.mark.parametrize("key", ["", "with blank", "x" * 256, "ü"])
async def test_a_key_has_visible_characters_and_an_end(anna: httpx.AsyncClient, key: str) -> None:
    headers = {**JSON, "idempotency-key": key.encode()}
    answer = await anna.post("/air/things", content=body("a", 1), headers=headers)  # type: ignore[arg-type]
    assert fault(answer)[:2] == (422, "validation_error")


async def test_a_call_that_failed_may_try_again(anna: httpx.AsyncClient, things: Things) -> None:
    things.error = unsupported_action("not now")
    assert (await anna.post("/air/things", content=body("a", 1), headers=KEY)).status_code == 422
    things.error = None
    assert (await anna.post("/air/things", content=body("a", 1), headers=KEY)).status_code == 201


async def test_calls_at_once_get_the_answer_of_the_first(
    anna: httpx.AsyncClient, things: Things
) -> None:
    things.gate.clear()
    asking = [
        asyncio.create_task(anna.post("/air/things", content=body("a", 1), headers=KEY))
        for _ in range(5)
    ]
    await eventually(lambda: len(things.calls) == 5)
    things.gate.set()
    answers = await asyncio.gather(*asking)
    assert len({answer.content for answer in answers}) == 1


async def test_reading_knows_no_keys(anna: httpx.AsyncClient, things: Things) -> None:
    for _ in range(2):
        await anna.get("/air/things/thi_1", headers=KEY)
    assert [call.once for call in things.calls] == [None, None]


async def test_a_handler_that_stored_its_answer_is_not_stored_for() -> None:
    async def own(call: Call) -> StoredAnswer:
        assert call.once
        answer = call.answer(Thing("thi_own", 7))
        await shop.remembered.keep(call.once, answer.status, b'{"data":"in its transaction"}')
        return answer

    operation = Operation("POST", "/air/own", "o", own, Thing, body=NewThing, status=202)
    async with site([operation]) as shop, shop.client() as anna:
        first = await anna.post("/air/own", content=body("a", 1), headers=KEY)
        assert (first.status_code, first.json()["data"]["size"]) == (202, 7)
        again = await anna.post("/air/own", content=body("a", 1), headers=KEY)
        assert again.json() == {"data": "in its transaction"}


ONCE = Once("anna", "key", b"h" * 32)


async def test_who_lost_in_its_transaction_replays_the_winner(shop: Site) -> None:
    async def lose() -> tuple[StoredAnswer, bool]:
        await shop.remembered.keep(ONCE, 201, b"the winner's")
        raise AnsweredBefore

    stored, is_replay = await answer_once(shop.remembered, ONCE, lose)
    assert (stored.status, stored.body, is_replay) == (201, b"the winner's", True)


async def test_a_winner_that_cannot_be_found_is_a_failure_of_ours(shop: Site) -> None:
    async def lose() -> tuple[StoredAnswer, bool]:
        raise AnsweredBefore

    with pytest.raises(Exception, match="cannot answer"):
        await answer_once(shop.remembered, ONCE, lose)


async def test_an_answer_of_a_failure_is_not_kept(shop: Site) -> None:
    async def fail() -> tuple[StoredAnswer, bool]:
        return StoredAnswer(503, b"later"), False

    await answer_once(shop.remembered, ONCE, fail)
    assert await shop.remembered.recall(ONCE) is None


def test_without_a_key_a_call_is_not_once() -> None:
    assert once_of("anna", None, "POST", "/a", b"") is None


def test_method_target_and_body_tell_requests_apart() -> None:
    asked = [("POST", "/a", b"x"), ("PATCH", "/a", b"x"), ("POST", "/b", b"x"), ("POST", "/a", b"")]
    found = [once_of("anna", "k", *one) for one in asked]
    assert len({once.request_hash for once in found if once}) == len(asked)
