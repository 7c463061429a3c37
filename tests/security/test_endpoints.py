"""docs/reference/endpoints.md: every address in every role, asked of the real applications.

The broken function level of OWASP (API5:2023), missing authentication (API2) and the inventory
(API9): nothing is served that the page and the OpenAPI document do not tell of.
"""

import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from holdfast.flights.entrypoints.http.operation import Operation
from holdfast.flights.wiring.sites.declared import DECLARED
from holdfast.grading.entrypoints.results_api.access import COOKIE, Role, role_needed
from holdfast.platform.auth.faces import STYLE_PATH
from holdfast.platform.auth.university import BACK
from tests.flights.entrypoints.http.site import TOKEN, new_token, site
from tests.flights.entrypoints.http.site import Site as FlightsSite
from tests.support.endpoints import (
    FLIGHTS,
    ROLES,
    SCOPES,
    access,
    addresses_of,
    endpoints_page,
    student_may,
    whole_site,
)
from tests.support.reference import REFERENCE
from tests.support.results_site import ADMIN, SERVICE, VIEWER, Site

TOKENS = {Role.PUBLIC: None, Role.VIEWER: VIEWER, Role.ADMIN: ADMIN, Role.SERVICE: SERVICE}
PAGES_OR_FORMS = {
    "/enter",
    "/enter/student",
    "/claim",
    "/openapi.json",
    "/assets/{digest}/{name}",
    STYLE_PATH,
    "/login",
    "/login/university",
    BACK,
    "/logout",
    "/logout/everywhere",
    "/audit",
    "/me",
    "/me/password",
    "/welcome",
}
"""Addresses of no JSON that pages do not bring: they stand in no OpenAPI document."""
NEVER_ENDS = "/api/grading/live"
"""Its answer is a stream: here it is asked with a query that it refuses at once."""


@pytest.fixture
async def grading() -> AsyncIterator[Site]:
    async with whole_site() as made:
        yield made


@pytest.fixture
async def flights() -> AsyncIterator[FlightsSite]:
    async with site(DECLARED) as made:
        for scope in SCOPES:
            await made.tokens.create(new_token(f"only_{scope}", scopes=frozenset({scope})))
        yield made


async def test_the_page_tells_of_what_is_served(grading: Site) -> None:
    page = (REFERENCE / "endpoints.md").read_text(encoding="utf-8")
    assert page == endpoints_page(addresses_of(grading))


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name.lower())
async def test_grading_answers_a_role_exactly_what_the_page_says(grading: Site, role: Role) -> None:
    client = grading.client(TOKENS[role])
    rules = access()
    wrong = []
    for one in addresses_of(grading):
        query = "?uid=x" if one.path == NEVER_ENDS else ""
        answer = await client.request(one.method, one.sample + query)
        was_let_in = answer.status_code != 401
        if was_let_in != rules.allows(role_needed(one.path), role):
            wrong.append((one, answer.status_code))
    assert wrong == []


async def test_grading_answers_a_student_exactly_what_the_page_says(grading: Site) -> None:
    cookie = replace(access(), admin=ADMIN.encode(), now=grading.clock.seconds).student_cookie(1234)
    client, stranger = (grading.client(cookies={COOKIE: c}) for c in (cookie, cookie + "0"))
    for one in addresses_of(grading):
        query = {NEVER_ENDS: "?uid=7", "/api/grading/incidents": "?uid=1234"}.get(one.path, "")
        status = (await client.request(one.method, one.sample + query)).status_code
        is_others = "0" * 32 in one.sample or one.path == NEVER_ENDS
        may = student_may(one) != "-" and not is_others
        assert (status not in (401, 403)) == may or role_needed(one.path) is Role.PUBLIC, one
        if role_needed(one.path) is not Role.PUBLIC:
            assert (await stranger.request(one.method, one.sample + query)).status_code == 401


async def test_a_wrong_token_is_nobody_everywhere_in_grading(grading: Site) -> None:
    client = grading.client("guess-0123456789")
    for one in addresses_of(grading):
        if role_needed(one.path) is not Role.PUBLIC:
            assert (await client.request(one.method, one.sample)).status_code == 401, one


