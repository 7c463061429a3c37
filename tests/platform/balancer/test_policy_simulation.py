"""Policies at work in a fleet on paper: uneven sessions, slow members, several balancers.

Not a benchmark: the same seed gives the same world, and the bounds are far from what comes out.
"""

from functools import partial

import pytest

from holdfast.platform.balancer.policies import POLICIES, policy_named
from tests.support.queueing import Fleet, Outcome

UNEVEN_ENOUGH = 1_500
"""Clients of a run."""


def ran(policy: str, **world: object) -> Outcome:
    return Fleet(partial(policy_named, policy), **world).run(UNEVEN_ENOUGH)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def in_turn() -> Outcome:
    return ran("round-robin")


@pytest.mark.parametrize("policy", ["least-connections", "peak-ewma", "two-choices", "affinity"])
def test_uneven_work_waits_less_than_in_turn(policy: str, in_turn: Outcome) -> None:
    assert ran(policy).quantile_s(0.99) < 0.8 * in_turn.quantile_s(0.99)


def test_the_default_halves_the_waits_of_uneven_work(in_turn: Outcome) -> None:
    assert ran("least-connections").quantile_s(0.99) < 0.6 * in_turn.quantile_s(0.99)


@pytest.mark.parametrize("policy", ["least-connections", "peak-ewma", "two-choices"])
def test_a_member_of_half_the_speed_gets_less(policy: str) -> None:
    served = ran(policy, speeds=(1.0, 1.0, 1.0, 0.5), load=0.6).served
    assert served["n3"] < 0.8 * max(served.values())


@pytest.mark.parametrize("policy", POLICIES)
def test_equal_members_serve_about_the_same(policy: str) -> None:
    served = ran(policy).served
    assert set(served) == {"n0", "n1", "n2", "n3"}
    assert max(served.values()) < 1.4 * min(served.values())


@pytest.mark.parametrize("policy", ["least-connections", "peak-ewma", "two-choices"])
def test_four_balancers_do_not_fall_upon_the_same_member(policy: str) -> None:
    # Beats a hundred times as old as sessions last: who believes them sends everybody to one.
    world = {"speeds": (1.0,) * 8, "balancers": 4, "beat_s": 1.0, "load": 0.6}
    herd, even = ran(policy, **world), ran("round-robin", **world)
    assert herd.longest_queue <= even.longest_queue
    assert max(herd.served.values()) < 1.5 * min(herd.served.values())


class Gullible:
    """What herding looks like: always the one that reported least."""

    def choose(self, candidates, turn, now=0.0, client=""):  # type: ignore[no-untyped-def]
        loads = [each.load.running for each in candidates]
        return loads.index(min(loads))


def test_the_simulation_would_show_a_herd() -> None:
    world = {"speeds": (1.0,) * 8, "balancers": 4, "beat_s": 1.0, "load": 0.6}
    herd = Fleet(lambda _: Gullible(), **world).run(UNEVEN_ENOUGH)  # type: ignore[arg-type]
    assert herd.longest_queue > 2 * ran("round-robin", **world).longest_queue


def test_the_same_seed_is_the_same_world() -> None:
    assert ran("two-choices", seed=5).times_s == ran("two-choices", seed=5).times_s
