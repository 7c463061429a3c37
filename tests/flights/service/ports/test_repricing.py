"""The port of new prices says what it guarantees."""

import inspect

from holdfast.flights.service.ports.repricing import Repricings


def test_the_port_states_its_guarantee() -> None:
    assert inspect.iscoroutinefunction(Repricings.reprice)
    assert "one transaction" in (inspect.getdoc(Repricings.reprice) or "")
