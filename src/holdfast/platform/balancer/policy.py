"""PURE. How one of several healthy members is chosen for a new client: the plain policies.

A policy sees only what the pool shows of each candidate, a turn number that grows by one with every
choice, the time, and who the client is. It keeps no index into a list that may shrink: a choice is
always made among exactly the candidates it is given, so members may come and go between any two
choices. Every policy respects a member's weight. Policies that weigh two members against each
other are in `two_choices`, the one for affinity is in `affinity`.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from holdfast.platform.membership.wire import Load

Dice = Callable[[], float]
"""A number from 0 up to, never equal to, 1; another one at each call."""


class Candidate(Protocol):
    """A member that may be chosen.

    `in_flight`: clients we have on it now. `load`: its own word, of the time `told_at`, when
    `told_of` of its clients were ours. `weight`: its share against others, positive.
    """

    @property
    def node(self) -> str: ...

    @property
    def in_flight(self) -> int: ...

    @property
    def load(self) -> Load: ...

    @property
    def told_of(self) -> int: ...

    @property
    def told_at(self) -> float: ...

    @property
    def weight(self) -> float: ...

    def latency_s(self, now: float) -> float | None:
        """How long its answers take of late; None when nothing is known."""


class Policy(Protocol):
    """Chooses among candidates, of which there is at least one; returns the index of the choice.
    `client` is the same text for the same client, `now` the pool's time in seconds."""

    def choose(
        self, candidates: Sequence[Candidate], turn: int, now: float = 0.0, client: str = ""
    ) -> int: ...


class RoundRobin:
    """Everybody in turn: even, whatever members say about themselves."""

    def __init__(self) -> None:
        self._smooth = Smooth()

    def choose(
        self, candidates: Sequence[Candidate], turn: int, now: float = 0.0, client: str = ""
    ) -> int:
        weight = candidates[0].weight
        for candidate in candidates:
            if candidate.weight != weight:
                return self._smooth.choose(candidates, [each.weight for each in candidates])
        return turn % len(candidates)


class Weighted:
    """In turn, as often as a member's weight and the capacity it reports say. Where somebody
    reports none, capacities do not count."""

    def __init__(self) -> None:
        self._smooth = Smooth()

    def choose(
        self, candidates: Sequence[Candidate], turn: int, now: float = 0.0, client: str = ""
    ) -> int:
        if all(each.load.capacity for each in candidates):
            shares = [each.weight * each.load.capacity for each in candidates]
        else:
            shares = [each.weight for each in candidates]
        return self._smooth.choose(candidates, shares)


class LeastConnections:
    """Who has the fewest of our clients for its weight; among equals, everybody in turn."""

    def choose(
        self, candidates: Sequence[Candidate], turn: int, now: float = 0.0, client: str = ""
    ) -> int:
        count = len(candidates)
        chosen, least = 0, float("inf")
        for index in range(turn, turn + count):
            candidate = candidates[index % count]
            crowd = (candidate.in_flight + 1) / candidate.weight
            if crowd < least:
                chosen, least = index % count, crowd
        return chosen


class Smooth:
    """Smooth weighted round robin: at each choice everybody earns its share, the richest is chosen
    and pays for it. So shares are exact over time and a heavy member's turns are spread out."""

    def __init__(self) -> None:
        self._credit: dict[str, float] = {}

    def choose(self, candidates: Sequence[Candidate], shares: Sequence[float]) -> int:
        """The index of the one whose turn it is; `shares` are positive, of any scale."""
        credit, total = self._credit, sum(shares)
        if len(credit) > 2 * len(candidates):
            there = {candidate.node for candidate in candidates}
            self._credit = credit = {n: left for n, left in credit.items() if n in there}
        chosen, most = 0, -float("inf")
        for index, candidate in enumerate(candidates):
            owned = credit.get(candidate.node, 0.0) + shares[index] / total
            credit[candidate.node] = owned
            # Rounding must not decide between members that are equal.
            if owned > most + 1e-9:
                chosen, most = index, owned
        credit[candidates[chosen].node] -= 1.0
        return chosen
