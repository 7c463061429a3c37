"""Block times and clocks are what timetables have."""

from datetime import date

from holdfast.flights.domain.demo.geography import block_min, local_of, utc_of
from holdfast.flights.domain.demo.roster import fleet_for
from holdfast.flights.store.reference import atlas
from tests.flights.domain.demo.worlds import offset_min

FRA, LHR, JFK = (atlas().airports[code] for code in ("FRA", "LHR", "JFK"))


def test_block_times_are_near_those_of_real_flights() -> None:
    assert 80 <= block_min(FRA, LHR, fleet_for(700)) <= 105
    assert 460 <= block_min(FRA, JFK, fleet_for(6_200)) <= 540


def test_the_west_wind_makes_the_way_east_shorter() -> None:
    jet = fleet_for(6_200)
    assert block_min(JFK, FRA, jet) < block_min(FRA, JFK, jet)


def test_local_times_and_moments_are_each_others_way_back() -> None:
    for day in (date(2026, 3, 28), date(2026, 3, 29), date(2026, 7, 1), date(2026, 10, 25)):
        for minute in (400, 720, 1400, 1500):
            moment = utc_of(offset_min, "Europe/Berlin", day, minute)
            assert local_of(offset_min, "Europe/Berlin", day, moment) == minute


def test_a_summer_noon_in_berlin_is_ten_oclock() -> None:
    day = date(2026, 7, 1)
    midnight = (day - date(1970, 1, 1)).days * 1440
    assert utc_of(offset_min, "Europe/Berlin", day, 720) == midnight + 600
