"""A store's policy follows from the course's rules."""

from holdfast.grading.domain.rules import Rules
from holdfast.grading.service.course_policy import CoursePolicy


def test_the_practice_factor_is_applied() -> None:
    policy = CoursePolicy.of(Rules(time_scale=0.01), course="networks", identity="claimed")
    assert policy == CoursePolicy("networks", "claimed", 3.0, 1.2)
