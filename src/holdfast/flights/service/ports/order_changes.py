"""Ports of changes that buyers ask for: what was found, what was chosen, and doing it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from holdfast.flights.domain.order import Order, Payment
from holdfast.flights.domain.order_change import ChangeOffer, ChangeRequest, OrderChange
from holdfast.flights.service.ports.bookings import (
    Answering,
    BalanceTooLow,
    OfferExpired,
    Refused,
    SoldOut,
    WrongState,
)

ChangeOutcome = OrderChange | Refused | WrongState | SoldOut | OfferExpired | BalanceTooLow | None


@dataclass(frozen=True, slots=True)
class Confirming:
    """A change that is to be done: `order` as it was read, and what is paid for it. `payment` has
    the amount of the change, which may be nothing."""

    change: OrderChange
    order: Order
    payment: Payment
    at: datetime


class OrderChanges(Protocol):
    """None: there is no such thing of this owner."""

    async def keep_request(self, request: ChangeRequest) -> None:
        """Store a request with all its offers."""

    async def request(self, request_id: str, owner: str) -> ChangeRequest | None:
        """A request with its offers."""

    async def offer(self, offer_id: str, owner: str) -> tuple[ChangeOffer, bool] | None:
        """One offer for a change, and whether it is live mode's."""

    async def keep_change(self, change: OrderChange) -> OrderChange:
        """Store a chosen change; the one that is there, if it was chosen before."""

    async def change(self, change_id: str, owner: str) -> OrderChange | None:
        """A chosen change, and whether it was done."""

    async def confirm(
        self, confirming: Confirming, answering: Answering | None = None
    ) -> ChangeOutcome:
        """Do it: one transaction. Doing it again is the same, told again. `changed`: the order is
        not what the change was made for."""

    async def sweep(self, older_than_s: float) -> int:
        """Forget old requests, a bounded number at once; how many."""
