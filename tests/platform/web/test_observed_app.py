"""An observed application: one id through headers, answers and logs; counts; no while it drains."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from holdfast.platform.runtime import logs
from holdfast.platform.runtime.logs import Log
from holdfast.platform.runtime.metrics import Page
from holdfast.platform.telemetry.readiness import Readiness
from holdfast.platform.web.observed_app import ROUTE_KEY, ObservedApp, Wanted

BROUGHT = "0123456789abcdef"
SECRET = "a-token-in-a-query"


class App:
    """Remembers the headers it saw; answers as it is told."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.seen: dict[bytes, bytes] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.seen = dict(scope["headers"])
        scope["state"][ROUTE_KEY] = "/orders/{id}"
        Log("test").info("inside")
        if self.status == 0:
            raise ConnectionError
        await send({"type": "http.response.start", "status": self.status, "headers": []})
        await send({"type": "http.response.body", "body": b"x"})


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.configure("p", "json", "info", stream)
    yield stream
    root.handlers[:], root.level = before, level


async def get(app: ObservedApp, path: str = "/orders/7", **headers: str) -> httpx.Response:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        return await client.get(path, headers=headers)


def read(lines: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


async def test_a_brought_id_is_seen_inside_answered_and_logged(lines: io.StringIO) -> None:
    inner = App()
    answer = await get(ObservedApp(inner, Readiness(), wanted="all"), **{"x-request-id": BROUGHT})
    assert answer.headers["x-request-id"] == BROUGHT
    assert inner.seen[b"x-request-id"] == BROUGHT.encode()
    assert [(line["event"], line["request"]) for line in read(lines)] == [
        ("inside", BROUGHT),
        ("request", BROUGHT),
    ]


async def test_an_id_in_another_form_is_replaced_everywhere() -> None:
    inner = App()
    answer = await get(ObservedApp(inner, Readiness()), **{"x-request-id": "bad id"})
    made = answer.headers["x-request-id"]
    assert 16 <= len(made) <= 64
    assert inner.seen[b"x-request-id"] == made.encode()


async def test_a_line_tells_the_route_and_neither_address_nor_query(lines: io.StringIO) -> None:
    await get(ObservedApp(App(), Readiness(), wanted="all"), f"/orders/77?token={SECRET}")
    line = read(lines)[-1]
    assert (line["route"], line["status"], line["method"]) == ("/orders/{id}", 200, "GET")
    assert SECRET not in lines.getvalue()
    assert "77" not in line["route"]


@pytest.mark.parametrize(
    ("wanted", "status", "logged"),
    [("errors", 200, False), ("errors", 500, True), ("all", 404, True), ("none", 500, False)],
)
async def test_which_requests_are_logged_is_the_operators_choice(
    lines: io.StringIO, wanted: Wanted, status: int, logged: bool
) -> None:
    await get(ObservedApp(App(status), Readiness(), wanted=wanted))
    assert any(line["event"] == "request" for line in read(lines)) is logged


async def test_a_request_that_breaks_is_counted_and_logged_as_unanswered(
    lines: io.StringIO,
) -> None:
    app = ObservedApp(App(0), Readiness())
    await get(app)
    page = Page()
    app.figures.write(page)
    assert 'status="0xx"} 1\n' in page.text
    assert app.figures.in_flight == 0
    assert read(lines)[-1]["status"] == 0


async def test_ready_is_answered_with_no_while_the_process_drains() -> None:
    readiness = Readiness()
    app = ObservedApp(App(), readiness)
    before = await get(app, "/health/ready")
    readiness.closing()
    draining = await get(app, "/health/ready")
    other = await get(app, "/orders/7")
    assert [before.status_code, draining.status_code, other.status_code] == [200, 503, 200]
    assert draining.json() == {"ok": False}
    assert int(draining.headers["retry-after"]) > 0


async def test_a_browser_is_told_so_in_its_language() -> None:
    readiness = Readiness()
    readiness.closing()
    wishes = {"accept": "text/html,*/*;q=0.8", "accept-language": "de-DE,de;q=0.9"}
    answer = await get(ObservedApp(App(), readiness), "/health/ready", **wishes)
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert '<html lang="de">' in answer.text
    assert int(answer.headers["retry-after"]) > 0
