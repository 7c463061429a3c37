"""What a rhythm learns, forgets, and never believes."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.platform.membership.rhythm import GAP_AT_MOST, MAX_PHI, Rhythm, sigmas_of

LEAST = 0.05
GAPS = st.lists(st.floats(0, 1e12), max_size=200)


def heard(gaps: list[float]) -> Rhythm:
    rhythm = Rhythm()
    for gap in gaps:
        rhythm.learn(gap)
    return rhythm


def test_a_regular_rhythm_makes_silence_improbable_soon_a_new_one_does_not() -> None:
    assert heard([1.0] * 100).phi(1.5, LEAST) > 8
    assert heard([]).phi(1.5, LEAST) < 1


def test_a_rhythm_with_gaps_is_patient() -> None:
    assert heard([1.0, 1.0, 1.0, 2.0] * 30).phi(2.0, LEAST) < 2


def test_what_was_learnt_is_forgotten_after_64_gaps() -> None:
    rhythm = heard([8.0] * 100 + [1.0] * 64)
    assert rhythm.mean < 1.2
    assert heard([8.0] * 100 + [1.0] * 128).phi(1.9, LEAST) > 8


@given(GAPS)
def test_nothing_that_can_be_heard_leads_out_of_bounds(gaps: list[float]) -> None:
    rhythm = heard(gaps)
    assert 0 <= rhythm.mean <= GAP_AT_MOST
    assert 0 <= rhythm.variance <= GAP_AT_MOST**2
    assert rhythm.deviation(LEAST) >= LEAST


@given(GAPS, st.floats(0, 100), st.floats(0, 100))
def test_a_longer_silence_is_never_more_probable(
    gaps: list[float], one: float, other: float
) -> None:
    rhythm = heard(gaps)
    shorter, longer = sorted((one, other))
    assert 0 <= rhythm.phi(shorter, LEAST) <= rhythm.phi(longer, LEAST) <= MAX_PHI


@pytest.mark.parametrize("phi", [1.0, 3.0, 8.0, 12.0, 15.0])
def test_the_threshold_of_a_phi_is_where_it_is_reached(phi: float) -> None:
    rhythm = heard([1.0] * 10)
    reached_at = rhythm.mean + sigmas_of(phi) * rhythm.deviation(LEAST)
    assert math.isclose(rhythm.phi(reached_at, LEAST), phi, rel_tol=1e-6)
