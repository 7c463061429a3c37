"""The same client meets the same member, few move when one leaves, and nobody is piled upon."""

import math
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.platform.balancer.affinity import BOUND, NO_CROWD, Affinity
from tests.support.candidates import Somebody, crowd

CLIENTS = [f"192.0.2.{number % 250}/{number}" for number in range(2_000)]


def homes(there: list[Somebody]) -> dict[str, str]:
    """Each client's member while nobody is full."""
    policy = Affinity(bound=1e9)
    return {client: there[policy.choose(there, 0, 0.0, client)].node for client in CLIENTS}


def test_two_balancers_agree_whatever_the_order_of_their_members() -> None:
    there = crowd(7)
    assert homes(there) == homes(there[::-1])


@pytest.mark.parametrize("count", [2, 5, 16])
def test_when_a_member_leaves_only_its_own_clients_move(count: int) -> None:
    there = crowd(count)
    before, after = homes(there), homes(there[:-1])
    moved = {client for client in CLIENTS if before[client] != after[client]}
    assert moved == {client for client in CLIENTS if before[client] == there[-1].node}
    assert len(moved) <= 1.3 * len(CLIENTS) / count


def test_clients_fall_to_members_by_their_weight() -> None:
    there = [Somebody("a"), Somebody("b"), Somebody("c", weight=2.0)]
    shares = Counter(homes(there).values())
    assert shares["c"] == pytest.approx(1000, abs=100)
    assert shares["a"] == pytest.approx(500, abs=75)


@given(st.lists(st.sampled_from(CLIENTS[:5]), min_size=1, max_size=200), st.integers(1, 9))
def test_nobody_gets_more_than_its_bound_even_from_a_few_clients(
    arrivals: list[str], count: int
) -> None:
    there, policy = crowd(count), Affinity()
    for number, client in enumerate(arrivals):
        chosen = policy.choose(there, number, 0.0, client)
        there[chosen] = replace(there[chosen], in_flight=there[chosen].in_flight + 1)
        bound = max(NO_CROWD, math.ceil(BOUND * (number + 1) / count))
        assert there[chosen].in_flight <= bound


def test_a_client_whose_member_is_full_goes_to_the_next_and_back_again() -> None:
    there, policy = crowd(3), Affinity()
    home = policy.choose(there, 0, 0.0, "c")
    full = [replace(each, in_flight=9 if index == home else 0) for index, each in enumerate(there)]
    second = policy.choose(full, 0, 0.0, "c")
    assert second != home
    rest = [each for index, each in enumerate(there) if index != home]
    assert rest[policy.choose(rest, 0, 0.0, "c")].node == there[second].node
    assert policy.choose(there, 0, 0.0, "c") == home
