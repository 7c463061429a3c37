"""The pages in front of the real API in process, on the small world of `duffel_site`.

`book` goes the whole way as a browser without scripts does: every address and hidden field is read
out of the page before.
"""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser
from typing import Any

import httpx

from holdfast.flights.pages.api import Api, api_client
from holdfast.flights.pages.routes import pages_app
from tests.flights.duffel_site import DuffelSite, duffel_site, search
from tests.flights.entrypoints.http.site import TOKEN

Json = Any  # what an API answers; read field by field
ADA = {
    "p1_title": "ms",
    "p1_given": "Ada",
    "p1_family": "Stone",
    "p1_gender": "f",
    "p1_born": "1990-01-02",
    "email": "ada@example.org",
    "phone": "+442080160509",
}


@dataclass
class BookingSite:
    """The API, and a browser that follows nothing by itself."""

    duffel: DuffelSite
    browser: httpx.AsyncClient

    async def offer(self, **wish: Any) -> Json:
        """The first offer of a search."""
        async with self.duffel.client() as client:
            return (await search(client, **wish))[0]

    async def passengers(self, offer: Json, seats: str = "") -> "Shown":
        """The form of an offer."""
        query = {"seats": seats} if seats else {}
        answer = await self.browser.get(f"/offers/{offer['id']}/passengers", params=query)
        return Shown(answer)

    async def book(self, offer: Json, seats: str = "", **changes: str) -> httpx.Response:
        """What the form's answer is."""
        form = await self.passengers(offer, seats)
        sent = form.hidden() | ADA | {"how": "pay"} | changes
        return await self.browser.post(f"/offers/{offer['id']}/passengers", data=sent)

    async def order(self, seats: str = "", **changes: str) -> str:
        """The address of a new order's page."""
        answer = await self.book(await self.offer(), seats, **changes)
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]


@dataclass(frozen=True)
class Shown:
    """A page that was answered."""

    answer: httpx.Response

    @property
    def text(self) -> str:
        """All that a reader sees, in one line."""
        parser = _Text()
        parser.feed(self.answer.text)
        return re.sub(r"\s+", " ", " ".join(parser.parts)).strip()

    def hidden(self) -> dict[str, str]:
        """The hidden fields."""
        found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', self.answer.text)
        return {name: unescape(value) for name, value in found}

    def radios(self) -> dict[str, str]:
        """The seats that can be chosen, with what a screen reader says of each."""
        pattern = r'type="radio" name="pick" value="(\w+)"[^>]*?aria-label="([^"]*)"'
        return {seat: unescape(label) for seat, label in re.findall(pattern, self.answer.text)}


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


@asynccontextmanager
async def booking_site(language: str = "en", **headers: str) -> AsyncIterator[BookingSite]:
    """A fresh site."""
    async with duffel_site() as duffel:
        transport = httpx.ASGITransport(duffel.app, client=("192.0.2.8", 4000))
        async with api_client("http://api", transport=transport) as client:
            app = pages_app(Api(client, TOKEN), duffel.clock)
            sent: Mapping[str, str] = {"accept-language": language, "accept": "text/html"} | headers
            browser = httpx.AsyncClient(
                transport=httpx.ASGITransport(app), base_url="http://travel", headers=sent
            )
            async with browser:
                yield BookingSite(duffel, browser)
