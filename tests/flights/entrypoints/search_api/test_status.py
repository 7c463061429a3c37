"""Looking a flight up over HTTP, in the native shape."""

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from holdfast.flights.domain.status import LegFacts, LegState, LegStatus
from holdfast.flights.entrypoints.search_api.status import Status
from holdfast.flights.service.flight_status import FlightStatusDesk
from holdfast.flights.service.ports.status import Told
from tests.flights.domain.test_flight_status import BA117, KEY, OUT
from tests.flights.entrypoints.http.site import ManualClock, site
from tests.flights.service.test_flight_status import FakeStore

URL = "/api/flights/status/"


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    said = Told({KEY: LegStatus(LegFacts(state=LegState.CANCELLED))}, (), ())
    store = FakeStore({BA117: [replace(OUT, marketed_as=())]}, said)
    handler = Status(FlightStatusDesk(store, ManualClock()))
    async with site(handler.operations()) as found, found.client(version=None) as client:
        yield client


@pytest.mark.parametrize("written", ["BA117", "ba0117", "BA%20117"])
async def test_a_flight_is_shown_however_it_is_written(
    client: httpx.AsyncClient, written: str
) -> None:
    answer = await client.get(f"{URL}{written}?date=2026-12-01")
    told = answer.json()
    assert answer.status_code == 200
    assert (told["flight"], told["date"], told["status"]) == ("BA117", "2026-12-01", "cancelled")
    assert answer.headers["content-type"] == "application/json"


async def test_without_a_date_it_is_today(client: httpx.AsyncClient) -> None:
    assert (await client.get(f"{URL}BA117")).json()["date"] == "2026-11-26"


@pytest.mark.parametrize(
    ("target", "status", "what", "where"),
    [
        ("XX1?date=2026-12-01", 404, "no airline files a flight XX1", "flight XX1"),
        ("BA117?date=2026-08-01", 404, "BA117 does not fly on 2026-08-01", "flight BA117"),
        ("117", 400, "'117' is no flight number", "designator"),
        ("BA117%00", 404, "", ""),
        ("BA117?date=tomorrow", 400, "'tomorrow' is no date of the calendar", "date"),
        ("BA117?date=2026-02-30", 400, "'2026-02-30' is no date of the calendar", "date"),
        ("BA117?date=20261201", 400, "'20261201' is no date of the calendar", "date"),
        ("BA117?date=", 400, "'' is no date of the calendar", "date"),
    ],
)
async def test_what_cannot_be_shown_is_told(
    client: httpx.AsyncClient, target: str, status: int, what: str, where: str
) -> None:
    answer = await client.get(f"{URL}{target}")
    assert answer.status_code == status
    if what:
        error = answer.json()["error"]
        assert (error["what"], error["where"]) == (what, where)
        assert error["fix"]


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
async def test_the_ends_of_the_calendar_are_no_error(client: httpx.AsyncClient, day: str) -> None:
    answer = await client.get(f"{URL}BA117?date={day}")
    assert answer.status_code == 404
    assert "check the flight number" in answer.json()["error"]["fix"]
