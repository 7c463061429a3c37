"""A peak counts at once, good times are learnt slowly, failures are never quick answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.platform.balancer.latency import FAILURE_S, LONGEST_S, MEMORY_S, Latency


def of(*answers: tuple[float, float]) -> Latency:
    latency = Latency()
    for at, seconds in answers:
        latency.observe(seconds, at)
    return latency


def test_nothing_is_known_before_the_first_answer() -> None:
    assert Latency().at(5.0) is None
    assert of((1.0, 0.02)).at(1.0) == 0.02


def test_a_peak_replaces_the_estimate() -> None:
    assert of((0.0, 0.01), (0.1, 2.0)).at(0.1) == 2.0


def test_quick_answers_pull_it_down_by_the_time_that_passes() -> None:
    crowd = [(0.001 * number, 0.01) for number in range(1, 100)]
    assert of((0.0, 1.0), *crowd).at(0.1) > 0.9, (
        "a hundred answers in a moment are one piece of news"
    )
    assert of((0.0, 1.0), (5 * MEMORY_S, 0.01)).at(5 * MEMORY_S) < 0.02


def test_without_answers_it_sinks_so_that_the_member_is_tried_again() -> None:
    latency = of((0.0, 1.0))
    assert latency.at(MEMORY_S) == pytest.approx(0.37, abs=0.01)
    assert latency.at(20 * MEMORY_S) < 1e-6


def test_who_fails_fast_does_not_look_fast() -> None:
    latency = of((0.0, 0.001))
    latency.fail(1.0)
    assert latency.at(1.0) == FAILURE_S
    latency.fail(1.0)
    assert latency.at(1.0) == 2 * FAILURE_S
    unknown = Latency()
    unknown.fail(1.0)
    assert unknown.at(1.0) == FAILURE_S


@given(
    st.lists(st.tuples(st.floats(0, 100), st.none() | st.floats(0.0, 60.0)), max_size=50),
)
def test_it_stays_a_sensible_number_whatever_happens(
    events: list[tuple[float, float | None]],
) -> None:
    latency = Latency()
    for at, seconds in events:  # times may even go back
        if seconds is None:
            latency.fail(at)
        else:
            latency.observe(seconds, at)
        estimate = latency.at(at)
        assert estimate is not None
        assert estimate >= 0.0
    for _ in range(100):
        latency.fail(100.0)
    assert latency.at(100.0) == LONGEST_S
