"""The seats process serves what it declares."""

from holdfast.flights.wiring.sites.declared import SEATS
from holdfast.flights.wiring.sites.ground import Ground
from holdfast.flights.wiring.sites.seats import seats_site
from tests.flights.wiring.sites.asking import not_served


async def test_the_seats_process_serves_what_it_declares(ground: Ground) -> None:
    assert await not_served(seats_site(ground), SEATS) == []
