"""The law of the nearest: a client's requests go to that address of a service which answers.

For clients that try again themselves: what failed is left for the next address, and the second try
goes there.
"""

import httpx

from holdfast.platform.runtime.alternatives import Alternatives


class NearestTransport(httpx.AsyncBaseTransport):
    """Sends every request to the address of `ways` that is asked now, through `behind`."""

    def __init__(self, ways: Alternatives, behind: httpx.AsyncBaseTransport) -> None:
        self._ways = ways
        self._behind = behind

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send it; what the network says is raised."""
        way = self._ways.now
        place = httpx.URL(way)
        request.url = request.url.copy_with(scheme=place.scheme, host=place.host, port=place.port)
        request.headers["host"] = place.netloc.decode("ascii")
        try:
            return await self._behind.handle_async_request(request)
        except (httpx.NetworkError, httpx.ConnectTimeout, httpx.RemoteProtocolError):
            self._ways.failed(way)
            raise

    async def aclose(self) -> None:
        """Close what is behind."""
        await self._behind.aclose()
