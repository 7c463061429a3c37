"""Itineraries and fares become options, options of slices become combinations."""

from collections.abc import Sequence
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from holdfast.flights.domain import assembly
from holdfast.flights.domain.assembly import (
    MAX_COMBINED,
    MIN_BETWEEN_SLICES_MIN,
    Counter,
    SliceOption,
    combine,
)
from holdfast.flights.domain.availability import Availability
from holdfast.flights.domain.fare import PassengerType, Price, PublishedFare
from holdfast.flights.domain.flight import Itinerary, Segment
from holdfast.flights.domain.offer import Traveller
from holdfast.flights.domain.party import Party
from holdfast.flights.domain.sales import Sales, SalesPart
from holdfast.flights.domain.schedule import LegPattern
from holdfast.flights.domain.timetable import SegmentPattern
from tests.support.flights_world import (
    ADULT,
    CHILD,
    DAY,
    FLEX,
    NOW,
    fare,
    leg,
    limits,
)

AT = NOW.timestamp()


def itinerary(*legs: LegPattern, day: date = DAY) -> Itinerary:
    return Itinerary(tuple(SegmentPattern(one.designator, (one,)).of(day) for one in legs))


def counter(
    *fares: PublishedFare, party: Sequence[PassengerType] = (ADULT,), filed: Sequence[object] = ()
) -> Counter:
    airlines = {one.key.carrier for one in fares}
    sales = Sales().with_parts(
        SalesPart.build(airline, [one for one in fares if one.key.carrier == airline], filed)  # type: ignore[arg-type]
        for airline in airlines
    )
    group = Party.of([Traveller("", kind) for kind in party])
    types = [kind for kind, _ in group.counts]

    def priced(segment: Segment) -> list[assembly.PricedClass]:
        return sales.price(segment, types, AT)

    return Counter(priced, Availability(sales, {}), group)


OUT = itinerary(leg("BA1", "LHR", "JFK", "10:00", 480))
VIA = itinerary(leg("BA2", "MAN", "LHR", "07:00", 60), leg("BA1", "LHR", "JFK", "10:00", 480))
BACK = itinerary(leg("BA4", "JFK", "LHR", "20:00", 420), day=DAY + timedelta(days=7))
FARE = fare("BA", "LHR", "JFK", 40000)
FEEDER = fare("BA", "MAN", "LHR", 5000)


def told(options: Sequence[SliceOption]) -> list[tuple[str, str, int]]:
    return sorted((one.brand, one.family[1], one.cost.total) for one in options)


def test_each_brand_is_an_option_in_its_cheapest_class() -> None:
    found = counter(
        FARE,
        fare("BA", "LHR", "JFK", 45000, booking_class="B"),
        fare("BA", "LHR", "JFK", 30000, booking_class="K"),
        fare("BA", "LHR", "JFK", 60000, terms=FLEX, booking_class="B"),
    ).options(OUT)
    assert told(found) == [("Flex", "EUR", 60000), ("Light", "EUR", 30000)]
    assert {one.classes[0].booking_class for one in found} == {"K", "B"}


def test_a_class_without_seats_for_the_whole_party_is_passed_over() -> None:
    fares = [FARE, fare("BA", "LHR", "JFK", 30000, booking_class="K")]
    filed = [limits("BA1", "LHR", "JFK", ("Y", 9), ("K", 1))]
    assert told(counter(*fares, filed=filed).options(OUT)) == [("Light", "EUR", 30000)]
    two = counter(*fares, filed=filed, party=(ADULT, ADULT)).options(OUT)
    assert told(two) == [("Light", "EUR", 80000)]
    ten = counter(*fares, filed=filed, party=(ADULT,) * 10).options(OUT)
    assert ten == []


def test_every_type_pays_its_own_fare() -> None:
    fares = [FARE, fare("BA", "LHR", "JFK", 30000, passenger_type=CHILD)]
    (one,) = counter(*fares, party=(ADULT, ADULT, CHILD)).options(OUT)
    assert one.cost == Price(110000, 11000)


def test_segments_of_one_brand_go_together() -> None:
    flex = [fare("BA", "LHR", "JFK", 60000, terms=FLEX), fare("BA", "MAN", "LHR", 9000, terms=FLEX)]
    found = counter(FARE, FEEDER, *flex).options(VIA)
    assert told(found) == [("Flex", "EUR", 69000), ("Light", "EUR", 45000)]


