"""PURE. How one of several healthy members is chosen for a new client.

A policy sees only what the pool shows of each candidate and a turn number that grows by one with
every choice. It keeps no index into a list that may shrink: a choice is always made among exactly
the candidates it is given, so members may come and go between any two choices.
"""

from collections.abc import Sequence
from typing import Protocol

from holdfast.platform.membership.wire import Load


class Candidate(Protocol):
    """A member that may be chosen. `in_flight`: clients we have on it now; `load`: its own word."""

    @property
    def node(self) -> str: ...

    @property
    def in_flight(self) -> int: ...

    @property
    def load(self) -> Load: ...


class Policy(Protocol):
    """Chooses among candidates, of which there is at least one; returns the index of the choice."""

    def choose(self, candidates: Sequence[Candidate], turn: int) -> int: ...


class RoundRobin:
    """Everybody in turn: even, whatever members say about themselves."""

    def choose(self, candidates: Sequence[Candidate], turn: int) -> int:
        return turn % len(candidates)