async def test_what_is_refused_by_grading_tells_nothing_of_what_is_there(grading: Site) -> None:
    client = grading.client()
    there = await client.get("/api/grading/attempts/" + "0" * 32)
    nowhere = await client.get("/api/grading/nothing/of/that/name")
    assert there.status_code == nowhere.status_code == 401
    assert there.json()["error"]["what"] == nowhere.json()["error"]["what"]


def sample(operation: Operation) -> str:
    """An address that the operation serves."""
    return operation.path.replace("{", "").replace("}", "")


async def asked(client: httpx.AsyncClient, operation: Operation) -> int:
    headers = {"content-type": operation.media_type}
    answer = await client.request(operation.method, sample(operation), headers=headers)
    return answer.status_code


@pytest.mark.parametrize("scope", SCOPES)
async def test_flights_answers_a_scope_exactly_what_the_page_says(
    flights: FlightsSite, scope: str
) -> None:
    wrong = []
    async with flights.client(f"only_{scope}") as client:
        for operation in FLIGHTS:
            status = await asked(client, operation)
            may = operation.public or operation.scope == scope
            if (status == 403) == may or status == 401:
                wrong.append((operation.method, operation.path, status))
    assert wrong == []


@pytest.mark.parametrize("token", [None, "guess-0123456789"])
async def test_without_a_good_token_flights_answers_only_what_is_public(
    flights: FlightsSite, token: str | None
) -> None:
    async with flights.client(token) as client:
        for operation in FLIGHTS:
            status = await asked(client, operation)
            if not operation.public:
                assert status == 401, (operation.method, operation.path)
            else:
                assert status not in (401, 403), (operation.method, operation.path)


async def test_only_these_of_flights_are_public() -> None:
    assert {(one.method, one.path) for one in FLIGHTS if one.public} == {
        ("GET", "/health/live"),
        ("GET", "/health/ready"),
        ("GET", "/openapi.json"),
        ("GET", "/api/flights/feeds/schema"),
        ("POST", "/v1/security/oauth2/token"),
    }


async def test_an_ended_token_is_nobodys(flights: FlightsSite) -> None:
    digest = hashlib.sha256(TOKEN.encode()).digest()
    token = await flights.tokens.find(digest)
    assert token is not None
    await flights.tokens.revoke(token.owner, token.token_id, flights.clock.wall())
    async with flights.client() as client:
        for operation in FLIGHTS:
            if not operation.public:
                assert await asked(client, operation) == 401


async def test_every_json_address_of_grading_is_in_its_openapi_document(grading: Site) -> None:
    document = (await grading.client(VIEWER).get("/openapi.json")).json()
    told = {(m.upper(), path) for path, methods in document["paths"].items() for m in methods}
    pages = {"/", "/students/{uid}", "/s/{uid}/{test}", "/attempts/{attempt}"}
    pages |= {"/tests", "/tests/{test}", "/attempts/{attempt}/transcript.json"}
    pages |= {"/scoreboard", "/tonight", "/causes"}
    pages |= {one.path for one in addresses_of(grading) if one.path.startswith("/teach")}
    served = {(one.method, one.path) for one in addresses_of(grading)}
    assert {(m, p) for m, p in served if p not in pages | PAGES_OR_FORMS} == told


async def test_every_operation_of_flights_is_in_its_openapi_document(flights: FlightsSite) -> None:
    async with flights.client() as client:
        document = json.loads((await client.get("/openapi.json")).content)
    told = {(m.upper(), path) for path, methods in document["paths"].items() for m in methods}
    assert {(one.method, one.path) for one in FLIGHTS} - told <= {("GET", "/openapi.json")}
    assert told <= {(one.method, one.path) for one in FLIGHTS}


async def test_other_methods_are_not_there(flights: FlightsSite, grading: Site) -> None:
    async with flights.client() as client:
        for method in ("TRACE", "OPTIONS", "CONNECT"):
            assert (await client.request(method, "/air/orders")).status_code == 405
    for method in ("TRACE", "PUT", "DELETE"):
        answer = await grading.client(ADMIN).request(method, "/users")
        assert answer.status_code == 405
