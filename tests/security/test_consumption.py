"""OWASP API4:2023, unrestricted resource consumption: whatever is asked for has a bound.

Every operation is asked, so one that is added is asked too. Bounds of connections, heads, times and
memory are shown where they are kept (SECURITY.md names the tests).
"""

from collections.abc import AsyncIterator

import pytest

from holdfast.flights.entrypoints.http.settings import HttpSettings
from holdfast.flights.entrypoints.ingest.settings import IngestSettings
from holdfast.flights.wiring.sites.declared import DECLARED
from tests.flights.entrypoints.http.site import Site, site
from tests.support.endpoints import whole_site
from tests.support.results_site import ADMIN, SERVICE

LONG = 1 << 40
LONGEST_S = 900.0
"""A whole file of a season, applied before it is answered."""


@pytest.fixture
async def flights() -> AsyncIterator[Site]:
    async with site(DECLARED) as made:
        yield made


async def test_every_operation_of_flights_refuses_a_body_that_is_declared_too_long(
    flights: Site,
) -> None:
    checked = 0
    async with flights.client() as client:
        for operation in DECLARED:
            if not operation.writes or operation.raw_body:
                continue
            address = operation.path.replace("{", "").replace("}", "")
            headers = {"content-length": str(LONG), "content-type": operation.media_type}
            answer = await client.request(operation.method, address, headers=headers, content=b"{}")
            assert answer.status_code == 413, operation.path
            checked += 1
    assert checked > 15


async def test_every_list_of_flights_has_a_largest_page(flights: Site) -> None:
    checked = 0
    async with flights.client() as client:
        for operation in DECLARED:
            if operation.paged:
                answer = await client.get(f"{operation.path}?limit=100000")
                assert answer.status_code == 422, operation.path
                checked += 1
    assert checked > 8


def test_every_operation_of_flights_has_a_time_and_a_size() -> None:
    for operation in DECLARED:
        assert operation.answer_s is None or operation.answer_s <= LONGEST_S
        assert operation.max_body_bytes <= 1 << 20 or operation.raw_body
    assert IngestSettings().max_file_mb <= 1024


async def test_a_caller_over_the_rate_is_told_when_to_come_back_at_every_address() -> None:
    strict = HttpSettings(requests=1, window_s=60)
    async with site(DECLARED, strict) as made, made.client() as client:
        assert (await client.get("/air/airports/x")).status_code != 429
        for operation in DECLARED:
            if operation.limited and not operation.public:
                address = operation.path.replace("{", "").replace("}", "")
                answer = await client.request(operation.method, address)
                assert answer.status_code == 429, operation.path
                assert "ratelimit-reset" in answer.headers


async def test_guesses_of_tokens_from_one_address_are_counted_together() -> None:
    async with site(DECLARED, HttpSettings(requests=3, window_s=60)) as made:
        seen = []
        for number in range(6):
            async with made.client(f"guess-{number:012}") as client:
                seen.append((await client.get("/air/orders")).status_code)
        assert seen == [401, 401, 401, 429, 429, 429]


async def test_every_body_that_grading_takes_has_a_bound() -> None:
    async with whole_site() as made:
        for token, path, kind in (
            (ADMIN, "/api/grading/roster", "text/csv"),
            (SERVICE, "/internal/grading/batch", "application/json"),
            (None, "/api/grading/claims", "application/json"),
            (None, "/enter", "application/x-www-form-urlencoded"),
        ):
            headers = {"content-type": kind, "content-length": str(LONG)}
            answer = await made.client(token).post(path, content=b"x", headers=headers)
            assert answer.status_code == 413, path
