"""Whoever runs the system sees whether prices kept their promise."""

from collections.abc import AsyncIterator, Sequence

import httpx
import pytest

from holdfast.flights.domain.price_rule import PriceRule
from holdfast.flights.entrypoints.ingest.price_audit import PriceAuditing
from holdfast.flights.service.ports.price_log import Rise
from tests.flights.entrypoints.http.site import Site, new_token, site

URL = "/api/flights/prices/audit"
RISE = Rise("ZZ", "fare 7", 1_800_000_000.0, 10_000, 10_500, 60.0)


class Log:
    """One rise, of ZZ."""

    async def rises_too_soon(self, airline: str, rule: PriceRule) -> Sequence[Rise]:
        """See `PriceLog.rises_too_soon`."""
        return [RISE] if airline in ("", "ZZ") else []

    async def forget(self, before: float) -> int:
        """See `PriceLog.forget`."""
        return 0


@pytest.fixture
async def desk() -> AsyncIterator[Site]:
    """An operator's token and an airline's."""
    async with site(PriceAuditing(Log()).operations()) as found:
        await found.tokens.create(new_token("op", "operator", scopes=frozenset({"operate"})))
        await found.tokens.create(new_token("zz", "ZZ", scopes=frozenset({"feeds"})))
        yield found


@pytest.fixture
async def client(desk: Site) -> AsyncIterator[httpx.AsyncClient]:
    """Asks as whoever runs the system."""
    async with desk.client("op", None) as asking:
        yield asking


async def test_rises_that_came_too_soon_are_told(client: httpx.AsyncClient) -> None:
    found = (await client.get(URL)).json()
    assert found["ok"] is False
    assert found["dwell_s"] == 3600.0
    assert found["rises"] == [
        {
            "airline": "ZZ",
            "what": "fare 7",
            "at": "2027-01-15T08:00:00Z",
            "before": 10_000,
            "after": 10_500,
            "gap_s": 60.0,
        }
    ]


async def test_an_airline_without_any_is_fine(client: httpx.AsyncClient) -> None:
    found = (await client.get(URL, params={"airline": "BA"})).json()
    assert (found["ok"], found["rises"]) == (True, [])
    assert (await client.get(URL, params={"airline": "b"})).status_code == 422


async def test_airlines_do_not_audit(desk: Site) -> None:
    async with desk.client("zz", None) as asking:
        assert (await asking.get(URL)).status_code == 403
