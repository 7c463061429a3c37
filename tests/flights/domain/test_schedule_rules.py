"""Legs that contradict an earlier one are left out, each named by its line."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.flights.domain.filing import FiledLeg
from holdfast.flights.domain.schedule import OPEN_END, Designator, LegPattern, Period
from holdfast.flights.domain.schedule_rules import fault_of_leg, vet
from tests.flights.domain.schedules import (
    DATES,
    flown,
    full_periods,
    is_flown_once,
    leg,
    periods,
)


def filed(*legs: LegPattern) -> list[FiledLeg]:
    return [FiledLeg(line, one) for line, one in enumerate(legs, start=3)]


def lines_left_out(legs: Sequence[FiledLeg]) -> list[int]:
    return [fault.line for fault in vet(legs)[1]]


SECOND = leg(sequence=2, board="JFK", off="BOS", departure_min=800, departure_offset_min=-240)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"off": "LHR"}, "departs from LHR and arrives there"),
        ({"arrival_min": 260}, "not after the departure"),
        ({"arrival_min": 240}, "not after the departure"),
        ({"arrival_min": 2880}, "it takes 2620 minutes"),
    ],
)
def test_a_leg_that_cannot_be_flown_has_a_fault(changes: dict[str, object], reason: str) -> None:
    fault = fault_of_leg(leg(**changes))
    assert fault is not None
    assert reason in fault


def test_a_leg_that_can_be_flown_has_none() -> None:
    assert fault_of_leg(leg()) is None
    assert fault_of_leg(leg(arrival_min=261)) is None


def test_a_sound_schedule_is_kept_whole() -> None:
    legs = filed(leg(), SECOND, leg(designator=Designator("BA", 118)))
    assert vet(legs) == (legs, [])
    assert vet([]) == ([], [])


def test_a_leg_that_is_flown_already_is_left_out() -> None:
    legs = filed(leg(), leg(variation=2, period=Period(DATES[5], DATES[6])))
    kept, (fault,) = vet(legs)
    assert kept == legs[:1]
    assert fault.line == 4
    assert "leg 1 of BA117 is flown twice: see line 3" in fault.reason
    assert fault.record == "BA117 1 LHR-JFK from 2026-03-14"


def test_the_same_flight_on_other_weekdays_is_another() -> None:
    legs = filed(
        leg(period=Period(DATES[0], DATES[-1], 0b0010101)),
        leg(period=Period(DATES[0], DATES[-1], 0b0101010), variation=2),
        leg(period=Period(DATES[0], DATES[-1]), designator=Designator("BA", 117, "A")),
    )
    assert vet(legs) == (legs, [])


@given(st.lists(full_periods(), max_size=40))
def test_what_is_kept_is_flown_once_and_what_is_left_out_would_not_be(
    some: list[Period],
) -> None:
    legs = filed(*(leg(period=period, variation=n) for n, period in enumerate(some, start=1)))
    kept, faults = vet(legs)
    assert len(kept) + len(faults) == len(legs)
    assert all(is_flown_once([one.leg for one in kept], day) for day in DATES)
    by_line = {one.line: one.leg for one in legs}
    for fault in faults:
        before = [one.leg for one in kept if one.line < fault.line]
        assert any(flown(before, day) for day in by_line[fault.line].period.dates())


def test_many_patterns_of_one_flight_are_compared_by_weekday() -> None:
    days = [DATES[0] + timedelta(days=n) for n in range(60)]
    legs = filed(*(leg(period=Period(day, day, 1 << day.weekday())) for day in days))
    again = FiledLeg(100, leg(period=Period(days[40], OPEN_END, 0b0000001)))
    tuesday = FiledLeg(101, leg(period=Period(days[0] - timedelta(days=20), days[0], 0b0000010)))
    later = FiledLeg(102, leg(period=Period(days[59], days[59], 0b1111111)))
    kept, faults = vet([*legs, again, tuesday, later])
    assert [fault.line for fault in faults] == [100, 102]
    assert kept == [*legs, tuesday]


def test_a_leg_that_does_not_depart_where_the_one_before_arrives_is_left_out() -> None:
    legs = filed(leg(), replace(SECOND, board="CDG"), leg(sequence=3, board="CDG", off="LHR"))
    kept, faults = vet(legs)
    assert kept == legs[:1]
    assert [fault.line for fault in faults] == [4, 5]
    assert "departs from CDG, the leg before arrives in JFK" in faults[0].reason


def test_a_leg_that_departs_before_the_one_before_arrives_is_left_out() -> None:
    early = replace(SECOND, departure_min=679, arrival_min=1000)
    _, (fault,) = vet(filed(leg(), early))
    assert "departs before the leg before it arrives" in fault.reason
    assert vet(filed(leg(), replace(early, departure_min=680)))[1] == []


def test_legs_are_compared_only_on_dates_that_they_share() -> None:
    first = leg(period=Period(DATES[0], DATES[9]))
    other = leg(period=Period(DATES[10], DATES[19]), off="CDG", arrival_offset_min=60)
    onward = replace(SECOND, period=Period(DATES[0], DATES[9]))
    assert lines_left_out(filed(first, other, onward)) == []
    assert lines_left_out(filed(first, other, SECOND)) == [5]


def test_itinerary_variations_are_flights_of_their_own() -> None:
    other = replace(SECOND, variation=2, board="CDG", period=Period(DATES[0], DATES[0]))
    assert lines_left_out(filed(leg(), other)) == []


@given(st.lists(st.tuples(periods(), st.integers(1, 3)), max_size=8))
def test_whatever_is_filed_what_is_kept_is_sound(some: list[tuple[Period, int]]) -> None:
    stations = ["LHR", "JFK", "BOS", "LHR"]
    legs = filed(
        *(
            leg(
                period=period,
                sequence=sequence,
                board=stations[sequence - 1],
                off=stations[sequence],
                departure_min=sequence * 600,
                arrival_min=sequence * 600 + 400,
                arrival_offset_min=0,
            )
            for period, sequence in some
        )
    )
    kept, faults = vet(legs)
    assert len(kept) + len(faults) == len(legs)
    assert vet(kept) == (kept, [])


def test_a_leg_must_follow_all_of_many_patterns_before_it() -> None:
    days = [DATES[0] + timedelta(days=n) for n in range(30)]
    single = [leg(period=Period(day, day, 1 << day.weekday())) for day in days]
    onward = replace(SECOND, period=Period(days[0], days[29]))
    assert lines_left_out(filed(*single, onward)) == []
    single[3] = replace(single[3], off="CDG", arrival_offset_min=60)
    assert lines_left_out(filed(*single, onward)) == [33]
