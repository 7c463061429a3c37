"""The law of flights' ports: the API, the pages, and three for what the front door sends on.

The balancer opens them and knows no HTTP, so what a client is told while nobody is behind a port
is written here, in the API's own envelope, or as a page.
"""

from collections.abc import Callable

from holdfast.flights.wiring.settings import (
    API_PORT,
    BOOKING_PORT,
    INGEST_PORT,
    SEATS_PORT,
    TRAVEL_PORT,
)
from holdfast.platform.runtime.app import Listener
from holdfast.platform.runtime.config import Effective

SEARCH_HTTP = "flights-search-http"
BOOKING_HTTP = "flights-booking-http"
SEATS_HTTP = "flights-seats-http"
INGEST_HTTP = "flights-ingest-http"
PAGES_HTTP = "flights-pages-http"
PORTS = {
    SEARCH_HTTP: API_PORT,
    BOOKING_HTTP: BOOKING_PORT,
    SEATS_HTTP: SEATS_PORT,
    INGEST_HTTP: INGEST_PORT,
    PAGES_HTTP: TRAVEL_PORT,
}
_NAMES = {
    SEARCH_HTTP: "flights",
    BOOKING_HTTP: "flights-booking",
    SEATS_HTTP: "flights-seats",
    INGEST_HTTP: "flights-ingest",
    PAGES_HTTP: "travel",
}
_ERROR = (
    '{"errors":[{"type":"api_error","title":"Service unavailable","message":"%s",'
    '"code":"internal_server_error","documentation_url":""}],'
    '"meta":{"request_id":"none","status":503}}\n'
)
_PAGE = (
    '<!doctype html><html lang="en"><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width"><meta name="color-scheme" '
    'content="light dark"><title>%s</title><h1>%s</h1></html>\n'
)


def listeners(_: Effective) -> list[Listener]:
    """The listeners of flights, ports without the offset."""
    return [
        _listener(service, port, _page if service == PAGES_HTTP else _json)
        for service, port in PORTS.items()
    ]


def _listener(service: str, port: int, says: Callable[[str], bytes]) -> Listener:
    refusal = says("The service cannot answer just now: try again.")
    busy = says("Too many connections from your address: close some and try again.")
    return Listener(_NAMES[service], "tcp", port, service, refusal=refusal, busy=busy, says=says)


def _json(what: str) -> bytes:
    return _http("application/json", (_ERROR % what).encode())


def _page(what: str) -> bytes:
    return _http("text/html; charset=utf-8", (_PAGE % (what, what)).encode())


def _http(kind: str, body: bytes) -> bytes:
    head = (
        f"HTTP/1.1 503 Service Unavailable\r\nContent-Type: {kind}\r\n"
        f"Content-Length: {len(body)}\r\nRetry-After: 1\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body
