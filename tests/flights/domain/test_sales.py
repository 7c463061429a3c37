"""What is for sale is found by market, replaced by airline, and limited by leg and date."""

from dataclasses import replace
from datetime import date

from holdfast.flights.domain.fare import Cabin, ClassLimits, Price
from holdfast.flights.domain.flight import Segment
from holdfast.flights.domain.sales import Sales, SalesPart
from holdfast.flights.domain.schedule import Period
from holdfast.flights.domain.timetable import SegmentPattern
from tests.support.flights_world import ADULT, DAY, ECONOMY, NOW, designator, fare, leg, limits

AT = NOW.timestamp()


def sales(*parts: SalesPart) -> Sales:
    return Sales().with_parts(parts)


def segment(flight: str = "BA117") -> Segment:
    return SegmentPattern(designator(flight), (leg(flight, "LHR", "JFK"),)).of(DAY)


BA = SalesPart.build(
    "BA", [fare("BA", "LHR", "JFK", 40000)], [limits("BA117", "LHR", "JFK", ("Y", 9))]
)


def test_a_segment_has_the_prices_of_its_carrier() -> None:
    (priced,) = sales(BA).price(segment(), [ADULT], AT)
    assert priced.fares[0].price.total == 40000
    assert sales(BA).price(segment(), [ADULT], AT, Cabin.FIRST) == []


def test_a_carrier_without_fares_sells_nothing() -> None:
    assert sales(BA).price(segment("LH1"), [ADULT], AT) == []


def test_a_market_is_known_by_carrier_and_points() -> None:
    assert sales(BA).has_market("BA", "LHR", "JFK")
    assert not sales(BA).has_market("BA", "JFK", "LHR")
    assert not sales(BA).has_market("LH", "LHR", "JFK")


def test_a_new_part_takes_the_place_of_the_old_one() -> None:
    before = sales(BA)
    after = before.with_parts([SalesPart.build("BA", [])])
    assert before.has_market("BA", "LHR", "JFK")
    assert not after.has_market("BA", "LHR", "JFK")
    assert before.with_parts([], without=["BA"]).parts == {}


def test_an_airline_whose_budget_is_used_up_sells_nothing_that_costs_us() -> None:
    costly = fare("BA", "LHR", "JFK", 40000)
    costly = replace(costly, state=replace(costly.state, p=Price(30000), p_since=AT))
    spent = SalesPart.build("BA", [costly], exhausted=["EUR"])
    assert sales(spent).price(segment(), [ADULT], AT) == []
    other = SalesPart.build("BA", [costly], exhausted=["GBP"])
    assert len(sales(other).price(segment(), [ADULT], AT)) == 1
    assert sales(spent).is_exhausted("BA", "EUR")
    assert not sales(spent).is_exhausted("BA", "GBP")
    assert not sales(spent).is_exhausted("LH", "EUR")


def test_limits_are_those_of_the_leg_and_its_date() -> None:
    key = segment().legs[0].key
    assert sales(BA).limits_of(key, ECONOMY) == limits("BA117", "LHR", "JFK", ("Y", 9))
    assert sales(BA).limits_of(key, Cabin.FIRST) is None
    assert sales().limits_of(key, ECONOMY) is None
    summer = Period(date(2027, 4, 1), date(2027, 9, 1))
    later = ClassLimits("BA", 117, "LHR", "JFK", ECONOMY, summer, (("Y", 1),))
    assert sales(SalesPart.build("BA", [], [later])).limits_of(key, ECONOMY) is None
