"""What search reads of counters: sold and validly held, never what is overdue."""

from datetime import timedelta

import pytest

from holdfast.flights.domain.fare import Cabin
from holdfast.flights.service.ports.catalogue import LegSold
from holdfast.flights.store.inventory import sold
from holdfast.platform.data.database import Database
from tests.flights.booking_samples import Wish, segment
from tests.flights.store.bookings_contract import ADULT, HOUR, Shop
from tests.flights.store.filing import file_limits
from tests.flights.store.shop import open_shop

LEG = segment().legs[0].key


@pytest.fixture
async def shop(flights_database: Database) -> Shop:
    return await open_shop(flights_database)


async def test_what_nobody_ever_wanted_is_left_out(shop: Shop, flights_database: Database) -> None:
    assert await sold(flights_database, [LEG]) == {}


async def test_sold_and_held_seats_are_taken_by_class(
    shop: Shop, flights_database: Database
) -> None:
    await shop.buy(Wish(types=(ADULT, ADULT)))
    await shop.buy(Wish(booking_class="M"), hold=HOUR)
    await shop.buy(Wish(cabin=Cabin.BUSINESS, booking_class="C"))
    assert await sold(flights_database, [LEG]) == {
        (LEG, Cabin.ECONOMY): LegSold(6, 3, {"Y": 2, "M": 1}),
        (LEG, Cabin.BUSINESS): LegSold(2, 1, {"C": 1}),
    }


async def test_an_overdue_hold_takes_nothing_before_it_is_swept_and_after(
    shop: Shop, flights_database: Database
) -> None:
    await shop.buy()
    await shop.buy(Wish(booking_class="M", types=(ADULT, ADULT)), hold=HOUR)
    await shop.pass_time(timedelta(hours=2))
    expected = {(LEG, Cabin.ECONOMY): LegSold(6, 1, {"Y": 1})}
    assert await sold(flights_database, [LEG]) == expected
    await shop.bookings.expire()
    assert await sold(flights_database, [LEG]) == expected


async def test_overbooking_is_part_of_the_capacity(shop: Shop, flights_database: Database) -> None:
    await file_limits(flights_database, 100, ("FRA", "LHR"), [("Y", 9)], capacity=6, overbooking=2)
    await shop.buy()
    assert await sold(flights_database, [LEG]) == {(LEG, Cabin.ECONOMY): LegSold(8, 1, {"Y": 1})}
