"""Prices that the guard stopped, and what a person decides about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from holdfast.flights.domain.fare import Price
from holdfast.flights.domain.price_rule import PriceRule


@dataclass(frozen=True, slots=True)
class WaitingPrice:
    """A price that waits. `what` names the fare or tier for people; `accepted` is the supplier's
    price that counts meanwhile. Not `is_on_sale`: nothing is sold until it is approved."""

    id: int
    airline: str
    what: str
    currency: str
    accepted: Price
    asked: Price
    sequence: int
    parked_at: float
    is_on_sale: bool


class ParkedPrices(Protocol):
    """Each method is one transaction."""

    async def waiting(self, airline: str, after: int, limit: int) -> Sequence[WaitingPrice]:
        """Those with an id above `after`, in order; airline '' means all."""

    async def approve(self, id: int, now: float, rule: PriceRule) -> bool:  # noqa: A002
        """Let it count, under the price rule; False: it does not wait (any more)."""

    async def refuse(self, id: int, now: float, by: str) -> bool:  # noqa: A002
        """Keep what counts, also when the same price is delivered again; False as above."""
