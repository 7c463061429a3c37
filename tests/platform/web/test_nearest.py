"""Requests go to the address that answers, the nearest first."""

import httpx
import pytest

from holdfast.platform.runtime.alternatives import Alternatives
from holdfast.platform.web.nearest import NearestTransport


async def test_a_second_try_goes_to_the_next_address_and_so_do_all_after_it() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.url} {request.headers['host']}")
        if request.url.host == "near":
            raise httpx.ConnectError("gone")
        return httpx.Response(200)

    ways = Alternatives("http://near:1", "http://far:2")
    transport = NearestTransport(ways, httpx.MockTransport(answer))
    async with httpx.AsyncClient(base_url="http://near:1", transport=transport) as client:
        with pytest.raises(httpx.ConnectError):
            await client.get("/a?b=%2F")
        for _ in range(2):
            assert (await client.get("/a?b=%2F")).status_code == 200
    assert asked == [
        "http://near:1/a?b=%2F near:1",
        "http://far:2/a?b=%2F far:2",
        "http://far:2/a?b=%2F far:2",
    ]


async def test_an_answer_of_any_kind_is_an_answer() -> None:
    ways = Alternatives("http://near", "http://far")
    transport = NearestTransport(ways, httpx.MockTransport(lambda _: httpx.Response(503)))
    async with httpx.AsyncClient(base_url="http://near", transport=transport) as client:
        await client.get("/")
    assert ways.now == "http://near"
