"""Time that only moves when the world moves it. Moments are seconds since 1970, in quarters of a
second, so that sums are exact; processes have clocks of their own, a little off."""

from dataclasses import dataclass
from datetime import UTC, datetime

QUARTER_S = 0.25
SKEW_S = 0.25
"""How far a process's clock may be from the store's."""
STALE_S = 1.0
"""S of the promise G4: how old what a process knows may be."""


@dataclass
class TrueTime:
    """The store's clock."""

    now: float

    def wall(self) -> datetime:
        """The moment, as the store tells it."""
        return datetime.fromtimestamp(self.now, UTC)


@dataclass(frozen=True)
class SkewedClock:
    """`Clock` of a process."""

    time: TrueTime
    skew_s: float = 0.0

    def wall(self) -> datetime:
        return datetime.fromtimestamp(self.time.now + self.skew_s, UTC)

    def monotonic(self) -> float:
        return self.time.now
