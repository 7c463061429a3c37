"""The law of the document: every operation that flights serves, whichever process does."""

from holdfast.flights.entrypoints.booking_api import (
    airline_changes,
    auditing,
    cancellations,
    changes,
    orders,
    payments,
    promise,
    repricing,
    services,
    webhooks,
)
from holdfast.flights.entrypoints.http.oauth import GRANT_TOKEN
from holdfast.flights.entrypoints.http.operation import Operation
from holdfast.flights.entrypoints.ingest import (
    feed_schema,
    price_audit,
    prices,
    pushing,
    reviewing,
)
from holdfast.flights.entrypoints.search_api import (
    amadeus,
    change_requests,
    offer_requests,
    offers,
    reference,
    status,
)
from holdfast.flights.entrypoints.seat_api import seat_maps

SEARCH: tuple[Operation, ...] = (
    *reference.DECLARED,
    *offer_requests.DECLARED,
    *offers.DECLARED,
    *change_requests.DECLARED,
    status.FLIGHT_STATUS,
    amadeus.SCHEDULED_FLIGHTS,
    GRANT_TOKEN,
)
SEATS: tuple[Operation, ...] = seat_maps.DECLARED
BOOKING: tuple[Operation, ...] = (
    *orders.DECLARED,
    *services.DECLARED,
    *repricing.DECLARED,
    *payments.DECLARED,
    *cancellations.DECLARED,
    *changes.DECLARED,
    *airline_changes.DECLARED,
    *auditing.DECLARED,
    *promise.DECLARED,
    *webhooks.DECLARED,
)
INGEST: tuple[Operation, ...] = (
    pushing.PUSH,
    pushing.OFFSET,
    reviewing.FEEDS,
    reviewing.QUARANTINE,
    reviewing.APPROVE,
    reviewing.REFUSE,
    *prices.DECLARED,
    *price_audit.DECLARED,
    *feed_schema.DECLARED,
)
DECLARED = (*SEARCH, *SEATS, *BOOKING, *INGEST)
