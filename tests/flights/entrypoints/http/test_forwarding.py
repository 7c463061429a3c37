"""What another process serves is sent on whole, and never twice where that could matter."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from holdfast.flights.entrypoints.http import forwarding
from holdfast.flights.entrypoints.http.app import HttpApp
from holdfast.flights.entrypoints.http.asked import Asked
from holdfast.flights.entrypoints.http.faults import ApiFault
from holdfast.flights.entrypoints.http.forwarding import (
    HELD_BYTES,
    Forward,
    Forwarder,
    forwarding_client,
)
from holdfast.platform.runtime.alternatives import Alternatives
from holdfast.platform.runtime.lifecycle import Stop
from holdfast.platform.web.serving import Serving, listen, serve
from tests.flights.entrypoints.http.site import site

KEY = {"idempotency-key": "k"}


@dataclass
class Own:
    """The application in front: answers everything itself, and refuses as a real one does."""

    real: HttpApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"mine"})

    async def refuse(self, asked: Asked, fault: ApiFault, send: Send) -> None:
        await self.real.refuse(asked, fault, send)


@pytest.fixture
async def own() -> AsyncIterator[Own]:
    """What answers what is not sent on."""
    async with site(()) as shop:
        yield Own(shop.app)


class Upstream(httpx.AsyncBaseTransport):
    """Another process: remembers what reached it and fails as it is told, once each."""

    def __init__(self) -> None:
        self.requests: list[tuple[httpx.Request, bytes]] = []
        self.tries = 0
        self.refusals: list[Exception] = []
        self.failures: list[Exception] = []
        self.headers: list[tuple[str, str]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.tries += 1
        if self.refusals:
            raise self.refusals.pop(0)
        body = await request.aread()
        self.requests.append((request, body))
        if self.failures:
            raise self.failures.pop(0)
        return httpx.Response(201, headers=self.headers, stream=httpx.ByteStream(b"theirs"))


@pytest.fixture
def upstream() -> Upstream:
    return Upstream()


@pytest.fixture
async def front(upstream: Upstream, own: Own) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a front door before `upstream`."""
    forwards = [
        Forward("/air/orders", Alternatives("http://booking:1")),
        Forward("/air/order_*", Alternatives("http://booking:1")),
        Forward("/feeds", Alternatives("http://ingest:2"), max_body_bytes=4 * HELD_BYTES),
        Forward("/slow", Alternatives("http://booking:1"), answer_s=0.01),
    ]
    async with httpx.AsyncClient(transport=upstream) as behind:
        app = Forwarder(own, forwards, behind)
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://front"
        ) as client:
            yield client


