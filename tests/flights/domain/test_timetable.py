"""The index of what is flown: segments of flights, codeshares, parts that are swapped alone."""

from datetime import date
from itertools import pairwise

import pytest

from holdfast.flights.domain.schedule import LegPattern, Period
from holdfast.flights.domain.timetable import MAX_SEGMENT_LEGS, Part, SegmentPattern, Timetable
from tests.support.flights_world import DAY, designator, leg

MONDAYS = Period(date(2026, 10, 25), date(2027, 3, 27), 0b1)


def part(airline: str, *legs: LegPattern) -> Part:
    return Part.build(airline, legs)


def sold(of: Part, carrier: str, board: str, off: str) -> list[SegmentPattern]:
    network = of.networks.get(carrier)
    market = network.market(board, off) if network else None
    return list(market.patterns) if market else []


def test_a_leg_is_a_segment_between_its_points_and_nowhere_else() -> None:
    one = part("BA", leg("BA117", "LHR", "JFK", takes_min=475))
    (segment,) = sold(one, "BA", "LHR", "JFK")
    assert segment.duration_min == 475
    assert sold(one, "BA", "JFK", "LHR") == []
    assert sold(one, "LH", "LHR", "JFK") == []
    assert one.networks["BA"].boards["JFK"] == {"LHR"}


def test_a_market_knows_its_fastest_flight() -> None:
    one = part(
        "BA", leg("BA1", "LHR", "JFK", takes_min=480), leg("BA2", "LHR", "JFK", "09:00", 470)
    )
    market = one.networks["BA"].market("LHR", "JFK")
    assert market is not None
    assert market.fastest_min == 470


def test_a_flight_of_several_legs_is_sold_in_every_part_of_it() -> None:
    one = part(
        "BA",
        leg("BA15", "LHR", "FRA", "08:00", 90, sequence=1),
        leg("BA15", "FRA", "AUH", "12:00", 360, sequence=2),
        leg("BA15", "AUH", "SIN", "23:00", 420, sequence=3),
    )
    pairs = [("LHR", "FRA"), ("LHR", "AUH"), ("LHR", "SIN"), ("FRA", "SIN"), ("AUH", "SIN")]
    for board, off in pairs:
        assert len(sold(one, "BA", board, off)) == 1
    (through,) = sold(one, "BA", "LHR", "SIN")
    segment = through.of(DAY)
    assert [flown.key.board for flown in segment.legs] == ["LHR", "FRA", "AUH"]
    assert segment.duration_min == through.duration_min


@pytest.mark.parametrize(
    "second",
    [
        leg("BA15", "MUC", "AUH", "12:00", sequence=2),  # does not begin where the first ends
        leg("BA15", "FRA", "AUH", "08:30", sequence=2),  # departs before the first arrives
        leg("BA15", "FRA", "AUH", "12:00", sequence=3),  # not the next one
        leg("BA15", "FRA", "AUH", "12:00", sequence=2, variation=2),
        leg("BA15", "FRA", "AUH", "12:00", sequence=2, operating="LH9"),
        leg(
            "BA15",
            "FRA",
            "AUH",
            "12:00",
            sequence=2,
            period=Period(date(2028, 1, 1), date(2028, 2, 1)),
        ),
        leg(
            "BA15",
            "FRA",
            "AUH",
            "12:00",
            sequence=2,
            period=Period(date(2020, 1, 1), date(2020, 2, 1)),
        ),
    ],
)
def test_legs_that_do_not_follow_each_other_are_not_one_segment(second: LegPattern) -> None:
    first = leg("BA15", "LHR", "FRA", "08:00", 90)
    assert sold(part("BA", first, second), "BA", "LHR", "AUH") == []


def test_legs_on_different_weekdays_are_not_one_segment() -> None:
    first = leg("BA15", "LHR", "FRA", "08:00", 90, period=MONDAYS)
    tuesdays = Period(MONDAYS.first, MONDAYS.last, 0b10)
    second = leg("BA15", "FRA", "AUH", "12:00", sequence=2, period=tuesdays)
    assert sold(part("BA", first, second), "BA", "LHR", "AUH") == []


