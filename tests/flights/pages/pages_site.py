"""The pages in process, in front of an API that a test plays: what is asked, and what it says."""

import asyncio
import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from starlette.requests import Request

from holdfast.flights.pages.api import Api, api_client
from holdfast.flights.pages.rendering import renderer
from holdfast.flights.pages.routes import ASSETS, PAGES, pages_app
from holdfast.flights.pages.site import Route, Site, Visit, visit_of
from holdfast.platform.web.assets import load_assets
from tests.support.flights_world import NOW, WorldClock

Json = Any  # what an API answers; read field by field
Answer = Callable[[httpx.Request], httpx.Response]
TOKEN = "the pages' own token".replace(" ", "-").replace("'", "")


def data(value: Json, status: int = 200) -> httpx.Response:
    """An answer in the API's envelope."""
    return httpx.Response(status, json={"data": value})


def refusal(status: int, code: str, message: str = "No.", pointer: str = "") -> httpx.Response:
    """An error in the API's envelope."""
    source = {"field": "f", "pointer": pointer} if pointer else None
    error = {"type": "t", "title": "t", "message": message, "code": code, "source": source}
    return httpx.Response(status, json={"errors": [error], "meta": {"status": status}})


@dataclass
class PlayedApi:
    """Answers by `METHOD path`; what it does not know is 404. `asked` is all that was asked.
    One that `is_silent` never answers."""

    answers: dict[str, httpx.Response | Answer | Exception] = field(default_factory=dict)
    asked: list[httpx.Request] = field(default_factory=list)
    is_silent: bool = False

    def api(self) -> Api:
        """To be asked by pages."""
        return Api(api_client("http://api", transport=httpx.MockTransport(self.answer)), TOKEN)

    async def answer(self, request: httpx.Request) -> httpx.Response:
        """One answer."""
        self.asked.append(request)
        if self.is_silent:
            await asyncio.Event().wait()
        known = self.answers.get(f"{request.method} {request.url.path}")
        if isinstance(known, Exception):
            raise known
        if known is None:
            return refusal(404, "not_found")
        found = known if isinstance(known, httpx.Response) else known(request)
        return httpx.Response(found.status_code, headers=found.headers, content=found.content)

    def bodies(self, path: str) -> list[Json]:
        """The bodies that were sent to a path."""
        return [json.loads(one.content) for one in self.asked if one.url.path == path]


@dataclass
class PagesSite:
    """The application. `clock` stands still."""

    played: PlayedApi = field(default_factory=PlayedApi)
    clock: WorldClock = field(default_factory=WorldClock)
    pages: tuple[Route, ...] = tuple(PAGES)

    def browser(self, language: str = "en") -> AbstractAsyncContextManager[httpx.AsyncClient]:
        """A client with cookies, of a reader of this language; it follows nothing by itself."""
        app = pages_app(self.played.api(), self.clock, self.pages)
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app),
            base_url="http://travel",
            headers={"accept-language": language, "accept": "text/html"},
        )

    async def get(self, path: str, language: str = "en", **headers: str) -> httpx.Response:
        """One page for a new visitor."""
        async with self.browser(language) as browser:
            return await browser.get(path, headers=headers)


def request(path: str = "/", **headers: str) -> Request:
    """A GET as Starlette has it."""
    parts = urlsplit(path)
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request(
        {
            "type": "http",
            "method": "GET",
            "scheme": "http",
            "path": parts.path,
            "query_string": parts.query.encode(),
            "headers": [(b"host", b"travel"), *raw],
            "server": ("travel", 80),
        }
    )


def visit(path: str = "/", **headers: str) -> Visit:
    """A visit at `NOW`."""
    return visit_of(request(path, **headers), NOW)


def site(played: PlayedApi | None = None) -> Site:
    """What pages are given."""
    return Site((played or PlayedApi()).api(), renderer(load_assets(ASSETS)), WorldClock())


def query_of(address: str) -> dict[str, list[str]]:
    """The query of an address."""
    return parse_qs(urlsplit(address).query)
