"""The pages of flights on a port of their own, in front of the whole API in memory."""

import asyncio
import socket
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import httpx
import uvicorn
from starlette.types import ASGIApp

from holdfast.flights.pages.api import Api, api_client
from holdfast.flights.pages.routes import pages_app
from tests.flights.duffel_site import DuffelSite, duffel_site, search
from tests.flights.entrypoints.http.site import TOKEN
from tests.flights.pages.booking_site import entrance_of
from tests.support.people import House

T = TypeVar("T")
WayTo = Callable[[ASGIApp], httpx.AsyncBaseTransport]
START_S = 30.0
STOP_S = 10.0


class BookingServer(threading.Thread):
    """Serves in a thread of its own until told to stop. `way_to`: how the pages reach the API;
    `house`: where its people log in."""

    def __init__(self, way_to: WayTo = httpx.ASGITransport) -> None:
        super().__init__(daemon=True)
        self._way_to = way_to
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: uvicorn.Server | None = None
        self._duffel: DuffelSite | None = None
        self.house = House()

    @property
    def address(self) -> str:
        """Where the pages are."""
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    @property
    def duffel(self) -> DuffelSite:
        """The API behind them."""
        assert self._duffel is not None
        return self._duffel

    def run(self) -> None:
        asyncio.run(self._serve())

    def begin(self) -> None:
        """Start, and wait until pages are answered."""
        self.start()
        assert self._ready.wait(START_S)

    def end(self) -> None:
        """Stop, and wait for that."""
        assert self._server is not None
        self._server.should_exit = True
        self.join(STOP_S)
        assert not self.is_alive()

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine where the site runs."""
        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(START_S)

    def offer(self, *kinds: str) -> str:
        """The path of a fresh offer for adults, or travellers of these types."""
        party = [{"type": kind} for kind in kinds or ("adult",)]
        return f"/offers/{self.do(self._offer(party))}"

    async def _offer(self, party: list[dict[str, str]]) -> str:
        async with self.duffel.client() as client:
            return str((await search(client, party=party))[0]["id"])

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        async with duffel_site() as duffel:
            self._duffel = duffel
            async with api_client("http://api", transport=self._way_to(duffel.app)) as client:
                entrance = entrance_of(self.house)
                app = pages_app(Api(client, TOKEN), duffel.clock, entrance=entrance)
                config = uvicorn.Config(app, log_level="warning", lifespan="off", ws="none")
                self._server = uvicorn.Server(config)
                self._ready.set()
                await self._server.serve(sockets=[self._socket])
