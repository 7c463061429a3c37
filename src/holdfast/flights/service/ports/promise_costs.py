"""What it cost to honour prices, by airline and currency: for whoever runs the system."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class PromiseCost:
    """Minor units of `currency`: `spent` since the count began, of a `budget` (None: no limit)."""

    airline: str
    currency: str
    budget: int | None
    spent: int


class PromiseCosts(Protocol):
    """The counts, one for each airline and currency that ever cost anything or has a budget."""

    async def costs(self) -> Sequence[PromiseCost]:
        """All of them, by airline and currency."""
