"""Looking a flight up as clients of Amadeus do; one of them is the trade's own."""

import asyncio
from collections.abc import AsyncIterator

import amadeus
import httpx
import pytest

from holdfast.flights.domain.status import LegFacts, LegStatus
from holdfast.flights.entrypoints.http.oauth import Grants
from holdfast.flights.entrypoints.search_api.amadeus import Amadeus
from holdfast.flights.service.flight_status import FlightStatusDesk
from holdfast.flights.service.ports.status import Told
from holdfast.platform.runtime.lifecycle import Stop
from holdfast.platform.web.serving import Serving, listen, serve
from tests.flights.domain.test_flight_status import BA117, KEY, OUT
from tests.flights.entrypoints.http.site import (
    OWNER,
    SIGNER,
    TOKEN,
    ManualClock,
    Site,
    site,
)
from tests.flights.service.test_flight_status import FakeStore

URL = "/v2/schedule/flights"
ASKED = {"carrierCode": "BA", "flightNumber": "117", "scheduledDepartureDate": "2026-12-01"}


@pytest.fixture
async def shop() -> AsyncIterator[Site]:
    said = Told({KEY: LegStatus(LegFacts(board_gate="C57"))}, (), ())
    desk = FlightStatusDesk(FakeStore({BA117: [OUT]}, said), ManualClock())
    async with site(Amadeus(desk).operations()) as outer:
        grants = Grants(outer.tokens, SIGNER)
        async with site([*Amadeus(desk).operations(), *grants.operations()]) as found:
            yield found


@pytest.fixture
async def client(shop: Site) -> AsyncIterator[httpx.AsyncClient]:
    async with shop.client(version=None) as found:
        yield found


async def test_a_flight_is_found(client: httpx.AsyncClient) -> None:
    answer = await client.get(URL, params=ASKED)
    assert answer.headers["content-type"] == "application/json"
    told = answer.json()
    assert told["meta"]["count"] == 1
    assert told["meta"]["links"]["self"].startswith("http://test/v2/schedule/flights?carrierCode")
    [flight] = told["data"]
    assert flight["flightDesignator"] == {"carrierCode": "BA", "flightNumber": 117}
    assert flight["flightPoints"][0]["departure"]["gate"] == {"mainGate": "C57"}


@pytest.mark.parametrize(
    ("name", "value", "title"),
    [
        ("carrierCode", None, "MANDATORY DATA MISSING"),
        ("flightNumber", None, "MANDATORY DATA MISSING"),
        ("scheduledDepartureDate", None, "MANDATORY DATA MISSING"),
        ("carrierCode", "B", "INVALID FORMAT"),
        ("carrierCode", "BA1", "INVALID FORMAT"),
        ("flightNumber", "x", "INVALID FORMAT"),
        ("flightNumber", "117A", "INVALID FORMAT"),
        ("flightNumber", "12345", "INVALID FORMAT"),
        ("operationalSuffix", "AB", "INVALID FORMAT"),
        ("scheduledDepartureDate", "2026-02-30", "INVALID FORMAT"),
        ("scheduledDepartureDate", "today", "INVALID FORMAT"),
    ],
)
async def test_a_wrong_parameter_is_named(
    client: httpx.AsyncClient, name: str, value: str | None, title: str
) -> None:
    asked = {key: given for key, given in (ASKED | {name: value or ""}).items() if given}
    answer = await client.get(URL, params=asked)
    [error] = answer.json()["errors"]
    assert (answer.status_code, error["status"], error["title"]) == (400, 400, title)
    assert error["source"] == {"parameter": name}


@pytest.mark.parametrize("other", [{"flightNumber": "9"}, {"scheduledDepartureDate": "2026-08-01"}])
async def test_a_flight_that_is_not_there_is_not_found(
    client: httpx.AsyncClient, other: dict[str, str]
) -> None:
    answer = await client.get(URL, params=ASKED | other)
    [error] = answer.json()["errors"]
    assert (answer.status_code, error["code"]) == (404, 1797)
    assert error["detail"]


async def test_the_trades_own_client_understands_all_of_it(shop: Site) -> None:
    listener = listen("127.0.0.1", 0, "The test")
    port = listener.getsockname()[1]
    stop, started = Stop(), asyncio.Event()
    how = Serving(what="The test", connections=10, drain_s=1.0, started=started.set)
    serving = asyncio.create_task(serve(shop.app, listener, stop, how))
    await started.wait()
    try:
        await asyncio.to_thread(_ask, port)
    finally:
        stop.set()
        await serving


def _ask(port: int) -> None:
    client = amadeus.Client(
        client_id=OWNER, client_secret=TOKEN, host="127.0.0.1", port=port, ssl=False
    )
    answer = client.schedule.flights.get(**ASKED)
    assert answer.data[0]["scheduledDepartureDate"] == "2026-12-01"
    assert answer.result["meta"]["count"] == 1
    with pytest.raises(amadeus.NotFoundError):
        client.schedule.flights.get(**{**ASKED, "flightNumber": "9"})
    with pytest.raises(amadeus.ClientError) as caught:
        client.schedule.flights.get(carrierCode="BA")
    assert caught.value.response.result["errors"][0]["title"] == "MANDATORY DATA MISSING"
    stranger = amadeus.Client(
        client_id=OWNER, client_secret="wrong", host="127.0.0.1", port=port, ssl=False
    )
    with pytest.raises(amadeus.AuthenticationError):
        stranger.schedule.flights.get(**ASKED)
