"""The write side of booking. Every method is one transaction: it happens whole or not at all.

Expected outcomes are values. `once` is the caller's idempotency key: with it, the effect and
`answer` (the HTTP status and body that tell of it) are stored together, and a second call with the
same key has no effect and gets `Replayed`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from holdfast.flights.domain.flight import LegKey
from holdfast.flights.domain.money import Money
from holdfast.flights.domain.order import Cancellation, NewOrder, Order, Payment, SeatChoice
from holdfast.flights.service.ports.access import Once, StoredAnswer


@dataclass(frozen=True, slots=True)
class Replayed:
    """The key was used before for the same request: this is what was answered."""

    answer: StoredAnswer


@dataclass(frozen=True, slots=True)
class KeyReused:
    """The key was used before for another request."""


@dataclass(frozen=True, slots=True)
class SoldOut:
    """Fewer seats are left than needed; `left` of the class on that leg (never negative)."""

    leg: LegKey
    booking_class: str
    left: int


@dataclass(frozen=True, slots=True)
class SeatTaken:
    """Somebody else has the seat, or it is not on this aircraft any more."""

    leg: LegKey
    designator: str


@dataclass(frozen=True, slots=True)
class OfferExpired:
    """The price lock ended before the order came (by the database's clock)."""


@dataclass(frozen=True, slots=True)
class AlreadyBooked:
    """The offer was taken before, by this order."""

    order_id: str


@dataclass(frozen=True, slots=True)
class BalanceTooLow:
    """The owner's balance does not cover it."""

    balance: Money


@dataclass(frozen=True, slots=True)
class WrongState:
    """The order does not stand so that this can be done; `why` in a word: cancelled, paid, expired,
    unpaid, held_past_price, departed."""

    why: str


@dataclass(frozen=True, slots=True)
class AmountDiffers:
    """Another amount is due."""

    due: Money


@dataclass(frozen=True, slots=True)
class Answering:
    """An idempotency key and what is to be stored with it: see the module."""

    once: Once
    answer: StoredAnswer


Refused = Replayed | KeyReused
PlaceOutcome = Order | Refused | SoldOut | SeatTaken | OfferExpired | AlreadyBooked | BalanceTooLow
PayOutcome = Payment | Refused | WrongState | AmountDiffers | BalanceTooLow | None
QuoteOutcome = Cancellation | Refused | WrongState | None
SeatOutcome = Order | Refused | SeatTaken | WrongState | BalanceTooLow | None


class Bookings(Protocol):
    """Orders and their inventory. None: no such order of this owner."""

    async def place(self, order: NewOrder, answering: Answering | None = None) -> PlaceOutcome:
        """Take the seats of all legs, or nothing; paid at once or held."""

    async def pay(self, payment: Payment, owner: str, answering: Answering | None) -> PayOutcome:
        """Pay a held order in full, before its hold ends."""

    async def quote_cancellation(
        self, quote: Cancellation, owner: str, answering: Answering | None
    ) -> QuoteOutcome:
        """Keep a refund quote (`refund` was computed by the caller from the order it read)."""

    async def confirm_cancellation(
        self,
        id: str,
        owner: str,
        answering: Answering | None,  # noqa: A002
    ) -> QuoteOutcome:
        """Give the seats and the money back; the quote must not have expired."""

    async def add_seats(
        self,
        order_id: str,
        owner: str,
        seats: Sequence[SeatChoice],
        *,
        payment: Money | None,
        answering: Answering | None,
    ) -> SeatOutcome:
        """Take seats for an order that stands, paying for them; all or none."""

    async def order(self, id: str, owner: str) -> Order | None:  # noqa: A002
        """An order as it stands now: an overdue hold reads as expired."""

    async def cancellation(self, id: str, owner: str) -> Cancellation | None:  # noqa: A002
        """A cancellation."""

    async def taken_seats(self, legs: Sequence[LegKey]) -> dict[LegKey, frozenset[str]]:
        """Designators that are sold or validly held on these legs, read from the leader."""

    async def expire(self, limit: int) -> int:
        """Sweep overdue holds: free their seats; returns how many orders."""

    async def now(self) -> datetime:
        """The database's clock."""
