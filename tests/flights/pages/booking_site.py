"""The pages in front of the real API in process, on the small world of `duffel_site`.

`book` goes the whole way as a browser without scripts does: every address and hidden field is read
out of the page before.
"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from html import unescape
from html.parser import HTMLParser
from typing import Any

import httpx
from starlette.types import ASGIApp

from holdfast.flights.pages.api import Api, api_client
from holdfast.flights.pages.entrance import TRAVEL_COOKIE, Entrance
from holdfast.flights.pages.routes import pages_app
from holdfast.flights.wiring.sites.pages import shop_of
from holdfast.platform.auth.roles import Role
from tests.flights.duffel_site import DuffelSite, duffel_site, search
from tests.flights.entrypoints.http.site import OWNER, PEOPLE_KEY, TOKEN
from tests.support.people import House

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
    house: House
    app: ASGIApp

    def visitor(self, session: str = "", language: str = "en", **headers: str) -> httpx.AsyncClient:
        """A browser of its own, of somebody who has logged in with this session, or nobody."""
        cookies = {TRAVEL_COOKIE: session} if session else {}
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app),
            base_url="http://travel",
            headers={"accept-language": language, "accept": "text/html"} | headers,
            cookies=cookies,
        )

    @asynccontextmanager
    async def person(
        self, name: str, *roles: Role, subject: str = ""
    ) -> "AsyncIterator[BookingSite]":
        """The site as somebody with an account, a traveller if nothing else, finds it."""
        session = await self.house.session(name, *(roles or (Role.TRAVELLER,)), subject=subject)
        async with self.visitor(session) as browser:
            yield replace(self, browser=browser)

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
            house = House()
            app = pages_app(Api(client, TOKEN), duffel.clock, entrance=entrance_of(house))
            made = BookingSite(duffel, client, house, app)
            async with made.visitor("", language, **headers) as browser:
                yield replace(made, browser=browser)


def entrance_of(house: House) -> Entrance:
    """Where the people of a house log in."""
    return Entrance(house.signing_in, PEOPLE_KEY, shop_of(TOKEN, OWNER))
