"""The memory store of bookings passes the contract."""

from datetime import UTC, datetime, timedelta

import pytest

from holdfast.flights.store.memory_bookings import MemoryBookings
from tests.flights.booking_samples import counters
from tests.flights.store import bookings_contract as contract
from tests.flights.store.persons_contract import PersonContract
from tests.flights.store.repricing_contract import RepriceContract


@pytest.fixture
def shop() -> contract.Shop:
    moment = [datetime(2027, 3, 1, 12, tzinfo=UTC)]

    async def pass_time(by: timedelta) -> None:
        moment[0] += by

    store = MemoryBookings(counters(), lambda: moment[0])
    return contract.Shop(store, store, store, pass_time)


class TestPlacing(contract.PlaceContract):
    pass


class TestKeys(contract.KeyContract):
    pass


class TestPaying(contract.PayContract):
    pass


class TestRepricing(RepriceContract):
    pass


class TestCancelling(contract.CancelContract):
    pass


class TestSeating(contract.SeatContract):
    pass


class TestListing(contract.ListContract):
    pass


class TestPersons(PersonContract):
    pass
