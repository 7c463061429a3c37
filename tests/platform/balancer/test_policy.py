"""Policies choose among exactly those they are given."""

from collections import Counter
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from holdfast.platform.balancer.policies import POLICIES, policy_named
from holdfast.platform.balancer.policy import LeastConnections, RoundRobin, Smooth, Weighted
from holdfast.platform.membership.wire import Load
from tests.support.candidates import Somebody, crowd

candidates = st.lists(
    st.builds(
        Somebody,
        node=st.sampled_from("abcdefghij"),
        in_flight=st.integers(0, 1000),
        load=st.builds(
            Load,
            running=st.integers(0, 2000),
            capacity=st.sampled_from([0, 1, 100]),
            loop_lag_s=st.floats(0.0, 100.0),
            cpu=st.floats(0.0, 1.0),
            queued=st.integers(0, 1000),
        ),
        told_of=st.integers(0, 1000),
        told_at=st.floats(0.0, 1000.0),
        weight=st.floats(0.01, 100.0),
        answers_in_s=st.none() | st.floats(0.0, 60.0),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda somebody: somebody.node,
)


@given(
    st.sampled_from(POLICIES),
    candidates,
    st.integers(0, 10_000),
    st.text(max_size=3),
)
def test_a_choice_is_always_one_of_the_candidates(
    name: str, there: list[Somebody], turn: int, client: str
) -> None:
    policy = policy_named(name, lambda: 0.999999)
    for few in range(1, len(there) + 1):
        assert 0 <= policy.choose(there[:few], turn + few, 500.0, client * 50) < few


@given(st.integers(1, 20), st.integers(0, 1000))
def test_round_robin_gives_everybody_the_same(count: int, first: int) -> None:
    there, policy = crowd(count), RoundRobin()
    chosen = Counter(policy.choose(there, turn) for turn in range(first, first + 3 * count))
    assert set(chosen.values()) == {3}
    assert len(chosen) == count


def test_round_robin_keeps_to_the_operators_weights() -> None:
    there, policy = [Somebody("a", weight=0.5), Somebody("b"), Somebody("c")], RoundRobin()
    chosen = Counter(there[policy.choose(there, turn)].node for turn in range(50))
    assert chosen == {"a": 10, "b": 20, "c": 20}


@given(st.lists(st.integers(1, 9), min_size=1, max_size=6))
def test_weighted_shares_are_exact_over_a_cycle(weights: list[int]) -> None:
    there = [Somebody(f"n{i}", weight=float(weight)) for i, weight in enumerate(weights)]
    policy = Weighted()
    chosen = Counter(policy.choose(there, turn) for turn in range(sum(weights)))
    assert [chosen[index] for index in range(len(weights))] == weights


def test_weighted_turns_are_spread_out() -> None:
    there, policy = [Somebody("a", weight=3.0), Somebody("b"), Somebody("c")], Weighted()
    turns = "".join(there[policy.choose(there, turn)].node for turn in range(10))
    assert "aaa" not in turns


def test_weighted_follows_the_capacity_that_members_report() -> None:
    there = [Somebody("a", load=Load(0, 300)), Somebody("b", load=Load(0, 100))]
    policy = Weighted()
    assert Counter(policy.choose(there, turn) for turn in range(40)) == {0: 30, 1: 10}


def test_capacity_counts_only_when_everybody_reports_one() -> None:
    there, policy = [Somebody("a", load=Load(0, 300)), Somebody("b")], Weighted()
    assert Counter(policy.choose(there, turn) for turn in range(40)) == {0: 20, 1: 20}


def test_who_has_gone_leaves_no_trace_in_weighted_turns() -> None:
    policy = Smooth()
    for number in range(1000):
        there = [Somebody(f"n{number + i}") for i in range(3)]
        policy.choose(there, [1.0, 1.0, 1.0])
    assert len(policy._credit) <= 7


@given(candidates, st.integers(0, 100))
def test_least_connections_takes_the_least_crowded_for_its_weight(
    there: list[Somebody], turn: int
) -> None:
    chosen = there[LeastConnections().choose(there, turn)]
    assert (chosen.in_flight + 1) / chosen.weight == min(
        (each.in_flight + 1) / each.weight for each in there
    )


def test_among_equals_least_connections_goes_round() -> None:
    there, policy = crowd(4), LeastConnections()
    assert [policy.choose(there, turn) for turn in range(8)] == [0, 1, 2, 3] * 2
    there[1] = replace(there[1], in_flight=1)
    assert {policy.choose(there, turn) for turn in range(8)} == {0, 2, 3}
