"""Offers for the same flights are fares of one itinerary."""

from datetime import timedelta

from holdfast.flights.domain.fare import Cabin
from holdfast.flights.domain.offer import PriceChangeCause
from holdfast.flights.pages.itineraries import Condition, Layover, lock_of
from tests.flights.pages.offers import ENDS, FEE, FREE, direct, found, offer, segment
from tests.support.flights_world import NOW


def test_fares_of_the_same_flights_stand_side_by_side_the_cheapest_first() -> None:
    one, other = found(
        offer("off_1", "200.00", brand="Flex"),
        offer("off_2", "100.00"),
        offer("off_3", "90.00", direct("LH900")),
    )
    assert [fare.offer_id for fare in one.fares] == ["off_2", "off_1"]
    assert one.cheapest.total == "100.00"
    assert (one.rank, one.carrier, one.airline) == (0, "BA", "British Airways")
    assert (other.rank, other.carrier) == (1, "LH")


def test_of_two_fares_of_one_brand_and_cabin_the_cheaper_one_is_shown() -> None:
    (one,) = found(offer("off_1", "200.00"), offer("off_2", "100.00"), offer("off_3", "150.00"))
    assert [fare.offer_id for fare in one.fares] == ["off_2"]


def test_offers_that_ended_are_not_shown() -> None:
    ended = offer("off_1", "1.00", ends=NOW)
    (one,) = found(ended, offer("off_2", "2.00"))
    assert one.cheapest.offer_id == "off_2"
    assert found(offer("off_3", "1.00", ends=NOW - timedelta(1))) == ()


def test_prices_hold_until_the_first_of_them_ends() -> None:
    sooner = ENDS - timedelta(minutes=5)
    assert lock_of(found(offer("off_1", "1.00"))) == ENDS
    both = found(offer("off_1", "1.00"), offer("off_2", "2.00", brand="Flex", ends=sooner))
    assert lock_of(both) == sooner
    assert lock_of(()) is None


def test_terms_are_told_as_the_api_says() -> None:
    held = NOW + timedelta(hours=20)
    (one,) = found(
        offer(
            "off_1",
            "99.00",
            brand="Flex",
            change=FREE,
            refund=FEE,
            hold=held,
            cause=PriceChangeCause.FARE_CLASS_SOLD_OUT,
        )
    )
    (fare,) = one.fares
    assert fare.change == Condition(True)
    assert fare.refund == Condition(True, "50.00", "EUR")
    assert (fare.hold_until, fare.price_until) == (held, held)
    assert fare.seat_included
    assert fare.cause == "fare_class_sold_out"
    (plain,) = found(offer("off_2", "9.00", change=None))[0].fares
    assert plain.change == plain.refund == Condition(False)
    assert (plain.hold_until, plain.cause, plain.seat_included) == (None, "", False)


def test_bags_are_those_of_the_flight_with_the_fewest() -> None:
    ways = [
        segment("BA1", "FRA", "CDG", "2026-12-01T08:00", "2026-12-01T09:00", checked=2),
        segment("BA2", "CDG", "JFK", "2026-12-01T11:00", "2026-12-01T14:00", checked=1),
    ]
    (one,) = found(offer("off_1", "1.00", ways))
    assert (one.cheapest.checked, one.cheapest.carry_on) == (1, 1)
    nobody = [segment("BA1", "FRA", "CDG", "2026-12-01T08:00", "2026-12-01T09:00", people=0)]
    assert found(offer("off_2", "1.00", nobody))[0].cheapest.checked == 0


def test_stops_are_told_with_place_and_length() -> None:
    ways = [
        segment("BA1", "FRA", "CDG", "2026-12-01T22:00", "2026-12-01T23:00", stops=("LHR",)),
        segment("LH2", "ORY", "JFK", "2026-12-02T08:30", "2026-12-02T11:00", operated="BA"),
    ]
    (one,) = found(offer("off_1", "1.00", ways, minutes=1140))
    (journey,) = one.journeys
    assert journey.layovers == (
        Layover("LHR", "London", 45, is_change=False),
        Layover("CDG", "Paris", 570, is_change=True, other="ORY"),
    )
    assert (journey.later, journey.minutes, one.changes, one.minutes) == (1, 1140, 2, 1140)
    assert journey.airlines == ("British Airways", "Lufthansa")
    assert journey.operators == ("British Airways",)
    assert [flight.number for flight in journey.flights] == ["BA1", "LH2"]
    assert journey.flights[0].aircraft == "Airbus A320"


def test_cabins_and_brands_that_differ_are_both_told() -> None:
    first = segment(
        "BA1", "FRA", "CDG", "2026-12-01T08:00", "2026-12-01T09:00", cabin=Cabin.BUSINESS
    )
    (one,) = found(offer("off_1", "1.00", [first], direct(), brand=None))
    assert one.cheapest.kind == ("", ("business", "economy"))
