"""Itineraries: by hand, and against a model that tries everything."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.flights.domain.connections import ConnectionRules
from holdfast.flights.domain.flight import Itinerary, Segment
from holdfast.flights.domain.itineraries import SearchLimits, Wanted, score, search
from holdfast.flights.domain.schedule import LegPattern, Period
from holdfast.flights.domain.timetable import Part, Timetable
from tests.support.flights_world import DAY, WINTER, ask, atlas, leg

ATLAS = atlas()
RULES = ConnectionRules({code: one.country for code, one in ATLAS.airports.items()})
USUAL = SearchLimits()
WIDE = SearchLimits(itineraries=10_000, routes=100_000, steps=10_000_000, enough=10_000)


def timetable(*legs: LegPattern) -> Timetable:
    airlines = sorted({one.designator.carrier for one in legs})
    return Timetable.of(
        Part.build(airline, [one for one in legs if one.designator.carrier == airline])
        for airline in airlines
    )


def wanted(origin: str, destination: str, max_connections: int = 1, **more: object) -> Wanted:
    made = Wanted(
        ask(origin, destination),
        frozenset(ATLAS.airports_of(origin)),
        frozenset(ATLAS.airports_of(destination)),
        max_connections,
    )
    return replace(made, **more)  # type: ignore[arg-type]


def flown(found: Sequence[Itinerary]) -> list[str]:
    return ["+".join(str(one.marketing) for one in each.segments) for each in found]


def find(table: Timetable, want: Wanted, limits: SearchLimits = USUAL) -> list[str]:
    return flown(search(table, want, RULES, limits))


DIRECT = leg("BA1", "LHR", "JFK", "10:00", 480)
FEEDER = leg("BA2", "MAN", "LHR", "07:00", 60)


def test_a_direct_flight_is_found_on_its_day() -> None:
    assert find(timetable(DIRECT), wanted("LHR", "JFK")) == ["BA1"]
    sunday = Period(WINTER.first, WINTER.last, 0b1000000)
    assert find(timetable(replace(DIRECT, period=sunday)), wanted("LHR", "JFK")) == []


def test_flights_connect_when_there_is_time() -> None:
    assert find(timetable(DIRECT, FEEDER), wanted("MAN", "JFK")) == ["BA2+BA1"]
    late = replace(FEEDER, departure_min=550, arrival_min=610)
    assert find(timetable(DIRECT, late), wanted("MAN", "JFK")) == []


def test_every_feeder_of_a_day_meets_the_same_onward_flight() -> None:
    early = leg("BA5", "MAN", "LHR", "06:00", 60)
    found = find(timetable(DIRECT, FEEDER, early), wanted("MAN", "JFK"))
    assert found == ["BA2+BA1", "BA5+BA1"]


def test_without_connections_only_direct_flights_are_found() -> None:
    assert find(timetable(DIRECT, FEEDER), wanted("MAN", "JFK", 0)) == []


def test_areas_stand_for_all_their_airports() -> None:
    table = timetable(
        DIRECT, leg("BA3", "LGW", "EWR", "09:00", 480), leg("BA4", "LGW", "FRA", "09:00", 90)
    )
    assert sorted(find(table, wanted("LON", "NYC"))) == ["BA1", "BA3"]


def test_nobody_connects_at_an_airport_of_the_city_he_comes_from_or_goes_to() -> None:
    table = timetable(
        leg("BA5", "LGW", "LHR", "07:00", 30), DIRECT, leg("BA6", "EWR", "JFK", "22:00", 30)
    )
    assert find(table, wanted("LON", "NYC")) == ["BA1"]


def test_another_carrier_does_not_take_over() -> None:
    assert (
        find(
            timetable(DIRECT, replace(FEEDER, designator=leg("LH2", "A", "B").designator)),
            wanted("MAN", "JFK"),
        )
        == []
    )


def test_a_codeshare_connects_under_its_marketing_number() -> None:
    feeder = leg("LH2", "MAN", "LHR", "07:00", 60, marketed_as=("BA9002",))
    assert find(timetable(DIRECT, feeder), wanted("MAN", "JFK")) == ["BA9002+BA1"]


def test_two_connections_are_looked_for_when_few_others_were_found() -> None:
    table = timetable(
        leg("BA2", "MAN", "LHR", "06:00", 60),
        leg("BA3", "LHR", "FRA", "09:00", 90),
        leg("BA4", "FRA", "SIN", "14:00", 720),
        leg("BA5", "SIN", "FRA", "08:00", 720),
    )
    assert find(table, wanted("MAN", "SIN", 1)) == []
    assert find(table, wanted("MAN", "SIN", 2)) == ["BA2+BA3+BA4"]
    assert find(table, wanted("MAN", "SIN", 2), SearchLimits(enough=0)) == []


def test_one_flight_under_two_numbers_is_one_itinerary_under_its_own() -> None:
    table = timetable(leg("LH1", "FRA", "LHR", marketed_as=("UA8",)))
    assert find(table, wanted("FRA", "LHR")) == ["LH1"]


def test_one_flight_under_two_numbers_has_the_one_that_the_caller_prefers() -> None:
    table = timetable(leg("LH1", "FRA", "LHR", marketed_as=("UA8", "AC9")))

    def prefers(itinerary: Itinerary) -> int:
        return itinerary.segments[0].marketing.carrier == "UA"

    assert find(table, wanted("FRA", "LHR", prefers=prefers)) == ["UA8"]


def test_a_flight_filed_from_both_sides_is_one() -> None:
    table = timetable(
        leg("LH1", "FRA", "LHR", marketed_as=("UA8",)),
        leg("UA8", "FRA", "LHR", operating="LH1"),
    )
    assert find(table, wanted("FRA", "LHR")) == ["LH1"]


def test_a_number_that_is_not_for_sale_is_not_found() -> None:
    table = timetable(DIRECT, leg("BA7", "LHR", "JFK", "12:00", 480))
    want = wanted("LHR", "JFK", sells=lambda one: one.marketing.number != 1)
    assert find(table, want) == ["BA7"]


def test_what_departs_too_soon_is_not_found() -> None:
    noon = (DAY - date(1970, 1, 1)).days * 1440 + 720
    table = timetable(DIRECT, leg("BA7", "LHR", "JFK", "12:00", 480))
    assert find(table, wanted("LHR", "JFK", not_before_utc_min=noon)) == ["BA7"]


def test_hours_of_departure_and_arrival_are_kept() -> None:
    table = timetable(DIRECT, leg("BA7", "LHR", "JFK", "12:00", 480))
    until_ten = replace(ask("LHR", "JFK"), departure_to_min=600)
    assert find(table, wanted("LHR", "JFK", ask=until_ten)) == ["BA1"]
    after_two = replace(ask("LHR", "JFK"), arrival_from_min=14 * 60)
    assert find(table, wanted("LHR", "JFK", ask=after_two)) == ["BA7"]


def test_a_stopping_flight_is_not_a_connection_with_itself() -> None:
    table = timetable(
        leg("BA15", "LHR", "FRA", "08:00", 90), leg("BA15", "FRA", "SIN", "12:00", 720, sequence=2)
    )
    assert find(table, wanted("LHR", "SIN")) == ["BA15"]


def test_the_best_come_first_and_are_kept_when_there_are_too_many() -> None:
    table = timetable(*(leg(f"BA{n}", "LHR", "JFK", "10:00", 480 + n) for n in range(1, 9)), FEEDER)
    assert find(table, wanted("LHR", "JFK"), SearchLimits(itineraries=2)) == ["BA1", "BA2"]
    faster = [leg(f"BA{n}", "LHR", "JFK", f"{n + 9}:00", 480 - n) for n in range(1, 9)]
    assert find(timetable(*faster), wanted("LHR", "JFK"), SearchLimits(itineraries=2)) == [
        "BA8",
        "BA7",
    ]
    via = timetable(*(leg(f"BA{n}", "LHR", "JFK", "10:00", 480 + n) for n in range(3, 9)), FEEDER)
    assert find(via, wanted("MAN", "JFK"), SearchLimits(itineraries=1)) == ["BA2+BA3"]


def test_a_route_that_cannot_be_among_the_best_is_not_followed() -> None:
    table = timetable(
        DIRECT, leg("BA8", "LHR", "MAN", "06:00", 60), leg("BA9", "MAN", "JFK", "09:00", 480)
    )
    assert find(table, wanted("LHR", "JFK"), SearchLimits(itineraries=1)) == ["BA1"]
    assert find(table, wanted("LHR", "JFK")) == ["BA1", "BA8+BA9"]


def test_a_search_ends_when_its_steps_are_used_up() -> None:
    table = timetable(FEEDER, *(leg(f"BA{n}", "LHR", "JFK", f"{n}:00", 480) for n in range(10, 14)))
    assert len(find(table, wanted("MAN", "JFK"), SearchLimits(steps=3))) == 2
    assert find(table, wanted("MAN", "JFK"), SearchLimits(routes=0)) == []


# against a model

POINTS = ["LHR", "LGW", "JFK", "FRA", "MUC", "CDG"]
a_leg = st.builds(
    lambda number, ends, departs, takes, more: leg(
        f"{more[0]}{number}",
        *ends,
        f"{departs // 60:02}:{departs % 60:02}",
        takes,
        day=more[1],
        period=Period(WINTER.first, WINTER.last, more[2]),
        marketed_as=more[3],
    ),
    st.integers(1, 999),
    st.permutations(POINTS).map(lambda points: tuple(points[:2])),
    st.integers(0, 1439),
    st.integers(30, 700),
    st.tuples(
        st.sampled_from(["BA", "LH"]),
        st.sampled_from([0, 0, 0, 1]),
        st.sampled_from([127, 127, 0b10, 0b100]),
        st.sampled_from([(), (), ("BA9001",), ("LH9001", "AF7")]),
    ),
)


def dated(legs: Sequence[LegPattern]) -> list[Segment]:
    """Every flight of some days around the asked one, under each of its numbers."""
    found = {}
    for n in range(-2, 5):
        day = DAY + timedelta(days=n)
        for network in [n for of in timetable(*legs).carriers.values() for n in of]:
            for markets in network.markets.values():
                for market in markets.values():
                    for pattern in market.patterns:
                        flight_date = pattern.flight_date(day)
                        if flight_date is not None:
                            one = pattern.of(flight_date)
                            found[one.marketing, one.flight_date, one.board, one.off] = one
    return list(found.values())


def every_way(
    flights: Sequence[Segment], want: Wanted, taken: tuple[Segment, ...] = ()
) -> Iterator[Itinerary]:
    """All sequences of flights that keep the rules, tried one by one."""
    if taken and taken[-1].off in want.destinations:
        yield Itinerary(taken)
        return
    if len(taken) > want.max_connections:
        return
    been = want.origins | {one.board for one in taken}
    for one in flights:
        if one.off in been:
            continue
        if not taken:
            starts = one.board in want.origins and one.departing_at.date() == DAY
            if starts:
                yield from every_way(flights, want, (one,))
        elif (
            one.board == taken[-1].off
            and one.marketing != taken[-1].marketing
            and one.marketing.carrier == taken[-1].marketing.carrier
            and RULES.connect(taken[-1].legs[-1], one.legs[0])
        ):
            yield from every_way(flights, want, (*taken, one))


def legs_of(itinerary: Itinerary) -> tuple[object, ...]:
    return tuple(part.key for one in itinerary.segments for part in one.legs)


@settings(max_examples=120, deadline=None)
@given(st.lists(a_leg, max_size=14), st.sampled_from([0, 1, 2]), st.sampled_from(["LON", "FRA"]))
def test_a_search_finds_exactly_what_trying_everything_finds(
    legs: list[LegPattern], max_connections: int, origin: str
) -> None:
    want = wanted(origin, "JFK", max_connections)
    model = {legs_of(one): score(one) for one in every_way(dated(legs), want)}
    found = search(timetable(*legs), want, RULES, WIDE)
    assert {legs_of(one): score(one) for one in found} == model
    assert [score(one) for one in found] == sorted(model.values())


@settings(max_examples=80, deadline=None)
@given(st.lists(a_leg, max_size=14), st.integers(1, 4))
def test_a_short_search_finds_the_best_of_the_long_one(legs: list[LegPattern], most: int) -> None:
    want = wanted("LON", "JFK", 1)
    every = search(timetable(*legs), want, RULES, WIDE)
    some = search(timetable(*legs), want, RULES, replace(WIDE, itineraries=most))
    assert [score(one) for one in some] == [score(one) for one in every][:most]
