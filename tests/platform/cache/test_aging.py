"""Whether an answer may be given depends on what is known of it, never on hope."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.platform.cache.aging import UNSTAMPED, Age, Bounds, Stamp, judge, valid_until

BOUNDS = Bounds(fresh_s=1.0, stale_s=10.0)
moments = st.floats(0, 1000)


def test_an_answer_is_right_as_long_as_its_version_is_confirmed() -> None:
    assert valid_until(3, 5.0, Stamp(3, 90.0)) == 90.0


def test_an_answer_of_another_version_is_known_to_be_right_only_when_it_was_read() -> None:
    assert valid_until(3, 5.0, Stamp(4, 90.0)) == 5.0


def test_without_a_look_at_the_leader_an_answer_ages_from_its_reading() -> None:
    assert valid_until(0, 5.0, UNSTAMPED) == 5.0


@pytest.mark.parametrize(
    ("age_s", "expected"),
    [(0.0, Age.FRESH), (1.0, Age.FRESH), (1.5, Age.STALE), (10.0, Age.STALE), (10.5, Age.TOO_OLD)],
)
def test_an_answer_is_fresh_then_stale_then_too_old(age_s: float, expected: Age) -> None:
    assert judge(100.0, outdated=False, now=100.0 + age_s, bounds=BOUNDS) is expected


def test_an_outdated_answer_is_never_fresh() -> None:
    assert judge(100.0, outdated=True, now=100.0, bounds=BOUNDS) is Age.STALE


@given(moments, moments, st.booleans())
def test_nothing_above_the_bound_is_ever_given(valid: float, now: float, outdated: bool) -> None:
    age = judge(valid, outdated=outdated, now=now, bounds=BOUNDS)
    assert (age is Age.TOO_OLD) == (now - valid > BOUNDS.stale_s)


@pytest.mark.parametrize(("fresh", "stale"), [(-1.0, 1.0), (2.0, 1.0), (math.nan, 1.0)])
def test_bounds_that_contradict_each_other_are_refused(fresh: float, stale: float) -> None:
    with pytest.raises(ValueError, match="fresh_s"):
        Bounds(fresh, stale)
