"""Claims bind addresses to students, by program and by browser."""

from collections.abc import AsyncIterator

import httpx
import pytest

from holdfast.grading.domain.roster import Known, NotClaimed, Source, User
from holdfast.grading.entrypoints.results_api.settings import ResultsSettings
from tests.grading.store.contract import ANNA
from tests.support.results_site import ADMIN, Site, results_site

TOKENS, CLAIMS = "/api/grading/roster/tokens", "/api/grading/claims"


@pytest.fixture
async def claimed() -> AsyncIterator[Site]:
    async with results_site(settings=ResultsSettings(identity="claimed")) as found:
        await found.store.import_roster([User(ANNA, "Anna")])
        yield found


async def token_of_anna(site: Site) -> str:
    [told] = (await site.client(ADMIN).get(TOKENS)).json()
    assert (told["uid"], told["name"]) == (1234, "Anna")
    token: str = told["token"]
    return token


async def test_a_claim_with_the_students_token_binds_the_senders_address(claimed: Site) -> None:
    token = await token_of_anna(claimed)
    answer = await claimed.client().post(CLAIMS, json={"uid": 1234, "token": token})
    assert answer.status_code == 200
    assert answer.json() == {
        "uid": 1234,
        "address": "192.0.2.99",
        "until": "2026-03-03T00:00:00Z",
    }
    store = claimed.store
    assert isinstance(await store.identify(ANNA, Source("192.0.2.99", 5)), Known)
    assert await store.identify(ANNA, Source("192.0.2.1", 5)) == NotClaimed(ANNA)


async def test_a_claim_may_name_the_address_that_programs_come_from(claimed: Site) -> None:
    token = await token_of_anna(claimed)
    body = {"uid": 1234, "token": token, "address": "2001:DB8::5"}
    answer = await claimed.client().post(CLAIMS, json=body)
    assert answer.json()["address"] == "2001:db8::5"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"uid": 1234, "token": "aaaa-bbbb-cccc-dddd"}, 403),
        ({"uid": 9, "token": "aaaa-bbbb-cccc-dddd"}, 403),
        ({"uid": 99999, "token": "x"}, 403),
        ({"uid": 1234, "token": "x" * 1000}, 403),
        ({"uid": "1234", "token": "x"}, 400),
        ({"uid": 1234}, 400),
        ({"uid": 1234, "token": "x", "adress": "192.0.2.1"}, 400),
        (["uid"], 400),
    ],
)
async def test_a_claim_that_is_not_right_is_refused(
    claimed: Site, body: object, status: int
) -> None:
    answer = await claimed.client().post(CLAIMS, json=body)
    assert answer.status_code == status
    assert answer.json()["error"]["what"]


async def test_a_claim_of_no_address_is_named(claimed: Site) -> None:
    token = await token_of_anna(claimed)
    body = {"uid": 1234, "token": token, "address": "my laptop"}
    answer = await claimed.client().post(CLAIMS, json=body)
    assert answer.status_code == 400
    assert "my laptop" in answer.json()["error"]["what"]


async def test_an_open_course_needs_no_claims(anyone: httpx.AsyncClient) -> None:
    assert (await anyone.post(CLAIMS, json={"uid": 1, "token": "x"})).status_code == 409
    answer = await anyone.get("/claim")
    assert (answer.status_code, "need no claim" in answer.text) == (409, True)
    assert (await anyone.post("/claim", data={"uid": "1", "token": "x"})).status_code == 400


async def test_the_form_shows_the_browsers_address_and_binds_it(claimed: Site) -> None:
    client = claimed.client()
    form = await client.get("/claim")
    assert form.status_code == 200
    assert 'value="192.0.2.99"' in form.text
    sent = {"uid": "1234", "token": await token_of_anna(claimed), "address": "192.0.2.99"}
    answer = await client.post("/claim", data=sent)
    assert answer.status_code == 200
    assert "Until 2026-03-03 00:00 UTC, programs at 192.0.2.99 are graded as 1234." in answer.text
    assert isinstance(await claimed.store.identify(ANNA, Source("192.0.2.99", 5)), Known)


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({}, "at most 4 digits"),
        ({"uid": "12345", "token": "x"}, "at most 4 digits"),
        ({"uid": "1234", "token": "x"}, "not that student"),
        ({"uid": '"><script>', "token": "x"}, "at most 4 digits"),
        ({"uid": "9", "token": "x", "address": '"><script>'}, "not that student"),
    ],
)
async def test_a_form_that_is_not_right_comes_back_with_the_reason(
    claimed: Site, sent: dict[str, str], says: str
) -> None:
    answer = await claimed.client().post("/claim", data=sent)
    assert answer.status_code == 400
    assert says in answer.text
    assert "<script>" not in answer.text


async def test_the_form_names_an_address_that_is_none(claimed: Site) -> None:
    sent = {"uid": "1234", "token": await token_of_anna(claimed), "address": "<laptop>"}
    answer = await claimed.client().post("/claim", data=sent)
    assert answer.status_code == 400
    assert "&lt;laptop&gt;" in answer.text
