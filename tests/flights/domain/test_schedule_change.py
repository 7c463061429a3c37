"""A change is exact: on its dates the flight is as it says, on all others as it was."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.flights.domain import schedule_change
from holdfast.flights.domain.schedule import OPEN_END, Designator, LegPattern, Period
from holdfast.flights.domain.schedule_change import (
    Administered,
    Cancelled,
    Change,
    Element,
    Equipment,
    Exchange,
    Flown,
    NewLeg,
    Reequipped,
    Reinstated,
    Renumbered,
    Retimed,
    Target,
    Timing,
    apply,
    designators_of,
)
from holdfast.flights.domain.schedule_clocks import MAX_DATES
from holdfast.flights.domain.schedule_runs import minus_all
from tests.flights.domain.schedules import (
    BA117,
    DATES,
    SUMMER,
    EuropeanClocks,
    flown,
    full_periods,
    is_flown_once,
    leg,
    periods,
)

CLOCKS = EuropeanClocks()
BA9 = Designator("BA", 9)
MONDAY = DATES[0]
AROUND = [MONDAY - timedelta(days=2), *DATES, DATES[-1] + timedelta(days=1)]


def on(day: date) -> Period:
    return Period(day, day, 1 << day.weekday())


def after(legs: Sequence[LegPattern], exchange: Exchange) -> list[LegPattern]:
    assert set(exchange.removed) <= set(legs)
    assert not set(exchange.removed) & set(exchange.added)
    return [one for one in legs if one not in exchange.removed] + list(exchange.added)


def told_dates(target: Target) -> set[date]:
    return {day for period in target.periods for day in period.dates()}


@st.composite
def schedules(draw: st.DrawFn) -> list[LegPattern]:
    """A flight with one or two legs, its times and aircraft differing by period."""
    found: list[LegPattern] = []
    for variation in range(1, draw(st.integers(1, 4)) + 1):
        first = leg(
            variation=variation,
            aircraft=draw(st.sampled_from(("77W", "789"))),
            departure_min=draw(st.sampled_from((500, 530))),
        )
        second = leg(
            variation=variation,
            sequence=2,
            board="JFK",
            off="BOS",
            departure_min=800,
            departure_offset_min=-240,
            arrival_min=870,
        )
        free = minus_all([draw(full_periods())], [one.period for one in found])
        flight = [first, second] if draw(st.booleans()) else [first]
        found += [replace(one, period=period) for period in free for one in flight]
    return found


targets = st.builds(lambda some: Target(BA117, tuple(some)), st.lists(periods(), max_size=3))


def check(
    legs: list[LegPattern], change: Change, said: Callable[[list[LegPattern]], list[LegPattern]]
) -> None:
    """On the target's dates the flight is what `said` makes of it, on others as before."""
    exchange = apply(legs, change, CLOCKS)
    assert exchange.fault == ""
    result = after(legs, exchange)
    unmatched = {day for period in exchange.unmatched for day in period.dates()}
    for day in AROUND:
        before = flown(legs, day)
        meant = day in told_dates(change.target)
        assert flown(result, day) == (said(before) if meant else before)
        assert is_flown_once(result, day)
        assert (day in unmatched) == (meant and not before)


@given(schedules(), targets)
def test_cancelled_dates_have_no_flight(legs: list[LegPattern], target: Target) -> None:
    check(legs, Cancelled(target), lambda before: [])


@given(schedules(), targets)
def test_another_aircraft_flies_on_the_dates_of_the_change(
    legs: list[LegPattern], target: Target
) -> None:
    def equipped(before: list[LegPattern]) -> list[LegPattern]:
        return [replace(one, aircraft="388", configuration="Y500") for one in before]

    check(legs, Reequipped(target, Equipment("", "388", "Y500")), equipped)


@given(schedules(), targets)
def test_other_times_hold_on_the_dates_of_the_change(
    legs: list[LegPattern], target: Target
) -> None:
    change = Retimed(target, (Timing("LHR", "JFK", 600, 790),))
    exchange = apply(legs, change, CLOCKS)
    result = after(legs, exchange)
    for day in AROUND:
        before = flown(legs, day)
        if day in told_dates(target) and before:
            offset = 60 if day >= SUMMER.date() else 0
            before[0] = replace(
                before[0], departure_min=600, departure_offset_min=offset, arrival_min=790
            )
        assert flown(result, day) == before
        assert is_flown_once(result, day)


NEW = (
    NewLeg(Timing("LHR", "BOS", 500, 700), Equipment("J", "351", "J044Y300", "JY")),
    NewLeg(Timing("BOS", "JFK", 760, 830), None),
)


