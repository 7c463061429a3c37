"""The log of prices: what an auditor asks of it, and how it stays small."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from holdfast.flights.domain.price_rule import PriceRule

MAX_RISES = 100
"""Rises that are told at once: one is a fault already."""


@dataclass(frozen=True, slots=True)
class Rise:
    """A published price of a fare or seat tier (`what`: `fare 12`) that rose `gap_s` seconds after
    its last change, at `at` (seconds since 1970). Totals in minor units."""

    airline: str
    what: str
    at: float
    before: int
    after: int
    gap_s: float


class PriceLog(Protocol):
    """What was published, line by line."""

    async def rises_too_soon(self, airline: str, rule: PriceRule) -> Sequence[Rise]:
        """T1 of flights-rules on what happened: rises within the dwell time, of an airline or of
        all (''), at most `MAX_RISES`. There are never any."""

    async def forget(self, before: float) -> int:
        """Drop lines from before a moment (seconds since 1970), a bounded number; how many."""
