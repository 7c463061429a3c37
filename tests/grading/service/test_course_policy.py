"""A store's policy follows from the course's rules."""

import pytest

from holdfast.grading.domain.rules import Rules
from holdfast.grading.service.course_policy import CoursePolicy


def test_the_practice_factor_is_applied() -> None:
    policy = CoursePolicy.of(Rules(time_scale=0.01), course="networks", identity="claimed")
    assert policy == CoursePolicy("networks", "claimed", 3.0, 1.2, 1.0)


def test_practice_mode_shortens_leases_unless_they_are_that_short() -> None:
    usual = CoursePolicy.of(Rules(), course="course", identity="open")
    assert usual.at(False) == (300.0, 120.0)
    assert usual.at(True) == pytest.approx((3.0, 1.2))
    short = CoursePolicy.of(Rules(time_scale=0.001), course="course", identity="open")
    assert short.at(True) == short.at(False)