@given(schedules(), targets, st.booleans())
def test_a_new_or_replaced_flight_is_as_filed(
    legs: list[LegPattern], target: Target, is_new: bool
) -> None:
    exchange = apply(legs, Flown(target, NEW, is_new=is_new), CLOCKS)
    result = after(legs, exchange)
    unmatched = {day for period in exchange.unmatched for day in period.dates()}
    for day in AROUND:
        found = flown(result, day)
        assert is_flown_once(result, day)
        if day in told_dates(target):
            assert [(one.board, one.off, one.departure_min) for one in found] == [
                ("LHR", "BOS", 500),
                ("BOS", "JFK", 760),
            ]
            assert found[0].aircraft == "351"
            assert found[0].departure_offset_min == (60 if day >= SUMMER.date() else 0)
            assert (day in unmatched) == (not is_new and not flown(legs, day))
        else:
            assert found == flown(legs, day)


@given(schedules(), targets)
def test_a_rerouted_flight_keeps_its_equipment_and_its_dates(
    legs: list[LegPattern], target: Target
) -> None:
    route = (NewLeg(Timing("LHR", "BOS", 500, 700), None),)
    result = after(legs, apply(legs, Flown(target, route, only_existing=True), CLOCKS))
    for day in AROUND:
        before, found = flown(legs, day), flown(result, day)
        if day in told_dates(target) and before:
            assert [(one.board, one.off, one.aircraft) for one in found] == [
                ("LHR", "BOS", before[0].aircraft)
            ]
        else:
            assert found == before


@given(schedules(), targets, full_periods())
def test_a_renumbered_flight_takes_the_dates_of_its_new_designator(
    legs: list[LegPattern], target: Target, other: Period
) -> None:
    legs = [*legs, leg(designator=BA9, period=other, aircraft="359")]
    change = Renumbered(target, BA9)
    assert designators_of(change) == (BA117, BA9)
    result = after(legs, apply(legs, change, CLOCKS))
    for day in AROUND:
        mine = [one for one in flown(legs, day) if one.designator == BA117]
        others = [one for one in flown(legs, day) if one.designator == BA9]
        if day in told_dates(target) and mine:
            assert flown(result, day) == [replace(one, designator=BA9) for one in mine]
        else:
            assert flown(result, day) == [*others, *mine]
        assert is_flown_once(result, day)


@given(schedules(), targets)
def test_what_is_cancelled_and_comes_back_is_flown_by_the_nearest_model(
    legs: list[LegPattern], target: Target
) -> None:
    cancelled = after(legs, apply(legs, Cancelled(target), CLOCKS))
    exchange = apply(cancelled, Reinstated(target), CLOCKS)
    result = after(cancelled, exchange)
    models = [flown([one], one.period.first)[0] for one in cancelled]
    for day in AROUND:
        found = flown(result, day)
        assert is_flown_once(result, day)
        if day in told_dates(target):
            assert bool(found) == bool(cancelled)
            assert all(one in models for one in found)
        else:
            assert found == flown(cancelled, day)


@given(st.sampled_from(DATES[7:-7]))
def test_a_single_cancellation_and_reinstatement_leave_what_was(day: date) -> None:
    legs = [leg(), leg(sequence=2, board="JFK", off="BOS", departure_min=800)]
    target = Target(BA117, (on(day),))
    cancelled = after(legs, apply(legs, Cancelled(target), CLOCKS))
    assert len(cancelled) > 2
    assert set(after(cancelled, apply(cancelled, Reinstated(target), CLOCKS))) == set(legs)


def test_a_single_leg_is_cancelled_and_comes_back() -> None:
    legs = [leg(), leg(sequence=2, board="JFK", off="BOS", departure_min=800)]
    target = Target(BA117, (on(MONDAY),), points=("JFK", "BOS"))
    cancelled = after(legs, apply(legs, Cancelled(target), CLOCKS))
    assert [one.off for one in flown(cancelled, MONDAY)] == ["JFK"]
    assert [one.off for one in flown(cancelled, DATES[1])] == ["JFK", "BOS"]
    assert set(after(cancelled, apply(cancelled, Reinstated(target), CLOCKS))) == set(legs)


def test_a_flight_that_is_flown_in_part_comes_back_by_named_legs_only() -> None:
    only = [leg(), leg(sequence=2, board="JFK", off="BOS", period=on(DATES[1]))]
    assert apply(only, Reinstated(Target(BA117, (on(MONDAY),))), CLOCKS) == Exchange()


