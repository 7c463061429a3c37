"""The law of flights' kinds of processes: what each is called, and which service it is behind.

Declarations, roles and the processes themselves name them; nothing else is here, so that a name
costs nothing."""

from holdfast.flights.wiring.listeners import (
    BOOKING_HTTP,
    INGEST_HTTP,
    PAGES_HTTP,
    SEARCH_HTTP,
    SEATS_HTTP,
)

SEARCH = "flights-search"
BOOKING = "flights-booking"
SEATS = "flights-seats"
INGEST = "flights-ingest"
PAGES = "flights-pages"
SERVICES = {
    SEARCH: SEARCH_HTTP,
    BOOKING: BOOKING_HTTP,
    SEATS: SEATS_HTTP,
    INGEST: INGEST_HTTP,
    PAGES: PAGES_HTTP,
}
