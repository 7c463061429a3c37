"""What comes out of reading a feed: filed things with their lines, faults, or a refusal.

One bad record is a `Fault` and the rest stands; what makes the whole file untrustworthy is a
`Rejected`. Lines count from 1, as an editor shows them.
"""

from dataclasses import dataclass
from typing import NamedTuple

from holdfast.flights.domain.schedule import LegPattern

RECORD_SHOWN = 80
"""Characters of a bad record that a fault shows: enough to find it by eye."""


class FiledLeg(NamedTuple):
    """A leg and the line it was filed in. (A tuple: there are a million of them.)"""

    line: int
    leg: LegPattern


@dataclass(frozen=True, slots=True)
class Fault:
    """A record that was left out: its line, why, and how it begins."""

    line: int
    reason: str
    record: str = ""

    @staticmethod
    def of(line: int, reason: str, record: str) -> "Fault":
        """A fault that shows the record cut and without control characters."""
        shown = "".join(c if c.isprintable() else "?" for c in record[:RECORD_SHOWN])
        return Fault(line, reason, shown)


@dataclass(frozen=True, slots=True)
class Rejected:
    """The whole file is refused; `line` is where that was seen (0: before any)."""

    line: int
    reason: str