def test_points_that_span_legs_mean_all_of_them() -> None:
    legs = [leg(), leg(sequence=2, board="JFK", off="BOS", departure_min=800)]
    target = Target(BA117, (on(MONDAY),), points=("LHR", "BOS"))
    assert flown(after(legs, apply(legs, Cancelled(target), CLOCKS)), MONDAY) == []
    assert designators_of(Cancelled(target)) == (BA117,)
    elsewhere = replace(target, points=("LHR", "CDG"))
    assert apply(legs, Cancelled(elsewhere), CLOCKS) == Exchange(unmatched=(on(MONDAY),))


def test_nothing_comes_back_of_a_flight_that_is_not_there() -> None:
    target = Target(BA117, (Period(MONDAY, OPEN_END),))
    exchange = apply([], Reinstated(target), CLOCKS)
    assert (exchange.removed, exchange.added) == ((), ())
    assert exchange.unmatched[0].first == MONDAY
    assert exchange.unmatched[-1].last == OPEN_END


def test_a_flight_comes_back_as_on_its_own_weekday() -> None:
    legs = [
        leg(period=Period(MONDAY, DATES[-1], 1), aircraft="388"),
        leg(period=Period(MONDAY, DATES[-1], 0b1111100), variation=2),
    ]
    # Monday of the second week is nearer to other days than to other Mondays.
    target = Target(BA117, (on(DATES[7]),))
    cancelled = after(legs, apply(legs, Cancelled(target), CLOCKS))
    back = after(cancelled, apply(cancelled, Reinstated(target), CLOCKS))
    assert flown(back, DATES[7])[0].aircraft == "388"


def test_a_retimed_flight_that_is_not_meant_is_unmatched() -> None:
    target = Target(BA117, (on(MONDAY),))
    change = Retimed(target, (Timing("LHR", "CDG", 600, 700),))
    assert apply([leg()], change, CLOCKS) == Exchange(unmatched=(on(MONDAY),))


def test_a_change_that_changes_nothing_exchanges_nothing() -> None:
    target = Target(BA117, (on(MONDAY),))
    same = Reequipped(target, Equipment("J", "77W", "J048Y183"))
    assert apply([leg()], same, CLOCKS) == Exchange()


def test_codeshares_and_terminals_change() -> None:
    target = Target(BA117, (on(MONDAY),))
    partner, other = Designator("AA", 6134), Designator("IB", 7)
    told = (
        Element("LHR", "JFK", marketed_as=(partner,), board_terminal="5"),
        Element("", "", off_terminal="8"),
        Element("CDG", "", operating=other),
        Element("", "BOS", operating=other),
    )
    legs = [leg()]
    changed = after(legs, apply(legs, Administered(target, told), CLOCKS))
    (found,) = flown(changed, MONDAY)
    assert found.marketed_as == (partner,)
    assert (found.board_terminal, found.off_terminal) == ("5", "8")
    assert found.operating is None
    assert flown(changed, DATES[1]) == flown(legs, DATES[1])
    operated = (Element(operating=other, marketed_as=()),)
    (found,) = flown(after(changed, apply(changed, Administered(target, operated), CLOCKS)), MONDAY)
    assert (found.operating, found.marketed_as) == (other, ())
    own = [replace(found, period=on(MONDAY))]
    (found,) = apply(own, Administered(target, (Element(is_own=True),)), CLOCKS).added
    assert found.operating is None


def test_in_utc_the_flight_date_is_the_local_one() -> None:
    # 23:30 UTC of the 28th is 23:30 in London; of the 29th it is 00:30 of the 30th.
    target = Target(BA117, (Period(date(2026, 3, 28), date(2026, 3, 29)),), is_utc=True)
    new = (NewLeg(Timing("LHR", "JFK", 1410, 1840), Equipment("J", "77W")),)
    (first, second) = apply([], Flown(target, new), CLOCKS).added
    assert first.period == on(date(2026, 3, 28))
    assert (first.departure_min, first.departure_offset_min) == (1410, 0)
    assert (first.arrival_min, first.arrival_offset_min) == (1600, -240)
    assert second.period == on(date(2026, 3, 30))
    assert (second.departure_min, second.departure_offset_min) == (30, 60)
    assert second.arrival_min - second.arrival_offset_min - (30 - 60) == 430


