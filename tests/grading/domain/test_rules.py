"""Lease times scale for practice; the waits that make real clients work never do."""

from dataclasses import replace

import pytest

from holdfast.grading.domain.rules import Rules


def test_leases_and_lease_tests_scale_with_the_practice_factor() -> None:
    practice = Rules(time_scale=0.01)
    assert practice.lease_scaled_s == pytest.approx(3.0)
    assert practice.renew_min_scaled_s == pytest.approx(1.2)
    assert practice.lease_test_scaled_s == pytest.approx(12.0)


def test_waits_for_the_client_are_real_time() -> None:
    assert replace(Rules(), time_scale=0.01).register_hold_s == Rules().register_hold_s
    assert replace(Rules(), time_scale=0.01).bare_pause_s == Rules().bare_pause_s


def test_students_who_renew_at_the_usual_distances_keep_their_lease() -> None:
    rules = Rules()
    for every_s in (121, 150, 180, 240):
        assert rules.renew_min_scaled_s < every_s < rules.lease_scaled_s


@pytest.mark.parametrize(
    "wrong",
    [
        {"time_scale": 0.0},
        {"time_scale": -1.0},
        {"lease_s": 0.0},
        {"silence_s": -0.1},
        {"renew_min_s": 300.0},
        {"numbered_messages": 10},
        {"numbered_messages": 0},
        {"timestamped_messages": 3},
        {"timestamped_messages": 101},
        {"prompt_growth": 0.9},
        {"udp_prompt_s": 0.0},
        {"reorder_prompt_s": 0.0},
        {"shared_address": "oldest"},
        {"answer_s": float("nan")},
    ],
)
def test_numbers_that_no_test_could_be_played_with_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Rules(**wrong)  # type: ignore[arg-type]