def test_without_a_common_brand_the_cheapest_are_mixed() -> None:
    flex = fare("BA", "MAN", "LHR", 9000, terms=FLEX)
    dearer = fare("BA", "LHR", "JFK", 80000, terms=FLEX, currency="USD")
    found = counter(FARE, flex, dearer).options(VIA)
    assert told(found) == [("", "EUR", 49000)]


def test_the_cheapest_of_several_brands_is_mixed() -> None:
    premium = [
        fare("BA", "LHR", "JFK", total, terms=FLEX.__class__(brand=brand))
        for brand, total in (("B", 70000), ("A", 50000), ("C", 60000))
    ]
    assert told(counter(FEEDER, *premium).options(VIA)) == [("", "EUR", 55000)]


def test_currencies_do_not_mix() -> None:
    assert counter(FARE, fare("BA", "MAN", "LHR", 5000, currency="GBP")).options(VIA) == []


def test_a_segment_without_fares_cannot_be_bought() -> None:
    assert counter(FARE).options(VIA) == []


def options(*fares: PublishedFare) -> tuple[list[SliceOption], list[SliceOption]]:
    desk = counter(*fares)
    return desk.options(OUT), desk.options(BACK)


def test_slices_go_together_in_one_brand() -> None:
    there, back = options(
        FARE,
        fare("BA", "LHR", "JFK", 60000, terms=FLEX),
        fare("BA", "JFK", "LHR", 39000),
        fare("BA", "JFK", "LHR", 59000, terms=FLEX),
    )
    found = combine([there, back])
    assert [[one.brand for one in each] for each in found] == [["Light"] * 2, ["Flex"] * 2]


def test_slices_without_a_common_family_do_not_go_together() -> None:
    there, back = options(FARE, fare("BA", "JFK", "LHR", 39000, currency="USD"))
    assert there
    assert back
    assert combine([there, back]) == []
    assert combine([there, []]) == []


def test_a_slice_departs_after_the_one_before_has_arrived() -> None:
    there, back = options(FARE, fare("BA", "JFK", "LHR", 39000))
    assert len(combine([there, back])) == 1
    assert combine([back, there]) == []
    assert MIN_BETWEEN_SLICES_MIN > 0


def test_cheap_and_quick_come_first() -> None:
    quick = itinerary(leg("BA1", "LHR", "JFK", "10:00", 480))
    slow = itinerary(leg("BA3", "LHR", "JFK", "10:00", 900))
    desk = counter(
        fare("BA", "LHR", "JFK", 40000, number=1), fare("BA", "LHR", "JFK", 41000, number=3)
    )
    found = combine([[*desk.options(slow), *desk.options(quick)]])
    assert [one[0].itinerary for one in found] == [quick, slow]


def test_a_gift_is_ranked_as_well() -> None:
    assert len(combine([counter(fare("BA", "LHR", "JFK", 0, tax=0)).options(OUT)])) == 1


def test_the_best_are_kept_when_there_are_too_many() -> None:
    flights = [itinerary(leg(f"BA{n}", "LHR", "JFK", "10:00", 480 + n)) for n in range(1, 60)]
    desk = counter(FARE)
    all_options = [one for each in flights for one in desk.options(each)]
    assert [one[0].itinerary for one in combine([all_options], 3)] == flights[:3]


@given(st.integers(1, 6), st.integers(1, 80))
def test_however_many_slices_combinations_are_bounded(slices: int, flights: int) -> None:
    desk = counter(FARE)
    days = [
        [
            option
            for n in range(1, flights + 1)
            for option in desk.options(
                itinerary(leg(f"BA{n}", "LHR", "JFK", "10:00"), day=DAY + timedelta(days=3 * place))
            )
        ]
        for place in range(min(slices, 2))
    ]
    looked_at = combine(days, limit=10_000)
    assert 1 <= len(looked_at) <= MAX_COMBINED


def test_the_order_of_equals_is_the_same_however_they_come() -> None:
    flights = [itinerary(leg(f"BA{n}", "LHR", "JFK", "10:00", 480)) for n in range(1, 6)]
    desk = counter(FARE)
    one = [option for each in flights for option in desk.options(each)]
    assert combine([one]) == combine([one[::-1]])
