from dataclasses import replace
from datetime import timedelta

from msgspec import UNSET

from holdfast.flights.domain.fare import Cabin, FareTerms, PassengerType
from holdfast.flights.domain.flight import LegKey
from holdfast.flights.domain.money import Money
from holdfast.flights.domain.order import SeatChoice
from holdfast.flights.wire.duffel_trips import (
    Flown,
    offer_conditions,
    seat_name,
    segment_shape,
    slice_shape,
    total_emissions_kg,
)
from tests.support.little_atlas import little_names
from tests.support.sold_trips import TERMS, leg, offer, sold_segment, travellers

ADULT, INFANT = PassengerType.ADULT, PassengerType.INFANT
FIXED = FareTerms(brand="Light", checked_bags=0)


def _seat(segment_id: str, passenger_id: str, tier: str = "") -> SeatChoice:
    key = LegKey("BA", 117, "", leg().key.flight_date, "FRA", "LHR")
    return SeatChoice("ase_1", segment_id, passenger_id, (key,), "12A", Money(0, "EUR"), tier)


def test_a_segment_tells_flight_times_and_distance() -> None:
    sold = offer()
    shape = segment_shape(Flown(little_names()), sold.slices[0].segments[0], sold.travellers)
    assert shape.departing_at == "2026-12-01T08:00:00"
    assert shape.arriving_at == "2026-12-01T08:40:00"
    assert shape.duration == "PT1H40M"
    assert shape.distance == "654"
    assert shape.marketing_carrier_flight_number == "117"
    assert shape.origin_terminal == "1"
    assert shape.stops == []
    assert shape.passengers[0].seat is UNSET
    assert shape.passengers[0].fare_basis_code == "YFLEX"


def test_bags_are_told_and_infants_have_none_in_the_cabin() -> None:
    sold = offer(party=travellers(ADULT, INFANT))
    shape = segment_shape(Flown(little_names()), sold.slices[0].segments[0], sold.travellers)
    adult, infant = shape.passengers
    assert [(bag.type, bag.quantity) for bag in adult.baggages] == [("checked", 1), ("carry_on", 1)]
    assert [(bag.type, bag.quantity) for bag in infant.baggages] == [("checked", 1)]


def test_a_passenger_type_without_a_fare_of_its_own_has_no_basis() -> None:
    part = replace(sold_segment(), fares=())
    shape = segment_shape(Flown(little_names()), part, travellers())
    assert shape.passengers[0].fare_basis_code is None


def test_landings_in_between_are_stops() -> None:
    first = leg()
    second = leg(board="LHR", off="JFK", departing_at=first.departing_at + timedelta(hours=3))
    shape = segment_shape(Flown(little_names()), sold_segment(first, second), travellers())
    (stop,) = shape.stops
    assert stop.airport.iata_code == "LHR"
    assert (stop.arriving_at, stop.departing_at) == ("2026-12-01T08:40:00", "2026-12-01T11:00:00")
    assert stop.duration == "PT1H20M"
    assert shape.destination.iata_code == "JFK"


def test_unlisted_airports_have_no_distance_and_no_emissions() -> None:
    names = little_names()
    part = sold_segment(leg(off="QQQ"))
    assert segment_shape(Flown(names), part, travellers()).distance is None
    assert total_emissions_kg(Flown(names), offer(part)) == 0


def test_emissions_grow_with_the_party_but_not_with_infants() -> None:
    names = little_names()
    one = total_emissions_kg(Flown(names), offer())
    assert one > 0
    assert total_emissions_kg(Flown(names), offer(party=travellers(ADULT, ADULT))) == 2 * one
    assert total_emissions_kg(Flown(names), offer(party=travellers(ADULT, INFANT))) == one


def test_penalties_are_for_all_passengers() -> None:
    conditions = offer_conditions(offer(party=travellers(ADULT, ADULT)))
    assert conditions.change_before_departure is not None
    assert conditions.change_before_departure.penalty_amount == "100.00"
    assert conditions.refund_before_departure is not None
    assert conditions.refund_before_departure.penalty_amount == "150.00"
    assert conditions.refund_before_departure.penalty_currency == "EUR"


def test_one_fixed_segment_forbids_it_for_all() -> None:
    sold = offer(sold_segment(), sold_segment(leg(118, "LHR", "FRA"), terms=FIXED))
    change = offer_conditions(sold).change_before_departure
    assert change is not None
    assert (change.allowed, change.penalty_amount) == (False, None)
    shapes = [slice_shape(little_names(), one, sold) for one in sold.slices]
    assert [
        one.conditions.change_before_departure.allowed
        for one in shapes
        if one.conditions.change_before_departure
    ] == [True, False]


def test_no_penalty_filed_is_a_penalty_of_nothing() -> None:
    free = replace(TERMS, change_penalty=None, refund_penalty=None)
    conditions = offer_conditions(offer(sold_segment(terms=free)))
    assert conditions.change_before_departure is not None
    assert conditions.change_before_departure.penalty_amount == "0.00"
    assert conditions.refund_before_departure is not None
    assert conditions.refund_before_departure.penalty_amount == "0.00"


def test_orders_tell_seats_and_whether_a_slice_can_be_changed() -> None:
    sold = offer(party=travellers(ADULT, ADULT))
    part = sold.slices[0].segments[0]
    seats = [_seat(part.id, sold.travellers[0].id, "extra_legroom")]
    shape = slice_shape(little_names(), sold.slices[0], sold, seats)
    assert shape.changeable is True
    first, second = shape.segments[0].passengers
    assert not isinstance(first.seat, type(UNSET))
    assert first.seat is not None
    assert (first.seat.designator, first.seat.name) == ("12A", "Extra legroom")
    assert second.seat is None
    assert slice_shape(little_names(), sold.slices[0], sold).changeable is UNSET


def test_a_brand_is_told_where_there_is_one() -> None:
    sold = offer()
    assert slice_shape(little_names(), sold.slices[0], sold).fare_brand_name == "Flex"
    mixed = replace(sold.slices[0], segments=(sold_segment(), sold_segment(leg(118), terms=FIXED)))
    assert slice_shape(little_names(), mixed, sold).fare_brand_name is None


def test_the_comparison_key_is_that_of_the_flights() -> None:
    cheap = offer(sold_segment(terms=FIXED)).slices[0]
    other = offer(sold_segment(leg(119))).slices[0]
    flown = Flown(little_names())
    assert flown.comparison_key(offer().slices[0]) == flown.comparison_key(cheap)
    assert flown.comparison_key(cheap) != flown.comparison_key(other)
    assert flown.comparison_key(cheap) == Flown(little_names()).comparison_key(cheap)


def test_a_seat_without_a_tier_is_standard() -> None:
    assert seat_name(_seat("seg", "pas")) == "Standard"


def test_a_flight_of_several_offers_is_told_alike_with_ids_and_people_of_each() -> None:
    flown, part = Flown(little_names()), sold_segment()
    other = replace(part, id="seg_other", cabin=Cabin.BUSINESS)
    one, two = (segment_shape(flown, sold, travellers()) for sold in (part, other))
    assert one == segment_shape(Flown(little_names()), part, travellers())
    assert (two.id, two.passengers[0].cabin_class) == ("seg_other", Cabin.BUSINESS)
    assert two.origin is one.origin
    assert total_emissions_kg(flown, offer(part)) == total_emissions_kg(flown, offer(part))
    assert flown.emissions_kg(part.segment, Cabin.BUSINESS) > flown.emissions_kg(
        part.segment, Cabin.ECONOMY
    )
