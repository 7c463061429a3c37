"""Policies choose among exactly those they are given."""

from collections import Counter
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from holdfast.platform.balancer.policy import RoundRobin
from holdfast.platform.membership.wire import Load


@dataclass(frozen=True, slots=True)
class Somebody:
    node: str
    in_flight: int = 0
    load: Load = field(default_factory=Load)


@given(st.integers(1, 50), st.integers(0, 10_000))
def test_a_choice_is_always_one_of_the_candidates(count: int, turn: int) -> None:
    candidates = [Somebody(f"n{n}") for n in range(count)]
    assert 0 <= RoundRobin().choose(candidates, turn) < count


@given(st.integers(1, 20), st.integers(0, 1000))
def test_round_robin_gives_everybody_the_same(count: int, first: int) -> None:
    candidates = [Somebody(f"n{n}") for n in range(count)]
    turns = range(first, first + 3 * count)
    chosen = Counter(RoundRobin().choose(candidates, turn) for turn in turns)
    assert set(chosen.values()) == {3}
    assert len(chosen) == count
