"""Worlds in which a rule made the difference, by name; each breaks without it and keeps with it.

A seed is a world of the simulation as it is now: who changes what the dice decide, looks for the
fault anew (`faults` has it) and puts the seed here that finds it then.
"""

from collections.abc import Callable

import pytest

from tests.fleet.faults import (
    anybody_is_a_witness,
    inherit_in_peace,
    let_in_by_the_clock,
    never_late,
)
from tests.fleet.running import broken

DEAD_AT_A_HAND_OVER = 198
CLOCK_OFF_AT_A_RETURN = 519
HOARDED_BEAT = 115
SLOW_AND_FAST = 16
CLOCK_SET_BACK_AFTER_A_FAREWELL = 933_200


def _differs(seed: int, without: Callable[[pytest.MonkeyPatch], None], promise: str) -> None:
    assert broken(seed) is None
    with pytest.MonkeyPatch.context() as patch:
        without(patch)
        found = broken(seed)
    assert found is not None
    assert found.startswith(promise)


def test_a_node_dies_while_its_balancer_is_handed_over() -> None:
    """The successor had nothing due: it looked at nobody's silence until somebody beat."""
    _differs(DEAD_AT_A_HAND_OVER, inherit_in_peace, "dead")


def test_a_node_comes_back_to_a_balancer_whose_clock_has_jumped() -> None:
    """It was a stranger again, and strangers are judged by the wall clock."""
    _differs(CLOCK_OFF_AT_A_RETURN, let_in_by_the_clock, "starved")


def test_a_beat_that_was_held_back_is_said_for_the_first_time() -> None:
    """Nobody has heard a newer one: only its age speaks against it."""
    _differs(HOARDED_BEAT, never_late, "replay")


def test_a_cut_off_balancer_hears_neither_slow_nor_fast_beats() -> None:
    """Who beats slowly is not suspected yet, and proved that the fast ones were silent."""
    _differs(SLOW_AND_FAST, anybody_is_a_witness, "storm")


def test_a_beat_that_was_lost_is_said_again_to_a_clock_that_was_set_back() -> None:
    """Its node had said farewell, and a clock set back found the beat young: it was let in."""
    assert broken(CLOCK_SET_BACK_AFTER_A_FAREWELL) is None
