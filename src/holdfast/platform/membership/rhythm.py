"""PURE. How regularly a member is heard, and what that makes of its silence: phi accrual.

A `Rhythm` learns the gaps between a member's beats, in units of the interval that it announces,
as a mean and a variance that forget. From both follows how probable a silence is while the member
lives: phi = -log10 of that (Hayashibara et al., 2004). What is learnt is bounded: a gap counts for
at most `GAP_AT_MOST`, a new rhythm is taken for an irregular one until beats have proved it
regular, and who asks for a deadline clamps it between beats of his own.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

WEIGHT = 1 / 16
"""Of a new gap. After 64 more gaps 98 % of what was learnt before is forgotten."""
GAP_AT_MOST = 8.0
"""Beats that one gap may count for: an hour's absence must not be remembered for hours."""
UNKNOWN_VARIANCE = 0.25
"""Of a rhythm of which nothing is known: half an interval, as on a bad network."""
MAX_PHI = 300.0
"""What a float can still tell."""


@dataclass(slots=True)
class Rhythm:
    """Mean and variance of a member's gaps, in beats."""

    mean: float = 1.0
    variance: float = UNKNOWN_VARIANCE

    def learn(self, gap: float) -> None:
        """Another gap, in beats."""
        off = min(gap, GAP_AT_MOST) - self.mean
        self.mean += WEIGHT * off
        self.variance = (1 - WEIGHT) * (self.variance + WEIGHT * off * off)

    def deviation(self, least: float) -> float:
        """The standard deviation in beats; `least` is what schedulers alone may cause."""
        return max(math.sqrt(self.variance), least)

    def phi(self, silence: float, least: float) -> float:
        """How improbable a silence of so many beats is, 0 to `MAX_PHI`: 3 means one in 1,000."""
        off = (silence - self.mean) / self.deviation(least)
        probability = 0.5 * math.erfc(off / math.sqrt(2))
        return min(-math.log10(probability), MAX_PHI) if probability > 0 else MAX_PHI


def sigmas_of(phi: float) -> float:
    """How many deviations above the mean that phi is reached. `phi`: above 0, up to 300."""
    return -NormalDist().inv_cdf(10.0**-phi)