def test_a_round_trip_under_one_number_is_no_segment_from_a_place_to_itself() -> None:
    one = part(
        "BA",
        leg("BA15", "LHR", "FRA", "08:00", 90),
        leg("BA15", "FRA", "LHR", "12:00", 90, sequence=2),
    )
    assert sold(one, "BA", "LHR", "LHR") == []
    assert len(sold(one, "BA", "FRA", "LHR")) == 1


def test_a_leg_that_arrives_before_it_departs_is_left_out() -> None:
    assert part("BA", leg("BA1", "LHR", "JFK", takes_min=-5)).networks == {}


def test_an_endless_chain_of_legs_ends() -> None:
    points = ["LHR", "FRA", "MUC", "CDG", "AUH", "SIN", "MAN", "LGW", "JFK", "EWR", "BOS"]
    legs = [
        leg("BA1", board, off, "00:10", 60, sequence=n + 1, day=n)
        for n, (board, off) in enumerate(pairwise(points))
    ]
    one = part("BA", *legs)
    longest = max(
        len(pattern.legs)
        for markets in one.networks["BA"].markets.values()
        for market in markets.values()
        for pattern in market.patterns
    )
    assert longest == MAX_SEGMENT_LEGS


def test_cargo_is_no_flight_for_passengers() -> None:
    one = part("BA", leg("BA1", "LHR", "JFK", service_type="F"))
    assert (one.networks, one.legs) == ({}, 0)


def test_a_codeshare_is_sold_by_the_carrier_whose_number_it_has() -> None:
    one = part("LH", leg("LH900", "FRA", "LHR", marketed_as=("UA8000", "AC9000")))
    (segment,) = sold(one, "UA", "FRA", "LHR")
    assert segment.of(DAY).marketing == designator("UA8000")
    assert segment.of(DAY).operating == designator("LH900")
    assert len(sold(one, "AC", "FRA", "LHR")) == 1


def test_a_number_that_only_some_legs_have_is_sold_on_those_alone() -> None:
    one = part(
        "LH",
        leg("LH1", "FRA", "MUC", "08:00", 60, marketed_as=("UA1",)),
        leg("LH1", "MUC", "SIN", "10:00", 700, sequence=2, marketed_as=()),
    )
    assert len(sold(one, "LH", "FRA", "SIN")) == 1
    assert sold(one, "UA", "FRA", "SIN") == []
    assert len(sold(one, "UA", "FRA", "MUC")) == 1


def test_a_departure_after_midnight_belongs_to_the_flight_date_before() -> None:
    late = SegmentPattern(
        designator("BA1"), (leg("BA1", "AUH", "SIN", "01:00", day=1, period=MONDAYS),)
    )
    tuesday = date(2026, 12, 1)
    assert late.flight_date(tuesday) == date(2026, 11, 30)
    assert late.flight_date(date(2026, 11, 30)) is None
    assert late.of(date(2026, 11, 30)).departing_at.date() == tuesday


def test_a_new_part_takes_the_place_of_the_old_one_and_readers_keep_theirs() -> None:
    before = Timetable.of(
        [part("BA", leg("BA1", "LHR", "JFK")), part("LH", leg("LH1", "FRA", "LHR"))]
    )
    after = before.with_parts([part("BA", leg("BA2", "LHR", "JFK"))])
    assert [
        one.number for one in (leg_.designator for leg_ in before.legs_of(designator("BA1")))
    ] == [1]
    assert after.legs_of(designator("BA1")) == []
    assert len(after.legs_of(designator("BA2"))) == 1
    assert after.parts["LH"] is before.parts["LH"]
    assert before.legs == after.legs == 2


def test_an_airline_that_is_gone_takes_its_codeshares_with_it() -> None:
    table = Timetable.of([part("LH", leg("LH1", "FRA", "LHR", marketed_as=("UA8",)))])
    assert set(table.carriers) == {"LH", "UA"}
    assert table.with_parts([], without=["LH"]).carriers == {}


def test_a_number_is_found_wherever_it_is_filed() -> None:
    table = Timetable.of(
        [
            part("LH", leg("LH1", "FRA", "LHR", marketed_as=("UA8000",))),
            part("UA", leg("UA8000", "LHR", "EWR"), leg("UA1", "EWR", "LHR")),
            part("BA", leg("BA1", "LHR", "JFK")),
        ]
    )
    assert [one.board for one in table.legs_of(designator("UA8000"))] == ["LHR", "FRA"]
    assert table.legs_of(designator("AF1")) == []
