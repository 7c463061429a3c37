"""An endpoint is declared once; the rest follows."""

import asyncio

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse

from holdfast.grading.entrypoints.results_api import endpoints
from holdfast.grading.entrypoints.results_api.access import Role
from holdfast.grading.entrypoints.results_api.endpoints import Endpoint
from holdfast.grading.entrypoints.results_api.shapes import UserShape


async def ask(endpoint: Endpoint) -> httpx.Response:
    transport = httpx.ASGITransport(Starlette(routes=[endpoint.route()]))
    async with httpx.AsyncClient(transport=transport, base_url="http://t") as client:
        return await client.request(endpoint.method, endpoint.path)


async def test_a_value_becomes_json_that_is_not_stored() -> None:
    async def handle(_: Request) -> UserShape:
        return UserShape(1, "Ünal")

    answer = await ask(Endpoint("GET", "/x", "x", handle, UserShape))
    assert answer.json() == {"uid": 1, "name": "Ünal"}
    assert answer.headers["cache-control"] == "no-store"


async def test_a_response_goes_out_as_it_is() -> None:
    async def handle(_: Request) -> PlainTextResponse:
        return PlainTextResponse("plain", 202)

    answer = await ask(Endpoint("POST", "/x", "x", handle, str))
    assert (answer.status_code, answer.text) == (202, "plain")


async def test_a_handler_that_never_ends_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    async def handle(_: Request) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(endpoints, "ANSWER_S", 0.01)
    answer = await ask(Endpoint("GET", "/x", "x", handle, None))
    assert answer.status_code == 503


def test_the_address_decides_who_may_call() -> None:
    async def handle(_: Request) -> None:
        return None

    assert Endpoint("GET", "/internal/x", "x", handle, None).role is Role.SERVICE
    assert Endpoint("GET", "/anything", "x", handle, None).role is Role.VIEWER
