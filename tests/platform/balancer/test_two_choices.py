"""Two members are compared, and the less busy one gets the client."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.platform.balancer.two_choices import PeakEwma, TwoChoices, pair, utilisation
from holdfast.platform.membership.wire import Load
from tests.support.candidates import Somebody, crowd


@given(st.integers(2, 50), st.integers(0, 10_000), st.floats(0.0, 1.0, exclude_max=True))
def test_a_pair_is_two_different_members(count: int, turn: int, roll: float) -> None:
    one, other = pair(count, turn, lambda: roll)
    assert one == turn % count
    assert one != other
    assert 0 <= other < count


@pytest.mark.parametrize("policy", [PeakEwma, TwoChoices])
def test_an_evenly_busy_fleet_is_served_in_turn(policy: type[TwoChoices]) -> None:
    there, chooses = crowd(3), policy(lambda: 0.4)
    assert [chooses.choose(there, turn) for turn in range(6)] == [0, 1, 2, 0, 1, 2]


@pytest.mark.parametrize("policy", [PeakEwma, TwoChoices])
def test_the_busiest_member_is_passed_over(policy: type[TwoChoices]) -> None:
    there = crowd(4)
    there[2] = replace(there[2], in_flight=5)
    rolls = [number / 100 for number in range(100)]
    for roll in rolls:
        assert all(policy(lambda r=roll: r).choose(there, turn) != 2 for turn in range(4))


def test_nobody_gets_more_than_two_shares_however_idle_it_seems() -> None:
    there = [replace(each, in_flight=50) for each in crowd(10)]
    there[3] = replace(there[3], in_flight=0)
    rolls = iter([number / 9 for number in range(9)] * 10)
    policy = TwoChoices(rolls.__next__)
    # Each first choice meets each second choice once.
    chosen = Counter(policy.choose(there, turn // 9) for turn in range(90))
    assert chosen[3] == 2 * 90 / 10


def test_clients_that_other_balancers_have_there_count() -> None:
    one = Somebody("a", in_flight=3, load=Load(13, 100), told_of=3)
    assert utilisation(one, 0.0) == 14
    assert utilisation(replace(one, in_flight=0), 0.0) == 11, "ours have left since the report"


def test_an_old_report_of_short_clients_tells_nothing() -> None:
    one = Somebody("a", load=Load(10, 100), told_at=5.0, answers_in_s=0.01)
    assert utilisation(one, 5.0) == 11
    assert utilisation(one, 6.0) == pytest.approx(1.0)
    assert utilisation(replace(one, answers_in_s=60.0), 6.0) > 10


def test_more_clients_than_fewer_fit_into_more_capacity() -> None:
    there = [
        Somebody("a", in_flight=4, load=Load(4, 10), told_of=4),
        Somebody("b", in_flight=8, load=Load(8, 100), told_of=8),
    ]
    assert [TwoChoices(lambda: 0.0).choose(there, turn) for turn in range(2)] == [1, 1]
    there[1] = replace(there[1], load=Load(8, 0))
    assert [TwoChoices(lambda: 0.0).choose(there, turn) for turn in range(2)] == [0, 0]


def test_a_member_whose_loop_is_late_counts_as_busier() -> None:
    there = [
        Somebody("a", load=Load(0, 9, 0.2)),
        Somebody("b", in_flight=2, load=Load(2, 9), told_of=2),
    ]
    assert [TwoChoices(lambda: 0.0).choose(there, turn) for turn in range(2)] == [1, 1]


def test_a_member_with_little_processor_left_or_with_work_waiting_counts_as_busier() -> None:
    idle = utilisation(Somebody("a"), 0.0)
    assert utilisation(Somebody("a", load=Load(cpu=0.5)), 0.0) == 2 * idle
    assert utilisation(Somebody("a", load=Load(cpu=1.0)), 0.0) == pytest.approx(10 * idle)
    assert utilisation(Somebody("a", load=Load(queued=3)), 0.0) == 4 * idle


@pytest.mark.parametrize("policy", [PeakEwma, TwoChoices])
def test_slow_answers_make_a_member_worse(policy: type[TwoChoices]) -> None:
    there = [Somebody("a", answers_in_s=1.0), Somebody("b", answers_in_s=0.01)]
    assert [policy(lambda: 0.0).choose(there, turn) for turn in range(2)] == [1, 1]
    there[1] = replace(there[1], answers_in_s=None)
    assert [policy(lambda: 0.0).choose(there, turn) for turn in range(2)] == [0, 1], "unknown"


@pytest.mark.parametrize("policy", [PeakEwma, TwoChoices])
def test_a_heavier_weight_bears_more(policy: type[TwoChoices]) -> None:
    there = [Somebody("a", in_flight=3, weight=4.0), Somebody("b", in_flight=1)]
    assert [policy(lambda: 0.0).choose(there, turn) for turn in range(2)] == [0, 0]
