"""The booking process serves what it declares."""

from holdfast.flights.wiring.sites.booking import booking_site
from holdfast.flights.wiring.sites.declared import BOOKING
from holdfast.flights.wiring.sites.ground import Ground
from tests.flights.wiring.sites.asking import not_served


async def test_the_booking_process_serves_what_it_declares(ground: Ground) -> None:
    assert await not_served(booking_site(ground), BOOKING) == []
