"""What is counted is told, by reason."""

from holdfast.platform.balancer.admission import Refusal
from holdfast.platform.balancer.counters import Counters, tally


def test_counts_are_told_by_reason_in_one_word() -> None:
    assert tally({}) == "none"
    assert tally({"too long": 2, "late": 1}) == "too-long:2,late:1"


def test_a_state_line_tells_refusals_and_drops() -> None:
    counters = Counters(accepted=3)
    counters.refused[Refusal.CLIENT_FULL] += 2
    counters.dropped["foreign answer"] += 1
    told = counters.told()
    assert told["accepted"] == 3
    assert told["refused"] == "client_full:2"
    assert told["dropped"] == "foreign-answer:1"
