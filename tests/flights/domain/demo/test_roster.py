"""The roster is invented, complete and made of places that exist."""

from holdfast.flights.domain.demo.roster import (
    AIRLINES,
    FLEET,
    MAX_AIRLINES,
    TWICE_SURE,
    fleet_for,
    stations,
)
from holdfast.flights.store.reference import atlas


def test_no_two_airlines_share_a_code_a_name_or_a_hub() -> None:
    for what in ("code", "name", "hub"):
        assert len({getattr(each, what) for each in AIRLINES}) == MAX_AIRLINES


def test_every_station_is_a_real_place_with_a_time_zone() -> None:
    for code in stations(MAX_AIRLINES, 20):
        assert atlas().airports[code].time_zone


def test_every_airline_flies_away_from_its_hub_and_to_no_place_twice() -> None:
    for airline in AIRLINES:
        called_at = [code for spoke in airline.spokes for code in spoke.split("-")]
        assert airline.hub not in called_at
        assert len(set(airline.spokes)) == len(airline.spokes)


def test_two_airlines_at_least_are_at_home_on_the_sure_route() -> None:
    assert {each.hub for each in AIRLINES[:2]} == TWICE_SURE


def test_the_stations_of_few_airlines_are_few() -> None:
    assert stations(1, 2) == {"FRA", "LHR", "LIS"}
    assert {"SIN", "SYD"} <= stations(6, 2)


def test_longer_routes_get_aircraft_that_reach_them() -> None:
    assert fleet_for(100) is FLEET[0]
    assert fleet_for(20_000) is FLEET[-1]
