"""Thousands of small fleets keep every promise, and are worlds in which they could be broken."""

from collections import Counter

import pytest

from tests.fleet.running import first_broken
from tests.fleet.world import WRONGS, Plot, live

WORLDS, BATCH = 3_000, 500
RICH = 200
"""Worlds in which everything must have happened that a promise is about."""


@pytest.mark.timeout(300)
@pytest.mark.parametrize("first", range(1, WORLDS, BATCH))
def test_every_fleet_keeps_every_promise(first: int) -> None:
    found = first_broken(range(first, first + BATCH))
    assert found is None, f"python -m tests.fleet --seeds 1 --from {found and found[0]}"


@pytest.mark.timeout(300)
def test_balancers_own_troubles_cost_nobody_a_place() -> None:
    """Their pauses, restarts, wrong clocks and cut cables, with nothing else wrong."""
    found = first_broken(range(1, 501), Plot(is_quiet=True))
    assert found is None


def test_what_promises_are_about_happens_in_these_worlds() -> None:
    """A promise about what never happens is kept by everybody."""
    happened: Counter[str] = Counter()
    for seed in range(1, RICH):
        world = live(seed)
        happened.update(world.happened)
        for balancer in world.balancers:
            happened.update(balancer.counts)
    wanted = (*WRONGS, "removed", "suspected", "refuted", "refused", "rejected", "waited", "failed")
    assert [name for name in wanted if happened[name] < 5] == []


def test_a_seed_is_one_world() -> None:
    one, other = live(7), live(7)
    assert len(one.happened) > 1
    assert one.happened == other.happened
    assert [b.counts for b in one.balancers] == [b.counts for b in other.balancers]
