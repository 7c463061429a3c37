"""The law of flights' sites: which process a gateway leads an address to, and in which form it
refuses. Where there is no gateway the search process sends the same addresses on
(`sites.search.forwards`)."""

import json

from holdfast.flights.entrypoints.ingest.settings import IngestSettings
from holdfast.flights.wiring.listeners import (
    BOOKING_HTTP,
    INGEST_HTTP,
    PAGES_HTTP,
    SEARCH_HTTP,
    SEATS_HTTP,
)
from holdfast.platform.runtime.config import Effective
from holdfast.platform.runtime.site import Refusal, Route, Site

ANSWER_S = 60.0
"""Longer than any answer of search, seats and booking may take."""
FEED_S = 900.0
"""A feed's file is read and applied before it is answered; so is a held one."""
BOOKED = (
    "/air/orders",
    "/air/order_cancellations",
    "/air/order_changes",
    "/air/payments",
    "/air/webhooks",
    "/air/airline_initiated_changes",
    "/api/flights/audit",
    "/api/flights/promise",
)
"""What the booking process serves."""
_TYPES = {429: "rate_limit_error", 400: "invalid_request_error", 404: "invalid_request_error"}
_CODES = {
    400: "malformed_request",
    404: "not_found",
    408: "request_timeout",
    413: "request_too_large",
    421: "unknown_host",
    429: "rate_limit_exceeded",
    502: "bad_gateway",
    503: "service_unavailable",
    504: "gateway_timeout",
}


def sites(effective: Effective) -> list[Site]:
    """The API's site and the pages'."""
    largest = effective.section(IngestSettings).max_file_mb << 20
    booked = [Route(prefix, BOOKING_HTTP, head_s=ANSWER_S, keyed=True) for prefix in BOOKED]
    api = (
        Route("/air/seat_maps", SEATS_HTTP, head_s=ANSWER_S),
        *booked,
        Route("/api/flights/prices", INGEST_HTTP, head_s=ANSWER_S),
        Route("/api/flights/feeds", INGEST_HTTP, head_s=FEED_S),
        Route("/feeds", INGEST_HTTP, max_body_bytes=largest, head_s=FEED_S),
        Route("/v1/security", SEARCH_HTTP, head_s=ANSWER_S),
        Route("/", SEARCH_HTTP, head_s=ANSWER_S, keyed=True),
    )
    pages = (Route("/", PAGES_HTTP, head_s=ANSWER_S),)
    return [Site("flights", api, says), Site("travel", pages, says)]


def says(refused: Refusal) -> bytes:
    """A refusal of the gateway in the API's own envelope."""
    usual = "api_error" if refused.status >= 500 else "invalid_request_error"
    error = {
        "type": _TYPES.get(refused.status, usual),
        "title": refused.title,
        "message": f"{refused.what} {refused.fix}",
        "code": _CODES.get(refused.status, "internal_server_error"),
        "documentation_url": "",
    }
    meta = {"request_id": refused.request_id, "status": refused.status}
    return json.dumps({"errors": [error], "meta": meta}).encode() + b"\n"
