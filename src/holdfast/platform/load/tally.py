"""PURE. What was seen, in bounded memory: counts by name and outcome, and times in fine buckets.

A bucket is 5 % wide, so a quantile is right to 5 %, however many requests there were.
"""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

STEP = math.log(1.05)
FLOOR_S = 1e-5
"""Anything faster is told as this."""


@dataclass(slots=True)
class Times:
    """Durations by size."""

    buckets: Counter[int] = field(default_factory=Counter)
    count: int = 0
    longest_s: float = 0.0

    def note(self, seconds: float) -> None:
        """Count one."""
        place = math.ceil(math.log(max(seconds, FLOOR_S) / FLOOR_S) / STEP)
        self.buckets[place] += 1
        self.count += 1
        self.longest_s = max(self.longest_s, seconds)

    def add(self, other: "Times") -> None:
        """Count all of another one's."""
        self.buckets.update(other.buckets)
        self.count += other.count
        self.longest_s = max(self.longest_s, other.longest_s)

    def quantile_s(self, share: float) -> float | None:
        """What this share of them stayed under; None without any."""
        if not self.count:
            return None
        wanted, seen = share * self.count, 0
        for place in sorted(self.buckets):
            seen += self.buckets[place]
            if seen >= wanted:
                return min(FLOOR_S * math.exp(place * STEP), self.longest_s)
        return self.longest_s


@dataclass(slots=True)
class Tally:
    """Of one run. `failed`: by name and why (a status, or what broke the connection)."""

    asked: Counter[str] = field(default_factory=Counter)
    failed: Counter[tuple[str, str]] = field(default_factory=Counter)
    not_modified: int = 0
    dropped: int = 0
    """Requests that were due while too many waited: failures, told apart."""
    since_due: Times = field(default_factory=Times)
    since_sent: Times = field(default_factory=Times)

    @property
    def answered(self) -> int:
        """Requests that ended, well or not."""
        return self.since_due.count

    @property
    def failures(self) -> int:
        """Requests that did not get a good answer."""
        return sum(self.failed.values()) + self.dropped


@dataclass(slots=True)
class Round:
    """One round over connections: how many were asked and answered, why others were not, and how
    long answers took. `open_ones`: those not closed before."""

    asked: int = 0
    answered: int = 0
    open_ones: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    times: Times = field(default_factory=Times)

    def add(self, other: "Round") -> None:
        """Count all of another one's."""
        self.asked += other.asked
        self.answered += other.answered
        self.open_ones += other.open_ones
        self.failed.update(other.failed)
        self.times.add(other.times)


@dataclass(slots=True)
class Programs:
    """Attempts of visitors' programs: how many began, what became of them by name (`right`, `wrong`
    or `lost`), and how long they took."""

    begun: int = 0
    ended: Counter[tuple[str, str]] = field(default_factory=Counter)
    times: Times = field(default_factory=Times)

    def became(self, what: str) -> int:
        """How many ended so."""
        return sum(count for (_, became), count in self.ended.items() if became == what)

    @property
    def failures(self) -> int:
        """Those that did not get what a right program gets."""
        return self.became("wrong") + self.became("lost")


@dataclass(frozen=True, slots=True)
class Cost:
    """Between two looks: processor seconds of each process that was there all the time, its memory
    at the end, and processor seconds of the load generator itself. `files`: descriptors at the end
    and at most. `many`: whoever is several processes, which no single processor bounds."""

    cpu_s: Mapping[str, float]
    memory: Mapping[str, float]
    own_cpu_s: float
    files: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    many: frozenset[str] = frozenset()
