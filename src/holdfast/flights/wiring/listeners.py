"""The law of flights' ports: the API at one, and three for what its front door sends on.

The balancer opens them and knows no HTTP, so what a client is told while nobody is behind a port
is written here, in the API's own envelope.
"""

from holdfast.flights.wiring.settings import API_PORT, BOOKING_PORT, INGEST_PORT, SEATS_PORT
from holdfast.platform.runtime.app import Listener
from holdfast.platform.runtime.config import Effective

SEARCH_HTTP = "flights-search-http"
BOOKING_HTTP = "flights-booking-http"
SEATS_HTTP = "flights-seats-http"
INGEST_HTTP = "flights-ingest-http"
PORTS = {
    SEARCH_HTTP: API_PORT,
    BOOKING_HTTP: BOOKING_PORT,
    SEATS_HTTP: SEATS_PORT,
    INGEST_HTTP: INGEST_PORT,
}
_NAMES = {
    SEARCH_HTTP: "flights",
    BOOKING_HTTP: "flights-booking",
    SEATS_HTTP: "flights-seats",
    INGEST_HTTP: "flights-ingest",
}
_ERROR = (
    '{"errors":[{"type":"api_error","title":"Service unavailable","message":"%s",'
    '"code":"internal_server_error","documentation_url":""}],'
    '"meta":{"request_id":"none","status":503}}\n'
)


def listeners(_: Effective) -> list[Listener]:
    """The listeners of flights, ports without the offset."""
    refusal = _http("The service cannot answer just now: try again.")
    busy = _http("Too many connections from your address: close some and try again.")
    return [
        Listener(_NAMES[service], "tcp", port, service, refusal=refusal, busy=busy, says=_http)
        for service, port in PORTS.items()
    ]


def _http(what: str) -> bytes:
    body = (_ERROR % what).encode()
    head = (
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nRetry-After: 1\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body
