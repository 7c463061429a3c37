"""Worlds that once broke a promise, by name; each keeps it now, or says since when it does not.

A seed is a world of the simulation as it is now: who changes what the dice decide, looks for the
fault anew (`faults` has it) and puts the seed here that finds it then.
"""

import pytest

from tests.simulation.faults import forget_rises, give_up_twice
from tests.simulation.running import runs

TWO_CHANGES = 109
CHANGED_WHILE_ASKED = 3377
SEATS_OF_AN_OFFER = 1020


def test_the_second_of_two_chosen_changes_gives_up_no_seats(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It decremented the counter of a flight on which the order had no seat any more."""
    with runs() as all_runs:
        assert all_runs.broken(TWO_CHANGES) is None
        give_up_twice(monkeypatch)
        assert all_runs.broken(TWO_CHANGES) is not None


def test_an_airline_changes_a_flight_while_a_refund_is_worked_out() -> None:
    """The quote is that of before or after; asking again gives the other."""
    with runs() as all_runs:
        assert all_runs.broken(CHANGED_WHILE_ASKED) is None


def test_a_seat_on_the_map_of_an_offer_costs_no_more_while_the_offer_lives(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """G1 for seats: a rise that was due at once was written over the price of the map."""
    with runs() as all_runs:
        assert all_runs.broken(SEATS_OF_AN_OFFER) is None
        forget_rises(monkeypatch)
        assert all_runs.broken(SEATS_OF_AN_OFFER) is not None
