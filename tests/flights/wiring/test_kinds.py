"""Each kind of process has its service."""

from holdfast.flights.wiring.kinds import SERVICES
from holdfast.flights.wiring.listeners import PORTS


def test_every_kind_serves_one_of_the_ports_and_none_twice() -> None:
    assert set(SERVICES.values()) == set(PORTS)
    assert len(SERVICES) == len(PORTS)
