"""The seat process: seat maps of offers and of orders."""

from holdfast.flights.entrypoints.seat_api.seat_maps import SeatMapEndpoints
from holdfast.flights.service.read_offers import ReadOffers
from holdfast.flights.store.bookings import PostgresBookings
from holdfast.flights.store.quotes import PostgresQuotes
from holdfast.flights.wiring.sites.ground import Ground
from holdfast.flights.wiring.sites.site import Site


def seats_site(ground: Ground) -> Site:
    """What the seat process serves."""
    read = ReadOffers(PostgresQuotes(ground.database), ground.clock)
    bookings = PostgresBookings(ground.database)
    shown = SeatMapEndpoints(read, bookings.order, ground.seat_maps())
    return Site(ground.app(shown.operations()))
