"""The front door: search, look-ups and reference data; what others serve is sent on to them."""

import asyncio
import gc
import secrets
from collections.abc import Mapping
from functools import partial

from holdfast.flights.entrypoints.http.clients import Clients
from holdfast.flights.entrypoints.http.forwarding import Forward, Forwarder, forwarding_client
from holdfast.flights.entrypoints.http.health import Figures
from holdfast.flights.entrypoints.http.oauth import Grants
from holdfast.flights.entrypoints.ingest.pushing import ANSWER_S
from holdfast.flights.entrypoints.ingest.reviewing import APPROVE_S
from holdfast.flights.entrypoints.ingest.settings import IngestSettings
from holdfast.flights.entrypoints.search_api.amadeus import Amadeus
from holdfast.flights.entrypoints.search_api.change_requests import ChangeRequestEndpoints
from holdfast.flights.entrypoints.search_api.offer_requests import OfferRequestEndpoints
from holdfast.flights.entrypoints.search_api.offers import OfferEndpoints
from holdfast.flights.entrypoints.search_api.reference import ReferenceEndpoints
from holdfast.flights.entrypoints.search_api.status import Status
from holdfast.flights.service.answering import Draw
from holdfast.flights.service.change_order import AskForChange
from holdfast.flights.service.find_itineraries import FindItineraries
from holdfast.flights.service.flight_status import FlightStatusDesk
from holdfast.flights.service.ports.quotes import KEPT_S
from holdfast.flights.service.read_offers import ReadOffers
from holdfast.flights.service.search_offers import SearchOffers
from holdfast.flights.service.snapshot import Snapshots
from holdfast.flights.store.bookings import PostgresBookings
from holdfast.flights.store.catalogue import PostgresCatalogue
from holdfast.flights.store.order_changes import PostgresOrderChanges
from holdfast.flights.store.quotes import PostgresQuotes
from holdfast.flights.store.status import PostgresStatus
from holdfast.flights.store.version_hints import pass_hints
from holdfast.flights.wiring.rules import price_rule, search_rules
from holdfast.flights.wiring.settings import BOOKING_PORT, INGEST_PORT, SEATS_PORT, internal_urls
from holdfast.flights.wiring.sites.declared import DECLARED
from holdfast.flights.wiring.sites.figures import write_selling
from holdfast.flights.wiring.sites.ground import Ground, every
from holdfast.flights.wiring.sites.site import Site
from holdfast.platform.runtime.alternatives import Alternatives

SWEEP_S = 60.0
"""Between two sweeps of searches whose offers expired long ago, and of requests for changes."""
SETTLE_POLL_S = 0.2
"""Between two looks whether the first snapshot is there."""


def search_site(ground: Ground) -> Site:
    """What the search process serves."""
    clock, names = ground.clock, ground.names
    quotes = PostgresQuotes(ground.database)
    catalogue = PostgresCatalogue(ground.database)
    snapshots = Snapshots(catalogue, clock, rule=price_rule(ground.flights))
    read = ReadOffers(quotes, clock)
    desk = FlightStatusDesk(PostgresStatus(ground.database), clock)
    search = _search(ground, snapshots, quotes)
    changes = PostgresOrderChanges(ground.database)
    operations = [
        *OfferRequestEndpoints(names, search, read).operations(),
        *OfferEndpoints(names, read, ground.seat_maps()).operations(),
        *ChangeRequestEndpoints(
            names, _ask_for_change(ground, search, changes), changes
        ).operations(),
        *ReferenceEndpoints(names).operations(),
        *Status(desk).operations(),
        *Amadeus(desk).operations(),
        *Grants(ground.doors.tokens, ground.doors.signer).operations(),
    ]
    client = forwarding_client(*internal_urls(ground.flights, ground.fleet, BOOKING_PORT))
    ground.stack.push_async_callback(client.aclose)
    app = Forwarder(
        ground.app(operations, DECLARED, _figures(snapshots, search)),
        forwards(ground),
        client,
        Clients(ground.doors.signer),
    )

    async def sweep() -> None:
        await quotes.sweep(clock.wall())
        await changes.sweep(KEPT_S)

    hints = partial(pass_hints, ground.database, snapshots.hint)
    beside = (snapshots.run, hints, every(SWEEP_S, sweep), partial(_settle, snapshots))
    return Site(app, beside, (partial(write_selling, snapshots, search),))


async def _settle(snapshots: Snapshots) -> None:
    """Once the timetable is there, leave it out of every later search for garbage: it is very many
    objects that stay, and searches make many that go."""
    while not snapshots.is_ready:
        await asyncio.sleep(SETTLE_POLL_S)
    gc.collect()
    gc.freeze()
    await asyncio.Event().wait()


def _figures(snapshots: Snapshots, search: SearchOffers) -> Figures:
    """What the front door tells of itself: the age of what it sells from, and what it did."""

    def told() -> Mapping[str, float | None]:
        counts = search.counts
        return {
            "snapshot_age_s": snapshots.age_s,
            "searches": counts.searches,
            "offers": counts.offers,
            "refused": counts.refused,
        }

    return told


def forwards(ground: Ground) -> tuple[Forward, ...]:
    """What the front door sends on: the paths of the other processes."""
    booking, seats, ingest = (
        Alternatives(*internal_urls(ground.flights, ground.fleet, port))
        for port in (BOOKING_PORT, SEATS_PORT, INGEST_PORT)
    )
    largest = ground.effective.section(IngestSettings).max_file_mb << 20
    return (
        Forward("/air/seat_maps", seats),
        Forward("/air/orders", booking),
        Forward("/air/order_cancellations", booking),
        Forward("/air/order_changes", booking),
        Forward("/air/payments", booking),
        Forward("/air/webhooks", booking),
        Forward("/air/airline_initiated_changes", booking),
        Forward("/api/flights/audit", booking),
        Forward("/api/flights/promise", booking),
        Forward("/api/flights/prices", ingest),
        Forward("/api/flights/feeds", ingest, answer_s=APPROVE_S),
        Forward("/feeds", ingest, max_body_bytes=largest, answer_s=ANSWER_S),
    )


def _ask_for_change(
    ground: Ground, search: SearchOffers, changes: PostgresOrderChanges
) -> AskForChange:
    bookings = PostgresBookings(ground.database)
    return AskForChange(bookings, changes, search, Draw(ground.clock.wall, secrets.token_bytes))


def _search(ground: Ground, snapshots: Snapshots, quotes: PostgresQuotes) -> SearchOffers:
    atlas = ground.names.atlas
    return SearchOffers(
        snapshots=snapshots,
        catalogue=PostgresCatalogue(ground.database),
        quotes=quotes,
        atlas=atlas,
        clock=ground.clock,
        draw=lambda: secrets.token_bytes(16),
        itineraries=FindItineraries(atlas),
        rules=search_rules(ground.flights),
    )
