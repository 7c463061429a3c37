"""Seats left on a segment: nested classes, the least of the legs, never negative."""

from holdfast.flights.domain.availability import Availability, Taken
from holdfast.flights.domain.fare import Cabin, ClassLimits
from holdfast.flights.domain.flight import LegKey
from holdfast.flights.domain.sales import Sales, SalesPart
from holdfast.flights.domain.timetable import SegmentPattern
from holdfast.flights.service.ports.catalogue import LegSold
from tests.support.flights_world import DAY, ECONOMY, designator, leg, limits

SEGMENT = SegmentPattern(
    designator("BA15"),
    (leg("BA15", "LHR", "FRA", "08:00", 90), leg("BA15", "FRA", "SIN", "12:00", 700, sequence=2)),
).of(DAY)
FIRST, SECOND = (one.key for one in SEGMENT.legs)


def availability(
    *filed: ClassLimits, taken: dict[tuple[LegKey, Cabin], Taken] | None = None
) -> Availability:
    return Availability(Sales().with_parts([SalesPart.build("BA", [], filed)]), taken or {})


def test_an_untouched_flight_has_the_seats_of_its_aircraft() -> None:
    assert availability().seats(SEGMENT, ECONOMY, "Y") == 150
    assert availability().seats(SEGMENT, Cabin.BUSINESS, "J") == 12
    assert availability().seats(SEGMENT, Cabin.FIRST, "F") == 0


def test_the_leg_with_the_fewest_seats_counts() -> None:
    taken: dict[tuple[LegKey, Cabin], Taken] = {(SECOND, ECONOMY): LegSold(150, 147, {"Y": 147})}
    assert availability(taken=taken).seats(SEGMENT, ECONOMY, "Y") == 3


def test_a_class_sells_up_to_its_limit_counting_what_cheaper_classes_took() -> None:
    filed = limits("BA15", "LHR", "FRA", ("Y", 100), ("K", 40))
    taken: dict[tuple[LegKey, Cabin], Taken] = {
        (FIRST, ECONOMY): LegSold(150, 70, {"Y": 40, "K": 30})
    }
    seats = availability(filed, taken=taken).seats
    assert seats(SEGMENT, ECONOMY, "K") == 10
    assert seats(SEGMENT, ECONOMY, "Y") == 30
    assert seats(SEGMENT, ECONOMY, "Q") == 0


def test_filed_capacity_stands_before_the_aircraft() -> None:
    filed = limits("BA15", "LHR", "FRA", ("Y", 9), capacity=4)
    assert availability(filed).seats(SEGMENT, ECONOMY, "Y") == 4


def test_a_flight_with_more_taken_than_it_has_is_sold_out_and_not_less() -> None:
    taken: dict[tuple[LegKey, Cabin], Taken] = {(FIRST, ECONOMY): LegSold(100, 120, {"Y": 120})}
    assert availability(taken=taken).seats(SEGMENT, ECONOMY, "Y") == 0
