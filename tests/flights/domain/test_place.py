"""Distances, emissions, and ids of what codes stand for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.flights.domain.fare import Cabin
from holdfast.flights.domain.place import (
    Aircraft,
    Airline,
    between,
    distance_km,
    emissions_kg,
)
from tests.support.flights_world import atlas

latitudes, longitudes = st.floats(-90, 90), st.floats(-180, 180)


def test_heathrow_to_kennedy_is_as_far_as_everybody_says() -> None:
    airports = atlas().airports
    assert between(airports["LHR"], airports["JFK"]) == pytest.approx(5540, rel=0.005)


@given(latitudes, longitudes, latitudes, longitudes)
def test_a_distance_is_the_same_both_ways_and_never_more_than_half_around(
    a: float, b: float, c: float, d: float
) -> None:
    there = distance_km(a, b, c, d)
    assert there == pytest.approx(distance_km(c, d, a, b), abs=1e-6)
    assert 0 <= there <= 20016


@pytest.mark.parametrize(("km", "kg"), [(500, 68), (2000, 199), (5540, 479)])
def test_emissions_grow_with_the_distance_at_a_rate_by_length(km: float, kg: int) -> None:
    assert emissions_kg(km, Cabin.ECONOMY) == kg


def test_room_and_engine_count() -> None:
    economy = emissions_kg(500, Cabin.ECONOMY)
    assert emissions_kg(500, Cabin.BUSINESS) == pytest.approx(2.9 * economy, abs=2)
    assert emissions_kg(500, Cabin.ECONOMY, Aircraft("AT7", "ATR 72", "turboprop")) == 51
    assert emissions_kg(500, Cabin.ECONOMY, Aircraft("320", "Airbus A320")) == economy


def test_ids_are_told_by_codes() -> None:
    known = atlas()
    assert known.airports["LHR"].id == "arp_lhr_gb"
    assert known.cities["LON"].id == "cit_lon_gb"
    assert Airline("BA", "British Airways").id.startswith("arl_")
    assert Aircraft("320", "Airbus A320").id.startswith("arc_")