def test_in_utc_a_flight_is_found_by_its_utc_date() -> None:
    night = leg(departure_min=30, departure_offset_min=60, arrival_min=200)
    sunday = DATES[27]
    target = Target(BA117, (on(sunday),), is_utc=True)
    cancelled = after([night], apply([night], Cancelled(target), CLOCKS))
    assert flown(cancelled, sunday + timedelta(days=1)) == []
    assert flown(cancelled, sunday) != []
    back = after(cancelled, apply(cancelled, Reinstated(target), CLOCKS))
    assert back == [night]
    change = Retimed(target, (Timing("LHR", "JFK", 1400, 1830),))
    moved = after([night], apply([night], change, CLOCKS))
    (found,) = flown(moved, sunday + timedelta(days=1))
    assert (found.departure_min, found.arrival_min) == (20, 150)


def test_legs_that_are_not_retimed_keep_their_times_in_utc_too() -> None:
    night = leg(departure_min=30, departure_offset_min=60, arrival_min=200)
    on_to_boston = leg(
        sequence=2, board="JFK", off="BOS", departure_min=400, departure_offset_min=-240,
        arrival_min=470,
    )  # fmt: skip
    legs = [night, on_to_boston]
    target = Target(BA117, (on(DATES[27]),), is_utc=True)
    change = Retimed(target, (Timing("LHR", "JFK", 1400, 1830),))
    found = flown(after(legs, apply(legs, change, CLOCKS)), DATES[28])
    assert [one.departure_min for one in found] == [20, 400]
    assert found[1] == flown(legs, DATES[28])[1]


def test_two_dates_that_become_one_are_flown_once() -> None:
    # At 23:30 UTC it is the 30th in London on the 29th, and on the 30th too with winter's clocks.
    legs = [leg(period=Period(date(2026, 3, 29), date(2026, 3, 30)))]
    change = Retimed(
        Target(BA117, (Period(date(2026, 3, 29), date(2026, 3, 30)),), is_utc=True),
        (Timing("LHR", "JFK", 1410, 1840),),
    )

    class BackwardClocks(EuropeanClocks):
        def offset_min(self, station: str, at: datetime, *, is_utc: bool) -> int | None:
            return -240 if station == "JFK" else 60 if at.day == 29 else 0

    result = after(legs, apply(legs, change, BackwardClocks()))
    assert len(flown(result, date(2026, 3, 30))) == 1
    assert all(is_flown_once(result, day) for day in AROUND)


def test_an_unknown_station_changes_nothing_and_is_named() -> None:
    target = Target(BA117, (on(MONDAY),))
    new = (NewLeg(Timing("XXQ", "JFK", 500, 900), Equipment("J", "77W")),)
    exchange = apply([leg()], Flown(target, new), CLOCKS)
    assert exchange == Exchange(fault="the clock of XXQ is not known")


def test_times_that_cannot_be_flown_change_nothing() -> None:
    change = Retimed(Target(BA117, (on(MONDAY),)), (Timing("LHR", "JFK", 900, 600),))
    exchange = apply([leg()], change, CLOCKS)
    assert exchange.fault.startswith("LHR-JFK: the arrival is not after the departure")
    assert exchange.removed == exchange.added == ()


def test_an_open_end_is_flown_to_its_end_with_the_last_offsets() -> None:
    target = Target(BA117, (Period(MONDAY, OPEN_END),))
    new = (NewLeg(Timing("LHR", "JFK", 500, 680), Equipment("J", "77W")),)
    added = apply([], Flown(target, new), CLOCKS).added
    assert added[0].period == Period(MONDAY, date(2026, 3, 28))
    assert added[-1].period.last == OPEN_END
    assert added[-1].departure_offset_min == 60
    middle = MONDAY + timedelta(days=MAX_DATES)
    assert is_flown_once(added, middle)
    assert flown(added, middle) != []
    assert len(added) == 2


@pytest.mark.parametrize(("used", "expected"), [((), 1), ((1, 2), 3), ((1, 2, 3), 1)])
def test_a_new_itinerary_has_a_variation_of_its_own_while_there_are_any(
    used: tuple[int, ...], expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule_change, "MAX_VARIATION", 3)
    legs = [leg(variation=number, period=on(DATES[number])) for number in used]
    target = Target(BA117, (on(DATES[20]),))
    new = (NewLeg(Timing("LHR", "JFK", 500, 680), Equipment("J", "77W")),)
    (added,) = apply(legs, Flown(target, new), CLOCKS).added
    assert added.variation == expected


def test_a_change_of_endless_periods_is_not_begun() -> None:
    target = Target(BA117, tuple(Period(day, OPEN_END) for day in DATES[:5]))
    exchange = apply([leg()], Cancelled(target), CLOCKS)
    assert exchange == Exchange(fault="the periods have more than 4400 days in all")
