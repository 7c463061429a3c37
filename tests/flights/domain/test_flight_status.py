"""The status of a flight: its timetable, and what was told."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from holdfast.flights.domain.flight import LegKey
from holdfast.flights.domain.flight_status import (
    FlightStatus,
    Movement,
    NotFlown,
    compose,
    designator_of,
    legs_on,
    not_flown,
    today_at_departure,
)
from holdfast.flights.domain.schedule import Designator, LegPattern, Period
from holdfast.flights.domain.status import LegFacts, LegState, LegStatus, Stamp

BA117 = Designator("BA", 117)
AA6143 = Designator("AA", 6143)
DAY = date(2026, 12, 1)
MONDAYS = 0b0000001
OUT = LegPattern(
    designator=BA117,
    variation=1,
    sequence=1,
    service_type="J",
    period=Period(date(2026, 10, 25), date(2027, 3, 27)),
    board="LHR",
    off="JFK",
    departure_min=8 * 60 + 25,
    departure_offset_min=0,
    arrival_min=11 * 60 + 20,
    arrival_offset_min=-300,
    aircraft="777",
    board_terminal="5",
    off_terminal="8",
    marketed_as=(AA6143,),
)
ON = replace(
    OUT,
    sequence=2,
    board="JFK",
    off="MIA",
    departure_min=13 * 60,
    departure_offset_min=-300,
    arrival_min=16 * 60,
)
KEY = LegKey("BA", 117, "", DAY, "LHR", "JFK")
DEPARTS = datetime(2026, 12, 1, 8, 25, tzinfo=UTC)
TOLD_AT = datetime(2026, 12, 1, 6, tzinfo=UTC)


def status(*legs: LegPattern, told: dict[LegKey, LegFacts] | None = None) -> FlightStatus:
    known = {
        key: LegStatus(facts, dict.fromkeys(facts.told(), Stamp(TOLD_AT, 1)))
        for key, facts in (told or {}).items()
    }
    return compose(legs or (OUT,), DAY, known)


def test_without_updates_the_timetable_stands() -> None:
    found = status()
    leg = found.legs[0]
    assert (found.state, leg.state, leg.updated_at) == (LegState.SCHEDULED,) * 2 + (None,)
    assert leg.departure == Movement("LHR", DEPARTS, None, None, "5", "")
    assert leg.arrival.scheduled.isoformat() == "2026-12-01T11:20:00-05:00"
    assert leg.departure.delay_min is None
    assert (leg.duration_min, leg.aircraft) == (475, "777")
    assert found.partners == (AA6143,)
    assert found.operating == BA117


def test_what_was_told_is_shown_in_local_time() -> None:
    late = DEPARTS + timedelta(minutes=40, seconds=59)
    facts = LegFacts(
        departure_estimated=late,
        arrival_estimated=late + timedelta(minutes=475),
        board_gate="C57",
        board_terminal="3",
        aircraft="789",
        registration="GZBKA",
        reason="late aircraft",
    )
    leg = status(told={KEY: facts}).legs[0]
    assert leg.state is LegState.DELAYED
    assert (leg.departure.delay_min, leg.arrival.delay_min) == (40, 40)
    assert leg.arrival.estimated
    assert leg.arrival.estimated.isoformat() == "2026-12-01T12:00:59-05:00"
    assert (leg.departure.gate, leg.departure.terminal, leg.arrival.terminal) == ("C57", "3", "8")
    assert (leg.aircraft, leg.registration, leg.reason) == ("789", "GZBKA", "late aircraft")
    assert leg.updated_at == TOLD_AT


def test_an_early_flight_is_not_delayed() -> None:
    leg = status(told={KEY: LegFacts(departure_estimated=DEPARTS - timedelta(minutes=5))}).legs[0]
    assert (leg.state, leg.departure.delay_min) == (LegState.SCHEDULED, -5)


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        (LegFacts(state=LegState.CANCELLED), LegState.CANCELLED),
        (LegFacts(state=LegState.DIVERTED, arrival_actual=DEPARTS), LegState.DIVERTED),
        (LegFacts(state=LegState.RETURNED), LegState.RETURNED),
        (LegFacts(departure_actual=DEPARTS), LegState.DEPARTED),
        (LegFacts(departure_actual=DEPARTS, arrival_actual=DEPARTS), LegState.ARRIVED),
    ],
)
def test_the_state_follows_from_what_was_told(facts: LegFacts, state: LegState) -> None:
    found = status(told={KEY: facts})
    assert (found.legs[0].state, found.state) == (state, state)


def test_the_actual_time_counts_before_the_estimated_one() -> None:
    actual = DEPARTS + timedelta(minutes=3)
    facts = LegFacts(departure_estimated=DEPARTS + timedelta(minutes=30), departure_actual=actual)
    assert status(told={KEY: facts}).legs[0].departure.delay_min == 3


def test_a_flight_of_two_legs_is_as_far_as_its_legs() -> None:
    second = replace(KEY, board="JFK", off="MIA")
    flown = LegFacts(departure_actual=DEPARTS, arrival_actual=DEPARTS)
    late = LegFacts(departure_estimated=DEPARTS + timedelta(days=1))
    assert status(OUT, ON, told={KEY: flown}).state is LegState.DEPARTED
    assert status(OUT, ON, told={KEY: flown, second: flown}).state is LegState.ARRIVED
    assert status(OUT, ON, told={second: late}).state is LegState.DELAYED
    cancelled = LegFacts(state=LegState.CANCELLED)
    assert status(OUT, ON, told={KEY: flown, second: cancelled}).state is LegState.CANCELLED
    diverted = LegFacts(state=LegState.DIVERTED, diverted_to="BOS")
    both = status(OUT, ON, told={KEY: diverted, second: cancelled})
    assert (both.state, both.legs[0].diverted_to) == (LegState.DIVERTED, "BOS")


def test_a_codeshare_has_the_status_of_the_flight_that_flies() -> None:
    sold = replace(OUT, designator=AA6143, operating=BA117, marketed_as=())
    found = compose([sold], DAY, {KEY: LegStatus(LegFacts(board_gate="C1"))}, partners=[AA6143])
    assert found.legs[0].departure.gate == "C1"
    assert (found.designator, found.operating, found.partners) == (AA6143, BA117, (BA117,))


def test_the_legs_of_a_date_come_in_order_and_the_higher_variation_is_meant() -> None:
    later = replace(OUT, variation=2, departure_min=600)
    assert legs_on([ON, later, OUT], DAY) == (later, ON)
    assert legs_on([OUT], date(2026, 6, 1)) == ()


def test_a_flight_that_does_not_fly_that_day_names_the_nearest_days() -> None:
    mondays = replace(OUT, period=Period(date(2026, 10, 26), date(2027, 3, 22), MONDAYS))
    assert not_flown([mondays], BA117, DAY) == NotFlown(
        BA117, DAY, date(2026, 11, 30), date(2026, 12, 7)
    )
    assert not_flown([], BA117, DAY) == NotFlown(BA117, DAY, None, None)
    assert not_flown([OUT], BA117, date(2026, 1, 1)).after == date(2026, 10, 25)


@pytest.mark.parametrize("day", [date.min, date.max])
def test_the_ends_of_the_calendar_are_no_trouble(day: date) -> None:
    assert not_flown([OUT], BA117, day) == NotFlown(BA117, day, None, None)


def test_today_is_the_date_at_the_board_point() -> None:
    from_tokyo = replace(OUT, board="HND", departure_offset_min=540)
    late = datetime(2026, 12, 1, 20, tzinfo=UTC)
    assert today_at_departure([from_tokyo], late) == date(2026, 12, 2)
    assert today_at_departure([OUT], late) == DAY
    assert today_at_departure([], late) == DAY


def test_today_is_told_by_the_pattern_that_flies() -> None:
    summer = replace(OUT, departure_offset_min=60, period=Period(DAY, date(2027, 9, 30)))
    ended = replace(OUT, period=Period(date(2026, 10, 25), date(2026, 11, 30)))
    late = datetime(2026, 12, 1, 23, 30, tzinfo=UTC)
    assert today_at_departure([ended, summer], late) == date(2026, 12, 2)
    assert today_at_departure([ended], late) == DAY


@pytest.mark.parametrize(
    ("text", "designator"),
    [
        ("BA117", BA117),
        ("ba0117", BA117),
        (" BA 117 ", BA117),
        ("U2123", Designator("U2", 123)),
        ("4U12A", Designator("4U", 12, "A")),
        ("ABC9999z", Designator("ABC", 9999, "Z")),
    ],
)
def test_people_write_flights_in_several_ways(text: str, designator: Designator) -> None:
    assert designator_of(text) == designator


@pytest.mark.parametrize(
    "text", ["", "BA", "BA0", "BA12345", "BA00117", "117", "BA117AB", "B/117", "ＢＡ117", "BA1" * 9]
)
def test_other_texts_are_no_flight(text: str) -> None:
    assert designator_of(text) is None
