"""Quotes' words: leases are told apart by fare and passenger type."""

from holdfast.flights.domain.fare import PassengerType
from holdfast.flights.service.ports.quotes import LeaseKey


def test_a_lease_is_of_a_fare_as_one_type_pays_it() -> None:
    adult, child = (LeaseKey(7, one) for one in (PassengerType.ADULT, PassengerType.CHILD))
    assert len({adult, child, LeaseKey(7, PassengerType.ADULT)}) == 2
    assert sorted([child, LeaseKey(3, PassengerType.INFANT), adult])[0].fare_id == 3
