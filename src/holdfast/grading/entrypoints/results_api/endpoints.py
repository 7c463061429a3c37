"""The law of endpoints: each is declared once, and route and OpenAPI page come from that.

A handler returns a value of the declared type; here it becomes JSON. The role an endpoint needs is
decided by its address (`access.role_needed`), so that it cannot be forgotten in a declaration.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from holdfast.grading.domain.roster import MAX_SHOWN
from holdfast.grading.entrypoints.results_api.access import Role, role_needed
from holdfast.grading.entrypoints.results_api.problems import render

ANSWER_S = 10.0
"""No answer takes longer; the database's own limits are shorter, so this is for our own faults."""
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of the path or the query."""

    name: str
    kind: Literal["path", "query"]
    schema: dict[str, Any]  # a JSON schema, as OpenAPI wants it
    about: str


@dataclass(frozen=True, slots=True)
class Body:
    """What is sent: its media type, and its type when it is JSON."""

    media_type: str
    type: Any = bytes  # a type form


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method at one address.

    `answer` is the type of a 200's JSON, `problems` the statuses that this endpoint itself gives;
    those that any endpoint may give (401, 500, 503) need not be named.
    """

    method: Literal["GET", "POST"]
    path: str
    summary: str
    handle: Callable[[Request], Awaitable[Any]]
    answer: Any  # a type form
    problems: tuple[int, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    body: Body | None = None
    media_type: str = "application/json"

    @property
    def role(self) -> Role:
        """Who may call it."""
        return role_needed(self.path)

    def route(self) -> Route:
        """The Starlette route; a handler may also return a `Response` of its own."""

        async def endpoint(request: Request) -> Response:
            try:
                async with asyncio.timeout(ANSWER_S):
                    answer = await self.handle(request)
            except Exception as error:
                return await render(request, error)
            if isinstance(answer, Response):
                return answer
            return Response(
                _encode(answer),
                headers={"cache-control": "no-store"},
                media_type=self.media_type,
            )

        endpoint.__name__ = self.handle.__name__
        return Route(self.path, endpoint, methods=[self.method])


UID = Parameter(
    "uid", "path", {"type": "integer", "minimum": 0, "maximum": MAX_SHOWN}, "A student."
)
"""The path parameter `{uid}`."""
