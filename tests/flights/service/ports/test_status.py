"""The stores of status have every method of the port, with the same parameters."""

import pytest

from holdfast.flights.service.ports.status import StatusStore
from holdfast.flights.store.status import PostgresStatus
from tests.flights.service.ports.test_feeds import methods
from tests.flights.service.test_flight_status import FakeStore


@pytest.mark.parametrize("store", [PostgresStatus, FakeStore])
def test_a_store_of_status_can_all_that_the_port_asks(store: type) -> None:
    offered = methods(store)
    assert {name: offered.get(name) for name in methods(StatusStore)} == methods(StatusStore)
