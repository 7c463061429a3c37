"""What is filed is a schedule: whole seasons, and offsets that hold on every date of a period."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.flights.domain.demo.filing import HORIZON_DAYS, schedule, seasons
from holdfast.flights.domain.demo.roster import AIRLINES
from holdfast.flights.domain.flight import DatedLeg
from holdfast.flights.domain.schedule import LegPattern
from holdfast.flights.store.reference import atlas
from tests.flights.domain.demo.worlds import world

TODAY = date(2026, 11, 26)
WORLD = world()
FILED = {airline.code: schedule(WORLD, airline, TODAY) for airline in WORLD.roster()}
EVERYTHING = [pattern for found in FILED.values() for pattern in found]


@given(st.dates(date(2001, 1, 1), date(2098, 1, 1)))
def test_seasons_follow_each_other_and_reach_the_horizon(today: date) -> None:
    found = seasons(today)
    assert len(found) == 4
    assert today in found[1]
    assert found[-1].last >= today + timedelta(days=HORIZON_DAYS)
    for one, following in pairwise(found):
        assert one.last + timedelta(days=1) == following.first
        assert following.first.weekday() == 6


def test_a_winter_begins_on_the_last_sunday_of_october() -> None:
    assert seasons(TODAY)[1].first == date(2026, 10, 25)
    assert seasons(TODAY)[1].last == date(2027, 3, 27)


def test_the_sure_route_is_flown_on_each_of_the_next_300_days() -> None:
    for ahead in range(301):
        day = TODAY + timedelta(days=ahead)
        flown = [p for p in EVERYTHING if (p.board, p.off) == ("FRA", "LHR") and day in p.period]
        assert len({p.designator.carrier for p in flown if p.operating is None}) >= 2
        assert len(flown) >= 6


@pytest.mark.parametrize("code", sorted(FILED))
def test_the_filed_offsets_are_those_of_the_stations_clocks_on_every_date(code: str) -> None:
    for pattern in FILED[code]:
        board = ZoneInfo(atlas().airports[pattern.board].time_zone)
        off = ZoneInfo(atlas().airports[pattern.off].time_zone)
        for day in pattern.period.dates():
            leg = DatedLeg.of(pattern, day)
            for zone, minute, local in (
                (board, leg.departing_utc_min, leg.departing_at),
                (off, leg.arriving_utc_min, leg.arriving_at),
            ):
                shown = datetime.fromtimestamp(minute * 60, UTC).astimezone(zone)
                assert shown.replace(tzinfo=None) == local, (pattern, day)


def test_no_flight_has_two_patterns_of_one_leg_on_one_date() -> None:
    by_leg: dict[object, list[LegPattern]] = {}
    for pattern in EVERYTHING:
        by_leg.setdefault((pattern.designator, pattern.sequence), []).append(pattern)
    for found in by_leg.values():
        ordered = sorted(found, key=lambda p: p.period.first)
        for one, following in pairwise(ordered):
            assert one.period.last < following.period.first
        assert len({p.variation for p in found}) == len(found)


def test_the_clocks_of_another_continent_split_a_season() -> None:
    winter = seasons(TODAY)[1]
    firsts = {
        p.period.first
        for p in FILED["0P"]
        if p.board == "JFK" and p.off == "LHR" and p.period.first in winter
    }
    assert date(2026, 11, 1) in firsts
    assert date(2027, 3, 14) in firsts


def test_codeshares_are_filed_by_both_airlines() -> None:
    flown = {p.designator: p for p in FILED["0S"] if p.operating is None}
    sold = [p for p in FILED["ZZ"] if p.operating is not None and p.operating.carrier == "0S"]
    assert sold
    for pattern in sold:
        assert pattern.operating is not None
        assert flown[pattern.operating].marketed_as == (pattern.designator,)


def test_a_schedule_stays_the_same_until_a_season_ends() -> None:
    assert schedule(WORLD, AIRLINES[0], TODAY + timedelta(days=30)) == FILED["ZZ"]
    later = schedule(WORLD, AIRLINES[0], date(2027, 4, 1))
    assert later != FILED["ZZ"]
    assert len(later) >= 0.8 * len(FILED["ZZ"])
