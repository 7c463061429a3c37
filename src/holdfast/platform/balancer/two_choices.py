"""PURE. Policies that compare two members and take the better one.

The first of the pair is the one whose turn it is, the second is drawn by dice. So a fleet that is
evenly busy is served in turn; a busy member is passed over; and nobody gets more than two shares of
the new clients, however idle it seems. That is what keeps several balancers, which all hear the
same reports a moment late, from falling upon the same member together.
"""

import math
from collections.abc import Sequence

from holdfast.platform.balancer.policy import Candidate, Dice

LAG_THAT_DOUBLES_S = 0.05
"""A member whose event loop is late by this much counts as twice as busy."""
MOST_CPU = 0.9
"""A member that is busier than this counts as if it were just this busy: ten times an idle one."""
LEAST_LATENCY_S = 0.0005
"""Below it, differences are those of the scheduler."""
LATENCY_POWER = 0.25
"""How much slow answers count beside utilisation: a member sixteen times as slow counts as twice as
busy. More would shun a member for a heavy session that is over; nothing would let one that fails
at once, and is therefore idle, look good."""


class PeakEwma:
    """The smaller product of our clients there and of how long answers take: a peak counts at
    once and is forgotten slowly. Where a latency is unknown, only the clients count."""

    def __init__(self, dice: Dice) -> None:
        self._dice = dice

    def choose(
        self, candidates: Sequence[Candidate], turn: int, now: float = 0.0, client: str = ""
    ) -> int:
        one, other = pair(len(candidates), turn, self._dice)
        first, second = candidates[one], candidates[other]
        a, b = (first.in_flight + 1) / first.weight, (second.in_flight + 1) / second.weight
        latency, others = first.latency_s(now), second.latency_s(now)
        if latency is not None and others is not None:
            a *= max(latency, LEAST_LATENCY_S)
            b *= max(others, LEAST_LATENCY_S)
        return other if b < a else one


class TwoChoices:
    """The smaller utilisation: clients for the member's capacity, ours and those it reports from
    elsewhere, and how hard it finds them."""

    def __init__(self, dice: Dice) -> None:
        self._dice = dice

    def choose(
        self, candidates: Sequence[Candidate], turn: int, now: float = 0.0, client: str = ""
    ) -> int:
        one, other = pair(len(candidates), turn, self._dice)
        first, second = candidates[one], candidates[other]
        a, b = utilisation(first, now), utilisation(second, now)
        if first.load.capacity and second.load.capacity:
            a /= first.load.capacity
            b /= second.load.capacity
        latency, others = first.latency_s(now), second.latency_s(now)
        if latency is not None and others is not None:
            a *= max(latency, LEAST_LATENCY_S) ** LATENCY_POWER
            b *= max(others, LEAST_LATENCY_S) ** LATENCY_POWER
        return other if b < a else one


def pair(count: int, turn: int, dice: Dice) -> tuple[int, int]:
    """Two different indices below `count`, twice the same if there is but one."""
    one = turn % count
    if count == 1:
        return one, one
    return one, (one + 1 + int(dice() * (count - 1))) % count


def utilisation(candidate: Candidate, now: float) -> float:
    """How busy a member would be with one client more, per weight, before its capacity counts.

    Our own clients are known exactly. Those of other balancers, and what waits inside the member,
    were reported some time ago, and count less the older that is beside how long the member usually
    takes for one. Less processor left is more time for each, as in any queue.
    """
    load = candidate.load
    reported: float = max(0, load.running - candidate.told_of) + load.queued
    latency = candidate.latency_s(now)
    if reported and latency is not None:
        age_s = max(0.0, now - candidate.told_at)
        reported *= math.exp(-age_s / max(latency, LEAST_LATENCY_S))
    there = candidate.in_flight + reported
    lateness = 1 + load.loop_lag_s / LAG_THAT_DOUBLES_S
    idle = 1 - min(load.cpu, MOST_CPU)
    return (there + 1) * lateness / idle / candidate.weight
