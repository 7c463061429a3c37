from datetime import UTC, datetime, timedelta

import pytest

from holdfast.flights.domain.offer import SoldSegment
from holdfast.flights.pages.trip_view import Condition, TripSlice, conditions_of, trip_of
from holdfast.flights.wire.duffel_offers import offer_shape
from holdfast.flights.wire.duffel_places import Names
from holdfast.flights.wire.duffel_trips import ConditionShape, ConditionsShape
from tests.support.flights_world import atlas
from tests.support.sold_trips import leg, offer, sold_segment

NAMES = Names(atlas())
NIGHT = datetime(2026, 12, 1, 23, 40, tzinfo=UTC).replace(tzinfo=None)


def trip(*sold: SoldSegment) -> tuple[TripSlice, ...]:
    return trip_of(offer_shape(NAMES, offer(*sold), live_mode=False).slices)


def test_a_direction_has_its_flights_with_local_times() -> None:
    (one,) = trip(sold_segment())
    (flight,) = one.flights
    assert (flight.number, flight.airline, flight.operator) == ("BA117", "British Airways", "")
    assert (flight.departs.code, flight.departs.city, flight.departs.terminal) == (
        "FRA",
        "Frankfurt",
        "1",
    )
    assert f"{flight.departs.at:%H:%M}" == "08:00"
    assert (one.duration_min, one.brand, one.checked_bags) == (100, "Flex", 1)
    assert flight.layover_min is None


def test_there_and_back_are_two_directions() -> None:
    back = leg(118, "LHR", "FRA", departing_at=datetime(2026, 12, 5, 18))  # noqa: DTZ001  local
    assert [one.departs.code for one in trip(sold_segment(), sold_segment(back))] == ["FRA", "LHR"]


def test_who_lands_after_midnight_is_told_so() -> None:
    (one,) = trip(sold_segment(leg(departing_at=NIGHT)))
    assert one.flights[0].later_days == 1


def test_where_a_flight_lands_in_between_is_told() -> None:
    later = datetime(2026, 12, 1, 8) + timedelta(hours=3)  # noqa: DTZ001  local
    (one,) = trip(sold_segment(leg(), leg(board="LHR", off="MAN", departing_at=later)))
    assert one.flights[0].stops == ("LHR",)
    assert one.arrives.code == "MAN"


@pytest.mark.parametrize(
    ("told", "free"), [("0.00", True), ("0", True), ("10.00", False), ("", True)]
)
def test_what_costs_nothing_is_free(told: str, free: bool) -> None:
    assert Condition(True, told, "EUR").is_free is free
    assert not Condition(None, told, "EUR").is_free
    assert not Condition(False, told, "EUR").is_free


def test_conditions_are_change_and_refund() -> None:
    told = ConditionsShape(None, ConditionShape(True, "75.00", "EUR"))
    change, refund = conditions_of(told)
    assert change.allowed is None
    assert (refund.allowed, refund.amount) == (True, "75.00")
