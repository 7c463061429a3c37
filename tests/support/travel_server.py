"""The travel pages on a socket, in front of the real API in memory; one flight has a status.

Runs in a thread of its own, for a browser that drives it. The clock stands still until it is moved.
"""

import asyncio
import socket
import threading
from dataclasses import dataclass

import httpx
import msgspec
import uvicorn

from holdfast.flights.pages.api import Api, api_client
from holdfast.flights.pages.routes import pages_app
from tests.flights.duffel_site import DuffelSite, duffel_site
from tests.flights.entrypoints.http.site import TOKEN
from tests.flights.pages.test_flight_view import status
from tests.support.flights_world import WorldClock

STOP_S = 10.0
STATUS = "/api/flights/status/"


class _Behind(httpx.AsyncBaseTransport):
    """The way to the API: all of it but the status desk is real. `is_away`: nobody answers."""

    def __init__(self, api: DuffelSite) -> None:
        self._real = httpx.ASGITransport(api.app)
        self.is_away = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """One answer."""
        if self.is_away:
            raise httpx.ConnectError("nobody is there")
        if not request.url.path.startswith(STATUS):
            return await self._real.handle_async_request(request)
        if request.url.path.endswith("ZZ100"):
            return httpx.Response(200, content=msgspec.json.encode(status(history=3)))
        fault = {"what": "no airline files it", "where": "flight", "fix": "look again"}
        return httpx.Response(404, json={"error": fault})


@dataclass(slots=True)
class TravelSite:
    """The running site."""

    address: str
    clock: WorldClock
    behind: _Behind


class TravelServer(threading.Thread):
    """Serves until told to stop."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.ready = threading.Event()
        self.site: TravelSite | None = None
        self.server: uvicorn.Server | None = None

    def run(self) -> None:
        """See `threading.Thread`."""
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        async with duffel_site() as api:
            behind = _Behind(api)
            async with api_client("http://api", transport=behind) as client:
                app = pages_app(Api(client, TOKEN), api.clock)
                config = uvicorn.Config(app, log_level="warning", lifespan="off", ws="none")
                self.server = uvicorn.Server(config)
                port = self.socket.getsockname()[1]
                self.site = TravelSite(f"http://127.0.0.1:{port}", api.clock, behind)
                self.ready.set()
                await self.server.serve(sockets=[self.socket])

    def stop(self) -> None:
        """End it, and wait for its end."""
        assert self.server is not None
        self.server.should_exit = True
        self.join(STOP_S)
        assert not self.is_alive()
