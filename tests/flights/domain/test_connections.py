"""When two flights connect: long enough, not too long, or over a night."""

import pytest

from holdfast.flights.domain.connections import (
    AT_AIRPORTS,
    OTHER_TERMINAL_MIN,
    SHORTEST_MIN,
    ConnectionRules,
)
from holdfast.flights.domain.flight import DatedLeg
from tests.support.flights_world import DAY, atlas, leg, minutes

RULES = ConnectionRules({code: one.country for code, one in atlas().airports.items()})


def arriving(at: str, *, board: str = "MAN", terminal: str = "", to: str = "LHR") -> DatedLeg:
    departs = minutes(at) - 60
    clock = f"{departs // 60:02}:{departs % 60:02}"
    return DatedLeg.of(leg("BA1", board, to, clock, 60, terminals=("", terminal)), DAY)


def departing(
    at: str, *, off: str = "JFK", terminal: str = "", day: int = 0, board: str = "LHR"
) -> DatedLeg:
    return DatedLeg.of(leg("BA2", board, off, at, terminals=(terminal, ""), day=day), DAY)


def test_a_connection_within_one_country_may_be_shorter() -> None:
    assert RULES.least_min(arriving("08:00"), departing("09:00", off="LGW")) == 60
    assert RULES.least_min(arriving("08:00"), departing("09:00", off="JFK")) == 75
    assert RULES.least_min(arriving("08:00", board="FRA"), departing("09:00", off="MAN")) == 75


def test_an_airport_without_an_entry_has_the_usual_times() -> None:
    there = arriving("08:00", to="MAN", board="LHR")
    assert RULES.least_min(there, departing("09:00", board="MAN", off="LGW")) == 45
    assert RULES.least_min(there, departing("09:00", board="MAN", off="JFK")) == 60


def test_an_unknown_country_counts_as_abroad() -> None:
    unknown = ConnectionRules({})
    assert unknown.least_min(arriving("08:00"), departing("09:00", off="LGW")) == 75


def test_another_terminal_takes_longer_when_both_are_known() -> None:
    same = RULES.least_min(arriving("08:00", terminal="5"), departing("09:00", terminal="5"))
    other = RULES.least_min(arriving("08:00", terminal="5"), departing("09:00", terminal="3"))
    unknown = RULES.least_min(arriving("08:00", terminal="5"), departing("09:00"))
    assert other == same + OTHER_TERMINAL_MIN
    assert unknown == same


def test_no_connection_is_shorter_than_the_shortest() -> None:
    rules = ConnectionRules({}, at_airports={"LHR": (1, 1)})
    assert rules.least_min(arriving("08:00"), departing("09:00")) == SHORTEST_MIN


@pytest.mark.parametrize(
    ("arrives", "departs", "day", "fits"),
    [
        ("08:00", "09:14", 0, False),
        ("08:00", "09:15", 0, True),
        ("08:00", "14:00", 0, True),
        ("08:00", "14:01", 0, False),
        ("18:00", "08:00", 1, True),  # over a night
        ("17:59", "07:59", 1, False),  # not yet evening
        ("23:00", "12:00", 1, True),
        ("23:30", "12:01", 1, False),  # the morning is over
        ("18:00", "08:01", 1, False),  # longer than a night
        ("23:00", "09:00", 0, False),  # it was gone before
    ],
)
def test_a_wait_is_long_enough_and_not_too_long(
    arrives: str, departs: str, day: int, fits: bool
) -> None:
    assert RULES.connect(arriving(arrives), departing(departs, day=day)) is fits


def test_a_rule_without_nights_forbids_them() -> None:
    by_day = ConnectionRules({}, night_min=0)
    assert not by_day.connect(arriving("19:00"), departing("08:00", day=1))
    assert by_day.most_min == by_day.longest_min


def test_the_longest_wait_of_all_is_the_night() -> None:
    assert RULES.most_min == RULES.night_min


def test_the_table_is_no_shorter_than_the_shortest() -> None:
    assert all(SHORTEST_MIN <= at[0] <= at[1] for at in AT_AIRPORTS.values())
