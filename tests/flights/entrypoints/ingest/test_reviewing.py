"""How feeds stand, and what people decide."""

import httpx
import pytest

from holdfast.flights.service.ports.feeds import Outcome
from holdfast.platform.auth.audit import Act
from tests.flights.entrypoints.ingest.conftest import Desk
from tests.flights.feed_desk import MemoryFile, delivery_of, status_lines


async def take(desk: Desk, data: bytes, sequence: int, airline: str = "BA") -> Outcome:
    delivery = delivery_of(data, sequence, airline=airline, is_full=True)
    return await desk.ingest.ingest(delivery, MemoryFile(data))


@pytest.fixture
async def held(desk: Desk) -> int:
    await take(desk, status_lines(1, 2, 3), 1)
    return (await take(desk, status_lines(1), 2)).delivery_id


async def test_feeds_and_held_files_are_shown(
    desk: Desk, operator: httpx.AsyncClient, held: int
) -> None:
    told = (await operator.get("/api/flights/feeds")).json()
    [feed] = told["feeds"]
    assert (feed["airline"], feed["feed"], feed["health"], feed["sequence"]) == (
        "BA",
        "ops",
        "held",
        1,
    )
    assert feed["age_s"] == 0
    [waiting] = told["held"]
    assert (waiting["id"], waiting["records"]) == (held, 1)
    assert waiting["reason"] == "1 records instead of 3: more than 30 % less"
    assert told["sources"] == []


async def test_an_airline_sees_only_its_own_feeds(desk: Desk, held: int) -> None:
    async with desk.client("of_aa") as client:
        assert (await client.get("/api/flights/feeds")).json()["feeds"] == []
        assert (await client.get("/api/flights/feeds/BA/quarantine")).status_code == 403
    async with desk.client("of_ba") as client:
        assert len((await client.get("/api/flights/feeds")).json()["held"]) == 1
        assert (await client.post(f"/api/flights/feeds/held/{held}/approve")).status_code == 403


async def test_a_held_file_is_approved_once(
    desk: Desk, operator: httpx.AsyncClient, held: int
) -> None:
    url = f"/api/flights/feeds/held/{held}/approve"
    answer = await operator.post(url)
    assert (answer.status_code, answer.json()["outcome"]) == (200, "accepted")
    assert (await operator.post(url)).status_code == 404
    assert desk.store.decided_by == ["operator"]


async def test_a_held_file_is_refused_once(
    desk: Desk, operator: httpx.AsyncClient, held: int
) -> None:
    url = f"/api/flights/feeds/held/{held}/refuse"
    told = await operator.post(url)
    assert told.json() == {"id": held, "outcome": "refused"}
    assert (await operator.post(url)).status_code == 404
    (entry,) = await desk.people.entries(9)
    assert (entry.act, entry.target, entry.detail) == (Act.FILE_DECIDED, f"file {held}", "refused")
    assert entry.who.startswith("operator (access token ")
    assert entry.origin.request_id == told.headers["x-request-id"]


async def test_who_approves_a_held_file_is_written_down(
    desk: Desk, operator: httpx.AsyncClient, held: int
) -> None:
    await operator.post(f"/api/flights/feeds/held/{held}/approve")
    (entry,) = await desk.people.entries(9)
    assert entry.detail == "approved: BA ops 2, accepted"


@pytest.mark.parametrize("id_", ["x", "99999999999999999999", "12345"])
async def test_no_such_file_waits(operator: httpx.AsyncClient, id_: str) -> None:
    for what in ("approve", "refuse"):
        answer = await operator.post(f"/api/flights/feeds/held/{id_}/{what}")
        assert answer.status_code == 404


async def test_what_was_set_aside_is_shown(
    desk: Desk, operator: httpx.AsyncClient, ba: httpx.AsyncClient
) -> None:
    data = status_lines(1) + b"nonsense\n"
    await take(desk, data, 1)
    url = "/api/flights/feeds/BA/quarantine"
    for client in (operator, ba):
        [record] = (await client.get(url)).json()["records"]
        assert (record["feed"], record["sequence"], record["record"]["line"]) == ("ops", 1, 2)
        assert record["record"]["content"] == "nonsense"
    assert (await operator.get("/api/flights/feeds/xx/quarantine")).status_code == 404
