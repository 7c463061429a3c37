"""The demo's network: aircraft leave in banks, come back, and connect at the hub."""

from datetime import date

import pytest

from holdfast.flights.domain.demo.filing import seasons
from holdfast.flights.domain.demo.network import (
    LONG_KM,
    NIGHT_ENDS_MIN,
    Flight,
    flights,
    longest_km,
    shared_flights,
    timings,
)
from holdfast.flights.domain.demo.roster import AIRLINES, MAX_AIRLINES
from holdfast.flights.domain.schedule import ALL_DAYS
from tests.flights.domain.demo.worlds import world

SEASON = seasons(date(2026, 11, 26))[1]
WORLD = world()
ALL = {airline.code: flights(WORLD, airline, SEASON) for airline in WORLD.roster()}


def between(board: str, off: str) -> list[Flight]:
    return [f for found in ALL.values() for f in found if f.chain == (board, off)]


@pytest.mark.parametrize("route", [("FRA", "LHR"), ("LHR", "FRA")])
def test_the_sure_route_is_flown_daily_by_two_airlines_several_times(
    route: tuple[str, str],
) -> None:
    found = between(*route)
    for code in ("ZZ", "0S"):
        assert sum(f.designator.carrier == code for f in found) == 3
    assert all(f.days == ALL_DAYS for f in found)


def test_every_flight_has_a_number_of_its_own() -> None:
    for found in ALL.values():
        assert len({f.designator for f in found}) == len(found)


def test_what_comes_in_connects_to_what_goes_out() -> None:
    day = date(2026, 12, 1)
    arrivals = [timings(WORLD, f, day)[-1].arrival_min for f in between("LIS", "FRA")]
    departures = [f.departure_min for f in between("FRA", "LHR")]
    assert any(45 <= leaves - lands <= 240 for lands in arrivals for leaves in departures)


def test_nothing_leaves_a_spoke_in_the_night() -> None:
    for found in ALL.values():
        for flight in found:
            assert 0 <= flight.departure_min < 1440
            if flight.designator.number % 2:
                assert flight.departure_min >= NIGHT_ENDS_MIN


def test_a_flight_may_call_at_a_station_on_its_way() -> None:
    (out,) = [f for f in ALL["0R"] if f.chain == ("DXB", "SIN", "SYD")]
    first, second = timings(WORLD, out, date(2026, 12, 1))
    landed = first.arrival_min - first.arrival_offset_min
    leaves = second.departure_min - second.departure_offset_min
    assert leaves - landed == 80
    assert out.spans() == [("DXB", "SIN"), ("SIN", "SYD")]


def test_long_routes_may_rest_on_some_days_and_come_back_as_often_as_they_leave() -> None:
    whole = world(MAX_AIRLINES, 10)
    found = [f for airline in whole.roster() for f in flights(whole, airline, SEASON)]
    assert any(f.days != ALL_DAYS for f in found)
    for out, back in zip(found[::2], found[1::2], strict=True):
        assert out.chain == back.chain[::-1]
        assert out.days.bit_count() == back.days.bit_count() >= 5
        if longest_km(whole, out.chain) < LONG_KM:
            assert out.days == ALL_DAYS


def test_a_codeshare_is_sold_by_the_airline_at_home_at_the_other_end() -> None:
    sold = shared_flights(WORLD, AIRLINES[0], SEASON)
    assert sold
    for flight in sold:
        assert flight.designator.carrier != "ZZ"
        assert flight.shared_as is not None
        assert flight.shared_as.carrier == "ZZ"
        assert "FRA" in flight.chain
    numbers = [flight.shared_as for flight in sold]
    assert len(set(numbers)) == len(numbers)


def test_another_seed_is_another_world() -> None:
    assert flights(world(seed=2), AIRLINES[0], SEASON) != ALL["ZZ"]
