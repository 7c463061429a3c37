"""Lists of what an owner has booked, by pages; and what the owner has left to pay with.

A page is found by the place (`Mark`) of the item before or after it, so what is added meanwhile
moves nothing. Replicas may answer lists; balances are the leader's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Literal, Protocol, TypeVar

from holdfast.flights.domain.money import Money
from holdfast.flights.domain.order import Cancellation, Order, Payment

T = TypeVar("T")
MAX_PAGE = 200
"""Items of one page, as the API says."""
MAX_PAYMENTS = 200
"""Payments of one order that are listed: the order's and one for each time seats were added."""


@dataclass(frozen=True, slots=True)
class Mark:
    """The place of an item in a list: what it is sorted by, and its id where that is equal."""

    at: datetime
    id: str


@dataclass(frozen=True, slots=True)
class Page:
    """Which page is wanted: the first, the one after a mark or the one before it."""

    limit: int = 50
    after: Mark | None = None
    before: Mark | None = None

    def __post_init__(self) -> None:
        assert 1 <= self.limit <= MAX_PAGE
        assert self.after is None or self.before is None


@dataclass(frozen=True)  # no slots: `Listed[Order](...)` of a frozen slotted class fails in typing
class Listed(Generic[T]):
    """A page's items in order; where the pages before and after begin, None if there is none."""

    items: tuple[T, ...]
    before: Mark | None = None
    after: Mark | None = None


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """`awaiting_payment`: only holds that can still be paid, or none of them. Names: orders in
    which each of them is a given, family or full name of a passenger, whatever its case. `pay_by`
    sorts by the end of the hold; orders without one come last."""

    awaiting_payment: bool | None = None
    booking_reference: str | None = None
    passenger_names: tuple[str, ...] = ()
    sort: Literal["created_at", "pay_by"] = "created_at"
    descending: bool = True


class OrderLists(Protocol):
    """What an owner has; nobody sees another's."""

    async def orders(self, owner: str, wanted: OrderFilter, page: Page) -> Listed[Order]:
        """Orders as they stand now."""

    async def cancellations(
        self, owner: str, order_id: str | None, page: Page
    ) -> Listed[Cancellation]:
        """Quotes and confirmed cancellations, newest first; of one order when it is given."""

    async def payments(self, owner: str, order_id: str) -> Sequence[Payment]:
        """Payments of an order, oldest first, at most `MAX_PAYMENTS`."""


class Balances(Protocol):
    """What owners have with us."""

    async def balance(self, owner: str, currency: str) -> Money:
        """What is left; below zero as far as the owner has credit."""

    async def top_up(self, owner: str, amount: Money, reference: str) -> bool:
        """Add money that came from outside; False if this `reference` came before (no effect)."""

    async def set_credit(self, owner: str, limit: Money) -> None:
        """Allow an owner to go so far below zero."""
