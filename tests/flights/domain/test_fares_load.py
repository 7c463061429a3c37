"""What a file holds is counted, withdrawals too."""

from holdfast.flights.domain.fares_load import FaresLoad
from holdfast.flights.domain.filing import Fault
from tests.flights.domain.test_fare import KEY


def test_records_that_stand_are_counted_and_bad_ones_are_not() -> None:
    load = FaresLoad(withdrawn=[KEY, KEY], faults=[Fault(1, "bad")])
    assert load.good == 2
