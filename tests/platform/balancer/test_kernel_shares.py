"""Slots: in proportion, well mixed, stable where they must be; weights that do not jump."""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.platform.balancer.kernel_shares import (
    FINEST_SHARE,
    HASH_SLOTS,
    LARGEST_STEP,
    MAX_SLOTS,
    Spread,
    affinity,
    headroom,
    slots,
    step,
    turns,
)
from holdfast.platform.membership.wire import Load

NODES = st.sets(st.text("abcdefgh-123", min_size=1, max_size=8), min_size=1, max_size=12)
WEIGHTS = NODES.flatmap(
    lambda nodes: st.fixed_dictionaries({node: st.floats(0.01, 100.0) for node in nodes})
)


def test_equal_members_take_turns_and_one_slot_each() -> None:
    assert turns({"a": 5.0, "b": 5.0, "c": 5.0}) == ("a", "b", "c")


def test_weights_are_proportions_and_the_turns_of_a_heavy_member_are_spread_out() -> None:
    assert turns({"a": 3.0, "b": 1.0}) == ("a", "a", "b", "a")
    assert Counter(turns({"a": 4.0, "b": 2.0, "c": 1.0})) == {"a": 4, "b": 2, "c": 1}


def test_a_member_of_no_weight_has_no_slot_and_nobody_is_no_table() -> None:
    assert turns({"a": 1.0, "b": 0.0}) == ("a",)
    assert affinity({"a": 1.0, "b": 0.0}) == ("a",) * HASH_SLOTS
    assert turns({}) == turns({"a": 0.0}) == affinity({}) == ()


@settings(max_examples=25)
@given(WEIGHTS)
def test_everybody_has_a_slot_and_the_heaviest_at_most_so_many_times_the_lightest(
    weights: dict[str, float],
) -> None:
    counts = Counter(turns(weights))
    assert set(counts) == set(weights)
    assert max(counts.values()) <= FINEST_SHARE * min(counts.values())
    for one, other in pairwise(sorted(weights, key=weights.__getitem__)):
        assert counts[one] <= counts[other]


def test_a_large_fleet_makes_no_table_beyond_the_limit() -> None:
    weights = {f"n{number}": 1.0 + number % 7 for number in range(700)}
    assert len(turns(weights)) <= MAX_SLOTS


@settings(max_examples=25)
@given(WEIGHTS, st.randoms(use_true_random=False))
def test_two_balancers_agree_on_affinity_whatever_order_they_heard_of_members(
    weights: dict[str, float], random: "st.Random"
) -> None:
    shuffled = list(weights.items())
    random.shuffle(shuffled)
    assert affinity(weights) == affinity(dict(shuffled))
    assert turns(weights) == turns(dict(shuffled))


@settings(max_examples=25)
@given(WEIGHTS)
def test_a_member_that_leaves_moves_only_its_own_slots(weights: dict[str, float]) -> None:
    gone = min(weights)
    before = affinity(weights)
    after = affinity({node: weight for node, weight in weights.items() if node != gone})
    for was, now in zip(before, after, strict=False):
        assert was in (gone, now)


def test_affinity_gives_everybody_about_its_share() -> None:
    counts = Counter(affinity({f"n{number}": 1.0 for number in range(8)}))
    assert all(HASH_SLOTS / 16 < count < HASH_SLOTS / 4 for count in counts.values())
    heavy = Counter(affinity({"a": 3.0, "b": 1.0}))
    assert 0.6 < heavy["a"] / HASH_SLOTS < 0.9


def test_a_spread_chooses_its_table() -> None:
    weights = {"a": 1.0, "b": 1.0}
    assert slots(Spread.HASH, weights) == affinity(weights)
    assert slots(Spread.LOADS, weights) == slots(Spread.TURNS, weights) == ("a", "b")


@pytest.mark.parametrize(
    ("less", "more"),
    [
        (Load(9, 10), Load(1, 10)),
        (Load(4, 0), Load(1, 0)),
        (Load(1, 10, 0.5), Load(1, 10, 0.0)),
        (Load(1, 10, cpu=0.7), Load(1, 10, cpu=0.2)),
        (Load(1, 10, queued=7), Load(1, 10, queued=2)),
    ],
)
def test_the_busier_of_two_members_weighs_less(less: Load, more: Load) -> None:
    assert 0 < headroom(less) < headroom(more) <= 1


def test_a_full_member_is_still_tried_now_and_then() -> None:
    assert headroom(Load(50, 10)) == headroom(Load(10, 10)) > 0


@given(st.floats(0.01, 1.0), st.floats(0.01, 1.0))
def test_a_weight_moves_a_bounded_step_and_never_past_its_aim(before: float, aim: float) -> None:
    after = step(before, aim)
    assert before / LARGEST_STEP <= after <= before * LARGEST_STEP
    assert min(before, aim) <= after <= max(before, aim)


def test_a_new_member_begins_where_it_belongs() -> None:
    assert step(None, 0.3) == 0.3
