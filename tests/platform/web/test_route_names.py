"""Requests are counted by the templates of routes."""

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from holdfast.platform.web.route_names import starlette_route


async def test_a_request_is_counted_by_its_template_or_as_nobodys() -> None:
    async def student(_: Request) -> Response:
        return Response("x")

    inner = Starlette(routes=[Route("/students/{uid}", student)])
    route_of, seen = starlette_route(), []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await inner(scope, receive, send)
        seen.append(route_of(scope))

    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        await client.get("/students/1234")
        await client.get("/nothing/here")
    assert seen == ["/students/{uid}", ""]
