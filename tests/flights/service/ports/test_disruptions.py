"""Cases are told apart by leg, cabin and order."""

from holdfast.flights.domain.fare import Cabin
from holdfast.flights.service.ports.disruptions import Case
from tests.flights.booking_samples import segment


def test_the_same_order_on_two_legs_is_two_cases() -> None:
    legs = segment(300).legs
    cases = {Case(leg.key, Cabin.ECONOMY, "ord_1", 1) for leg in legs}
    assert len(cases) == len(legs)
