"""The ports of booking stay small, and each method says what it guarantees."""

import inspect

import pytest

from holdfast.flights.service.ports.audits import Auditor
from holdfast.flights.service.ports.bookings import Bookings
from holdfast.flights.service.ports.disruptions import Disruptions
from holdfast.flights.service.ports.order_lists import Balances, OrderLists

MAX_METHODS = 11


@pytest.mark.parametrize("port", [Bookings, OrderLists, Balances, Disruptions, Auditor])
def test_a_port_is_small_and_every_method_states_its_guarantee(port: type) -> None:
    methods = [m for name, m in inspect.getmembers(port, inspect.isfunction) if name[0] != "_"]
    assert 0 < len(methods) <= MAX_METHODS
    assert all(inspect.getdoc(method) for method in methods)
    assert all(inspect.iscoroutinefunction(method) for method in methods)
