"""The event stream: changes, lost changes, heartbeats, bounds."""

import asyncio
from collections.abc import AsyncIterator

import httpx
from starlette.requests import Request
from starlette.responses import StreamingResponse

from holdfast.grading.entrypoints.results_api.live import Live
from holdfast.grading.service.watch_changes import ChangeHub, Missed
from tests.grading.store.contract import ANNA, BEN, closed, line, opened, told
from tests.support.results_site import Site


def request(query: str = "") -> Request:
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/api/grading/live",
        "query_string": query.encode(),
        "headers": [],
    }
    return Request(scope)


async def events(live: Live, query: str = "") -> AsyncIterator[str]:
    response = await live.stream(request(query))
    assert isinstance(response, StreamingResponse)
    assert response.media_type == "text/event-stream"
    async for chunk in response.body_iterator:
        assert isinstance(chunk, bytes)
        yield chunk.decode()


async def test_openings_and_closings_are_told_as_they_happen(site: Site) -> None:
    stream = events(Live(site.hub, 60))
    assert "retry: 2000" in await anext(stream)
    opening = opened()
    await site.store.open_attempt(opening)
    await site.store.close_attempt(closed(opening))
    told = f'event: change\ndata: {{"attempt":"{opening.id}","uid":1234,"test":"2024-a1-t2",'
    assert await anext(stream) == told + '"verdict":null}\n\n'
    assert await anext(stream) == told + '"verdict":"pass"}\n\n'


async def test_one_students_stream_tells_only_of_them(site: Site) -> None:
    stream = events(Live(site.hub, 60), "uid=7")
    await anext(stream)
    await site.store.open_attempt(opened(ANNA))
    await site.store.open_attempt(opened(BEN))
    site.hub.publish([Missed()])
    assert '"uid":7' in await anext(stream)
    assert await anext(stream) == "event: missed\ndata: {}\n\n"


async def test_a_silent_stream_says_that_it_is_there(site: Site) -> None:
    stream = events(Live(site.hub, 0.001))
    await anext(stream)
    assert await anext(stream) == ": still here\n\n"


async def test_too_many_streams_are_told_to_come_back_later(
    site: Site, anyone: httpx.AsyncClient
) -> None:
    streams = [events(Live(site.hub, 60)) for _ in range(3)]
    for stream in streams:
        await anext(stream)
    answer = await anyone.get("/api/grading/live")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "30"
    assert "too many" in answer.json()["error"]["what"]


async def test_a_stream_ends_when_the_server_does(site: Site, anyone: httpx.AsyncClient) -> None:
    asking = asyncio.create_task(anyone.get("/api/grading/live"))
    async with asyncio.timeout(5):
        while not site.hub.watchers:
            await asyncio.sleep(0)
        site.hub.close()
        answer = await asking
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-store"
    assert site.hub.watchers == 0


async def test_a_reader_that_leaves_is_forgotten() -> None:
    hub = ChangeHub()
    response = await Live(hub, 60).stream(request())
    assert isinstance(response, StreamingResponse)
    iterator = response.body_iterator
    await anext(aiter(iterator))
    assert hub.watchers == 1
    await iterator.aclose()  # type: ignore[union-attr]
    assert hub.watchers == 0


async def test_a_wrong_student_is_400(anyone: httpx.AsyncClient) -> None:
    assert (await anyone.get("/api/grading/live?uid=anna")).status_code == 400


async def test_a_conversation_is_told_to_who_asks_for_that_attempt_and_may(site: Site) -> None:
    opening = opened(ANNA)
    await site.store.open_attempt(opening)
    mine = events(Live(site.hub, 60), f"uid={ANNA}&attempt={opening.id}")
    anothers = events(Live(site.hub, 60), f"uid={BEN}&attempt={opening.id}")
    for stream in (mine, anothers):
        await anext(stream)
    await site.store.beat(told(opening, [line(0, 0)], 1))
    await site.store.open_attempt(opened(BEN))
    assert await anext(mine) == f'event: spoke\ndata: {{"attempt":"{opening.id}"}}\n\n'
    piece = await anext(anothers)
    assert piece.startswith('event: change\ndata: {"attempt"')
    assert '"uid":7' in piece


async def test_what_is_no_attempt_cannot_be_followed(anyone: httpx.AsyncClient) -> None:
    answer = await anyone.get("/api/grading/live?attempt=../../etc/passwd")
    assert answer.status_code == 400
    assert answer.json()["error"]["where"].endswith("query attempt")