async def pieces(count: int, size: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b"x" * size


@pytest.mark.parametrize(
    ("path", "host"),
    [
        ("/air/orders", "booking"),
        ("/air/orders/ord_1/services?x=%2F&y=1", "booking"),
        ("/air/order_cancellations", "booking"),
        ("/feeds/BA/schedule", "ingest"),
        ("/air/ordersome", ""),
        ("/air/offers", ""),
        ("/", ""),
    ],
)
async def test_a_path_leads_to_its_process(
    front: httpx.AsyncClient, upstream: Upstream, path: str, host: str
) -> None:
    answer = await front.get(path)
    assert answer.content == (b"theirs" if host else b"mine")
    if host:
        [(request, _)] = upstream.requests
        assert request.url.host == host
        assert request.url.raw_path == path.encode()


async def test_headers_of_one_hop_stay_on_it(front: httpx.AsyncClient, upstream: Upstream) -> None:
    upstream.headers = [
        ("Set-Cookie", "a"),
        ("Set-Cookie", "b"),
        ("Connection", "close, x-own"),
        ("x-own", "1"),
        ("Server", "s"),
        ("x-kept", "2"),
    ]
    answer = await front.post(
        "/air/orders",
        content=b"abc",
        headers={
            "connection": "keep-alive, x-mine",
            "x-mine": "1",
            "te": "trailers",
            "authorization": "Bearer t",
            "x-request-id": "from-outside-0001",
            "expect": "100-continue",
        },
    )
    [(request, body)] = upstream.requests
    assert body == b"abc"
    assert request.headers["authorization"] == "Bearer t"
    assert request.headers["x-request-id"] == "from-outside-0001"
    assert request.headers["host"] == "booking:1"
    assert request.headers["content-length"] == "3"
    assert not {"x-mine", "te", "expect"} & set(request.headers)
    assert answer.headers.get_list("set-cookie") == ["a", "b"]
    assert answer.headers["x-kept"] == "2"
    assert not {"connection", "x-own", "server"} & set(answer.headers)


async def test_a_large_body_passes_in_pieces(front: httpx.AsyncClient, upstream: Upstream) -> None:
    answer = await front.post("/feeds/BA", content=pieces(3, HELD_BYTES))
    assert answer.status_code == 201
    assert len(upstream.requests[0][1]) == 3 * HELD_BYTES


@pytest.mark.parametrize(
    "content", [b"x" * (4 * HELD_BYTES + 1), pieces(5, HELD_BYTES), pieces(1, 5 * HELD_BYTES)]
)
async def test_a_body_beyond_its_bound_is_refused(
    front: httpx.AsyncClient, upstream: Upstream, content: bytes | AsyncIterator[bytes]
) -> None:
    answer = await front.post("/feeds/BA", content=content)
    assert answer.status_code == 413
    error = answer.json()["error"]
    assert error["where"] == "POST /feeds/BA"
    assert "send less" in error["fix"]
    assert upstream.requests == []


@pytest.mark.parametrize("error", [httpx.ConnectError("no"), httpx.ConnectTimeout("no")])
async def test_who_could_not_be_reached_is_tried_once_more(
    front: httpx.AsyncClient, upstream: Upstream, error: Exception
) -> None:
    upstream.refusals = [error]
    assert (await front.post("/air/orders", content=b"abc")).status_code == 201
    upstream.refusals = [error]
    streamed = await front.post("/feeds/BA", content=pieces(2, HELD_BYTES))
    assert streamed.status_code == 201
    assert [len(body) for _, body in upstream.requests] == [3, 2 * HELD_BYTES]
    upstream.refusals = [error, error]
    answer = await front.post("/air/orders", content=b"abc")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"
    assert answer.json()["meta"]["request_id"] == answer.headers["x-request-id"]
    assert len(upstream.requests) == 2


async def test_what_could_not_be_sent_on_is_told_with_the_rate_and_does_not_count_in_it(
    front: httpx.AsyncClient, upstream: Upstream
) -> None:
    for _ in range(3):
        upstream.refusals = [httpx.ConnectError("no")] * 2
        answer = await front.get("/air/orders")
        assert answer.status_code == 503
        assert answer.headers["ratelimit-limit"] == answer.headers["ratelimit-remaining"] == "6000"
        assert answer.headers["ratelimit-reset"].endswith("GMT")


@pytest.mark.parametrize("error", [httpx.ReadError("cut"), httpx.RemoteProtocolError("cut")])
async def test_what_may_have_had_an_effect_is_sent_again_only_with_a_key(
    front: httpx.AsyncClient, upstream: Upstream, error: Exception
) -> None:
    upstream.failures = [error]
    assert (await front.post("/air/orders", content=b"abc")).status_code == 502
    assert len(upstream.requests) == 1
    upstream.failures = [error]
    assert (await front.post("/air/orders", content=b"abc", headers=KEY)).status_code == 201
    assert [body for _, body in upstream.requests] == [b"abc"] * 3
    upstream.failures = [error]
    assert (await front.get("/air/orders")).status_code == 201
    upstream.failures = [error, error]
    assert (await front.get("/air/orders")).status_code == 502


async def test_a_body_in_pieces_is_not_sent_again_even_with_a_key(
    front: httpx.AsyncClient, upstream: Upstream
) -> None:
    upstream.failures = [httpx.ReadError("cut")]
    answer = await front.post("/feeds/BA", content=pieces(2, HELD_BYTES), headers=KEY)
    assert answer.status_code == 502
    assert upstream.tries == 1


async def test_a_late_answer_is_not_asked_for_again(
    front: httpx.AsyncClient, upstream: Upstream
) -> None:
    upstream.failures = [httpx.ReadTimeout("late")]
    assert (await front.post("/air/orders", content=b"", headers=KEY)).status_code == 502
    assert upstream.tries == 1


async def test_too_many_at_once_are_told_to_come_back(
    front: httpx.AsyncClient, upstream: Upstream
) -> None:
    upstream.refusals = [httpx.PoolTimeout("full")]
    assert (await front.get("/air/orders")).status_code == 503
    assert upstream.tries == 1


async def test_an_address_that_cannot_be_sent_on_is_not_found(upstream: Upstream, own: Own) -> None:
    async with httpx.AsyncClient(transport=upstream) as behind:
        app = Forwarder(own, [Forward("/a", Alternatives("http://b"))], behind)
        for raw in (b"//evil/a", b"a", b"/a\xff", b"/a\x00"):
            assert await status_of(app, raw) == 404
    assert upstream.requests == []


async def status_of(app: Forwarder, raw_path: bytes, *received: Message) -> int | None:
    """The status with which a request for /a is answered; None when it is not."""
    sent: list[Message] = []
    messages = [*received] or [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> Message:
        return messages.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/a",
        "raw_path": raw_path,
        "query_string": b"",
        "headers": [],
        "client": None,
    }
    await app(scope, receive, send)
    return sent[0]["status"] if sent else None


async def test_a_place_that_does_not_answer_is_left_for_the_next_one(
    upstream: Upstream, own: Own
) -> None:
    ways = Alternatives("http://near", "http://far")
    upstream.refusals = [httpx.ConnectError("gone")]
    async with httpx.AsyncClient(transport=upstream) as behind:
        app = Forwarder(own, [Forward("/a", ways)], behind)
        assert [await status_of(app, b"/a") for _ in range(2)] == [201, 201]
    assert [request.url.host for request, _ in upstream.requests] == ["far", "far"]
    assert upstream.tries == 3


async def test_a_client_that_goes_away_is_not_answered(upstream: Upstream, own: Own) -> None:
    async with httpx.AsyncClient(transport=upstream) as behind:
        app = Forwarder(own, [Forward("/a", Alternatives("http://b"))], behind)
        part: Message = {"type": "http.request", "body": b"x", "more_body": True}
        assert await status_of(app, b"/a", part, {"type": "http.disconnect"}) is None
    assert upstream.requests == []


async def test_an_answer_has_its_time(front: httpx.AsyncClient, upstream: Upstream) -> None:
    async def hang(_: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    upstream.handle_async_request = hang  # type: ignore[method-assign]
    assert (await front.get("/slow")).status_code == 502


async def test_between_real_processes_answers_come_whole_or_are_cut(
    monkeypatch: pytest.MonkeyPatch, own: Own
) -> None:
    monkeypatch.setattr(forwarding, "PIECE_S", 5.0)

    async def echo(request: Request) -> Response:
        return Response(await request.body(), headers={"x-path": request.url.path})

    async def cut(_: Request) -> Response:
        async def parts() -> AsyncIterator[bytes]:
            yield b"half"
            raise ConnectionResetError

        return StreamingResponse(parts(), headers={"content-length": "8"})

    behind = Starlette(routes=[Route("/air/orders", echo, methods=["POST"]), Route("/cut", cut)])
    async with process(behind) as port, forwarding_client() as client:
        ways = Alternatives(f"http://127.0.0.1:{port}")
        forwards = [Forward(one, ways) for one in ("/air/orders", "/cut")]
        door = Forwarder(own, forwards, client)
        async with process(door) as front_port, httpx.AsyncClient() as anna:
            front = f"http://127.0.0.1:{front_port}"
            for body in (b"", b"small", b"y" * (4 * HELD_BYTES)):
                assert (await anna.post(f"{front}/air/orders", content=body)).content == body
            with pytest.raises(httpx.RemoteProtocolError):
                await anna.get(f"{front}/cut")
            assert (await anna.get(f"{front}/own")).content == b"mine"


class process:  # noqa: N801  used as a verb
    """An application on a real socket, from entering to leaving; gives its port."""

    def __init__(self, app: object) -> None:
        self.app, self.stop = app, Stop()

    async def __aenter__(self) -> int:
        listener = listen("127.0.0.1", 0, "The test")
        port: int = listener.getsockname()[1]
        how = Serving(what="The test", connections=50, drain_s=1)
        self.running = asyncio.create_task(serve(self.app, listener, self.stop, how))  # type: ignore[arg-type]
        return port

    async def __aexit__(self, *_: object) -> None:
        self.stop.set()
        await self.running
