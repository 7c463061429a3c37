"""The front door answers what it owns, and knows where the rest is."""

import asyncio
import gc
import json

import httpx

from holdfast.flights.wiring.sites.declared import BOOKING, DECLARED, INGEST, SEARCH, SEATS
from holdfast.flights.wiring.sites.ground import Ground
from holdfast.flights.wiring.sites.search import forwards, search_site
from holdfast.platform.data.queries import Statement
from tests.flights.wiring.sites.asking import not_served
from tests.support.eventually import eventually


async def test_the_search_process_serves_what_it_declares(ground: Ground) -> None:
    assert await not_served(search_site(ground), SEARCH) == []


async def test_its_document_tells_of_all_processes(ground: Ground) -> None:
    transport = httpx.ASGITransport(search_site(ground).app)
    async with httpx.AsyncClient(transport=transport, base_url="http://site.test") as client:
        answer = await client.get("/openapi.json")
    paths = json.loads(answer.content)["paths"]
    assert {one.path for one in DECLARED} <= paths.keys()


def target(ground: Ground, path: str) -> str:
    return next((one.ways.now[-5:] for one in forwards(ground) if one.covers(path)), "here")


async def test_what_others_serve_is_sent_on_to_their_port_and_nothing_else_is(
    ground: Ground,
) -> None:
    for operations, port in ((BOOKING, ":8101"), (SEATS, ":8102"), (INGEST, ":8103")):
        for one in operations:
            assert target(ground, one.path) == port, one.path
    for one in SEARCH:
        assert target(ground, one.path) == "here", one.path


def test_changes_of_orders_are_looked_for_here_and_made_where_orders_are() -> None:
    searched = {one.path for one in SEARCH if "order_change" in one.path}
    made = {one.path for one in BOOKING if "order_change" in one.path}
    assert {"/air/order_change_requests", "/air/order_change_offers"} <= searched
    assert {"/air/order_changes", "/air/order_changes/{id}/actions/confirm"} <= made


async def test_a_process_that_is_not_there_is_told_as_such(ground: Ground) -> None:
    transport = httpx.ASGITransport(search_site(ground).app)
    async with httpx.AsyncClient(transport=transport, base_url="http://site.test") as client:
        answer = await client.get("/air/orders")
    assert answer.status_code in (502, 503)
    assert answer.json()["errors"][0]["type"] == "api_error"


async def test_it_tells_how_old_its_timetable_is_and_what_it_did(ground: Ground) -> None:
    transport = httpx.ASGITransport(search_site(ground).app)
    async with httpx.AsyncClient(transport=transport, base_url="http://site.test") as client:
        figures = (await client.get("/health/ready")).json()["figures"]
    assert figures == {"snapshot_age_s": None, "searches": 0, "offers": 0, "refused": 0}


async def test_the_timetable_is_left_out_of_searches_for_garbage_once_it_is_there(
    ground: Ground,
) -> None:
    renew, _, _, settle = search_site(ground).beside
    assert gc.get_freeze_count() == 0
    beside = [asyncio.ensure_future(renew()), asyncio.ensure_future(settle())]
    try:
        await eventually(lambda: gc.get_freeze_count() > 0)
    finally:
        gc.unfreeze()
        for one in beside:
            one.cancel()
        await asyncio.gather(*beside, return_exceptions=True)


LISTENING = Statement(
    "listening",
    """SELECT count(*) FROM pg_stat_activity
       WHERE query LIKE 'LISTEN%' AND datname = current_database()""",
)


async def test_it_listens_for_what_airlines_file(ground: Ground) -> None:
    """`test_version_hints` shows what it does with what it hears."""
    beside = [asyncio.ensure_future(work()) for work in search_site(ground).beside]

    async def listens() -> bool:
        (row,) = await ground.database.fetch(LISTENING)
        return bool(row["count"])

    try:
        async with asyncio.timeout(10):
            while not await listens():
                await asyncio.sleep(0.05)
    finally:
        gc.unfreeze()
        for one in beside:
            one.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
