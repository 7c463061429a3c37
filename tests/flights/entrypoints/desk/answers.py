"""An API that answers as it is told to, and remembers what it was asked."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from holdfast.flights.entrypoints.desk.api import Api

Reply = Callable[[httpx.Request], httpx.Response]


@dataclass
class Answers:
    """`replies` by method and path; anything else is a 404 in the API's envelope."""

    replies: dict[str, Any] = field(default_factory=dict)
    asked: list[httpx.Request] = field(default_factory=list)

    def api(self) -> Api:
        """A client that talks to these answers."""
        return Api("http://api.test", "a-token", httpx.MockTransport(self._reply))

    def body(self, index: int = -1) -> Any:
        """The `data` of what was sent."""
        return json.loads(self.asked[index].content)["data"]

    def _reply(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        reply = self.replies.get(f"{request.method} {request.url.path}")
        if reply is None:
            return refusal(404, "There is nothing at this address.")
        if callable(reply):
            made = reply(request)
            assert isinstance(made, httpx.Response)
            return made
        return httpx.Response(200, json=reply)


def refusal(status: int, message: str, pointer: str = "") -> httpx.Response:
    """An error of the API."""
    error: dict[str, Any] = {"type": "x", "title": "x", "code": "x", "message": message}
    if pointer:
        error["source"] = {"field": "x", "pointer": pointer}
    return httpx.Response(status, json={"errors": [error], "meta": {"status": status}})
