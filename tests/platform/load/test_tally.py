"""Quantiles are right to five percent, in bounded memory."""

import pytest

from holdfast.platform.load.tally import Cost, Round, Tally, Times


@pytest.mark.parametrize("share", [0.5, 0.95, 0.99])
def test_a_quantile_is_right_to_five_percent(share: float) -> None:
    times = Times()
    for number in range(1, 10_001):
        times.note(number / 1_000)
    found = times.quantile_s(share)
    assert found == pytest.approx(share * 10, rel=0.06)
    assert len(times.buckets) < 300


def test_without_times_there_is_no_quantile() -> None:
    assert Times().quantile_s(0.5) is None


def test_what_was_dropped_is_a_failure() -> None:
    tally = Tally()
    tally.failed["grid", "500"] += 2
    tally.dropped = 3
    assert tally.failures == 5


def test_a_cost_names_processes() -> None:
    assert Cost({"node-1": 1.0}, {"node-1": 2.0}, 0.5).cpu_s["node-1"] == 1.0


def test_what_others_counted_is_added() -> None:
    ours, theirs = Round(asked=2, answered=1), Round(asked=3, answered=3, open_ones=3)
    ours.times.note(0.1)
    ours.failed["reset"] += 1
    theirs.times.note(0.4)
    theirs.failed["reset"] += 1
    ours.add(theirs)
    assert (ours.asked, ours.answered, ours.open_ones, ours.failed["reset"]) == (5, 4, 3, 2)
    assert (ours.times.count, ours.times.longest_s) == (2, 0.4)
